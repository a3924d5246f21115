import { masterCheckValue } from './key-rules.ts'
import type { SlotReport, StagedIn } from './slot-report.ts'
import type { StoredSlot } from './stored-master.ts'

/** What may be told of a slot; nothing of one that holds no master key. */
export function reportOf({ number, master, staged }: StoredSlot): readonly SlotReport[] {
  if (master === undefined && staged === undefined) return []
  return [
    {
      slot: number,
      ...(master && {
        master: {
          algorithm: master.algorithm,
          checkValue: masterCheckValue(master.algorithm, master.bytes),
          keyVersion: master.keyVersion,
          ...(master.transaction && { transaction: master.transaction.slice() }),
        },
      }),
      ...(staged && {
        staged: {
          transaction: staged.transaction.slice(),
          checkValue: masterCheckValue(staged.algorithm, staged.bytes),
        },
      }),
    },
  ]
}

/** The loading whose key is staged in a slot, if there is one. */
export function stagesOf({ number, staged }: StoredSlot): readonly StagedIn[] {
  return staged ? [{ slot: number, transaction: staged.transaction.slice(), remote: staged.remote }] : []
}
