import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeFlashChip } from '../../../emulator/device/flash.ts'
import { profileNamed } from '../../../host-link/wire/profile.ts'
import { parseUpload48 } from '../../../host-link/wire/settlement.ts'
import { transactions } from '../../../host-link/wire/transaction.ts'
import { asBatchNumber, asFen, asPan, asTrace, FEN_MAX, type Trace } from '../../../host-link/wire/values.ts'
import { type EntryName, kindOf } from '../../../terminal/host/entry-kind.ts'
import {
  clearProgress,
  SETTING_PROGRESS,
  saveProgress,
  settleProgress,
} from '../../../terminal/host/settle-progress.ts'
import {
  keepReport,
  lastReport,
  SETTING_REPORT,
  SETTING_REPORT_MORE,
  type SettleReport,
} from '../../../terminal/host/settle-report.ts'
import { reserveSettings } from '../../../terminal/host/settle-setting.ts'
import { batchTotals, countsFull, paidOf } from '../../../terminal/host/settle-totals.ts'
import { nextParcels } from '../../../terminal/host/upload.ts'
import { encodeIntent, encodeOutcome } from '../../../terminal/journal/body.ts'
import type { Journal } from '../../../terminal/journal/journal.ts'
import { openJournal } from '../../../terminal/journal/log.ts'
import type { Pos } from '../../../terminal/pos.ts'

const PAN = asPan('6222600001234567890')
const SETTINGS = [SETTING_PROGRESS, SETTING_REPORT, SETTING_REPORT_MORE]

function newJournal(sectorCount = 64): Journal {
  const chip = makeFlashChip({ geometry: { sectorBytes: 4096, sectorCount, unitBytes: 4 } })
  const opened = openJournal(chip, asBatchNumber(1))
  if (opened.kind === 'halt') throw new Error(opened.why)
  return opened.journal
}

function posOf(journal: Journal, profile = 'mall'): Pos {
  const setup = { terminalId: '10000001', merchantId: '898320153110001' }
  return { journal, profile: profileNamed(profile), session: { operator: 1 }, setup } as unknown as Pos
}

interface Made {
  readonly name: EntryName
  readonly amount: number
  readonly discount?: number
  readonly original?: number
  readonly verdict?: 'approved' | 'declined' | 'undone' | 'owed'
}

/** Writes an entry as the flows do; gives its trace. */
function make(journal: Journal, { name, amount, discount = 0, original, verdict = 'approved' }: Made): Trace {
  const trace = journal.nextTrace()
  const intent = {
    pan: PAN,
    amount: asFen(amount),
    expiry: '3012',
    entryMode: '021',
    operator: 1,
    ...(original === undefined ? {} : { original: { batch: 1, trace: original } }),
  }
  expect(journal.open(kindOf(name), encodeIntent(intent))).toBe('written')
  const outcome = encodeOutcome({
    code: verdict === 'approved' ? '00' : '51',
    time: '090500',
    date: '1121',
    year: 2026,
    reference: '112100000001',
    authCode: '000001',
    issuer: '62226000',
    acquirer: '48983201',
    note: 'CUP',
    ...(discount > 0 && { discount: { amount: asFen(discount), payer: 'S' as const, name: 'x' } }),
  })
  if (verdict === 'undone') journal.undo(trace, new Uint8Array([0]))
  else if (verdict !== 'owed') journal.close(trace, verdict, outcome)
  return trace
}

const NAMES: readonly EntryName[] = [
  'sale', 'refund', 'preauth', 'completion', 'completionAdvice', 'instalment', 'pointsSale', 'topUp',
  'accountTopUp', 'activation', 'pinChange', 'cashSale', 'billPayment', 'billCash', 'transfer',
] // biome-ignore format: a list

