import { same } from '../../host-link/wire/bytes.ts'
import { CODE, type Code } from '../../host-link/wire/tms/codes.ts'
import type { Order, ProgramOrder } from '../../host-link/wire/tms/order.ts'
import { MANIFEST_BYTES_MAX, type ReleaseManifest } from '../../host-link/wire/tms/release.ts'
import type { Areas } from '../boot/layout.ts'
import { forgetPrevious, readBoot } from '../boot/record.ts'
import type { Device } from '../device/device.ts'
import { type Bench, idlePlace, termsOf } from './bench.ts'
import { erase, roundedUp } from './chip.ts'
import { KIND } from './documents.ts'
import { type FetchEnd, fetchBytes, fetchObject, type Line, type Wanted } from './fetch.ts'
import { indexBytes, judge, payloadFor, type Terms } from './judge.ts'
import { type Download, kept, LEAF_BYTES, NO_DOWNLOAD, nameOf } from './record.ts'
import { INDEX, type Readable, unpack } from './unpack.ts'

/** The service or the line failed, not the release: what has come stays, and it is tried again later. */
const PASSING: readonly number[] = [
  CODE.blockWrong,
  CODE.linkLost,
  CODE.timeout,
  CODE.cancelled,
  CODE.notForMe,
]
/** Times that staging may turn out rotten. */
const SPOILT_MAX = 2

/** `again`: from the record on, which says something else now. `ready`: all leaves stand in staging. */
type Step = FetchEnd | { readonly kind: 'again' } | { readonly kind: 'ready' }

const done: FetchEnd = { kind: 'done' }
const fault: FetchEnd = { kind: 'fault' }
const again: Step = { kind: 'again' }
const stopped: FetchEnd = { kind: 'stopped' }

/**
 * Brings about what the order says of the program: nothing, or manifest, verdict, index, leaves, slot, in this order and
 * from wherever the record says that it stands. Each step is durable before the next begins.
 */
export async function receive(bench: Bench, order: Order): Promise<FetchEnd> {
  const { device, record } = bench
  const { program } = order
  const boot = readBoot(device)
  // On trial, the other slot is what the terminal goes back to.
  if (boot.pending !== undefined) return { kind: 'failed', code: CODE.ok }
  if (program === null || same(program.hash, boot.active.release)) return withdraw(bench)
  const settled = adopt(bench, program, order)
  if (settled !== undefined) return settled
  for (;;) {
    const manifest = await manifestOf(bench, order, program)
    if ('kind' in manifest) return manifest
    bench.manifest = manifest
    const terms = { ...termsOf(bench, order), failedBefore: failedBefore(record.download(), program) }
    const verdict = judge(manifest, terms)
    if (verdict !== CODE.ok) return fail(bench, verdict)
    if (!choosePayload(bench, manifest, terms)) return fault
    let step = await leavesOf(bench, manifest, order)
    if (step.kind === 'ready') step = await intoSlot(bench, manifest)
    if (step.kind !== 'again' && step.kind !== 'ready') return step
  }
}

/** Nothing else, or another program, is to run: what was under way is given up. A trial goes on. */
export function withdraw(bench: Bench): FetchEnd {
  const download = bench.record.download()
  if (bench.boot.pending !== undefined) return done
  if (download.state !== 'receiving' && download.state !== 'verified') return done
  bench.verified = false
  return bench.record.write({ ...download, state: 'superseded' }, true) ? done : fault
}

/** Makes the record that of this order. Undefined: there is something to receive. */
function adopt(bench: Bench, program: ProgramOrder, { policy, created }: Order): FetchEnd | undefined {
  const { record, manifest } = bench
  const was = record.download()
  const { state, failed, refused } = was
  const sameOrder = was.order === program.order
  const open = state === 'receiving' || state === 'verified'
  // Its leaves still stand in staging: only what is missing comes.
  const resumes = state === 'superseded' || (state === 'failed' && PASSING.includes(was.code))
  const next = { ...was, order: program.order, policy, deferrals: sameOrder ? was.deferrals : 0 }
  if (!same(was.release, program.hash) || !(sameOrder || open || resumes)) {
    const { hash: release, size, order } = program
    bench.manifest = undefined
    bench.verified = false
    const fresh: Download = {
      ...NO_DOWNLOAD,
      state: 'receiving',
      release,
      size,
      order,
      policy,
      failed,
      refused,
    }
    return record.write(fresh, false) ? undefined : fault
  }
  if (resumes) return record.write({ ...next, state: 'receiving', code: CODE.ok }, true) ? undefined : fault
  if (!open) return done
  if (JSON.stringify([next.order, next.policy]) !== JSON.stringify([was.order, was.policy]))
    if (!record.write(next, true)) return fault
  if (state === 'receiving' || !bench.verified || manifest === undefined) return undefined
  return manifest.expires > created ? done : fail(bench, CODE.expired)
}

