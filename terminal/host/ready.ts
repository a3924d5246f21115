import type { Pos } from '../pos.ts'
import { inquire } from './inquire.ts'
import { type Line, openLine } from './line.ts'
import { reverse } from './reverse.ts'
import { type SignOnResult, signOn } from './sign-on.ts'

/** A line on which a financial message may leave, or why there is none. */
export type Readiness =
  | { readonly kind: 'ready'; readonly line: Line }
  | { readonly kind: 'noLine' | 'stillOwed' | 'storageFault' }
  | { readonly kind: 'notSignedOn'; readonly result: SignOnResult }

/** Told when something longer begins, so that the operator sees it. */
export type Progress = (step: 'connecting' | 'signingOn' | 'reversing' | 'inquiring') => void

/**
 * Opens a line, signs on where today's working keys are missing, and settles what is owed or in doubt: owed
 * reversals go before any other financial message (P4). The caller closes the line.
 */
export async function ready(pos: Pos, progress: Progress): Promise<Readiness> {
  if (pos.session.storageFault) return { kind: 'storageFault' }
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
  if (why.kind !== 'storageFault' && pos.journal.owed().length > 0) pos.session.reversalFailures++
  return why
}

/** Settles every owed and doubtful entry, oldest first; stops at the first that cannot be settled now. */
async function settleOwed(
  pos: Pos,
  line: Line,
  progress: Progress,
): Promise<'clear' | 'stillOwed' | 'storageFault'> {
  for (const entry of pos.journal.owed()) {
    progress('reversing')
    const result = await reverse(pos, line, entry)
    if (result.kind === 'storageFault') return 'storageFault'
    if (result.kind === 'owed') return 'stillOwed'
  }
  for (const entry of pos.journal.doubtful()) {
    progress('inquiring')
    const { kind } = await inquire(pos, line, entry)
    if (kind === 'storageFault') pos.session.storageFault = true
    if (kind !== 'settled') return kind === 'storageFault' ? kind : 'stillOwed'
  }
  pos.session.reversalFailures = 0
  return 'clear'
}
