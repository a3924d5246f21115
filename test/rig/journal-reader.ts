/**
 * Reads a journal image by docs/journal.md alone: it shares no code with the journal. Node's own CRC is not used
 * either, so that a wrong table shows.
 */
export interface ReadRecord {
  readonly address: number
  readonly size: number
  readonly sequence: number
  readonly kind: number
  readonly moved: boolean
  readonly settled: boolean
  readonly payload: Uint8Array
  readonly marked: boolean
}
export interface ReadImage {
  readonly records: readonly ReadRecord[]
  readonly batch: number
  readonly trace: number
  readonly since: number
  readonly frozen: boolean
  readonly scrubPending: boolean
  /** Sequence numbers missing inside the live log. */
  readonly missing: number
  readonly erases: ReadonlyMap<number, number>
}
interface Geometry {
  readonly sectorBytes: number
  readonly sectorCount: number
  readonly unitBytes: number
}

const SECTOR_PAYLOAD = 24

export function readJournal(image: Uint8Array, geometry: Geometry): ReadImage {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength)
  const { sectorBytes, sectorCount, unitBytes } = geometry
  const markBytes = Math.max(4, unitBytes)
  const sizeOf = (payload: number) => Math.ceil((8 + payload) / unitBytes) * unitBytes + markBytes

  function recordAt(address: number, sequence: number): ReadRecord | undefined {
    const word = view.getUint16(address, true)
    const kind = word >>> 12
    const length = word & 511
    const sectorEnd = (Math.floor(address / sectorBytes) + 1) * sectorBytes
    if (kind < 1 || kind > 13 || (word & 512) !== 0 || length > 404) return undefined
    if (address + sizeOf(length) > sectorEnd) return undefined
    const seed = new DataView(new ArrayBuffer(10))
    seed.setUint32(0, address, true)
    seed.setUint32(4, sequence, true)
    seed.setUint16(8, word, true)
    const payload = image.slice(address + 8, address + 8 + length)
    if (crc([...new Uint8Array(seed.buffer), ...payload]) !== view.getUint32(address + 4, true))
      return undefined
    const mark = address + sizeOf(length) - markBytes
    const marked = [0x96, 0x4b, 0xd2, 0x65].every((byte, i) => image[mark + i] === byte)
    const flags = { moved: (word & 2048) !== 0, settled: (word & 1024) !== 0 }
    return { address, size: sizeOf(length), sequence, kind, ...flags, payload, marked }
  }

  const sectors: { sector: number; base: number; tail: number; real: boolean; records: ReadRecord[] }[] = []
  const erases = new Map<number, number>()
  for (let sector = 0; sector < sectorCount; sector++) {
    const start = sector * sectorBytes
    for (const [at, add] of [
      [start, 0],
      [start + sizeOf(SECTOR_PAYLOAD), 1],
    ] as const) {
      const base = view.getUint32(at + 8 + 1, true)
      const header = recordAt(at, base + add)
      if (header?.kind !== 1 || (header.payload[0] !== 1 && header.payload[0] !== 2)) continue
      const p = new DataView(header.payload.buffer)
      erases.set(sector, p.getUint16(21, true) + p.getUint8(23) * 65536)
      const tail = base - (p.getUint16(5, true) + p.getUint8(7) * 65536)
      const records = readSector(start, base)
      sectors.push({ sector, base, tail, records, real: hasOwn(start, base, records) })
      break
    }
  }

  /** Something besides headers, RETIRED and copies; a number missing among those; or a mark behind them. */
  function hasOwn(start: number, base: number, good: readonly ReadRecord[]): boolean {
    if (good.some((r) => r.kind !== 1 && r.kind !== 3 && !r.moved)) return true
    if (good.some((r, i) => r.sequence > Math.max(base + 2, (good[i - 1]?.sequence ?? 0) + 1))) return true
    const last = good[good.length - 1]
    for (let at = last ? last.address + last.size : start; at + 4 <= start + sectorBytes; at += unitBytes)
      if ([0x96, 0x4b, 0xd2, 0x65].every((byte, i) => image[at + i] === byte)) return true
    return false
  }

  function readSector(start: number, base: number): ReadRecord[] {
    const records: ReadRecord[] = []
    let next = base
    for (let at = start; at + sizeOf(0) <= start + sectorBytes; ) {
      const low = view.getUint16(at + 2, true)
      const sequence = next + ((low - (next % 65536) + 65536) % 65536)
      const record = recordAt(at, sequence)
      if (record === undefined) at += unitBytes
      else {
        records.push(record)
        next = sequence + 1
        at += record.size
      }
    }
    return records
  }

  sectors.sort((a, b) => a.base - b.base || Number(a.real) - Number(b.real))
  while (sectors.length > 0 && sectors[sectors.length - 1]?.real === false) sectors.pop()
  let tail = Math.max(1, ...sectors.map((s) => s.tail))
  for (const s of sectors.slice(-1))
    for (const r of s.records)
      if (r.kind === 2) tail = Math.max(tail, new DataView(r.payload.buffer).getUint32(0, true))

  let records: ReadRecord[] = []
  for (const s of sectors.filter((x) => x.base >= tail))
    records = [...records.filter((r) => r.sequence < s.base), ...s.records]
  let expected = tail
  let missing = 0
  let batch = 0
  let since = 0
  let trace = 0
  let frozen = false
  let scrubPending = false
  const three = (r: ReadRecord, at: number) =>
    (r.payload[at] ?? 0) + (r.payload[at + 1] ?? 0) * 256 + (r.payload[at + 2] ?? 0) * 65536
  for (const r of records) {
    const base = r.kind === 1 ? new DataView(r.payload.buffer).getUint32(1, true) : 0
    if (base > expected) missing += base - expected
    expected = Math.max(expected, base === 0 ? 0 : base + 2)
    missing += Math.max(0, r.sequence - expected)
    expected = Math.max(expected, r.sequence + 1)
    if (r.kind === 1) {
      since = new DataView(r.payload.buffer).getUint32(8, true)
      batch = three(r, 12) & 0x0fffff
      frozen = (three(r, 12) & 0x400000) !== 0
      scrubPending = (three(r, 12) & 0x200000) !== 0
      trace = three(r, 15)
    } else if (r.kind === 4) {
      batch = three(r, 0) & 0x0fffff
      since = r.sequence
      frozen = false
      if ((three(r, 0) & 0x200000) !== 0) scrubPending = true
    } else if (r.kind === 12) frozen = true
    else if (r.kind === 13) scrubPending = false
    else if (r.kind === 5 || (r.kind === 7 && !r.moved)) trace = three(r, 0)
  }
  return { records, batch, trace, since, frozen, scrubPending, missing, erases }
}