/** Ends the download of the record. */
function fail({ record }: Pick<Bench, 'record'>, code: Code): FetchEnd {
  const was = record.download()
  const state = code === CODE.expired ? 'expired' : 'failed'
  const program = { hash: was.release, order: was.order }
  const listed = PASSING.includes(code) || failedBefore(was, program)
  const failed = listed ? was.failed : kept(was.failed, [nameOf(was.release), was.order] as const)
  if (!record.write({ ...was, state, code, failed }, true)) return fault
  return PASSING.includes(code) ? { kind: 'failed', code } : done
}

function failedBefore({ failed }: Download, { hash, order }: Omit<ProgramOrder, 'size'>): boolean {
  return failed.some(([name, under]) => under === order && same(name, nameOf(hash)))
}

/** The manifest, from the chip where it stands there, checked either way. */
async function manifestOf(
  bench: Bench,
  order: Order,
  program: ProgramOrder,
): Promise<ReleaseManifest | FetchEnd> {
  const { device, documents, trust, line, pace } = bench
  const hash = (bytes: Uint8Array): Uint8Array => device.secure.hash(bytes)
  const standing = documents.of(KIND.manifest).find(({ bytes }) => same(hash(bytes), program.hash))
  if (program.size > MANIFEST_BYTES_MAX) return fail(bench, CODE.malformed)
  const bytes = standing?.bytes ?? (await fetchBytes(line, program, order.transfer, pace, hash))
  if ('kind' in bytes) return bytes
  const accepted = trust.acceptRelease(bytes, program.hash)
  if (typeof accepted === 'number') return fail(bench, accepted)
  if (standing !== undefined) return accepted
  for (const kind of [KIND.manifest, KIND.index]) for (const old of documents.of(kind)) documents.remove(old)
  const written = documents.write(KIND.manifest, bytes)
  return written === 'written'
    ? accepted
    : fail(bench, written === 'noSpace' ? CODE.noSpace : CODE.flashFault)
}

/** Keeps the payload that was chosen as long as its base is there. */
function choosePayload({ record }: Bench, manifest: ReleaseManifest, terms: Terms): boolean {
  const was = record.download()
  const payload = payloadFor(manifest, terms, was.spoilt > 0)
  return payload === was.payload || record.write({ ...was, payload, prepared: false }, false)
}

/** Index and leaves, into staging. */
async function leavesOf(bench: Bench, manifest: ReleaseManifest, order: Order): Promise<Step> {
  const { device, areas, record, line, pace } = bench
  const { secure, slots } = device
  const payload = manifest.payloads[record.download().payload]
  if (payload === undefined) return fail(bench, CODE.baseMissing)
  const index = await indexOf(bench, { hash: payload.index, size: indexBytes(payload) }, order)
  if ('kind' in index) return index
  if (!record.download().prepared) {
    if (!(await erase(slots, areas.staging, () => cleared(line)))) return fail(bench, CODE.flashFault)
    if (line.stopped()) return stopped
    if (!record.write({ ...record.download(), prepared: true }, false)) return fault
  }
  const isLeaf = (leaf: number, hash: Uint8Array): boolean => {
    const at = INDEX.name + leaf * INDEX.hash
    return same(hash.subarray(0, INDEX.hash), index.subarray(at, at + INDEX.hash))
  }
  const { unitBytes } = slots.geometry()
  const wanted: Wanted = {
    hash: index.subarray(0, INDEX.name),
    size: payload.size,
    has: record.has,
    mark: record.mark,
    take(leaf, bytes) {
      if (!isLeaf(leaf, secure.hash(bytes))) return 'wrong'
      const whole = new Uint8Array(roundedUp(bytes.length, unitBytes)).fill(0xff)
      whole.set(bytes)
      const address = areas.staging.address + leaf * LEAF_BYTES
      const written = slots.program(address, whole) === 'done'
      // Read back from the cells: only what stands there counts as received.
      return written && isLeaf(leaf, slots.hash(address, bytes.length)) ? 'kept' : 'fault'
    },
    whole: () => true,
  }
  const end = await fetchObject(line, wanted, order.transfer, pace)
  if (end.kind === 'fault') return fail(bench, CODE.flashFault)
  if (end.kind === 'failed') return fail(bench, end.code)
  if (end.kind !== 'done') return end
  for (let leaf = 0; leaf * LEAF_BYTES < payload.size; leaf++) {
    const length = Math.min(LEAF_BYTES, payload.size - leaf * LEAF_BYTES)
    if (!isLeaf(leaf, slots.hash(areas.staging.address + leaf * LEAF_BYTES, length)))
      return spoil(bench, manifest, CODE.flashFault)
  }
  return { kind: 'ready' }
}

