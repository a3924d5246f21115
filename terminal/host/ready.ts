import type { Entry } from '../journal/journal.ts'
import { type Pos, unreachable } from '../pos.ts'
import { confirmTopUps, unconfirmed } from './confirm.ts'
import { transactionOf } from './entry-kind.ts'
import { forward } from './forward.ts'
import { inquire } from './inquire.ts'
import { type Line, openLine } from './line.ts'
import { type KeyFault, keyFault } from './master-key.ts'
import { reverse } from './reverse.ts'
import { type SignOnResult, signOn } from './sign-on.ts'

/** A line on which a financial message may leave, or why there is none. */
export type Readiness =
  | { readonly kind: 'ready'; readonly line: Line }
  | { readonly kind: 'noLine' | 'stillOwed' | 'storageFault' }
  | { readonly kind: 'noKeys'; readonly why: KeyFault }
  | { readonly kind: 'notSignedOn'; readonly result: SignOnResult }

/** Told when something longer begins, so that the operator sees it. */
export type Progress = (
  step: 'connecting' | 'signingOn' | 'reversing' | 'forwarding' | 'inquiring' | 'confirming',
) => void

/**
 * Opens a line, signs on where today's working keys are missing, and settles what is owed or in doubt: owed
 * reversals go before any other financial message (P4). The caller closes the line.
 */
export async function ready(pos: Pos, progress: Progress): Promise<Readiness> {
  if (pos.session.storageFault) return { kind: 'storageFault' }
  const keys = keyFault(pos)
  if (keys !== undefined) return { kind: 'noKeys', why: keys } // nobody would believe us; what is owed waits for new keys
  progress('connecting')
  const line = await openLine(pos)
  if (line === undefined) return failed(pos, { kind: 'noLine' })
  if (!pos.session.signedOn) {
    progress('signingOn')
    const result = await signOn(pos, line)
    if (result.kind !== 'signedOn') return failed(pos, { kind: 'notSignedOn', result })
  }
  const owed = await settleOwed(pos, line, progress)
  return owed === 'clear' ? { kind: 'ready', line } : failed(pos, { kind: owed })
}

function failed<R extends Readiness>(pos: Pos, why: R): R {
  pos.device.link.close()
  pos.session.inDoubt = isInDoubt(pos)
  if (why.kind !== 'storageFault' && pos.journal.owed().length > 0) pos.session.reversalFailures++
  return why
}

/** How much is to be sent before anything else may move money: reversals, advices, inquiries, confirmations. */
export function owing(pos: Pos): number {
  return pos.journal.owed().length + pos.journal.doubtful().length + unconfirmed(pos).length
}

/** Whether anything is to be reversed or inquired. An advice that waits is in no doubt: it is booked. */
export function isInDoubt(pos: Pos): boolean {
  const { journal } = pos
  const reversible = journal.owed().some(({ kind }) => transactionOf(pos, kind).whenLost !== 'forward')
  return reversible || journal.doubtful().length > 0
}

/** Settles every owed and doubtful entry, oldest first; stops at the first that cannot be settled now. */
async function settleOwed(
  pos: Pos,
  line: Line,
  progress: Progress,
): Promise<'clear' | 'stillOwed' | 'storageFault'> {
  const confirm = () => confirmTopUps(pos, line, () => progress('confirming'))
  const confirmed = await confirm() // of approved top-ups: older than any advice that waits
  if (confirmed !== 'clear') return confirmed
  for (const entry of pos.journal.owed()) {
    const end = await settleEntry(pos, line, entry, progress)
    if (end !== 'clear') return end
  }
  for (const entry of pos.journal.doubtful()) {
    progress('inquiring')
    const { kind } = await inquire(pos, line, entry)
    if (kind === 'storageFault') pos.session.storageFault = true
    if (kind !== 'settled') return kind === 'storageFault' ? kind : 'stillOwed'
  }
  pos.session.reversalFailures = 0
  pos.session.inDoubt = false
  return confirm() // and of those that turned out approved just now
}

/** What a kind of transaction owes when its answer was lost, done now. */
async function settleEntry(
  pos: Pos,
  line: Line,
  entry: Entry,
  progress: Progress,
): Promise<'clear' | 'stillOwed' | 'storageFault'> {
  const { whenLost } = transactionOf(pos, entry.kind)
  switch (whenLost) {
    case 'nothing': // no such kind has an entry
    case 'reverse': {
      progress('reversing')
      const { kind } = await reverse(pos, line, entry)
      return kind === 'reversed' ? 'clear' : kind === 'owed' ? 'stillOwed' : kind
    }
    case 'forward': {
      progress('forwarding')
      const sent = await forward(pos, line, entry)
      if (sent.kind === 'declined') pos.session.rejected.push(entry.trace)
      return sent.kind === 'queued' ? 'stillOwed' : sent.kind === 'storageFault' ? sent.kind : 'clear'
    }
    case 'inquire': {
      progress('inquiring')
      const { kind } = await inquire(pos, line, entry)
      if (kind === 'storageFault') pos.session.storageFault = true
      return kind === 'settled' ? 'clear' : kind === 'doubtful' ? 'stillOwed' : kind
    }
    default:
      return unreachable(whenLost)
  }
}
