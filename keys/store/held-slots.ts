import { equalBytes } from '../equal-bytes.ts'
import { wipe } from '../wipe.ts'
import { includes, keyDigest, RETIRED_MAX, remembered } from './digest.ts'
import { sameKey } from './key-rules.ts'
import type { KeySlot, KeyUsage } from './key-slot.ts'
import type { StagedMaster, StoredMaster, StoredSlot } from './stored-master.ts'

/** The slots of a store as it holds them, and what is asked of all of them. Whatever leaves is overwritten. */
export class HeldSlots {
  readonly #slots = new Map<number, StoredSlot>()

  /** That slot; one that was never used is empty. */
  at(number: number): StoredSlot {
    return (
      this.#slots.get(number) ?? { number, master: undefined, staged: undefined, blocks: [], retired: [] }
    )
  }

  all(): readonly StoredSlot[] {
    return [...this.#slots.values()].sort((a, b) => a.number - b.number)
  }

  /** Replaces what is known of a slot; wiping what goes is the caller's. */
  set(slot: StoredSlot): void {
    this.#slots.set(slot.number, slot)
  }

  /** Puts a staged key beside the one in force, instead of one that was staged before. */
  stage(number: number, staged: StagedMaster): void {
    const slot = this.at(number)
    wipe(slot.staged?.bytes)
    this.set({ ...slot, staged })
  }

  /** Puts a key in force: the one before is overwritten with all under it and is known again. A staged key goes too. */
  enforce(number: number, key: Omit<StoredMaster, 'working'>): void {
    const { blocks, ...slot } = this.at(number)
    const { master } = slot
    const retired =
      master === undefined ? slot.retired : remembered(slot.retired, keyDigest(master.bytes), RETIRED_MAX)
    wipe(...keysOf(slot).filter((old) => old !== key.bytes))
    this.set({ number, master: { ...key, working: undefined }, staged: undefined, blocks, retired })
  }

  /** The slot in which this transaction staged a key. */
  stagedBy(transaction: Uint8Array): StoredSlot | undefined {
    return this.all().find(
      ({ staged }) => staged !== undefined && equalBytes(staged.transaction, transaction),
    )
  }

  /** The slot whose key in force this transaction brought. */
  broughtBy(transaction: Uint8Array): StoredSlot | undefined {
    return this.all().find(({ master }) => {
      return master?.transaction !== undefined && equalBytes(master.transaction, transaction)
    })
  }

  /** Whether that key is here already, in force or staged but for `except`, or was in force before. */
  knows(key: Uint8Array, except: Uint8Array | undefined): boolean {
    const digest = keyDigest(key)
    return this.all().some((slot) => {
      const held = keysOf(slot).filter((other) => other !== except)
      return held.some((other) => sameKey(other, key)) || includes(slot.retired, digest)
    })
  }

  /** Overwrites and forgets everything. */
  wipe(): void {
    for (const slot of this.all()) wipe(...keysOf(slot))
    this.#slots.clear()
  }
}

/** The key of that usage in a slot, which is in force. */
export function keyOf(slot: StoredSlot, usage: KeySlot['usage']): Uint8Array | undefined {
  const keys = slot.master?.working?.keys
  const held: { readonly [U in KeyUsage]: Uint8Array | undefined } = {
    TMK: slot.master?.bytes,
    PIK: keys?.pik,
    MAK: keys?.mak,
    TDK: keys?.tdk,
  }
  return held[usage]
}

/** Every key in a slot. */
export function keysOf({ master, staged }: Pick<StoredSlot, 'master' | 'staged'>): readonly Uint8Array[] {
  const working = master?.working
  const { pik, mak, tdk } = working?.keys ?? {}
  const all = [master?.bytes, pik, mak, tdk, working?.previousMak?.key, staged?.bytes]
  return all.filter((key) => key !== undefined)
}
