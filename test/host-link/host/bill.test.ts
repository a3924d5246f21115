import { describe, expect, test } from 'vitest'
import type { Message } from '../../../host-link/wire/message.ts'
import { parseTags57 } from '../../../host-link/wire/tags.ts'
import { balance, code, request, reversalOf, SERVICE_PIN, serviceRig, signedOn } from './service-rig.ts'
import { freshStores, STORE_KINDS } from './stores.ts'

const fresh = freshStores()
const WATER = { biller: '02', customer: '10086', bill: 'W202611' }

describe.each(STORE_KINDS)('bills 缴费, %s books', (kind) => {
  const setUp = async () => {
    const rig = serviceRig(fresh(kind))
    const terminal = await signedOn(rig)
    const query = (biller = '02', customer = '10086') =>
      request(terminal, 'billQuery', { tags: { biller, customer } })
    const pay = (amount: number, tags = WATER, card = 'anna', pin = SERVICE_PIN) =>
      request(terminal, 'billPayment', { card, pin, amount, tags })
    const cash = (amount: number, tags = WATER) => request(terminal, 'billCash', { amount, tags })
    return { rig, terminal, query, pay, cash }
  }
  const due = ({ fields }: Message) => {
    const { bill, billText } = parseTags57(String(fields[57]))
    return [fields[39], Number(fields[4]), bill, billText]
  }

  test('query 查询: amount, bill and text of the first one due; one that is paid gives way to the next; none → 25', async () => {
    const { terminal, query, pay, cash } = await setUp()
    expect(due(await terminal.ask(query()))).toEqual(['00', 8_050, 'W202611', 'WATER 11'])
    expect(await code(terminal, pay(8_050))).toBe('00')
    expect(due(await terminal.ask(query()))).toEqual(['00', 7_000, 'W202612', 'WATER 12'])
    expect(await code(terminal, cash(7_000, { ...WATER, bill: 'W202612' }))).toBe('00')
    expect(await code(terminal, query())).toBe('25')
    expect(await code(terminal, query('03'))).toBe('00')
  })

  test('query of nobody we know, or without a customer → 25; with a card → 12', async () => {
    const { terminal, query } = await setUp()
    expect(await code(terminal, query('02', '10087'))).toBe('25')
    expect(await code(terminal, query('09'))).toBe('25')
    expect(await code(terminal, request(terminal, 'billQuery'))).toBe('25')
    expect(await code(terminal, request(terminal, 'billQuery', { card: 'anna', tags: WATER }))).toBe('12')
  })

  test('payment by card: debited once, in the debit total, with its bill in the ledger; the bill is paid once', async () => {
    const { rig, terminal, pay, cash } = await setUp()
    const first = pay(8_050)
    expect(await code(terminal, first)).toBe('00')
    expect(await code(terminal, first)).toBe('00')
    expect(await balance(rig, 'anna')).toBe(20_000 - 8_050)
    expect(await code(terminal, pay(8_050))).toBe('12')
    expect(await code(terminal, cash(8_050))).toBe('12')
    const second = await signedOn(rig, '10000002')
    expect(await code(second, request(second, 'billCash', { amount: 8_050, tags: WATER }))).toBe('12')
    expect(await balance(rig, 'anna')).toBe(20_000 - 8_050)
    const key = {
      terminalId: '10000001',
      batch: 1,
      trace: Number(first.fields[11]),
      kind: 'billPayment',
    } as const
    expect(await rig.books((books) => books.entry(key))).toMatchObject({
      bill: WATER,
      settleFen: 8_050,
      effectFen: -8_050,
    })
    expect(await rig.books((books) => books.totals('10000001', 1))).toMatchObject({
      debitFen: 8_050,
      debitCount: 1,
    })
  })

  test('payment in cash: no account moves, in the debit total; the bill is paid once', async () => {
    const { rig, terminal, pay, cash } = await setUp()
    const first = cash(8_050)
    expect(await code(terminal, first)).toBe('00')
    expect(await code(terminal, first)).toBe('00')
    expect(await code(terminal, pay(8_050))).toBe('12')
    expect(await balance(rig, 'anna')).toBe(20_000)
    const key = {
      terminalId: '10000001',
      batch: 1,
      trace: Number(first.fields[11]),
      kind: 'billCash',
    } as const
    expect(await rig.books((books) => books.entry(key))).toMatchObject({
      cardKind: 'cash',
      account: undefined,
      bill: WATER,
      settleFen: 8_050,
      effectFen: 0,
    })
    expect(await rig.books((books) => books.totals('10000001', 1))).toMatchObject({
      debitFen: 8_050,
      debitCount: 1,
    })
  })

  test.each(['billPayment', 'billCash'] as const)(
    '%s reversed: all as before, and the bill is payable again',
    async (name) => {
      const { rig, terminal, query, pay, cash } = await setUp()
      const first = name === 'billPayment' ? pay(8_050) : cash(8_050)
      expect(await code(terminal, first)).toBe('00')
      expect(await code(terminal, reversalOf(terminal, first))).toBe('00')
      expect(await balance(rig, 'anna')).toBe(20_000)
      expect(await rig.books((books) => books.totals('10000001', 1))).toMatchObject({
        debitFen: 0,
        debitCount: 0,
      })
      expect(due(await terminal.ask(query()))).toEqual(['00', 8_050, 'W202611', 'WATER 11'])
      expect(await code(terminal, pay(8_050))).toBe('00')
      expect(await code(terminal, reversalOf(terminal, first))).toBe('00') // a repeat: the second payment stands
      expect(await code(terminal, cash(8_050))).toBe('12')
      expect(await balance(rig, 'anna')).toBe(20_000 - 8_050)
    },
  )

  test('another amount 64, no such bill 25, not enough money 51, wrong PIN 55: nothing is paid', async () => {
    const { rig, terminal, query, pay, cash } = await setUp()
    expect(await code(terminal, pay(8_049))).toBe('64')
    expect(await code(terminal, cash(8_051))).toBe('64')
    expect(await code(terminal, pay(8_050, { ...WATER, bill: 'W202610' }))).toBe('25')
    expect(await code(terminal, cash(8_050, { ...WATER, customer: '10087' }))).toBe('25')
    expect(await code(terminal, pay(4_000_000, { ...WATER, biller: '03', bill: 'E202611' }))).toBe('51')
    expect(await code(terminal, pay(8_050, WATER, 'anna', '888889'))).toBe('55')
    expect(
      await code(terminal, request(terminal, 'billCash', { card: 'anna', amount: 8_050, tags: WATER })),
    ).toBe('12')
    expect(due(await terminal.ask(query()))).toEqual(['00', 8_050, 'W202611', 'WATER 11'])
    expect(await balance(rig, 'anna')).toBe(20_000)
  })

  test('a query without field 57 names nobody → 25', async () => {
    const { terminal, query } = await setUp()
    const { 57: _57, ...bare } = query().fields
    expect(await code(terminal, terminal.signed({ mti: '0100', fields: bare }))).toBe('25')
  })
})
