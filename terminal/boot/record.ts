import { same } from '../../host-link/wire/bytes.ts'
import { decodeCbor, encodeCbor } from '../../host-link/wire/cbor.ts'
import type { Secure } from '../device/secure.ts'
import type { Place, Slots } from '../device/slots.ts'
import { CRC_START, crc32 } from '../journal/crc.ts'
import { number, putNumber } from '../journal/record.ts'
import { areasOf, BOOT_SECTORS } from './layout.ts'

/** A program that stands in a slot, or the one built in. */
export interface Program {
  readonly place: Place
  readonly length: number
  /** SHA-256 of its bytes. */
  readonly hash: Uint8Array
  /** SHA-256 of its release manifest; 32 zeros for the program built in. */
  readonly release: Uint8Array
  /** Security counter. */
  readonly counter: number
  /** At most 16 ASCII characters. */
  readonly version: string
}

/** 引导记录: which program runs, which ran before, and which is to be tried. */
export interface BootRecord {
  /** Counts changes; 0: there was none, the program built in runs. A record that is mended keeps its number. */
  readonly seq: number
  readonly active: Program
  /** What ran before, as long as its slot is as it was. */
  readonly previous?: Program | undefined
  /** Armed 已就绪 with `TRIES` tries, or in trial 试运行 with as many as are left. */
  readonly pending?: (Program & { readonly tries: number }) | undefined
  /** How the last trial ended. `code`: of `host-link/wire/tms/codes.ts`, 0 where confirmed. */
  readonly last?: { readonly release: Uint8Array; readonly end: End; readonly code: number } | undefined
  /** What the activator noted at arming, at most 32 bytes; kept until the next arming. */
  readonly note: Uint8Array
}
export type End = 'confirmed' | 'reverted'

/** What the record needs of the device: `device` itself will do. */
export interface RecordBoard {
  readonly slots: Pick<Slots, 'geometry' | 'read' | 'program' | 'erase' | 'factory'>
  readonly secure: Pick<Secure, 'deviceTag' | 'hash'>
}

/**
 * `fault`: the chip did not take it, and after the next start either state may be found. `refused`: it makes no sense in
 * the present state; nothing was written.
 */
export type Booted = 'written' | 'fault' | 'refused'

/** Starts that a new program has to confirm itself. */
export const TRIES = 3

/** Arms a program that stands verified in the slot that is neither active nor in trial: the next start tries it. */
export function arm(board: RecordBoard, program: Program, note: Uint8Array): Booted {
  const found = find(board)
  const { active, previous } = found.record
  const areas = areasOf(board.slots.geometry())
  const { place, length } = program
  if (
    areas === undefined ||
    found.trial ||
    place === 'factory' ||
    place === active.place ||
    !(length > 0 && length <= areas[place].bytes)
  )
    return 'refused'
  const kept = previous?.place === place ? undefined : previous
  return change(board, found, { previous: kept, pending: { ...program, tries: TRIES }, note })
}

/** Before the first erase of the other slot: nothing but the active program is left to start. */
export function forgetPrevious(board: RecordBoard): Booted {
  const found = find(board)
  const { previous, pending } = found.record
  if (found.trial) return 'refused'
  if (previous === undefined && pending === undefined) return 'written'
  return change(board, found, { previous: undefined, pending: undefined })
}

/** The program in trial has passed its health check: from now on it is the active one. */
export function confirm(board: RecordBoard): Booted {
  const found = find(board)
  const { active, pending } = found.record
  if (pending === undefined || !found.trial) return 'refused'
  return change(board, found, {
    active: pending,
    previous: active,
    pending: undefined,
    last: { release: pending.release, end: 'confirmed', code: 0 },
  })
}

/** The program that is armed or in trial is given up: the next start takes the active one. `code`: why. */
export function revert(board: RecordBoard, code: number): Booted {
  const found = find(board)
  const { pending } = found.record
  if (pending === undefined) return 'refused'
  return change(board, found, {
    pending: undefined,
    last: { release: pending.release, end: 'reverted', code },
  })
}

/** The record in force. Reads only. */
export function readBoot(board: RecordBoard): BootRecord {
  return find(board).record
}

/** For the first stage: the record in force, firm from here on. Writes only where a cut or rot left it in doubt. */
export function settleBoot(board: RecordBoard): BootRecord {
  const found = find(board)
  if (found.doubted) put(board, found, found.record)
  return found.record
}

/** For the first stage: one more change. False where the chip did not take it. */
export function putBoot(board: RecordBoard, record: Partial<BootRecord>): boolean {
  return change(board, find(board), record) === 'written'
}

/** The program built in, as a record has it. */
export function factoryProgram(board: RecordBoard): Program {
  return { place: 'factory', release: new Uint8Array(32), ...board.slots.factory() }
}

// A copy (docs/download.md): length (2, lowest byte first), that many bytes of CBOR, ones, tag (16), CRC-32 (4).
/** Whole units of every chip; three of them go into a sector of 2 KiB. */
const COPY_BYTES = 512
const CRC_AT = COPY_BYTES - 4
const TAG_AT = CRC_AT - 16
const COPIES = 3
/** Copies that make a record: a cut inside the first never does, and one may rot. */
const COPIES_MIN = 2

interface Stored {
  /** Counts writes. */
  readonly write: number
  readonly record: BootRecord
}
interface Found {
  readonly record: BootRecord
  /** Where it stands; −1: nowhere. */
  readonly sector: number
  /** The highest number of a write of any copy that is ours. */
  readonly newest: number
  /** A copy is missing, or there is one of a record that did not come to be. */
  readonly doubted: boolean
  /** `pending` has been started. */
  readonly trial: boolean
}

