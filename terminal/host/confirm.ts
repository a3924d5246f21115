import { type CborValue, decodeCbor, encodeCbor } from '../../host-link/wire/cbor.ts'
import { WireError } from '../../host-link/wire/message.ts'
import { transactionIn } from '../../host-link/wire/profile.ts'
import { isApproval } from '../../host-link/wire/response-code.ts'
import { transactions } from '../../host-link/wire/transaction.ts'
import { asTrace, type Trace } from '../../host-link/wire/values.ts'
import { decodeIntent } from '../journal/body.ts'
import type { Entry } from '../journal/journal.ts'
import type { Pos } from '../pos.ts'
import { exchange } from './exchange.ts'
import { ASKS_AGAIN } from './forward.ts'
import type { Line } from './line.ts'
import { noteRejected } from './rejected.ts'
import { entryFields, keptCardFields, requestOf, sealed } from './request.ts'

/** Setting: batch, and traces of the cash top-ups in it whose confirmation is owed. */
const SETTING_CONFIRMATIONS = 8
/** Longer than the list can become: a top-up leaves the terminal only when those before it are confirmed. */
const CONFIRMATIONS_MAX = 20

/**
 * 现金充值确认, rule P11: every approved cash top-up is confirmed under its own trace, again until the host answers. Durable
 * before the approval is: one that was promised and whose top-up turns out not approved is dropped. False: not kept.
 */
export function promiseConfirmation(pos: Pos, trace: Trace): boolean {
  const traces = promised(pos).filter((other) => other !== trace)
  return traces.length < CONFIRMATIONS_MAX && keep(pos, [...traces, trace])
}

/** The approved top-ups whose confirmation is owed, in the order in which they were made. */
export function unconfirmed(pos: Pos): readonly Entry[] {
  return promised(pos).flatMap((trace) => {
    const entry = pos.journal.find(trace)
    return entry?.state === 'approved' ? [entry] : []
  })
}

/** Sends what `unconfirmed` has, and forgets promises that will never be due. */
export async function confirmTopUps(
  pos: Pos,
  line: Line,
  began: () => void,
): Promise<'clear' | 'stillOwed' | 'storageFault'> {
  for (const trace of promised(pos)) {
    const entry = pos.journal.find(trace)
    if (entry?.state === 'owed' || entry?.state === 'doubtful') continue // what is owed for it comes first
    if (entry?.state === 'approved') {
      began()
      const answer = await confirm(pos, line, entry)
      if (answer === 'none') return 'stillOwed'
      if (answer === 'refused') {
        noteRejected(pos.journal, trace) // before the promise is dropped: a cut between the two sends it again
        pos.session.rejected.push(trace)
      }
    }
    const rest = promised(pos).filter((other) => other !== trace)
    if (!keep(pos, rest)) return 'storageFault'
  }
  return 'clear'
}

/** The same bytes each time, from the journal, which keeps no track. */
async function confirm(pos: Pos, line: Line, entry: Entry): Promise<'taken' | 'refused' | 'none'> {
  const { original: _verification, ...intent } = decodeIntent(entry.intent)
  const row = transactionIn(pos.profile, 'topUpConfirm') ?? transactions.topUpConfirm
  const fields = { ...keptCardFields(intent), ...entryFields(pos, row, intent) }
  const request = sealed(pos, requestOf(pos, row, entry, fields))
  if (request === undefined) return 'none'
  const answer = await exchange(pos, line, request, {
    authenticated: true,
    cancellable: false,
    ...(intent.pan === undefined ? {} : { pan: intent.pan }),
  })
  if (answer.kind !== 'answered' || ASKS_AGAIN.includes(answer.code)) return 'none'
  return isApproval(answer.code) ? 'taken' : 'refused'
}

/** Of the open batch; a settled one owes none, its settlement sent them. */
function promised(pos: Pos): readonly Trace[] {
  const [batch, ...traces] = listOf(pos.journal.setting(SETTING_CONFIRMATIONS))
  return batch === pos.journal.batch() ? traces.map(asTrace) : []
}

function listOf(bytes: Uint8Array | undefined): readonly number[] {
  if (bytes === undefined) return []
  try {
    const value: CborValue = decodeCbor(bytes, { bytes: 200, depth: 1 })
    return Array.isArray(value) ? value.filter((part) => typeof part === 'number') : []
  } catch (error) {
    if (error instanceof WireError) return []
    throw error
  }
}

function keep(pos: Pos, traces: readonly Trace[]): boolean {
  const kept = pos.journal.set(SETTING_CONFIRMATIONS, encodeCbor([pos.journal.batch(), ...traces]))
  if (kept !== 'written') pos.session.storageFault = true
  return kept === 'written'
}
