import { bytesOfText, same } from '../../host-link/wire/bytes.ts'
import type { BootRecord } from '../boot/record.ts'
import { batchTotals } from '../host/settle-totals.ts'
import { number, putNumber } from '../journal/record.ts'
import type { Pos } from '../pos.ts'
import { PROGRAM } from '../version.ts'
import { noteOfKeys } from './check-values.ts'
import { hostAnswers } from './echo.ts'

/** Setting: an end of a trial that nobody has been told: boot record's number at arming, four bytes (lowest first), then its release's hash. */
const SETTING_AWAITED = 14

/**
 * Arms the program that is ready and restarts into its trial; to be called at a safe point. Comes back only where it could
 * not be armed: nothing changed.
 */
export async function activate(pos: Pos): Promise<void> {
  const { device, journal, update } = pos
  const program = update?.programReady()
  if (update === undefined || program === undefined) return
  const echo = await hostAnswers(pos)
  const layouts = update.manifest()?.journal
  const layout = layouts === undefined ? journal.format() : Math.min(journal.format(), layouts.readsMax)
  // A program that reads only an older layout takes over an empty batch in that one.
  if (
    layout !== journal.format() &&
    (layout < PROGRAM.journalReads[0] || journal.bringTo(layout) !== 'written')
  )
    return
  const { seq } = update.boot()
  const awaited = Uint8Array.of(0, 0, 0, 0, ...program.release)
  putNumber(awaited, 0, 4, seq)
  journal.set(SETTING_AWAITED, awaited)
  if (update.arm(program, noteOf(pos, echo === 'answered')) === 'written') device.info.restart()
  journal.bringTo(PROGRAM.journalWrites)
}

/**
 * What must be the same when the new program looks, 32 bytes: whether the host answered just before (1), beginnings of the
 * SHA-256 over the check values of all key slots (15) and over the batch as a settlement counts it (16).
 */
export function noteOf(pos: Pos, hostAnswered: boolean): Uint8Array {
  const { debit, debitCount, credit, creditCount, packed, single } = batchTotals(pos)
  const owed = [...pos.journal.owed(), ...pos.journal.doubtful()].map(({ trace }) => trace)
  const counted = [pos.journal.batch(), pos.journal.count(), pos.journal.nextTrace(), packed, single, ...owed]
  const batch = [...counted, debit, debitCount, credit, creditCount].join()
  const { secure } = pos.device
  return Uint8Array.of(
    ...noteOfKeys(secure, hostAnswered),
    ...secure.hash(bytesOfText(batch)).subarray(0, 16),
  )
}

/** How the last trial ended, while nobody has been told; what was armed and came to nothing is forgotten. */
export function untold(pos: Pos, { seq, pending, last }: BootRecord): BootRecord['last'] {
  const awaited = pos.journal.setting(SETTING_AWAITED)
  if (!awaited?.length) return undefined
  if (pending !== undefined) return undefined
  if (number(awaited, 0, 4) !== seq && last !== undefined && same(last.release, awaited.subarray(4)))
    return last
  told(pos)
  return undefined
}

/** Somebody was told. */
export function told(pos: Pos): void {
  pos.journal.set(SETTING_AWAITED, new Uint8Array(0))
}
