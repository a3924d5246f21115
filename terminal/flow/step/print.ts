import { transactionOf } from '../../host/entry-kind.ts'
import { decodeIntent } from '../../journal/body.ts'
import type { Entry } from '../../journal/journal.ts'
import type { Pos } from '../../pos.ts'
import { confirm, type Left, notice } from '../../screen/input.ts'
import { yuan } from '../../screen/money.ts'
import { type Line, showPage, t } from '../../screen/page.ts'
import { type Copy, slipOf } from './slip.ts'

/**
 * What has become of an entry's slip, as bits of its `printedCopies`. A copy is marked when it *begins* to print:
 * after a power cut nobody can tell how much of it is on paper, so the next one of its kind says DUPLICATE.
 */
const BEGUN = { merchant: 1, cardholder: 2 } as const
const FINISHED = 4

/**
 * Whether an entry may have a slip: it is approved, or it is an advice that is booked here and waits for the line (P11). Of any
 * other the host has not said that it stands.
 */
export function mayPrint(pos: Pos, entry: Entry): boolean {
  if (entry.state === 'approved') return true
  return entry.state === 'owed' && transactionOf(pos, entry.kind).whenLost === 'forward'
}

/** Whether an approved entry still owes a slip that can be printed. */
export function slipMissing(entry: Entry): boolean {
  return entry.state === 'approved' && (entry.printedCopies & FINISHED) === 0 && slipPossible(entry)
}

/** Rot may have taken card and amount of an approved entry and left its outcome (docs/journal.md, row `headless`). */
function slipPossible(entry: Entry): boolean {
  return entry.intent.length > 0
}

/**
 * Prints the copies that the parameter asks for, the second one after a key. Nothing here undoes a sale: without
 * paper it waits for paper, and what the operator leaves unprinted is offered again at idle and after a restart.
 */
export async function printSlip(pos: Pos, trace: Entry['trace'], above: readonly Line[]): Promise<void> {
  const entry = pos.journal.find(trace)
  if (entry === undefined || !mayPrint(pos, entry)) return
  const title = t(pos, 'printing')
  const now = pos.device.clock.now()
  if (!(await printCopy(pos, entry, { for: 'merchant', now }, title, above))) return
  if (pos.parameters.receiptCopies === '2') {
    const go = await confirm(pos, {
      title: t(pos, 'print'),
      above,
      lines: [],
      extra: [{ text: t(pos, 'tearMerchant'), align: 'centre' }],
      hint: t(pos, 'enterNextCopy'),
    })
    // Nobody at the till: the cardholder's copy comes out all the same.
    if (go.kind === 'cancelled') return finish(pos, entry)
    if (!(await printCopy(pos, entry, { for: 'cardholder', now }, title, above))) return
  }
  finish(pos, entry)
}

function finish(pos: Pos, entry: Entry): void {
  if (pos.journal.markPrinted(entry.trace, FINISHED) === 'fault') pos.session.storageFault = true
}

/** One copy, with as many new rolls of paper as it takes. False: the operator left it. */
async function printCopy(
  pos: Pos,
  entry: Entry,
  { for: copy, now }: Omit<Copy, 'duplicate'>,
  title: string,
  above: readonly Line[],
): Promise<boolean> {
  let duplicate = (entry.printedCopies & BEGUN[copy]) !== 0
  for (let asked = false; ; ) {
    if (pos.device.printer.paper() === 'out') {
      if ((await askForPaper(pos, entry, above, asked)).kind !== 'yes') return false
      asked = true
      continue
    }
    if (!duplicate && pos.journal.markPrinted(entry.trace, BEGUN[copy]) === 'fault')
      pos.session.storageFault = true
    showPage(pos, { title, above, lines: [] })
    const result = await pos.device.printer.print(slipOf(pos, entry, { for: copy, duplicate, now }))
    if (result.kind === 'printed') return true
    duplicate = true
    if (result.kind !== 'paperOut') {
      const again = await confirm(pos, {
        title: t(pos, 'print'),
        above,
        lines: [t(pos, 'printerFault')],
        extra: [t(pos, 'printNow')],
      })
      if (again.kind !== 'yes') return leave(pos, entry)
    }
  }
}

async function askForPaper(
  pos: Pos,
  entry: Entry,
  above: readonly Line[],
  stillOut: boolean,
): Promise<{ readonly kind: 'yes' } | Left> {
  const answer = await confirm(pos, {
    title: t(pos, 'paperOut'),
    above,
    lines: [t(pos, 'paperLoad')],
    hint: t(pos, stillOut ? 'paperOut' : 'hintPaper'),
  })
  if (answer.kind !== 'yes') leave(pos, entry)
  return answer
}

function leave(pos: Pos, entry: Entry): false {
  pos.session.slipDeclined = entry.trace
  pos.session.waitsForPaper = pos.device.printer.paper() === 'out'
  return false
}

/** Offers the slip that a power cut or an empty roll left unprinted: once between starts, and again with new paper. */
export async function offerMissingSlip(pos: Pos): Promise<void> {
  const { session } = pos
  if (session.waitsForPaper && pos.device.printer.paper() === 'ok') {
    session.slipDeclined = undefined
    session.waitsForPaper = false
  }
  const entry = pos.journal.last()
  if (entry === undefined || !slipMissing(entry) || session.slipDeclined === entry.trace) return
  session.slipDeclined = entry.trace
  const above = [t(pos, 'approved'), ...amountOf(entry)]
  const question = {
    title: t(pos, 'print'),
    above,
    lines: [t(pos, 'slipPending')],
    extra: [t(pos, 'printNow')],
  }
  if ((await confirm(pos, question)).kind === 'yes') await printSlip(pos, entry.trace, above)
}

/** Nothing where no money moved: a PIN change. */
function amountOf(entry: Entry): string[] {
  const { amount } = decodeIntent(entry.intent)
  return amount > 0 ? [`RMB ${yuan(amount)}`] : []
}

/** 重打最后一笔: both copies again, each marked DUPLICATE when one like it has begun to print before. */
export async function reprint(pos: Pos, entry: Entry): Promise<void> {
  if (!slipPossible(entry)) return notice(pos, t(pos, 'print'), [t(pos, 'slipLost')])
  const begun = BEGUN.merchant | BEGUN.cardholder
  const seen = slipMissing(entry) ? entry : { ...entry, printedCopies: entry.printedCopies | begun }
  const above = [t(pos, 'reprintLast'), ...amountOf(entry)]
  const now = pos.device.clock.now()
  if (!(await printCopy(pos, seen, { for: 'merchant', now }, t(pos, 'printing'), above))) return
  if (pos.parameters.receiptCopies === '2') {
    const go = await confirm(pos, {
      title: t(pos, 'print'),
      above,
      lines: [],
      extra: [{ text: t(pos, 'tearMerchant'), align: 'centre' }],
      hint: t(pos, 'enterNextCopy'),
    })
    if (go.kind === 'cancelled') return
    if (!(await printCopy(pos, seen, { for: 'cardholder', now }, t(pos, 'printing'), above))) return
  }
  if (slipMissing(entry)) finish(pos, entry)
}
