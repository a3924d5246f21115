import { equalBytes } from '../../keys/equal-bytes.ts'
import type { LoadStore } from '../../keys/load/loader.ts'
import type { KeyStore } from '../../keys/store/key-store.ts'
import type { SlotReport, StagedIn } from '../../keys/store/slot-report.ts'
import { wipe } from '../../keys/wipe.ts'

/** Changes the key store and saves it, or leaves it as it was: false where the change was refused or not saved. */
export type ChangeStore = (change: (store: KeyStore) => boolean) => boolean

/**
 * The secure element's side of 密钥下载: each change is on its storage when the call returns. With `only`, a remote
 * loading, no slot but that one is loaded, and the first sign-on may put the key in force. What the one way of loading has
 * staged, the other is neither told of nor can commit: a host cannot finish an injection, nor a station what a host began.
 */
export function loadStoreOf(store: () => KeyStore, change: ChangeStore, only?: number): LoadStore {
  const remote = only !== undefined
  const isOurs = (stage: StagedIn) => stage.remote === remote && (!remote || stage.slot === only)
  const mayCommit = (keys: KeyStore, transaction: Uint8Array) => {
    const staged = keys.stages().find((stage) => equalBytes(stage.transaction, transaction))
    return staged ? isOurs(staged) : !remote || keys.slots().some((report) => isIn(report, only, transaction))
  }
  return {
    slots() {
      const keys = store()
      const ours = keys.stages().filter(isOurs)
      const hasOurs = (number: number) => ours.some(({ slot }) => slot === number)
      return keys.slots().flatMap((report) => told(report, hasOurs(report.slot)))
    },
    stage(slot, key, transaction) {
      if (remote && slot !== only) {
        wipe(key.bytes)
        return 'slot'
      }
      let why: keyof typeof stageFaults | undefined
      const kept = change((keys) => {
        const staged = keys.stageMaster({ usage: 'TMK', number: slot }, key, { transaction, remote })
        why = staged.kind === 'refused' ? staged.why : undefined
        return staged.kind === 'ok'
      })
      if (kept) return 'staged'
      return why === undefined ? 'storage' : stageFaults[why]
    },
    prove(transaction, bytes) {
      const proof = store().proveStaged(transaction, bytes)
      return proof.kind === 'ok' ? proof.mac : undefined
    },
    commit(transaction) {
      let found = false
      const kept = change((keys) => {
        found = mayCommit(keys, transaction) && keys.commitStaged(transaction).kind === 'ok'
        return found
      })
      if (kept) return 'committed'
      return found ? 'storage' : 'unknown'
    },
  }
}

/** Whether that transaction brought the key in force in `slot`: a commit that comes again. */
function isIn({ slot, master }: SlotReport, wanted: number | undefined, transaction: Uint8Array): boolean {
  return slot === wanted && master?.transaction !== undefined && equalBytes(master.transaction, transaction)
}

/** What the giver is told of a slot; nothing of one that holds no more than a stage that is not for it. */
function told({ staged, ...report }: SlotReport, isForGiver: boolean): readonly SlotReport[] {
  if (staged && isForGiver) return [{ ...report, staged }]
  return report.master ? [report] : []
}

// biome-ignore format: one row a refusal of the key store
const stageFaults = {
  slot:         'slot',
  usage:        'slot',
  length:       'weakKey',
  weakKey:      'weakKey',
  duplicateKey: 'duplicateKey',
  transaction:  'duplicateKey', // it belongs to another key already
  tampered:     'storage',      // nothing is kept here until an injection
} as const
