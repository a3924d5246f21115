import { expect } from 'vitest'
import type { Difference } from '../../host-link/host/ledger.ts'
import { asBatchNumber } from '../../host-link/wire/values.ts'
import { openJournal } from '../../terminal/journal/log.ts'
import { journalOf, leaks, statesOf } from './audit.ts'
import { APPROVED } from './failure.ts'
import { messageOf, requests, resigned, typeOf } from './frames.ts'
import type { Fate, Passing } from './network.ts'
import { TERMINAL, type Till } from './till.ts'

/** A batch from its first sale to its settlement 结算, and what both sides must then agree on. */

/** Sells for these amounts, one after the other, each approved. */
export async function sellAll(till: Till, ...amounts: string[]): Promise<void> {
  for (const amount of amounts) {
    const before = till.screens.length
    await till.order({ amount })
    await till.see(APPROVED)
    await till.toIdle()
    expect(till.screens.slice(before).join('\n')).toMatch(APPROVED)
    // The secure element takes only so many PINs an hour.
    if (amounts.length > 30) await till.time.advance(10_000)
  }
}

/** From idle to the page with the totals. */
export async function askSettlement(till: Till): Promise<void> {
  await till.toIdle()
  await till.press('9')
  await till.see(/借记|Debit/)
}

/** Confirms, and lets the settlement come to whatever end it has. */
export async function confirmSettlement(till: Till): Promise<void> {
  await till.press('enter')
  await till.time.advance(3_000)
  await till.toIdle()
}

export async function settle(till: Till): Promise<void> {
  await askSettlement(till)
  await confirmSettlement(till)
}

/** Frames that left or came since frame `from`: type, and field 60.3 where it tells more. */
export function conversation(till: Till, from = 0): string[] {
  return till.network.passed.slice(from).flatMap(({ direction, body }) => {
    const message = messageOf(body)
    if (message === undefined || direction !== 'toHost') return []
    const network = String(message.fields[60] ?? '').slice(8, 11)
    return [message.mti === '0320' ? `0320/${network}` : message.mti]
  })
}

/** 0320/201: traces of the records that each message brought, in order. */
export function uploadedTraces(till: Till, from = 0): number[][] {
  return till.network.passed.slice(from).flatMap(({ direction, body }) => {
    const { mti, fields } = messageOf(body) ?? {}
    if (direction !== 'toHost' || mti !== '0320' || String(fields?.[60]).slice(8, 11) !== '201') return []
    const records = String(fields?.[48]).slice(2).match(/.{40}/g) ?? []
    return [records.map((record) => Number(record.slice(2, 8)))]
  })
}

export interface HostBatch {
  readonly state: string
  readonly open: number | undefined
  readonly debit: readonly [count: number, fen: number]
  readonly credit: readonly [count: number, fen: number]
}

/** A batch in the host's books: its fixed totals, or those counted now. */
export function hostBatch(till: Till, number: number): Promise<HostBatch> {
  return till.store.transact((books) => {
    const batch = books.batch(TERMINAL, number)
    const totals = batch?.state === 'settled' ? batch.totals : books.totals(TERMINAL, number)
    return {
      result: {
        state: batch?.state ?? 'unknown',
        open: books.openBatch(TERMINAL)?.number,
        debit: [totals.debitCount, totals.debitFen] as const,
        credit: [totals.creditCount, totals.creditFen] as const,
      },
    }
  })
}

/** What the settlements found different, without what every row has. */
export async function hostDifferences(till: Till): Promise<string[]> {
  const found: Difference[] = await till.store.differences('20261121')
  return found.map(({ what, trace, hostFen, terminalFen, done }) =>
    [what, trace, hostFen, terminalFen, done].join(' '),
  )
}

/** Settlement slips on paper, each as its lines. */
export function settlementSlips(till: Till): string[] {
  const slips: string[] = []
  let lines: string[] | undefined
  for (const { text } of till.paper) {
    if (/^(结算总计单|SETTLEMENT)$/.test(text.trim())) {
      if (lines) slips.push(lines.join('\n'))
      lines = []
    } else if (lines && /^(签购单|SALES SLIP)$/.test(text.trim())) {
      slips.push(lines.join('\n'))
      lines = undefined
    }
    lines?.push(text)
  }
  if (lines) slips.push(lines.join('\n'))
  return slips
}

/** The batch is closed at both ends, once, with these totals; the next is open at both, and nothing leaked. */
export async function expectClosed(
  till: Till,
  totals: Pick<HostBatch, 'debit' | 'credit'>,
  { batch = 1, label = '' }: { readonly batch?: number; readonly label?: string } = {},
): Promise<void> {
  const journal = journalOf(till)
  expect(journal.batch(), label).toBe(batch + 1)
  expect(journal.frozen(), label).toBe(false)
  expect(journal.scrubPending(), label).toBe(false)
  expect(journal.owed().length + journal.doubtful().length, label).toBe(0)
  expect(await hostBatch(till, batch), label).toEqual({ state: 'settled', open: batch + 1, ...totals })
  expect(cardNumbersOnChip(till), label).toEqual([])
  expect(till.stops, label).toEqual([])
  expect(leaks(till), label).toEqual([])
}

/** Cards whose number is on the chip, as ASCII or packed digits, wherever it may lie. */
export function cardNumbersOnChip(till: Till): string[] {
  const image = Buffer.from(till.chip.image())
  const hex = image.toString('hex')
  return till.cards
    .filter(({ pan }) => hex.includes(pan) || image.includes(Buffer.from(pan, 'latin1')))
    .map(({ name }) => name)
}

/** The batch of a chip, read without starting the application. */
export function batchOn(till: Till): number {
  const opened = openJournal(till.copyOfChip(), asBatchNumber(1))
  return opened.kind === 'ready' ? opened.journal.batch() : -1
}

/** Amounts of as many sales as need four packets of an upload. */
export const AMOUNTS = Array.from({ length: 26 }, (_, at) => String(101 + at))

/** 对账不平 whatever the totals are: the upload follows. */
export const differs =
  (till: Till) =>
  ({ body }: Passing): Fate => {
    const digits = `${'0'.repeat(36)}2`
    return { kind: 'replace', body: resigned(till, body, { 48: digits + digits }) }
  }
/** A sale, and another that only the host knows: its totals differ until it has been uploaded what we have. */
export async function sellWithOrphan(till: Till, amount: string): Promise<void> {
  till.network.fate = ({ body }) =>
    typeOf(body) === '0200'
      ? { kind: 'also', body: resigned(till, body, { 11: '000900' }) }
      : { kind: 'deliver' }
  await sellAll(till, amount)
  letPass(till)
}
export const letPass = (till: Till): void => {
  till.network.fate = () => ({ kind: 'deliver' })
}
/** Lets idle try again by itself. */
export async function later(till: Till): Promise<void> {
  letPass(till)
  await till.time.advance(400_000)
  await till.toIdle()
}
export async function expectFrozen(till: Till): Promise<void> {
  await till.toIdle()
  expect(till.screen()).toMatch(/结算未完成/)
  const before = requests(till).length
  const entries = statesOf(till)
  await till.press('1')
  await till.time.advance(1_000)
  expect(till.screens.slice(-3).join('\n')).toMatch(/结算未完成/)
  await till.toIdle()
  expect(statesOf(till)).toEqual(entries)
  expect(requests(till).slice(before)).not.toContain('0200')
}
