import { type CborValue, decodeCbor, encodeCbor } from '../../host-link/wire/cbor.ts'
import { WireError } from '../../host-link/wire/message.ts'
import { DOWNLOAD_STATES, type DownloadState } from '../../host-link/wire/tms/codes.ts'
import type { OrderPolicy } from '../../host-link/wire/tms/order.ts'
import type { Area } from '../boot/layout.ts'
import type { Slots } from '../device/slots.ts'
import { CRC_START, crc32 } from '../journal/crc.ts'
import { number, putNumber } from '../journal/record.ts'
import { put, roundedUp } from './chip.ts'
import { INDEX } from './unpack.ts'

/** A leaf of a payload: the unit that has a hash, and a bit here. */
export const LEAF_BYTES = INDEX.leaf
/** 10 bytes: length of the body 2, sequence 4, CRC-32 over both and the body 4. */
const HEAD_BYTES = 10
const CRC_AT = 6
/** Releases that failed, and parameter sets that were refused, kept at most. */
const KEPT_MAX = 4
const NAME_BYTES = 8

/** 下载记录: where the one download of this terminal stands. Replaced as a whole, in one write. */
export interface Download {
  readonly state: DownloadState
  /** Why, as in `codes`. */
  readonly code: number
  /** Number of the program order that asked for it. */
  readonly order: number
  /** SHA-256 and size of the manifest; empty and 0: none was ever ordered. */
  readonly release: Uint8Array
  readonly size: number
  /** Which payload of the manifest is fetched; -1: not chosen yet. */
  readonly payload: number
  /** Staging was erased for it: the leaf bits count. */
  readonly prepared: boolean
  /** A payload went wrong after all its leaves had come: so often. */
  readonly spoilt: number
  /** Number of the boot record when the slot was verified: an end noted later is of this release. */
  readonly boot: number
  /** 推迟: deferrals used. */
  readonly deferrals: number
  /** When to activate, as the order has it. */
  readonly policy: OrderPolicy | undefined
  /** First bytes of releases that failed, each with the order it failed for: not tried again for that one. */
  readonly failed: readonly (readonly [Uint8Array, number])[]
  /** First bytes of parameter sets that were refused. */
  readonly refused: readonly Uint8Array[]
}

const nothing = new Uint8Array(0)
export const NO_DOWNLOAD: Download = {
  state: 'empty',
  code: 0,
  order: 0,
  release: nothing,
  size: 0,
  payload: -1,
  prepared: false,
  spoilt: 0,
  boot: 0,
  deferrals: 0,
  policy: undefined,
  failed: [],
  refused: [],
}

export interface RecordStore {
  download(): Download
  /** One durable write; the leaf bits go with it where `keepLeaves`, else none has come. False: the flash failed. */
  write(next: Download, keepLeaves: boolean): boolean
  has(leaf: number): boolean
  /** Clears the bits of leaves that stand in staging. Durable. */
  mark(leaves: readonly number[]): boolean
}

/** The first bytes of a hash: enough to know an object again. */
export function nameOf(hash: Uint8Array): Uint8Array {
  return hash.slice(0, NAME_BYTES)
}

/** The newest `KEPT_MAX` of a list with one more. */
export function kept<T>(list: readonly T[], item: T): readonly T[] {
  return [...list, item].slice(-KEPT_MAX)
}

/**
 * The record in its two sectors: entries one behind the other, each with the leaf bits of its download behind it (1: has
 * not come); the entry with the highest sequence counts. An entry is one program of the chip, so it is whole or absent.
 *
 * At a start the entry that counts is programmed once more in its place, for a cut may have left its cells between two
 * values, and zeros go behind the last entry of each sector, for one that was cut off there may appear later. So the
 * next entry always goes into the other sector, erased before.
 */
