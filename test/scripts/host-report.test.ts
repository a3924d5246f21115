import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import readXlsxFile from 'read-excel-file/node'
import { afterAll, describe, expect, it } from 'vitest'
import { type Acquirer, PLAIN_ACQUIRER } from '../../host-link/host/acquirer.ts'
import { clear } from '../../host-link/host/node/clearing.ts'
import { clearingReport, type ReportCommand } from '../../scripts/host-report.ts'
import {
  type Booked,
  DATABASE_KINDS,
  freshBooks,
  type TestBooks,
} from '../host-link/host/node/clearing-rig.ts'

const fresh = freshBooks()
const folder = mkdtempSync(join(tmpdir(), 'shuaka-reports-'))
afterAll(() => rmSync(folder, { recursive: true }))

const acquirer: Acquirer = {
  ...PLAIN_ACQUIRER,
  fees: [
    { card: 'any', ratePpm: 6000, leastFen: 0 },
    { card: 'cash', ratePpm: 0, leastFen: 0 },
  ],
  staff: [
    { terminal: '10000001', operator: '01', name: '王芳' },
    { terminal: '10000001', operator: '02', name: '李强' },
  ],
}
const DAY = '20261121'
const blank = {
  ...{ businessDate: DAY, merchant: 'M', store: '0008', cardKind: 'bank', code: '00', discount: undefined },
  ...{
    cashBack: undefined,
    biller: undefined,
    refersTo: undefined,
    batch: 1,
    operator: '01',
    pan: '622260******7890',
  },
  ...{ date: DAY, time: '093000', terminal: '10000001', kind: 'sale' },
} as const satisfies Partial<Booked>
const MEMBER = { cardKind: 'member', account: 'member', pan: '990110******0017' } as const

/** One of everything. */
const ENTRIES: readonly Booked[] = [
  { ...blank, sequence: 1, amountFen: 100_00, settleFen: 100_00 },
  {
    ...blank,
    sequence: 2,
    amountFen: 50_00,
    settleFen: 45_00,
    store: '0010',
    discount: { fen: 5_00, payer: 'M' },
  },
  { ...blank, sequence: 3, amountFen: 30_00, settleFen: 30_00, kind: 'cashSale', cardKind: 'cash', pan: '' },
  { ...blank, sequence: 4, amountFen: 20_00, settleFen: 20_00, store: '9999' },
  { ...blank, sequence: 5, amountFen: 100_00, settleFen: -100_00, kind: 'voidSale', refersTo: 1 },
  { ...blank, sequence: 6, amountFen: 10_00, settleFen: 0, code: '51' },
  {
    ...{ ...blank, ...MEMBER, sequence: 7, amountFen: 200_00, settleFen: -200_00, kind: 'activation' },
    ...{ time: '100000', store: undefined },
  },
  {
    ...{
      ...blank,
      ...MEMBER,
      sequence: 8,
      amountFen: 500_00,
      settleFen: -500_00,
      kind: 'topUp',
      approver: '02',
    },
    ...{ time: '101500', store: undefined },
  },
  { ...blank, ...MEMBER, sequence: 9, amountFen: 88_80, settleFen: 88_80, time: '110000' },
  { ...blank, sequence: 10, amountFen: 66_00, settleFen: 66_00, kind: 'billPayment', biller: '电力' },
]

/** Books of one day, cleared unless not. */
async function books(kind: 'sqlite' | 'postgres', cleared = true): Promise<TestBooks> {
  const made = await fresh(kind)
  await made.book(ENTRIES)
  await made.meddle(`INSERT INTO account VALUES ('member', 0, 61120, 0, 0, 0, '', 1, '${DAY}', NULL)`)
  if (cleared) await clear(await made.open(), DAY, { acquirer, now: { date: '20261122', time: '000000' } })
  return made
}

