import type { AuditedTill } from '../audit.ts'
import {
  batchesBalance,
  endedByAnAnswer,
  nothingIsOwed,
  oneBatchEach,
  orphansAreListed,
  wearIsEven,
} from './batch.ts'
import { type Evidence, gather } from './evidence.ts'
import { strangersChangeNothing } from './line.ts'
import {
  intentIsDurable,
  makeTraceWatch,
  nothingOlderOwed,
  printedIsDurable,
  shownIsDurable,
  spaceIsReserved,
} from './moment.ts'
import {
  amountsAreWhole,
  bothSidesAgree,
  cardsAddUp,
  neverMoreThanTheOriginal,
  partsAreTheWhole,
  takenBackOnce,
} from './money.ts'
import { oneOriginalEach, reprintsAreTheSame } from './paper.ts'
import { durableIsKept, owedIsWhatIsOpen, recoveryIsRepeatable, rotIsReported } from './restart.ts'

/**
 * What must be true whatever happens, by number. Those of an instant and of a start are looked at by the auditor
 * (`audit.ts`) all the time; those of the end by `broken`, when everything has settled.
 */
// biome-ignore format: one row an invariant
export const invariants = {
  1:  { at: 'end',     checks: [bothSidesAgree] },                  // approved here ⇔ it stands there, with the same amount
  2:  { at: 'end',     checks: [cardsAddUp] },                      // cards move by their own entries alone
  3:  { at: 'end',     checks: [takenBackOnce] },                   // one debit and one credit-back a key, of the same amount
  4:  { at: 'instant', checks: [shownIsDurable, printedIsDurable] }, // nothing is shown or printed that is not durable
  5:  { at: 'instant', checks: [intentIsDurable] },                 // INTENT before the first byte
  6:  { at: 'instant', checks: [nothingOlderOwed] },                // nothing passes what is owed
  7:  { at: 'start',   checks: [owedIsWhatIsOpen] },                // owed after a start = INTENT without OUTCOME
  8:  { at: 'end',     checks: [nothingIsOwed] },                   // everything owed is settled in the end
  9:  { at: 'end',     checks: [endedByAnAnswer] },                 // only an answer ends what is owed
  10: { at: 'line',    checks: [strangersChangeNothing] },          // late, doubled and foreign messages change nothing
  11: { at: 'instant', checks: [makeTraceWatch] },                  // traces rise, one content a key
  12: { at: 'end',     checks: [batchesBalance] },                  // closed batch: journal = host's totals = its entries
  13: { at: 'end',     checks: [oneBatchEach] },                    // one batch and one settlement each
  14: { at: 'end',     checks: [neverMoreThanTheOriginal] },        // voids and refunds within their original
  15: { at: 'end',     checks: [partsAreTheWhole] },                // instalments add up
  16: { at: 'end',     checks: [orphansAreListed] },                // what only the host has is in the reconciliation
  17: { at: 'end',     checks: [amountsAreWhole] },                 // whole fen, in range
  18: { at: 'end',     checks: [oneOriginalEach] },                 // one original a copy
  19: { at: 'end',     checks: [reprintsAreTheSame] },              // a reprint says the same
  20: { at: 'start',   checks: [recoveryIsRepeatable] },            // recovery ends, and twice is once
  21: { at: 'start',   checks: [durableIsKept] },                   // what was durable stays
  22: { at: 'instant', checks: [spaceIsReserved] },                 // space for outcome and settlement before INTENT
  23: { at: 'end',     checks: [wearIsEven] },                      // sectors wear evenly
  24: { at: 'start',   checks: [rotIsReported] },                   // rot is said, never "no such transaction"
} as const

type AtEnd = (evidence: Evidence) => string[]

/** Everything that is wrong with these tills of one host, now that all has settled. Empty: nothing. */
export async function broken(tills: readonly AuditedTill[]): Promise<string[]> {
  const evidence = await gather(tills)
  const rows = Object.values(invariants)
  const checks = rows.flatMap(({ at, checks }) => (at === 'end' ? (checks as readonly AtEnd[]) : []))
  return [
    ...tills.flatMap(({ violations }) => violations),
    ...tills.flatMap(({ stops }) => stops.map((why) => `the application stopped: ${why}`)),
    ...checks.flatMap((check) => check(evidence)),
  ]
}