export function openRecord(slots: Slots, area: Area, leaves: number): RecordStore {
  const { sectorBytes, unitBytes } = slots.geometry()
  const bitBytes = roundedUp(Math.ceil(leaves / 8), unitBytes)
  let current = NO_DOWNLOAD
  let bits = new Uint8Array(bitBytes).fill(0xff)
  let bitsAt = -1
  let sequence = 0
  let sector = 1
  /** Where the next entry goes in `sector`; at its end: into the other one. */
  let end = sectorBytes
  let healthy = true

  for (let i = 0; i < 2; i++) mount(i)
  if (bitsAt >= 0) {
    healthy = place(bitsAt, entryOf(current, sequence)) && healthy
    slots.program(bitsAt, bits)
  }

  function mount(index: number): void {
    const start = area.address + index * sectorBytes
    const bytes = slots.read(start, sectorBytes)
    let at = 0
    for (;;) {
      const found = entryAt(bytes, at)
      if (found === undefined) break
      const next = at + roundedUp(HEAD_BYTES + found.length, unitBytes)
      if (found.sequence > sequence) {
        sequence = found.sequence
        current = found.download
        sector = index
        bitsAt = start + next
        bits = bytes.slice(next, next + bitBytes)
      }
      at = next + bitBytes
    }
    if (at + roundedUp(HEAD_BYTES, unitBytes) <= sectorBytes)
      slots.program(start + at, new Uint8Array(roundedUp(HEAD_BYTES, unitBytes)))
  }

  /** Programs an entry so that its bits begin at `address`. */
  function place(address: number, entry: Uint8Array): boolean {
    return put(slots, address - roundedUp(entry.length, unitBytes), entry)
  }

  return {
    download: () => current,
    has: (leaf) => (((bits[leaf >> 3] as number) >> (leaf & 7)) & 1) === 0,
    write(next, keepLeaves) {
      if (!healthy) return false
      const entry = entryOf(next, sequence + 1)
      const size = roundedUp(entry.length, unitBytes)
      if (end + size + bitBytes > sectorBytes) {
        if (slots.erase(area.address / sectorBytes + (1 - sector)) !== 'done') return false
        sector = 1 - sector
        end = 0
      }
      const at = area.address + sector * sectorBytes + end + size
      const nextBits = keepLeaves ? bits : new Uint8Array(bitBytes).fill(0xff)
      // The bits first: with the entry they count.
      healthy = put(slots, at, nextBits) && place(at, entry)
      if (!healthy) return false
      ;[current, bits, bitsAt] = [next, nextBits, at]
      end += size + bitBytes
      sequence++
      return true
    },
    mark(done) {
      const changed = bits.slice()
      for (const leaf of done) changed[leaf >> 3] = (changed[leaf >> 3] as number) & ~(1 << (leaf & 7))
      let from = bitBytes
      let to = 0
      for (let i = 0; i < bitBytes; i++)
        if (changed[i] !== bits[i]) [from, to] = [Math.min(from, i - (i % unitBytes)), i + 1]
      if (from >= to) return true
      if (!put(slots, bitsAt + from, changed.subarray(from, roundedUp(to, unitBytes)))) return false
      bits = changed
      return true
    },
  }
}

function entryOf(download: Download, sequence: number): Uint8Array {
  const { state, release, policy, failed, refused } = download
  const { order, size, payload, spoilt, boot, deferrals } = download
  const flags = (download.prepared ? 1 : 0) | (policy?.allowOpenBatch ? 2 : 0) | (policy?.automatic ? 4 : 0)
  const numbers = [
    DOWNLOAD_STATES.indexOf(state),
    download.code,
    order,
    size,
    payload,
    spoilt,
    boot,
    deferrals,
    flags,
  ]
  const times = policy && [
    policy.earliest,
    policy.windowFrom,
    policy.windowTo,
    policy.deadline,
    policy.deferrals,
  ]
  const body = encodeCbor([numbers, times ?? null, release, failed, refused])
  const entry = new Uint8Array(HEAD_BYTES + body.length)
  putNumber(entry, 0, 2, body.length)
  putNumber(entry, 2, 4, sequence)
  entry.set(body, HEAD_BYTES)
  putNumber(entry, CRC_AT, 4, sumOf(entry))
  return entry
}

function sumOf(entry: Uint8Array): number {
  return crc32(crc32(CRC_START, entry, 0, CRC_AT), entry, HEAD_BYTES, entry.length) >>> 0
}

function entryAt(
  sector: Uint8Array,
  at: number,
): { readonly length: number; readonly sequence: number; readonly download: Download } | undefined {
  if (at + HEAD_BYTES > sector.length) return undefined
  const length = number(sector, at, 2)
  const entry = sector.subarray(at, at + HEAD_BYTES + length)
  if (entry.length < HEAD_BYTES + length || number(entry, CRC_AT, 4) !== sumOf(entry)) return undefined
  const download = downloadOf(entry.subarray(HEAD_BYTES))
  return download && { length, sequence: number(entry, 2, 4), download }
}

/** A body of another shape, with a right CRC, is that of a newer program: then nothing is known. */
function downloadOf(body: Uint8Array): Download | undefined {
  try {
    const [numbers, times, release, failed, refused] = decodeCbor(body) as readonly CborValue[]
    const [state, code, order, size, payload, spoilt, boot, deferrals, flags] = numbers as Nine
    const [earliest, windowFrom, windowTo, deadline, most] = (times ?? [0, 0, 0, 0, 0]) as Nine
    const policy = {
      ...{ earliest, windowFrom, windowTo, deadline, deferrals: most },
      ...{ allowOpenBatch: (flags & 2) !== 0, automatic: (flags & 4) !== 0 },
    }
    return {
      ...{ state: DOWNLOAD_STATES[state] ?? 'empty', code, order, size, payload, spoilt, boot, deferrals },
      prepared: (flags & 1) !== 0,
      policy: times === null ? undefined : policy,
      release: release as Uint8Array,
      failed: failed as Download['failed'],
      refused: refused as Download['refused'],
    }
  } catch (error) {
    if (error instanceof WireError || error instanceof TypeError) return undefined
    throw error
  }
}
type Nine = readonly [number, number, number, number, number, number, number, number, number]
