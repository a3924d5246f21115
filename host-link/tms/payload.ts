import { WINDOW_BYTES } from '../../terminal/update/inflate.ts'
import { HEAD_BYTES_MAX, INDEX, PAYLOAD_FORMAT, ROW, ROWS_MAX } from '../../terminal/update/unpack.ts'
import { textOfBytes } from '../wire/bytes.ts'
import { type CborValue, encodeCbor } from '../wire/cbor.ts'

/** A piece of a program; the program is its components in their order. `name`: the path of its first module. */
export interface Component {
  readonly name: string
  readonly bytes: Uint8Array
}

/** Raw DEFLATE (RFC 1951), window 32 KiB; a dictionary has at most 32,768 bytes. The same input gives the same bytes. */
export type Deflate = (bytes: Uint8Array, dictionary?: Uint8Array) => Uint8Array

/** One row of a payload and its data. */
interface Piece {
  readonly row: readonly number[]
  readonly data: Uint8Array
}

/**
 * The payload that makes the program of `components` (unpack.ts reads it), out of the program of `base` where it is
 * given. A whole program is one stream; a delta takes each component by the way that needs the fewest bytes. Throws
 * RangeError for an empty component and for more components than a payload has rows.
 */
export function encodePayload(
  components: readonly Component[],
  base: readonly Component[] | undefined,
  deflate: Deflate,
): Uint8Array {
  if (components.length > ROWS_MAX || components.some(({ bytes }) => bytes.length === 0))
    throw new RangeError(`payload: 1 to ${ROWS_MAX} components, none empty`)
  const program = joined(components.map(({ bytes }) => bytes))
  const whole = [smaller(stored(program), deflated(program, deflate))]
  if (base === undefined) return framed(program.length, program.length === 0 ? [] : whole)
  const delta = framed(program.length, merged(deltaPieces(components, base, deflate)))
  const full = framed(program.length, whole)
  return full.length < delta.length ? full : delta
}

/** The index of a payload, as unpack.ts says. */
export function indexOf(payload: Uint8Array, sha256: (bytes: Uint8Array) => Uint8Array): Uint8Array {
  const leaves = Math.ceil(payload.length / INDEX.leaf)
  const index = new Uint8Array(INDEX.name + leaves * INDEX.hash)
  index.set(sha256(payload))
  for (let leaf = 0; leaf < leaves; leaf++) {
    const bytes = payload.subarray(leaf * INDEX.leaf, (leaf + 1) * INDEX.leaf)
    index.set(sha256(bytes).subarray(0, INDEX.hash), INDEX.name + leaf * INDEX.hash)
  }
  return index
}

/** The program of these components. */
export function programOf(components: readonly Component[]): Uint8Array {
  return joined(components.map(({ bytes }) => bytes))
}

function deltaPieces(
  components: readonly Component[],
  base: readonly Component[],
  deflate: Deflate,
): readonly Piece[] {
  const old = programOf(base)
  const places = placesOf(old)
  return components.map(({ bytes }) => {
    const at = find(old, bytes)
    if (at !== undefined) return { row: [ROW.same, bytes.length, at], data: new Uint8Array(0) }
    const plain = smaller(stored(bytes), deflated(bytes, deflate))
    return dictionariesOf(places, old.length, bytes)
      .map((range) => delta(bytes, old, range, deflate))
      .reduce(smaller, plain)
  })
}

/** Bytes that are looked up together: shorter ones are everywhere in a program. */
const SHINGLE_BYTES = 12
/** The window is moved over the base in steps. */
const STEP_BYTES = 2_048
const WINDOWS_TRIED = 4
/** As far back as zlib looks: the window without its longest match and what it looks ahead. */
const REACH_BYTES = WINDOW_BYTES - 262

