// The service of a bench, or a bare broker that pushes bytes, in a process of its own. Options as its first argument.
import { hashPassword } from '../../host-link/tms/node/acl.ts'
import { blockMessage, offsetsOf } from '../../host-link/tms/node/blocks.ts'
import { type BrokerLink, mqttLink } from '../../host-link/tms/node/broker-link.ts'
import { embeddedBroker } from '../../host-link/tms/node/embedded-broker.ts'
import { startTms } from '../../host-link/tms/node/server.ts'
import { signerOf } from '../../host-link/tms/node/signers.ts'
import { inboxTopics, SHARDS } from '../../host-link/transport/inbox-topics.ts'
import { decodeGet } from '../../host-link/wire/tms/talk.ts'
import { benchSeed, PASSWORD } from './keys.ts'
import { type ServiceOptions, serialOf } from './talk.ts'

const options = JSON.parse(process.argv[2] ?? '{}') as ServiceOptions
process.on('disconnect', () => process.exit(0))
if (options.bare === undefined) await service()
else await bare(options.bare)

async function service(): Promise<void> {
  const server = await startTms({
    ...{ database: options.database, tenant: options.tenant, broker: options.broker },
    signers: { director: signerOf(benchSeed('director')), parameters: signerOf(benchSeed('parameters')) },
    ...(options.blockBytes !== undefined && { blockBytes: options.blockBytes }),
    log: (line) => {
      if (!/leases$/.test(line)) console.error(line)
    },
  })
  process.on('message', () => server.wake())
  process.send?.({ port: server.mqttPort ?? 0 })
}

/** The same bytes in packets of the same size over the same broker, and nothing else: what the broker itself costs. */
async function bare({ terminals, bytes, blockBytes, asked }: BareOptions): Promise<void> {
  const zeros = new Uint8Array(bytes)
  const { link, port } = await linked({
    receive: (topic, payload) => {
      if (topic.endsWith('/get')) give(link, topic, payload, zeros)
    },
    renewed: async () => {},
  })
  await link.listen(Array.from({ length: SHARDS }, (_, shard) => shard))
  process.on('message', () => {
    if (asked === true) for (const serial of serials(terminals)) link.publish(down(serial, 'want'), BEGIN, 1)
    else void push(link, terminals, bytes, blockBytes)
  })
  process.send?.({ port })
}

type BareOptions = NonNullable<ServiceOptions['bare']>
/** Says nothing but that it is time. */
const BEGIN = new Uint8Array(1)
const serials = (count: number) => Array.from({ length: count }, (_, number) => serialOf(number))
const down = (serial: string, topic: 'blk' | 'want') => inboxTopics(options.tenant, serial).down(topic)

/** What a request names, out of zeros. */
function give(link: BrokerLink, topic: string, payload: Uint8Array, zeros: Uint8Array): void {
  const get = decodeGet(payload)
  const to = topic.replace(/up\/get$/, 'dn/blk')
  for (const offset of offsetsOf(get).filter((at) => at < zeros.length))
    link.publish(to, blockMessage(get, offset, zeros.subarray(offset, offset + get.blockBytes)), 0)
}

async function linked(
  events: Parameters<typeof mqttLink>[3],
): Promise<{ readonly link: BrokerLink; readonly port: number }> {
  const { broker, tenant } = options
  if (broker.kind === 'address') return { link: await mqttLink(broker.url, tenant, 'bare', events), port: 0 }
  const hash = hashPassword(Buffer.from(PASSWORD))
  const own = await embeddedBroker({
    tenant,
    host: broker.host,
    port: broker.port,
    passwordHash: async () => hash,
    log: () => {},
  })
  const link = own.link(events)
  return { link, port: (await own.listen()) ?? 0 }
}

const AHEAD_BYTES = 8 * 1_048_576

async function push(link: BrokerLink, terminals: number, bytes: number, blockBytes: number): Promise<void> {
  const topics = serials(terminals).map((serial) => down(serial, 'blk'))
  const block = new Uint8Array(blockBytes)
  let sent = 0
  for (let at = 0; at < bytes; at += blockBytes)
    for (const topic of topics) {
      link.publish(topic, block.subarray(0, Math.min(blockBytes, bytes - at)), 0)
      sent++
      if (sent % 16 === 0) await new Promise((resolve) => setImmediate(resolve))
      while (link.buffered() > AHEAD_BYTES) await new Promise((resolve) => setTimeout(resolve, 1))
    }
}
