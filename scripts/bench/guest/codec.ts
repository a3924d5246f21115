import { decodeMessage, encodeMessage } from '../../../host-link/wire/dialect.ts'
import type { Dialect } from '../../../host-link/wire/message.ts'
import { saleMessage } from './sale-message.ts'

/** Runs inside QuickJS: the wire's codec, as many times as `port` says, between two calls that tell the time. */
interface Port {
  rounds(): number
  begin(dialect: Dialect): void
  end(dialect: Dialect, bytes: number): void
  done(): Promise<never>
}
const { port } = (globalThis as unknown as { readonly device: { readonly port: Port } }).device

async function run(): Promise<never> {
  const rounds = port.rounds()
  const message = saleMessage()
  for (const dialect of ['cup', 'cbor'] as const) {
    let bytes = 0
    port.begin(dialect)
    for (let round = 0; round < rounds; round++) {
      const encoded = encodeMessage(dialect, message)
      bytes = encoded.length
      decodeMessage(dialect, encoded)
    }
    port.end(dialect, bytes)
  }
  return port.done()
}

export const running: Promise<never> = run()
