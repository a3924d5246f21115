import { asTrace, TRACE_MAX, type Trace } from '../../host-link/wire/values.ts'
import type { Journal } from '../journal/journal.ts'
import { kindOf } from './entry-kind.ts'

/** Setting: traces that the host declined and of which nobody has been told, three bytes each. */
const SETTING_REJECTED = 12
/** As many advices as may ever be queued (`adviceQueueMax`): 150 of the 200 bytes that a setting has. */
const REJECTED_MAX = 50

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

/**
 * What is still to be told after a start: declined advices, and approved top-ups whose confirmation was refused. Of an
 * earlier batch the settlement has told.
 */
export function rejectedAtStart(journal: Journal): Trace[] {
  return traces(journal).filter((trace) => {
    const entry = journal.find(trace)
    return entry?.state === 'declined' || (entry?.state === 'approved' && entry.kind === kindOf('topUp'))
  })
}

function keep(journal: Journal, noted: readonly Trace[]): void {
  // A note that cannot be kept is told all the same, until the power is cut, and stands in the settlement's report.
  journal.set(SETTING_REJECTED, Uint8Array.from(noted.flatMap((trace) => [trace >> 16, trace >> 8, trace])))
}

function traces(journal: Journal): Trace[] {
  const bytes = journal.setting(SETTING_REJECTED) ?? new Uint8Array(0)
  const noted: Trace[] = []
  for (let at = 0; at + 2 < bytes.length; at += 3) {
    const [high = 0, middle = 0, low = 0] = bytes.subarray(at, at + 3)
    const trace = (high << 16) | (middle << 8) | low
    if (trace > 0 && trace <= TRACE_MAX) noted.push(asTrace(trace))
  }
  return noted
}
