// The service in a process of its own, to be killed: prints its MQTT port, then works until then.
import { startTms } from '../../../../host-link/tms/node/server.ts'
import { TENANT, testSigners } from './rig.ts'

const [database = '', broker = '', port = ''] = process.argv.slice(2)
const server = await startTms({
  ...{ database, tenant: TENANT, signers: testSigners() },
  broker:
    broker === 'embedded'
      ? { kind: 'embedded', host: '127.0.0.1', port: Number(port) }
      : { kind: 'address', url: broker },
})
process.stdout.write(`${server.mqttPort ?? 0}\n`)
