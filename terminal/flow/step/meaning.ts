import type { EntryName } from '../../host/entry-kind.ts'
import type { TextKey } from '../../screen/text.ts'

/** What it means for the money when a transaction did not go through: said beside the reason. */
export interface Meaning {
  /** Nothing was sent. */
  readonly notSent: TextKey
  readonly declined: TextKey
  /** No answer to trust, and the host has undone it. */
  readonly reversed: TextKey
  /** No answer to trust, and the host cannot be asked now. */
  readonly doubtful: TextKey
}

const row = (notSent: TextKey, declined: TextKey, reversed: TextKey, doubtful: TextKey): Meaning => ({
  notSent,
  declined,
  reversed,
  doubtful,
})

// biome-ignore format: one row a meaning
const meanings = {
  //            not sent       declined     reversed          doubtful
  charge: row('notCharged',  'noCharge',  'reversed',       'doNotRepeat' ), // takes money
  cashIn: row('cashBackUnsent', 'cashBackDeclined', 'cashBackReversed', 'cashBackDoubtful'), // cash was taken for it
  pin:    row('pinNotSent',  'pinNotChanged', 'pinNotChanged', 'pinNotConfirmed'), // moves no money
  undo:   row('notVoided',   'notVoided', 'undoReversed',   'undoDoubtful'), // gives money back: what it undoes still stands
} as const

const undoing: readonly EntryName[] = [
  'voidSale',
  'preauthVoid',
  'completionVoid',
  'instalmentVoid',
  'pointsVoid',
  'topUpVoid',
  'cashVoid',
]

const cashIn: readonly EntryName[] = ['topUp', 'activation']

/** The words for a kind of transaction. */
export function meaningOf(name: EntryName): Meaning {
  if (name === 'pinChange') return meanings.pin
  if (cashIn.includes(name)) return meanings.cashIn
  return undoing.includes(name) ? meanings.undo : meanings.charge
}
