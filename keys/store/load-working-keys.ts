import { cipherOf } from '../cipher.ts'
import { equalBytes } from '../equal-bytes.ts'
import { type MacAlgorithm, macKeyFits, macOf } from '../mac.ts'
import { wipe } from '../wipe.ts'
import {
  type BlockFault,
  kindAlgorithm,
  openWorkingKeys,
  type WorkingKeyKind,
  type WorkingKeys,
} from '../working-keys.ts'
import { BLOCKS_MAX, blockDigest, includes, remembered } from './digest.ts'
import { type HeldSlots, keyOf, keysOf } from './held-slots.ts'
import { sameKey } from './key-rules.ts'
import { MAC_DATA_BYTES_MAX } from './mac-limit.ts'
import type { MasterAlgorithm } from './slot-report.ts'
import type { StoredMak, StoredMaster, StoredSlot, StoredWorkingKeys } from './stored-master.ts'

/** The MAC of the sign-on answer itself, by the MAK that the answer brings. */
export interface LoadProof {
  readonly algorithm: MacAlgorithm
  /** At most 4096. */
  readonly bytes: Uint8Array
  /** Eight bytes. */
  readonly mac: Uint8Array
}

/** `algorithm`: a kind for masters of another. `replayed`: an earlier block (K05). `proof`: its MAK made no such MAC. */
export type LoadFault = BlockFault | 'algorithm' | 'replayed' | 'proof'
export type Loaded =
  | { readonly kind: 'ok'; readonly version: number }
  | { readonly kind: 'refused'; readonly why: LoadFault }

/**
 * 签到 sign-on into one slot: all the block's keys, or none. Where the block is right under a staged key of a remote
 * loading and wrong under the key in force, that staged key is put in force first: its commit was lost on the line, and
 * the host already uses it.
 */
export function loadWorkingKeys(
  slots: HeldSlots,
  slot: StoredSlot,
  kind: WorkingKeyKind,
  block: Uint8Array,
  proof: LoadProof | undefined,
): Loaded {
  const opened = opening(slot, kind, block)
  if (opened.kind === 'refused') return opened
  const { keys, master, promoted } = opened
  const old = promoted ? undefined : slot.master?.working
  const digest = blockDigest(block)
  const why =
    proof !== undefined && !proves(keys.mak, master.algorithm, proof)
      ? 'proof'
      : old !== undefined && areSame(old.keys, keys)
        ? 'current'
        : includes(slot.blocks, digest)
          ? 'replayed'
          : servesElsewhere(slots, slot.number, keys)
            ? 'duplicateKey'
            : undefined
  if (why !== undefined) wipe(keys.pik, keys.mak, keys.tdk)
  if (why === 'current') return { kind: 'ok', version: old?.version ?? 0 }
  if (why !== undefined) return { kind: 'refused', why }

  if (promoted) slots.enforce(slot.number, master)
  const previousMak = old && nextPrevious(old, keys.mak)
  wipe(old?.keys.pik, old?.keys.mak, old?.keys.tdk, old?.previousMak?.key)
  const version = (old?.version ?? 0) + 1
  const working = { version, keys, makFor: proof?.algorithm, previousMak }
  const now = slots.at(slot.number)
  const blocks = remembered(now.blocks, digest, BLOCKS_MAX)
  slots.set({ ...now, master: { ...master, working }, blocks })
  return { kind: 'ok', version }
}

type Opening =
  | {
      readonly kind: 'opened'
      readonly keys: WorkingKeys
      readonly master: Omit<StoredMaster, 'working'>
      readonly promoted: boolean
    }
  | { readonly kind: 'refused'; readonly why: BlockFault | 'algorithm' }

/** The keys of a block under the key in force or, where that is wrong, under the one staged by a remote loading. */
function opening({ master, staged }: StoredSlot, kind: WorkingKeyKind, block: Uint8Array): Opening {
  const first = master && under(master, kind, block, false)
  const wrong = first === undefined || (first.kind === 'refused' && foreign.includes(first.why))
  if (wrong && staged?.remote) {
    const second = under(staged, kind, block, true)
    if (second.kind === 'opened') return second
  }
  return first ?? { kind: 'refused', why: 'checkValue' }
}

/** Refusals of a block that was made under another master key. */
const foreign: readonly string[] = ['algorithm', 'checkValue']

function under(
  master: Omit<StoredMaster, 'working'>,
  kind: WorkingKeyKind,
  block: Uint8Array,
  promoted: boolean,
): Opening {
  if (kindAlgorithm(kind) !== master.algorithm) return { kind: 'refused', why: 'algorithm' }
  const opened = openWorkingKeys(kind, block, cipherOf(master.algorithm, master.bytes))
  if (opened.kind === 'refused') return opened
  const { algorithm, bytes, keyVersion, transaction } = master
  return {
    kind: 'opened',
    keys: opened.keys,
    master: { algorithm, bytes, keyVersion, transaction },
    promoted,
  }
}

function proves(mak: Uint8Array, cipher: MasterAlgorithm, { algorithm, bytes, mac }: LoadProof): boolean {
  if (bytes.length > MAC_DATA_BYTES_MAX || !macKeyFits(algorithm, mak.length, cipher)) return false
  return equalBytes(macOf(algorithm, mak, bytes, cipher), mac)
}

/** Rule P13: what is still taken beside the new MAK. */
function nextPrevious(old: StoredWorkingKeys, mak: Uint8Array): StoredMak | undefined {
  return equalBytes(old.keys.mak, mak) ? undefined : { key: old.keys.mak.slice(), for: old.makFor }
}

/** A key may stay in its own slot, but not appear in a second one, nor come back as last time's MAK. */
function servesElsewhere(slots: HeldSlots, number: number, keys: WorkingKeys): boolean {
  const fresh = [
    ['PIK', keys.pik],
    ['MAK', keys.mak],
    ['TDK', keys.tdk],
  ] as const
  return fresh.some(([usage, key]) => {
    if (key === undefined) return false
    return slots.all().some((slot) => {
      const own = slot.number === number ? keyOf(slot, usage) : undefined
      return keysOf(slot).some((other) => other !== own && sameKey(other, key))
    })
  })
}

function areSame(a: WorkingKeys, b: WorkingKeys): boolean {
  const none = new Uint8Array(0)
  return equalBytes(a.pik, b.pik) && equalBytes(a.mak, b.mak) && equalBytes(a.tdk ?? none, b.tdk ?? none)
}