describe('settlement 结算: totals', () => {
  it('any batch → every approved entry once, in its row’s column, with what was paid', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            name: fc.constantFrom(...NAMES),
            amount: fc.integer({ min: 1, max: 99_999 }),
            off: fc.integer({ min: 0, max: 100 }),
            verdict: fc.constantFrom('approved', 'approved', 'declined', 'undone', 'owed'),
          }),
          { maxLength: 30 },
        ),
        (entries) => {
          const journal = newJournal(16)
          const want = { debit: 0, debitCount: 0, credit: 0, creditCount: 0, approved: 0 }
          for (const { name, amount, off, verdict } of entries) {
            const discount = Math.floor((amount * off) / 100)
            make(journal, { name, amount, discount, verdict: verdict as 'approved' })
            if (verdict !== 'approved') continue
            want.approved++
            const column = transactions[name].settles
            if (column === 'not') continue
            want[column] += amount - discount
            want[`${column}Count`]++
          }
          const totals = batchTotals(posOf(journal))
          expect(totals).toMatchObject({
            debit: want.debit,
            debitCount: want.debitCount,
            credit: want.credit,
            creditCount: want.creditCount,
          })
          expect(totals.packed + totals.single).toBe(want.approved)
          const sum = totals.kinds.reduce((all, { amount }) => all + amount, 0)
          expect(sum).toBe(want.debit + want.credit)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('a void of a sale with a discount → gives back what was paid; the sale stays in its column', () => {
    const journal = newJournal()
    const pos = posOf(journal)
    const sale = make(journal, { name: 'sale', amount: 1000, discount: 150 })
    const voided = make(journal, { name: 'voidSale', amount: 1000, original: sale })
    expect(batchTotals(pos)).toMatchObject({ debit: 850, debitCount: 1, credit: 850, creditCount: 1 })
    const entry = journal.find(voided)
    expect(entry && paidOf(pos, entry)).toBe(850)
    const [parcel] = nextParcels(pos, batchTotals(pos), 'packed', 0)
    const records = parseUpload48(String(parcel?.message(asTrace(9)).fields[48]))
    expect(records.map(({ amount }) => amount)).toEqual([850, 850])
  })

  it('declined advices → named, up to twenty, and counted', () => {
    const journal = newJournal()
    for (let at = 0; at < 25; at++) make(journal, { name: 'cashSale', amount: 100, verdict: 'declined' })
    make(journal, { name: 'sale', amount: 100, verdict: 'declined' })
    const totals = batchTotals(posOf(journal))
    expect(totals.rejectedCount).toBe(25)
    expect(totals.rejected).toHaveLength(20)
  })

  it('sums beyond twelve digits → the most that field 48 holds, never a wrong short number', () => {
    const journal = newJournal()
    make(journal, { name: 'sale', amount: FEN_MAX })
    make(journal, { name: 'sale', amount: FEN_MAX })
    expect(batchTotals(posOf(journal)).debit).toBe(FEN_MAX)
  })
})

describe('settlement 结算: counts of three digits', () => {
  it('998 debits → one more fits; 999 → full, whatever else fits; with counts of six digits → not', () => {
    const journal = newJournal(256)
    for (let at = 0; at < 998; at++) make(journal, { name: 'sale', amount: 100 })
    for (let at = 0; at < 5; at++) make(journal, { name: 'preauth', amount: 100 })
    make(journal, { name: 'sale', amount: 100, verdict: 'declined' })
    expect(journal.count()).toBeGreaterThan(999)
    expect(countsFull(posOf(journal, 'standard'))).toBe(false)
    make(journal, { name: 'sale', amount: 100 })
    expect(countsFull(posOf(journal, 'standard'))).toBe(true)
    expect(countsFull(posOf(journal, 'mall'))).toBe(false)
  })
})

