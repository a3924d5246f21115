import { decodeCbor } from '../../host-link/wire/cbor.ts'
import { WireError } from '../../host-link/wire/message.ts'
import { inflate, WINDOW_BYTES } from './inflate.ts'

/**
 * A payload: how to make a program, possibly from another that the terminal has (docs/download.md).
 * Two bytes length of the head, the head in CBOR, `[format, program length, row…]`, then the data of the rows in turn.
 */
export const PAYLOAD_FORMAT = 1
export const HEAD_BYTES_MAX = 8_192
export const ROWS_MAX = 512
/** The kind of a row, its first element. All offsets are those of the base program. */
// biome-ignore format: one row a kind
export const ROW = {
  same:     0, // [0, length, offset]: as it stands in the base program
  stored:   1, // [1, length]: the data are the bytes
  deflated: 2, // [2, length, data length]
  delta:    3, // [3, length, data length, offset, dictionary length]: deflated with bytes of the base as dictionary
} as const

/**
 * The index of a payload: its SHA-256, by which it is fetched, then of each leaf of 1,024 bytes (the last one may be
 * shorter) the first 16 bytes of its SHA-256.
 */
export const INDEX = { name: 32, leaf: 1_024, hash: 16 } as const

const CHUNK_BYTES = 4_096

/** Bytes that are read piece by piece; `offset` and `length` are inside. */
export interface Readable {
  readonly length: number
  read(offset: number, length: number): Uint8Array
}

/** Takes a program in its order: 4,096 bytes each time, the last time what is left. The bytes are good only inside the call. */
export interface Sink {
  write(bytes: Uint8Array): boolean
}

/** `wrong`: no payload, of another program length, or for another base; `storage`: the sink said false. */
export type Unpacked = { readonly kind: 'unpacked' | 'wrong' | 'storage'; readonly length: number }

interface Row {
  readonly kind: number
  readonly length: number
  readonly data: number
  readonly offset: number
  readonly dictionary: number
}

/**
 * Makes the program of `length` bytes out of its payload and writes it to `sink`; never more than `length` bytes, and
 * none where the head alone shows that it is wrong. `base` has length 0 where the terminal has no such program.
 * Awaits `yields` after every 4,096 bytes. Uses 32 KiB for the window and three buffers of 4 KiB.
 * What comes out is to be checked by its hash: a payload for another base may unpack.
 */
export async function unpack(
  source: Readable,
  base: Readable,
  sink: Sink,
  yields: () => Promise<void>,
  length: number,
): Promise<Unpacked> {
  const out = new Uint8Array(CHUNK_BYTES)
  let filled = 0
  let written = 0
  /** True where a chunk is full. */
  const put = (byte: number): boolean => {
    out[filled++] = byte
    return filled === CHUNK_BYTES
  }
  const flush = async (): Promise<boolean> => {
    const ok = filled === 0 || sink.write(out.subarray(0, filled))
    written += filled
    filled = 0
    if (ok) await yields()
    return ok
  }
  const end = (kind: Unpacked['kind']): Unpacked => ({ kind, length: written })
  try {
    const [rows, head] = readHead(source, base.length, length)
    let at = head
    let window: Uint8Array | undefined
    for (const row of rows) {
      const data = part(source, at, row.data)
      at += row.data
      if (row.kind < ROW.deflated) {
        const from = row.kind === ROW.same ? part(base, row.offset, row.length) : data
        for (let i = 0; i < row.length; i++) if (put(from.next()) && !(await flush())) return end('storage')
        continue
      }
      window ??= new Uint8Array(WINDOW_BYTES)
      const dictionary = part(base, row.offset, row.dictionary)
      for (let i = 0; i < row.dictionary; i++) window[i] = dictionary.next()
      for (const _ of inflate(data.next, window, row.dictionary, row.length, put))
        if (!(await flush())) return end('storage')
      if (data.left() > 0) return end('wrong')
    }
    return end((await flush()) ? 'unpacked' : 'storage')
  } catch (error) {
    if (error instanceof WireError) return end('wrong')
    throw error
  }
}

/** The rows, all of them checked against both lengths, and where the data begin. */
function readHead(source: Readable, baseLength: number, length: number): [Row[], number] {
  if (source.length < 2) bad(0)
  const [high = 0, low = 0] = source.read(0, 2)
  const bytes = high * 256 + low
  if (bytes > HEAD_BYTES_MAX || 2 + bytes > source.length) bad(0)
  const head = decodeCbor(source.read(2, bytes), { bytes: HEAD_BYTES_MAX, depth: 2 })
  if (!Array.isArray(head) || head.length > 2 + ROWS_MAX) bad(2)
  const [format, total, ...items] = head
  if (format !== PAYLOAD_FORMAT || total !== length) bad(3)
  let made = 0
  let data = 2 + bytes
  const rows = items.map((item) => {
    const row = readRow(item)
    if (row.offset + (row.kind === ROW.same ? row.length : row.dictionary) > baseLength) bad(made)
    made += row.length
    data += row.data
    return row
  })
  if (made !== length || data !== source.length) bad(data)
  return [rows, 2 + bytes]
}

function readRow(item: unknown): Row {
  if (!Array.isArray(item) || !item.every((part) => typeof part === 'number' && part >= 0)) bad(2)
  const [kind, length, third = 0, offset = 0, dictionary = 0] = item as readonly number[]
  if (kind === undefined || length === undefined || item.length !== [3, 2, 3, 5][kind]) bad(2)
  if (dictionary > WINDOW_BYTES) bad(2)
  if (kind === ROW.same) return { kind, length, data: 0, offset: third, dictionary }
  return { kind, length, data: kind === ROW.stored ? length : third, offset, dictionary }
}

/** A part byte by byte; throws behind its end. */
function part(from: Readable, offset: number, length: number): { next(): number; left(): number } {
  const end = offset + length
  let chunk: Uint8Array = new Uint8Array(0)
  let at = 0
  return {
    next() {
      if (at === chunk.length) {
        if (offset === end) bad(end)
        chunk = from.read(offset, Math.min(CHUNK_BYTES, end - offset))
        offset += chunk.length
        at = 0
      }
      return chunk[at++] as number
    },
    left: () => end - offset + chunk.length - at,
  }
}

function bad(offset: number): never {
  throw new WireError('payload', offset, 'wrong')
}
