import { decodeCbor, encodeCbor } from '../../host-link/wire/cbor.ts'
import { WireError } from '../../host-link/wire/message.ts'
import { asTrace, type Trace } from '../../host-link/wire/values.ts'
import type { Journal } from '../journal/journal.ts'

/** Setting: traces of advices that the host declined and of which nobody has been told. */
const SETTING_REJECTED = 12
/** More than are ever queued; the settlement's report lists them all. */
const REJECTED_MAX = 30

/** Notes it before the outcome is written: a power cut between the two leaves an entry that is sent, and noted, again. */
export function noteRejected(journal: Journal, trace: Trace): void {
  const noted = traces(journal)
  if (!noted.includes(trace)) keep(journal, [...noted, trace].slice(-REJECTED_MAX))
}

/** Somebody has been told. */
export function forgetRejected(journal: Journal, trace: Trace): void {
  const noted = traces(journal)
  if (noted.includes(trace))
    keep(
      journal,
      noted.filter((other) => other !== trace),
    )
}

/** What is still to be told after a start; of an earlier batch the settlement has told. */
export function rejectedAtStart(journal: Journal): Trace[] {
  return traces(journal).filter((trace) => journal.find(trace)?.state === 'declined')
}

function keep(journal: Journal, noted: readonly Trace[]): void {
  // A note that cannot be kept is told all the same, until the power is cut, and stands in the settlement's report.
  journal.set(SETTING_REJECTED, encodeCbor([...noted]))
}

function traces(journal: Journal): Trace[] {
  const bytes = journal.setting(SETTING_REJECTED)
  if (bytes === undefined || bytes.length === 0) return []
  try {
    const value = decodeCbor(bytes, { bytes: 200, depth: 1 })
    const numbers = Array.isArray(value) ? value : []
    return numbers.flatMap((number) => (typeof number === 'number' && number > 0 ? [asTrace(number)] : []))
  } catch (error) {
    if (error instanceof WireError || error instanceof RangeError) return []
    throw error
  }
}