describe('batch upload 批上送: parcels', () => {
  it('from any record on → the same records in the same order, at most eight to a message, advices alone at the end', () => {
    const journal = newJournal()
    const pos = posOf(journal)
    const packed: number[] = []
    const single: number[] = []
    for (let at = 0; at < 230; at++) {
      const name: EntryName = at % 11 === 3 ? 'refund' : at % 17 === 5 ? 'completionAdvice' : 'sale'
      const verdict = at % 13 === 7 ? 'declined' : 'approved'
      const trace = make(journal, { name, amount: 100 + at, verdict })
      if (verdict === 'approved') (name === 'sale' ? packed : single).push(trace)
    }
    const all = [...packed, ...single]
    const totals = batchTotals(pos)
    expect([totals.packed, totals.single]).toEqual([packed.length, single.length])
    for (const from of [0, 8, 16, 100, packed.length, packed.length + 3, all.length]) {
      const sent: number[] = []
      for (let at = from; at < all.length; at += 0) {
        const parcels =
          at < packed.length
            ? nextParcels(pos, totals, 'packed', at)
            : nextParcels(pos, totals, 'alone', at - packed.length)
        expect(parcels.length).toBeGreaterThan(0)
        for (const parcel of parcels) {
          expect(parcel.records).toBeLessThanOrEqual(8)
          const { fields } = parcel.message(asTrace(999))
          if (parcel.trace !== undefined) sent.push(Number(fields[11]))
          else sent.push(...parseUpload48(String(fields[48])).map(({ trace }) => trace))
          at += parcel.records
        }
      }
      expect(sent, `from ${from}`).toEqual(all.slice(from))
    }
  })

  it('what settles nothing → uploaded where tag 20 says what it is, else not', () => {
    const journal = newJournal()
    make(journal, { name: 'preauth', amount: 100 })
    const sale = make(journal, { name: 'sale', amount: 200 })
    for (const [profile, traces] of [
      ['mall', [sale - 1, sale]],
      ['standard', [sale]],
    ] as const) {
      const pos = posOf(journal, profile)
      const totals = batchTotals(pos)
      expect(totals.packed).toBe(traces.length)
      const [parcel] = nextParcels(pos, totals, 'packed', 0)
      const records = parseUpload48(String(parcel?.message(asTrace(9)).fields[48]))
      expect(records.map(({ trace }) => trace)).toEqual(traces)
    }
  })
})

describe('settlement 结算: what is kept', () => {
  const greatest: SettleReport = {
    batch: 999_999,
    when: '20261121235959',
    operator: 99,
    answer: 2,
    debit: FEN_MAX,
    debitCount: 9999,
    credit: FEN_MAX,
    creditCount: 9999,
    kinds: NAMES.map((name) => ({ kind: kindOf(name), count: 9999, amount: FEN_MAX })),
    rejectedCount: 20,
    rejected: Array.from({ length: 20 }, (_, at) => ({ trace: 999_000 + at, kind: 3, amount: FEN_MAX })),
  }

  it('the greatest report → all kinds and sums come back; declined advices as far as there is room', () => {
    const pos = posOf(newJournal())
    expect(keepReport(pos, greatest)).toBe(true)
    const back = lastReport(pos)
    expect(back).toMatchObject({ ...greatest, rejected: expect.anything() })
    expect(back?.rejected.length).toBeGreaterThan(2)
    expect(greatest.rejected.slice(0, back?.rejected.length)).toEqual(back?.rejected)
  })

  it('a full journal, also with a batch of a thousand progress marks → freeze, marks, report and close are written (L23)', () => {
    const journal = newJournal(8)
    const pos = posOf(journal)
    reserveSettings(pos, SETTINGS)
    while (journal.room() >= 1) make(journal, { name: 'sale', amount: 100 })
    const intent = encodeIntent({ pan: PAN, amount: asFen(1), expiry: '', entryMode: '021', operator: 1 })
    while (journal.open(1, intent) === 'written')
      journal.close(asTrace(journal.owed()[0]?.trace ?? 0), 'declined', new Uint8Array([0xa0]))
    expect(journal.open(1, intent)).toBe('full')
    expect(clearProgress(pos)).toBe(true)
    expect(journal.freeze()).toBe('written')
    const of = { packed: 65_535, single: 65_535 }
    const mark = { phase: 'uploading', answer: 2, alone: 65_535, rounds: 2, of } as const
    for (let sent = 64_536; sent < 65_536; sent++) expect(saveProgress(pos, { ...mark, sent })).toBe(true)
    expect(settleProgress(pos)).toMatchObject({ ...mark, sent: 65_535 })
    expect(keepReport(pos, greatest)).toBe(true)
    expect(journal.closeBatch(asBatchNumber(2))).toBe('written')
    expect(journal.scrub()).toBe('written')
    expect(lastReport(pos)?.debit).toBe(FEN_MAX)
    expect(settleProgress(pos).phase).toBe('asking')
  })
})