/** The index of the payload, from the chip where it stands there. */
async function indexOf(
  bench: Bench,
  object: { readonly hash: Uint8Array; readonly size: number },
  order: Order,
): Promise<Uint8Array | FetchEnd> {
  const { device, documents, line, pace } = bench
  const hash = (bytes: Uint8Array): Uint8Array => device.secure.hash(bytes)
  const standing = documents.of(KIND.index).find(({ bytes }) => same(hash(bytes), object.hash))
  if (standing?.bytes.length === object.size) return standing.bytes
  const bytes = await fetchBytes(line, object, order.transfer, pace, hash)
  if ('kind' in bytes)
    return bytes.kind === 'failed' && bytes.code === CODE.blockWrong ? fail(bench, CODE.indexWrong) : bytes
  for (const old of documents.of(KIND.index)) documents.remove(old)
  const written = documents.write(KIND.index, bytes)
  return written === 'written' ? bytes : fail(bench, written === 'noSpace' ? CODE.noSpace : CODE.flashFault)
}

/** Staging does not hold what was received, or it made no program: once more, after a delta with the whole program. */
function spoil(bench: Bench, manifest: ReleaseManifest, code: Code): Step {
  const was = bench.record.download()
  const delta = manifest.payloads[was.payload]?.base !== null
  const rot = code === CODE.flashFault && was.spoilt < SPOILT_MAX
  if (!delta && !rot) return fail(bench, code)
  return bench.record.write({ ...was, spoilt: was.spoilt + 1, prepared: false }, false) ? again : fault
}

/** Unpacks staging into the slot that does not run, and has the device hash what stands there then. */
async function intoSlot(bench: Bench, manifest: ReleaseManifest): Promise<Step> {
  const { device, areas, record, line } = bench
  const { slots } = device
  const { program, payloads } = manifest
  const payload = payloads[record.download().payload]
  if (payload === undefined) return fail(bench, CODE.baseMissing)
  if (forgetPrevious(device) !== 'written') return fail(bench, CODE.flashFault)
  const slot = areas[idlePlace(bench)]
  const yields = (): Promise<void> => cleared(line)
  if (
    !(await erase(slots, { ...slot, bytes: roundedUp(program.length, slots.geometry().sectorBytes) }, yields))
  )
    return fail(bench, CODE.flashFault)
  if (line.stopped()) return stopped
  const source: Readable = {
    length: payload.size,
    read: (offset, length) => slots.read(areas.staging.address + offset, length),
  }
  const unpacked = await unpack(
    source,
    baseOf(device, areas, payload.base),
    sinkAt(device, slot),
    yields,
    program.length,
  )
  if (line.stopped()) return stopped
  if (unpacked.kind === 'storage') return fail(bench, CODE.flashFault)
  if (unpacked.kind === 'wrong') return spoil(bench, manifest, CODE.unpackWrong)
  if (!same(slots.hash(slot.address, program.length), program.hash))
    return spoil(bench, manifest, CODE.programWrong)
  const { seq } = readBoot(device)
  if (!record.write({ ...record.download(), state: 'verified', code: CODE.ok, boot: seq }, true)) return fault
  bench.verified = true
  return done
}

async function cleared(line: Line): Promise<void> {
  await line.clear()
}

/** The program that a delta starts from: the one that runs, or the one built in. */
function baseOf(device: Device, areas: Areas, hash: Uint8Array | null): Readable {
  const { slots } = device
  const { active } = readBoot(device)
  const factory = slots.factory()
  if (hash !== null && active.place !== 'factory' && same(active.hash, hash)) {
    const { address } = areas[active.place]
    return { length: active.length, read: (offset, length) => slots.read(address + offset, length) }
  }
  if (hash !== null && same(factory.hash, hash))
    return { length: factory.length, read: (offset, length) => slots.readFactory(offset, length) }
  return { length: 0, read: () => new Uint8Array(0) }
}

/** Programs what comes, in its order, from the beginning of a slot that was erased. */
function sinkAt(
  { slots }: Device,
  { address }: { readonly address: number },
): { write(bytes: Uint8Array): boolean } {
  const { sectorBytes, unitBytes } = slots.geometry()
  let at = address
  return {
    write(bytes) {
      for (let from = 0; from < bytes.length; ) {
        const piece = bytes.slice(from, from + sectorBytes - (at % sectorBytes))
        const whole = new Uint8Array(roundedUp(piece.length, unitBytes)).fill(0xff)
        whole.set(piece)
        if (slots.program(at, whole) !== 'done') return false
        at += piece.length
        from += piece.length
      }
      return true
    },
  }
}
