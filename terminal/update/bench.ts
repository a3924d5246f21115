import { same } from '../../host-link/wire/bytes.ts'
import type { DownloadState } from '../../host-link/wire/tms/codes.ts'
import { readEnvelope } from '../../host-link/wire/tms/envelope.ts'
import type { Order } from '../../host-link/wire/tms/order.ts'
import { decodeRelease, MANIFEST_BYTES_MAX, type ReleaseManifest } from '../../host-link/wire/tms/release.ts'
import { COUNTER_FLOOR, NO_SCOPE } from '../boot/floor.ts'
import { type Areas, areasOf } from '../boot/layout.ts'
import { type BootRecord, forgetPrevious, readBoot } from '../boot/record.ts'
import type { Device } from '../device/device.ts'
import { PROGRAM } from '../version.ts'
import { type Documents, KIND, openDocuments } from './documents.ts'
import type { Line } from './fetch.ts'
import type { Terms } from './judge.ts'
import { newPace, type Pace } from './pace.ts'
import { kept, LEAF_BYTES, nameOf, openRecord, type RecordStore } from './record.ts'
import { makeTrust, type Trust } from './trust.ts'
import type { UpdaterParts } from './updater.ts'

/** What a download works with, and what is known of it in memory. */
export interface Bench {
  readonly device: Device
  readonly areas: Areas
  readonly record: RecordStore
  readonly documents: Documents
  readonly trust: Trust
  readonly line: Line
  readonly pace: Pace
  readonly tenant: string
  /** The manifest that was accepted for the download of the record. */
  manifest: ReleaseManifest | undefined
  /** The slot was hashed since the start, and is the program of the manifest. */
  verified: boolean
  /** As read last. */
  boot: BootRecord
}

/** Mounts the program chip. Undefined where it is none, or where the factory's root is none. */
export function openBench({ device, update }: UpdaterParts, line: Line): Bench | undefined {
  const { slots, secure, info } = device
  const areas = areasOf(slots.geometry())
  if (areas === undefined) return undefined
  const { serial, model } = info.identity()
  const documents = openDocuments(slots, areas.documents)
  const [stored] = documents.of(KIND.root).slice(-1)
  const trust = makeTrust({
    ...{ secure, update, serial, model, stored: stored?.bytes },
    keep(bytes) {
      const old = documents.of(KIND.root)
      let written = documents.write(KIND.root, bytes)
      for (const each of old) documents.remove(each)
      if (written === 'noSpace') written = documents.write(KIND.root, bytes)
      return written === 'written'
    },
  })
  if (trust === undefined) return undefined
  const record = openRecord(slots, areas.record, Math.floor(areas.staging.bytes / LEAF_BYTES))
  const bench: Bench = {
    ...{ device, areas, record, documents, trust, line, pace: newPace(), tenant: update.tenant },
    ...{ manifest: undefined, verified: false, boot: readBoot(device) },
  }
  lookAgain(bench)
  return bench
}

/** A slot that was verified before this start is hashed again before it counts. */
function lookAgain(bench: Bench): void {
  const { device, areas, documents, trust, record } = bench
  const { release, state } = record.download()
  if (state !== 'verified') return
  const standing = documents.of(KIND.manifest).find(({ bytes }) => same(device.secure.hash(bytes), release))
  const manifest = standing && trust.acceptRelease(standing.bytes, release)
  if (typeof manifest !== 'object') return
  bench.manifest = manifest
  const { length, hash } = manifest.program
  bench.verified = same(device.slots.hash(areas[idlePlace(bench)].address, length), hash)
}

/**
 * Reads the boot record. It tells how a trial ended: that becomes the state of the download; a good end raises the floors
 * first, so that it is done again where the power went between.
 */
export function settleEnd(bench: Bench): void {
  const { device, record, trust } = bench
  bench.boot = readBoot(device)
  const { last, seq, pending } = bench.boot
  const was = record.download()
  const open = was.state === 'verified' || was.state === 'confirmed'
  if (!open || pending !== undefined || last === undefined || seq <= was.boot) return
  if (!same(last.release, was.release)) return
  const { end: state, code } = last
  const manifest = state === 'confirmed' ? manifestRun(bench, last.release) : undefined
  if (manifest !== undefined) {
    if (!trust.confirmRelease(manifest)) return
    // The program before cannot read what this one writes: it is no way back.
    if (!manifest.journal.reversible && forgetPrevious(device) !== 'written') return
    bench.boot = readBoot(device)
  }
  const failed =
    state === 'confirmed' ? was.failed : kept(was.failed, [nameOf(was.release), was.order] as const)
  bench.verified = false
  record.write({ ...was, state, code, boot: bench.boot.seq, failed }, false)
}

/** The manifest of the program that was confirmed, also where it is over by now: what was tried had been accepted. */
function manifestRun(
  { device, documents, manifest }: Bench,
  release: Uint8Array,
): ReleaseManifest | undefined {
  if (manifest !== undefined) return manifest
  const standing = documents.of(KIND.manifest).find(({ bytes }) => same(device.secure.hash(bytes), release))
  return standing && decodeRelease(readEnvelope(standing.bytes, MANIFEST_BYTES_MAX).payload)
}

/** The slot that a new program goes into. */
export function idlePlace({ boot }: Bench): 'a' | 'b' {
  return boot.active.place === 'a' ? 'b' : 'a'
}

/** What of the terms of a release is this terminal's. */
export function termsOf(
  { device, areas, boot, tenant }: Bench,
  { created }: Order,
): Omit<Terms, 'failedBefore'> {
  const { slots, secure, info } = device
  return {
    tenant,
    model: info.identity().model,
    version: boot.active.version,
    runtime: PROGRAM.runtime,
    parameterSchema: PROGRAM.parameterSchema,
    journal: { min: PROGRAM.journalReads[0], max: PROGRAM.journalWrites },
    counter: secure.floor(COUNTER_FLOOR, NO_SCOPE),
    now: created,
    slotBytes: areas.a.bytes,
    stagingBytes: areas.staging.bytes,
    indexBytes: slots.geometry().sectorBytes,
    bases: [boot.active.hash, slots.factory().hash],
  }
}

/** State of the download: of the boot record while it has the program, else of the download record. */
export function stateOf({ record, boot, device }: Bench): DownloadState {
  const { state, release } = record.download()
  if (boot.pending === undefined || !same(boot.pending.release, release)) return state
  return device.slots.running().trial ? 'trial' : 'armed'
}

/** Bytes of the payload that have come, of how many. */
export function progressOf({ record, manifest }: Bench): { readonly done: number; readonly size: number } {
  const { state, payload, prepared } = record.download()
  const size = manifest?.payloads[payload]?.size ?? 0
  if (state !== 'receiving') return { done: state === 'verified' ? size : 0, size }
  let leaves = 0
  if (prepared) for (let leaf = 0; leaf * LEAF_BYTES < size; leaf++) if (record.has(leaf)) leaves++
  return { done: Math.min(size, leaves * LEAF_BYTES), size }
}