/** Where each run of 12 bytes of the base stands, the first of all places. */
function placesOf(old: Uint8Array): ReadonlyMap<string, number> {
  const places = new Map<string, number>()
  const text = textOfBytes(old)
  for (let at = old.length - SHINGLE_BYTES; at >= 0; at--) places.set(text.slice(at, at + SHINGLE_BYTES), at)
  return places
}

/**
 * The windows of the base that share the most with these bytes: modules move, and their names tell little. What stands
 * in a window before the place where it is wanted has slid out of reach when that place comes.
 */
function dictionariesOf(
  places: ReadonlyMap<string, number>,
  length: number,
  bytes: Uint8Array,
): readonly [number, number][] {
  /** For each end of a window, in steps, how many runs of these bytes are within reach. */
  const shared = new Array<number>(Math.ceil(length / STEP_BYTES) + 1).fill(0)
  const text = textOfBytes(bytes)
  for (let at = 0; at + SHINGLE_BYTES <= bytes.length; at++) {
    const place = places.get(text.slice(at, at + SHINGLE_BYTES))
    if (place === undefined) continue
    const first = Math.ceil((place + SHINGLE_BYTES) / STEP_BYTES)
    const last = Math.floor((place - at + REACH_BYTES) / STEP_BYTES)
    for (let end = first; end <= last && end < shared.length; end++) shared[end] = (shared[end] ?? 0) + 1
  }
  return shared
    .map((count, step) => ({ count, end: Math.min(length, step * STEP_BYTES) }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count || a.end - b.end)
    .slice(0, WINDOWS_TRIED)
    .map(({ end }) => [Math.max(0, end - WINDOW_BYTES), end])
}

function delta(
  bytes: Uint8Array,
  old: Uint8Array,
  [from, to]: readonly [number, number],
  deflate: Deflate,
): Piece {
  const data = deflate(bytes, old.subarray(from, to))
  return { row: [ROW.delta, bytes.length, data.length, from, to - from], data }
}

function stored(bytes: Uint8Array): Piece {
  return { row: [ROW.stored, bytes.length], data: bytes }
}

function deflated(bytes: Uint8Array, deflate: Deflate): Piece {
  const data = deflate(bytes)
  return { row: [ROW.deflated, bytes.length, data.length], data }
}

/** The first where both need the same: the choice is the same every time. */
function smaller(a: Piece, b: Piece): Piece {
  return b.data.length < a.data.length ? b : a
}

/** Neighbours that stand together in the base become one row. */
function merged(pieces: readonly Piece[]): readonly Piece[] {
  const out: Piece[] = []
  for (const piece of pieces) {
    const [kind, length = 0, offset = 0] = piece.row
    const before = out[out.length - 1]
    const [kindBefore, lengthBefore = 0, offsetBefore = 0] = before?.row ?? []
    if (kind === ROW.same && kindBefore === ROW.same && offsetBefore + lengthBefore === offset)
      out[out.length - 1] = { row: [ROW.same, lengthBefore + length, offsetBefore], data: piece.data }
    else out.push(piece)
  }
  return out
}

function framed(length: number, pieces: readonly Piece[]): Uint8Array {
  const head = encodeCbor([PAYLOAD_FORMAT, length, ...pieces.map(({ row }) => row as CborValue)])
  if (head.length > HEAD_BYTES_MAX) throw new RangeError('payload: too many components')
  return joined([Uint8Array.of(head.length >> 8, head.length & 255), head, ...pieces.map(({ data }) => data)])
}

/** Where `wanted` stands in `bytes`, first of all places. */
function find(bytes: Uint8Array, wanted: Uint8Array): number | undefined {
  const first = wanted[0] ?? 0
  const last = bytes.length - wanted.length
  for (let at = bytes.indexOf(first); at >= 0 && at <= last; at = bytes.indexOf(first, at + 1)) {
    let same = 1
    while (same < wanted.length && bytes[at + same] === wanted[same]) same++
    if (same === wanted.length) return at
  }
  return undefined
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}