async function report(
  db: string,
  options: Partial<ReportCommand>,
): Promise<{ text: string; warned: string[] }> {
  let text = ''
  const warned: string[] = []
  await clearingReport({
    ...{ db, acquirer },
    ...(options.week === undefined && options.month === undefined && { date: '2026-11-21' }),
    ...options,
    write: async (part) => {
      text += part
    },
    warn: (line) => void warned.push(line),
  })
  return { text, warned }
}
const csv = async (db: string, kind: string) => (await report(db, { kind, csv: true })).text

describe.each(DATABASE_KINDS)('clearingReport --csv, %s', (kind) => {
  it('every kind: the figures that a person reckons', async () => {
    const { db, meddle } = await books(kind)
    await meddle(
      `INSERT INTO difference VALUES ('10000001', 1, 9, 'sale', 'orphan', 8880, 0, 'creditedBack', '${DAY}', 'M')`,
    )
    // 100.00 − 100.00 + 30.00 + 88.80 at 0008; the fee of 88.80 is 53.28 fen.
    expect(await csv(db, 'stores')).toBe(
      `merchant,store,name,plus_count,plus_fen,minus_count,minus_fen,discount_fen,cash_back_fen,gross_fen,fee_fen,net_fen
M,0008,店0008,3,21880,1,-10000,0,0,11880,53,11827
M,0010,店0010,1,5000,0,0,0,0,5000,27,4973
total,,,4,26880,1,-10000,0,0,16880,80,16800
`,
    )
    // 45 + 30 + 20 − 200 − 500 + 88.80 + 66 = −450.20
    expect(await csv(db, 'merchant')).toBe(
      `merchant,party,source,plus_count,plus_fen,minus_count,minus_fen,discount_fen,cash_back_fen,gross_fen,fee_fen,net_fen
M,门店,银行卡,2,15000,1,-10000,0,0,5000,27,4973
M,门店,现金,1,3000,0,0,0,0,3000,0,3000
M,门店,会员卡,1,8880,0,0,0,0,8880,53,8827
M,商场,银行卡,0,0,0,0,500,0,-500,0,-500
M,缴费单位,银行卡,1,6600,0,0,0,0,6600,0,6600
M,预付卡备付金,会员卡,0,0,2,-70000,0,0,-70000,0,-70000
M,待处理,银行卡,1,2000,0,0,0,0,2000,0,2000
total,,,6,35480,3,-80000,500,0,-45020,80,-45100
`,
    )
    expect(
      await csv(db, 'payout'),
    ).toBe(`pay_date,business_date,reference,merchant,party,number,name,direction,amount_fen
20261122,20261121,20261121-M-store-0008,M,门店,0008,店0008,付,11827
20261122,20261121,20261121-M-store-0010,M,门店,0010,店0010,付,4973
20261122,20261121,20261121-M-mall,M,商场,,,收,-500
20261122,20261121,20261121-M-biller-电力,M,缴费单位,,电力,付,6600
20261122,20261121,20261121-M-float,M,预付卡备付金,,,收,-70000
total,,,,,,,,-47100
`)
    expect(await csv(db, 'suspense')).toBe(
      `business_date,date,time,reference,kind,merchant,store,terminal,batch,trace,operator,card,entries,amount_fen,reason
20261121,20261121,093000,112100000004,消费,M,9999,10000001,000001,000004,01,622260******7890,1,2000,门店编号未知
total,,,,,,,,,,,,1,2000,
`,
    )
    expect(await csv(db, 'differences')).toBe(
      `date,merchant,terminal,batch,trace,kind,what,entries,host_fen,terminal_fen,done
20261121,M,10000001,000001,000009,消费,主机有终端无,1,8880,0,已退回持卡人
total,,,,,,,1,8880,0,
`,
    )
    const lines = (await csv(db, 'reconciliation')).trimEnd().split('\n')
    expect(lines).toHaveLength(ENTRIES.length + 2)
    expect(lines[2]).toBe(
      '20261121,20261121,093000,112100000002,消费,00,M,0010,10000001,000001,000002,01,,622260******7890,bank,5000,500,0,4500,门店,0010,5000,-500,0,27,4973,,wire',
    )
    expect(lines[5]).toContain(',-10000,门店,0008,-10000,0,0,-60,-9940,00000001,wire')
    expect(lines[6]).toBe(
      '20261121,20261121,093000,112100000006,消费,51,M,0008,10000001,000001,000006,01,,622260******7890,bank,1000,0,0,0,,,0,0,0,0,0,,wire',
    )
  })
  it('prepaid 预付卡: who topped up, who approved, when, and where it was spent', async () => {
    const made = await fresh(kind)
    const moved = (sequence: number, effect: number, effect2 = 0) => ({ sequence, effect, effect2 })
    await made.book(ENTRIES.slice(6, 9).map((entry) => ({ ...entry, effect: -entry.settleFen })))
    await made.book([
      {
        ...blank,
        ...moved(11, 88_80),
        ...MEMBER,
        kind: 'reversal',
        refersTo: 9,
        amountFen: 88_80,
        settleFen: -88_80,
      },
      {
        ...blank,
        ...moved(12, -500_00),
        ...MEMBER,
        kind: 'topUpVoid',
        refersTo: 8,
        amountFen: 500_00,
        settleFen: 500_00,
      },
      {
        ...blank,
        ...moved(13, -30_00, 30_00),
        kind: 'accountTopUp',
        account: 'bank',
        account2: 'gold',
        amountFen: 30_00,
        settleFen: 0,
      },
    ])
    await made.meddle(`INSERT INTO account VALUES ('member', 0, 20000, 0, 0, 0, '', 1, '${DAY}', NULL)`)
    const cards = [{ name: 'gold', pan: '9901100000000000025' }]
    const { text } = await report(made.db, { kind: 'prepaid', csv: true, cards })
    expect(
      text,
    ).toBe(`card,operator,approver,topped_up_at,activated_at,topped_up_fen,date,reference,amount_fen,place,kind
990110******0017,01 王芳,,2026-11-21 10:00:00,2026-11-21 10:00:00,20000,20261121,112100000007,0,M 终端10000001,售卡激活
990110******0017,01 王芳,02 李强,2026-11-21 10:15:00,2026-11-21 10:00:00,50000,20261121,112100000008,0,M 终端10000001,现金充值
990110******0017,,,,2026-11-21 10:00:00,0,20261121,112100000009,8880,0008 店0008 终端10000001,消费
990110******0017,,,,2026-11-21 10:00:00,0,20261121,112100000011,-8880,0008 店0008 终端10000001,冲正
990110******0017,01 王芳,,2026-11-21 09:30:00,2026-11-21 10:00:00,-50000,20261121,112100000012,0,0008 店0008 终端10000001,充值撤销
990110*********0025,01 王芳,,2026-11-21 09:30:00,,3000,20261121,112100000013,0,0008 店0008 终端10000001,账户充值
total,,,,,23000,,,0,,
`)
  })
})

