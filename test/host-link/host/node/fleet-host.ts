// One host of a fleet in a process of its own: prints its port, then serves until it is ended.
import { startHostServer } from '../../../../host-link/host/node/host-server.ts'
import { readCards } from '../../../../scripts/provision.ts'
import { fleet } from './fleet.ts'

const [db = '', secret = '', terminals = ''] = process.argv.slice(2)
const server = await startHostServer({
  listen: 'tcp://127.0.0.1:0',
  db,
  secret,
  provisions: fleet(Number(terminals)),
  cards: readCards(new URL('../../../../scripts/demo/cards.json', import.meta.url).pathname),
})
process.stdout.write(`${server.tcpPort}\n`)
