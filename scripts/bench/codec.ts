import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { loadQuickJsNode } from '../../emulator/console/quickjs-node.ts'
import { INTERRUPT_BUDGET, MEMORY_BYTES, STACK_BYTES } from '../../emulator/vm/limits.ts'
import { Vm } from '../../emulator/vm/vm.ts'
import { decodeMessage, encodeMessage } from '../../host-link/wire/dialect.ts'
import type { Dialect } from '../../host-link/wire/message.ts'
import { toHex } from '../../keys/hex.ts'
import { build } from '../build.ts'
import { saleMessage } from './guest/sale-message.ts'
import { median, type Row, rounds, type Work } from './row.ts'

/** Runs of each codec, one after the other in turn, so that all meet the same machine. */
const RUNS = 7
const ROUNDS = 3000
const GUEST_ROUNDS = 1000
const GUEST = 'scripts/bench/guest/codec.ts'

/** Encode and decode of a 20-field sale, beside the npm package iso_8583 with the same message. */
export async function benchCodec(work: Work): Promise<readonly Row[]> {
  const guest = await inQuickJs(rounds(work, GUEST_ROUNDS, 2))
  const codecs = { cup: ours('cup'), cbor: ours('cbor'), peer: peer() }
  const times = { cup: [] as number[], cbor: [] as number[], peer: [] as number[] }
  const count = rounds(work, ROUNDS, 2)
  for (let run = 0; run < rounds(work, RUNS, 2); run++) {
    for (const name of ['cup', 'cbor', 'peer'] as const)
      times[name].push(microseconds(codecs[name].once, count))
  }
  const inV8 = { cup: median(times.cup.slice(1)), cbor: median(times.cbor.slice(1)) }
  const beside = { what: 'iso_8583', value: median(times.peer.slice(1)) }
  const engine = (dialect: Dialect) => ({
    quantity: `encode + decode, ${dialect}, QuickJS`,
    value: guest[dialect],
    unit: 'µs',
    beside: { what: 'V8', value: inV8[dialect] },
  })
  return [
    {
      quantity: 'encode + decode of a 20-field sale, cup, V8',
      value: inV8.cup,
      unit: 'µs',
      beside,
      note: 'below 1 × is faster than iso_8583, which writes digits as ASCII, not BCD',
    },
    { quantity: 'the same, cbor, V8', value: inV8.cbor, unit: 'µs', beside },
    engine('cup'),
    engine('cbor'),
    {
      quantity: 'bytes of the message, cup',
      value: codecs.cup.bytes,
      unit: 'B',
      beside: { what: 'iso_8583', value: codecs.peer.bytes },
    },
    {
      quantity: 'bytes of the message, cbor',
      value: codecs.cbor.bytes,
      unit: 'B',
      beside: { what: 'iso_8583', value: codecs.peer.bytes },
    },
  ]
}

interface Codec {
  readonly bytes: number
  once(): void
}

function ours(dialect: Dialect): Codec {
  const message = saleMessage()
  const bytes = encodeMessage(dialect, message)
  if (JSON.stringify(decodeMessage(dialect, bytes)) !== JSON.stringify(message))
    throw new Error(`bench: ${dialect} does not give the message back`)
  return { bytes: bytes.length, once: () => void decodeMessage(dialect, encodeMessage(dialect, message)) }
}

/** The part of the package that is used; it has no types of its own. */
interface Iso8583 {
  getRawMessage(): Uint8Array
  getIsoJSON(bytes: Uint8Array, config: object): { readonly [field: string]: string }
}
type Iso8583Class = new (message: object | undefined, formats: object) => Iso8583

// Where UnionPay's field differs from the package's table; binary fields are hex text for it.
const formats = {
  53: { ContentType: 'n', Label: '安全控制信息', LenType: 'fixed', MaxLen: 16 },
  60: { ContentType: 'n', Label: '自定义域', LenType: 'lllvar', MaxLen: 17 },
  64: { ContentType: 'b', Label: '报文鉴别码', LenType: 'fixed', MaxLen: 16 },
}

function peer(): Codec {
  const Peer = createRequire(import.meta.url)('iso_8583') as Iso8583Class
  const { mti, fields } = saleMessage()
  const message = Object.fromEntries([
    ['0', mti],
    ...Object.entries(fields).map(([at, value]) => [at, typeof value === 'string' ? value : toHex(value)]),
  ])
  // It does not want the two bytes of length before the message.
  const decode = (bytes: Uint8Array) => new Peer(undefined, formats).getIsoJSON(bytes, { lenHeader: false })
  const bytes = new Peer(message, formats).getRawMessage()
  if (!(bytes instanceof Uint8Array)) throw new Error(`bench: iso_8583: ${JSON.stringify(bytes)}`)
  const back = decode(bytes)
  const lost = Object.keys(message).filter((at) => back[at]?.toUpperCase() !== message[at]?.toUpperCase())
  if (lost.length > 0) throw new Error(`bench: iso_8583 does not give fields ${lost.join(', ')} back`)
  return { bytes: bytes.length, once: () => void decode(new Peer(message, formats).getRawMessage()) }
}

function microseconds(once: () => void, count: number): number {
  const before = performance.now()
  for (let round = 0; round < count; round++) once()
  return ((performance.now() - before) * 1000) / count
}

async function inQuickJs(count: number): Promise<{ readonly [D in Dialect]: number }> {
  const root = fileURLToPath(new URL('../../build/', import.meta.url))
  mkdirSync(root, { recursive: true })
  const folder = mkdtempSync(`${root}bench-`)
  try {
    const { file } = await build({ entry: GUEST, folder, force: true })
    return await runGuest(readFileSync(file, 'utf8'), count)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function runGuest(bundle: string, count: number): Promise<{ readonly [D in Dialect]: number }> {
  const module = await loadQuickJsNode()
  const table = { port: { rounds: 'instant', begin: 'instant', end: 'instant', done: 'waits' } } as const
  const times = { cup: 0, cbor: 0 }
  return new Promise((resolve, reject) => {
    let before = 0
    const options = {
      module,
      bundle,
      memoryLimitBytes: MEMORY_BYTES,
      stackBytes: STACK_BYTES.mainThread,
      interruptBudget: INTERRUPT_BUDGET,
    }
    const vm = new Vm(options, (why) => reject(new Error(`bench: the codec in QuickJS: ${why}`)))
    const port = {
      rounds: () => count,
      begin: () => {
        before = performance.now()
      },
      end(dialect: Dialect) {
        times[dialect] = ((performance.now() - before) * 1000) / count
      },
      done() {
        setImmediate(() => {
          vm.kill()
          resolve(times)
        })
        return new Promise(() => {})
      },
    }
    void vm.boot({ port }, table)
  })
}
