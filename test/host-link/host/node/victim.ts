// A host in a process of its own, to be killed: prints its port, then serves until then.
import { startHostServer } from '../../../../host-link/host/node/host-server.ts'
import { readCards, readProvision } from '../../../../scripts/provision.ts'

const [db = '', provision = '', cards = ''] = process.argv.slice(2)
const server = await startHostServer({
  listen: 'tcp://127.0.0.1:0',
  db,
  provisions: [readProvision(provision)],
  cards: readCards(cards),
})
process.stdout.write(`${server.tcpPort}\n`)