/**
 * The record in force: of those that this device has tagged and of which at least two copies are whole, the last. A
 * second copy is begun only when the first was read back, so that two show that the first is not the rest of a cut.
 */
function find(board: RecordBoard): Found {
  const { slots } = board
  const own: (Stored & { sector: number; bytes: Uint8Array; copies: number })[] = []
  const places = areasOf(slots.geometry()) === undefined ? 0 : BOOT_SECTORS * COPIES
  for (let place = 0; place < places; place++) {
    const sector = Math.floor(place / COPIES)
    const bytes = slots.read(addressOf(board, sector, place % COPIES), COPY_BYTES)
    const twin = own.find((each) => each.sector === sector && same(each.bytes, bytes))
    if (twin !== undefined) twin.copies++
    else if (
      number(bytes, CRC_AT, 4) === crcOf(bytes) &&
      same(tagOf(board, bytes), bytes.subarray(TAG_AT, CRC_AT))
    )
      own.push({ sector, bytes, copies: 1, ...decode(bytes) })
  }
  own.sort((one, other) => other.write - one.write)
  const [last] = own
  const whole = own.find(({ copies }) => copies >= COPIES_MIN)
  const record = whole?.record ?? { seq: 0, active: factoryProgram(board), note: new Uint8Array(0) }
  const { pending } = record
  return {
    record,
    sector: whole?.sector ?? -1,
    newest: last?.write ?? 0,
    doubted: last !== whole || (whole !== undefined && whole.copies < COPIES),
    trial: pending !== undefined && pending.tries < TRIES,
  }
}

function change(board: RecordBoard, found: Found, to: Partial<BootRecord>): Booted {
  return put(board, found, { ...found.record, ...to, seq: found.record.seq + 1 })
}

/** One durable write: erases the sector after the one in force, then three copies, each read back before the next. */
function put(board: RecordBoard, found: Found, record: BootRecord): Booted {
  const { slots } = board
  for (let step = 1; step < BOOT_SECTORS; step++) {
    const sector = (found.sector + step) % BOOT_SECTORS
    const bytes = encode(board, record, found.newest + step)
    if (bytes === undefined) return 'refused'
    let good = slots.erase(sector) === 'done'
    for (let copy = 0; good && copy < COPIES; copy++) {
      const address = addressOf(board, sector, copy)
      good = slots.program(address, bytes) === 'done' && same(slots.read(address, COPY_BYTES), bytes)
    }
    if (good) return 'written'
  }
  return 'fault'
}

function addressOf({ slots }: RecordBoard, sector: number, copy: number): number {
  return sector * slots.geometry().sectorBytes + copy * COPY_BYTES
}

/** Undefined where the record does not fit: a version or a note that is too long. */
function encode(board: RecordBoard, record: BootRecord, write: number): Uint8Array | undefined {
  const { seq, active, previous, pending, last, note } = record
  const body = encodeCbor([
    write,
    seq,
    listOf(active),
    listOf(previous),
    listOf(pending),
    pending?.tries ?? 0,
    last === undefined ? null : [last.release, last.end, last.code],
    note,
  ])
  if (body.length + 2 > TAG_AT) return undefined
  const bytes = new Uint8Array(COPY_BYTES).fill(0xff)
  putNumber(bytes, 0, 2, body.length)
  bytes.set(body, 2)
  bytes.set(tagOf(board, bytes), TAG_AT)
  putNumber(bytes, CRC_AT, 4, crcOf(bytes))
  return bytes
}

type Fields = readonly [Place, number, Uint8Array, Uint8Array, number, string]
type Last = readonly [Uint8Array, End, number]

function listOf(program: Program | undefined): Fields | null {
  if (program === undefined) return null
  const { place, length, hash, release, counter, version } = program
  return [place, length, hash, release, counter, version]
}

function programOf(fields: Fields | null): Program | undefined {
  if (fields === null) return undefined
  const [place, length, hash, release, counter, version] = fields
  return { place, length, hash, release, counter, version }
}

/** Of bytes with the tag of this device, which are as `encode` made them. */
function decode(bytes: Uint8Array): Stored {
  const body = decodeCbor(bytes.subarray(2, 2 + number(bytes, 0, 2)))
  const [write, seq, active, previous, pending, tries, last, note] = body as readonly [
    number,
    number,
    Fields,
    Fields | null,
    Fields | null,
    number,
    Last | null,
    Uint8Array,
  ]
  const next = programOf(pending)
  const record = {
    seq,
    active: programOf(active) as Program,
    previous: programOf(previous),
    pending: next && { ...next, tries },
    last: last === null ? undefined : { release: last[0], end: last[1], code: last[2] },
    note,
  }
  return { write, record }
}

/** No other tag of the device is over bytes that begin so; another layout has another number. */
const LAYOUT = 'shuaka boot 1'
const DOMAIN = Uint8Array.from(LAYOUT, (letter) => letter.charCodeAt(0))

function tagOf({ secure }: RecordBoard, bytes: Uint8Array): Uint8Array {
  return secure.deviceTag(Uint8Array.of(...DOMAIN, ...secure.hash(bytes.subarray(0, TAG_AT))))
}

function crcOf(bytes: Uint8Array): number {
  return ~crc32(CRC_START, bytes, 0, CRC_AT) >>> 0
}