describe('clearingReport, other forms', () => {
  it('--json: the same rows by name, amounts in fen', async () => {
    const { db } = await books('sqlite')
    const { text } = await report(db, { kind: 'stores', json: true })
    const document = JSON.parse(text)
    expect(document).toMatchObject({ kind: 'stores', from: DAY, to: DAY, notCleared: [] })
    expect(document.rows[1]).toMatchObject({
      store: '0010',
      name: '店0010',
      gross_fen: 5000,
      fee_fen: 27,
      net_fen: 4973,
    })
    expect(document.total).toEqual({
      ...{
        plus_count: 4,
        plus_fen: 26880,
        minus_count: 1,
        minus_fen: -10000,
        discount_fen: 0,
        cash_back_fen: 0,
      },
      ...{ gross_fen: 16880, fee_fen: 80, net_fen: 16800 },
    })
    const none = JSON.parse((await report(db, { kind: 'differences', json: true })).text)
    expect(none.rows).toEqual([])
  })
  it('table: Chinese heads, every line equally wide, yuan', async () => {
    const { db } = await books('sqlite')
    const { text } = await report(db, { kind: 'merchant' })
    const [title, ...lines] = text.trimEnd().split('\n')
    expect(title).toBe('商户结算 merchant settlement, 2026-11-21')
    const width = (line: string) => [...line].reduce((sum, c) => sum + (/[\u4e00-\u9fff]/.test(c) ? 2 : 1), 0)
    expect(new Set(lines.map(width)).size).toBe(1)
    expect(lines[1]).toContain('应付金额')
    expect(lines.at(-2)).toContain('-450.20')
  })
  it.each(['merchant', 'stores', 'payout', 'reconciliation', 'prepaid', 'suspense', 'differences', 'sales'])(
    '--xlsx of %s: opens with a reader of another hand, and has the rows of --csv',
    async (kind) => {
      const { db } = await books('sqlite')
      const file = join(folder, `${kind}.xlsx`)
      await report(db, { kind, xlsx: file })
      const [sheet] = await readXlsxFile(readFileSync(file))
      const rows = (await csv(db, kind)).trimEnd().split('\n')
      expect(sheet?.data).toHaveLength(rows.length)
      expect(sheet?.data[0]?.every((head) => /[\u4e00-\u9fff]/.test(String(head)))).toBe(true)
      if (kind === 'stores')
        expect(sheet?.data[2]).toEqual(['M', '0010', '店0010', 1, 50, 0, 0, 0, 0, 50, 0.27, 49.73])
      expect(existsSync(`${file}.part`)).toBe(false)
    },
  )
  it('--week and --month: the sum of the days that are cleared, and which are not', async () => {
    const { db, book, open } = await books('sqlite')
    const next = { ...blank, businessDate: '20261122', date: '20261122' }
    await book([{ ...next, sequence: 20, amountFen: 1_00, settleFen: 1_00 }])
    const week = { kind: 'stores', csv: true, week: '2026-11-18' }
    const first = await report(db, week)
    expect(first.warned).toEqual(['2026-11-22 is not cleared yet and not in this report'])
    expect(first.text).toContain('M,0008,店0008,3,21880')
    await clear(await open(), '20261122', { acquirer, now: { date: '20261201', time: '000000' } })
    const second = await report(db, week)
    expect(second.warned).toEqual([])
    expect(second.text).toContain('M,0008,店0008,4,21980')
    const month = { kind: 'stores', csv: true, month: '2026-11' }
    expect((await report(db, month)).text).toBe(second.text)
    expect((await report(db, { ...month, kind: 'payout' })).text).toContain('\n20261123,20261122,')
  })
  it('a day that is not cleared: lines refused in one sentence, entries shown as they would be', async () => {
    const { db } = await books('sqlite', false)
    for (const kind of ['merchant', 'stores', 'payout'])
      await expect(report(db, { kind })).rejects.toThrow(
        '2026-11-21: not cleared yet; shuaka host clear --date 2026-11-21 does it',
      )
    expect((await csv(db, 'suspense')).split('\n')[1]).toContain('9999')
  })
  it.each<[Partial<ReportCommand>, string]>([
    [{ kind: 'profits' }, 'report profits: one of sales, merchant, stores, payout'],
    [{ date: '2026-02-30' }, '2026-02-30: a date like 2026-11-21 is wanted'],
    [{ date: '2026-11-21', week: '2026-11-21' }, 'one of --date, --week and --month'],
    [{ csv: true, json: true }, 'one of --csv, --json and --xlsx FILE'],
    [{ db: 'none.db' }, 'none.db: there is no such file'],
    [{ xlsx: 'none/file.xlsx' }, 'none/file.xlsx: cannot be written (there is no such file)'],
  ])('%j → one sentence', async (options, sentence) => {
    const { db } = await books('sqlite')
    await expect(report(db, options)).rejects.toThrow(sentence)
  })
  it('a month that is none → one sentence', async () => {
    const { db } = await books('sqlite')
    const month = { month: '2026-13' }
    await expect(report(db, month)).rejects.toThrow('2026-13: a month like 2026-11 is wanted')
  })
})