/** Entries of the open batch as the document defines them, in the form of the tests' model. */
export function entriesOf(
  image: ReadImage,
): Map<number, { state: string; intent: string; outcome: string; copies: number }> {
  const entries = new Map<number, { state: string; intent: string; outcome: string; copies: number }>()
  const names: Record<number, string> = { 8: 'approved', 9: 'declined', 10: 'undone' }
  for (const r of image.records) {
    if (r.kind < 7 || r.kind > 11 || r.sequence <= image.since) continue
    const trace = (r.payload[0] ?? 0) + (r.payload[1] ?? 0) * 256 + (r.payload[2] ?? 0) * 65536
    const entry = entries.get(trace) ?? { state: 'owed', intent: '-', outcome: '-', copies: 0 }
    entries.set(trace, entry)
    const body = Buffer.from(r.payload.slice(4)).toString('hex')
    if (r.kind === 7) entry.intent = body
    else if (r.kind === 11) entry.copies |= r.payload[3] ?? 0
    else {
      entry.state = names[r.kind] ?? '?'
      entry.outcome = body
    }
  }
  return entries
}

function crc(bytes: readonly number[]): number {
  let value = 0xffffffff
  for (const byte of bytes) {
    value ^= byte
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  }
  return (value ^ 0xffffffff) >>> 0
}

/** Puts a record into an image, by the document: for states that a test cannot reach in reasonable time. */
export function placeRecord(
  image: Uint8Array,
  geometry: Geometry,
  at: { readonly address: number; readonly sequence: number; readonly kind: number },
  payload: readonly number[],
): number {
  const unit = geometry.unitBytes
  const body = Math.ceil((8 + payload.length) / unit) * unit
  const markBytes = Math.max(4, unit)
  const head = new DataView(new ArrayBuffer(10))
  head.setUint32(0, at.address, true)
  head.setUint32(4, at.sequence, true)
  head.setUint16(8, at.kind * 4096 + payload.length, true)
  const view = new DataView(image.buffer, image.byteOffset)
  view.setUint16(at.address, at.kind * 4096 + payload.length, true)
  view.setUint16(at.address + 2, at.sequence % 65536, true)
  view.setUint32(at.address + 4, crc([...new Uint8Array(head.buffer), ...payload]), true)
  image.set(payload, at.address + 8)
  for (let i = 0; i < markBytes; i++) image[at.address + body + i] = [0x96, 0x4b, 0xd2, 0x65][i % 4] ?? 0
  return at.address + body + markBytes
}
