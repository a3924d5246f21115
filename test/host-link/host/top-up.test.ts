import { describe, expect, test } from 'vitest'
import { parseLimit62 } from '../../../host-link/wire/by-use.ts'
import type { Fields, Message } from '../../../host-link/wire/message.ts'
import { settlement48 } from '../../../host-link/wire/settlement.ts'
import { asFen } from '../../../host-link/wire/values.ts'
import { same } from './rig.ts'
import {
  accountOf,
  balance,
  code,
  confirmation,
  LIMIT,
  naming,
  request,
  reversalOf,
  SERVICE_PIN,
  serviceRig,
  signedOn,
  told,
  toppedUp,
  verification,
  voidOf,
} from './service-rig.ts'
import { freshStores, STORE_KINDS } from './stores.ts'

const fresh = freshStores()
const room = ({ fields }: Message) =>
  parseLimit62(fields[62] instanceof Uint8Array ? fields[62] : new Uint8Array())

describe.each(STORE_KINDS)('%s books', (kind) => {
  const setUp = async () => {
    const rig = serviceRig(fresh(kind))
    return { rig, terminal: await signedOn(rig) }
  }

  test('verification 充值账户验证: tells what may still be topped up, and moves nothing', async () => {
    const { rig, terminal } = await setUp()
    const answer = await terminal.ask(verification(terminal, 'anna'))
    expect(answer.fields[39]).toBe('00')
    expect(room(answer)).toBe(LIMIT - 20_000)
    expect(await balance(rig, 'anna')).toBe(20_000)
  })

  test('verification: bank card 57, inactive card 21, lost card 41, other use of 48 → 12, no identity → 30', async () => {
    const { terminal } = await setUp()
    expect(await code(terminal, verification(terminal, 'bank'))).toBe('57')
    expect(await code(terminal, verification(terminal, 'unsold'))).toBe('21')
    expect(await code(terminal, verification(terminal, 'gone'))).toBe('41')
    expect(await code(terminal, verification(terminal, 'anna', { more: { 48: '00' } }))).toBe('12')
    expect(await code(terminal, verification(terminal, 'anna', { more: { 62: new Uint8Array(3) } }))).toBe(
      '30',
    )
    expect(await code(terminal, verification(terminal, 'anna', { pin: '111111' }))).toBe('55')
  })

  test('top-up 充值: the balance rises once, field 54 tells it, both persons are in the ledger', async () => {
    const { rig, terminal } = await setUp()
    const { topUp, answer } = await toppedUp(terminal, 'anna', 30_000, {
      tags: { operator: '05', approver: '07' },
    })
    expect(answer.fields[39]).toBe('00')
    expect(told(answer)).toBe(50_000)
    expect(await balance(rig, 'anna')).toBe(50_000)
    const entry = await rig.books((books) =>
      books.entry({ terminalId: '10000001', batch: 1, trace: Number(topUp.fields[11]), kind: 'topUp' }),
    )
    expect(entry).toMatchObject({
      operator: '05',
      approver: '07',
      account: 'anna',
      amountFen: 30_000,
      effectFen: 30_000,
      settleFen: -30_000,
      code: '00',
    })
    expect(await rig.books((books) => books.totals('10000001', 1))).toEqual({
      debitFen: 0,
      debitCount: 0,
      creditFen: 30_000,
      creditCount: 1,
    })
  })

  test('T07 top-up duplicated: one posting, the stored answer byte for byte; other content → 94', async () => {
    const { rig, terminal } = await setUp()
    const { topUp } = await toppedUp(terminal, 'anna', 30_000)
    const [first] = await terminal.exchange(topUp)
    const [again] = await terminal.exchange(topUp)
    expect(first && again && same(first, again)).toBe(true)
    expect(await balance(rig, 'anna')).toBe(50_000)
    const other = terminal.signed({ mti: '0200', fields: { ...topUp.fields, 4: '000000030001' } })
    expect(await code(terminal, other)).toBe('94')
    expect(await balance(rig, 'anna')).toBe(50_000)
  })

  test('T01 top-up, answer lost: the reversal takes it back; T06 the request late after it → 68, net 0', async () => {
    const { rig, terminal } = await setUp()
    const { topUp } = await toppedUp(terminal, 'anna', 30_000)
    expect(await code(terminal, reversalOf(terminal, topUp))).toBe('00')
    expect(await code(terminal, reversalOf(terminal, topUp))).toBe('00')
    expect(await balance(rig, 'anna')).toBe(20_000)
    expect(await rig.books((books) => books.totals('10000001', 1))).toMatchObject({
      creditFen: 0,
      creditCount: 0,
    })

    const verify = verification(terminal, 'anna')
    await terminal.ask(verify)
    const late = request(terminal, 'topUp', { card: 'anna', amount: 10, more: naming(verify) })
    expect(await code(terminal, reversalOf(terminal, late))).toBe('00')
    expect(await code(terminal, late)).toBe('68')
    expect(await balance(rig, 'anna')).toBe(20_000)
  })

  test('top-up reversed after the money was spent: the balance goes below 0 and buys nothing', async () => {
    const { rig, terminal } = await setUp()
    const { topUp } = await toppedUp(terminal, 'bao', 30_000)
    const move = request(terminal, 'sale', {
      card: 'bao',
      pin: SERVICE_PIN,
      amount: 34_000,
      tags: { storeNumber: '0012' },
    })
    expect(await code(terminal, move)).toBe('00')
    expect(await code(terminal, reversalOf(terminal, topUp))).toBe('00')
    expect(await balance(rig, 'bao')).toBe(-29_000)
    const more = request(terminal, 'sale', {
      card: 'bao',
      pin: SERVICE_PIN,
      amount: 1,
      tags: { storeNumber: '0012' },
    })
    expect(await code(terminal, more)).toBe('51')
  })

  // biome-ignore format: one row a refusal
  test.each<[string, string, number, Fields]>([
    ['nothing',                       'anna', 0,              {}],
    ['more than the card may hold',   'anna', LIMIT - 19_999, {}],
  ])('top-up of %s is declined and moves nothing', async (what, name, amount, more) => {
    const { rig, terminal } = await setUp()
    const { answer } = await toppedUp(terminal, name, amount, { more })
    expect(answer.fields[39], what).toBe(amount === 0 ? '13' : '61')
    expect(await balance(rig, 'anna')).toBe(20_000)
  })

  test('top-up up to the limit, to the fen', async () => {
    const { rig, terminal } = await setUp()
    expect((await toppedUp(terminal, 'anna', LIMIT - 20_000)).answer.fields[39]).toBe('00')
    expect(await balance(rig, 'anna')).toBe(LIMIT)
    expect(room(await terminal.ask(verification(terminal, 'anna')))).toBe(0)
  })

  test('top-up without its verification, with one of another card, or with a declined one → 25', async () => {
    const { rig, terminal } = await setUp()
    const top = (more: Fields) => request(terminal, 'topUp', { card: 'anna', amount: 100, more })
    expect(await code(terminal, top({}))).toBe('25')
    expect(await code(terminal, top({ 61: '000001000099' }))).toBe('25')
    const other = verification(terminal, 'bao')
    await terminal.ask(other)
    expect(await code(terminal, top(naming(other)))).toBe('25')
    const declined = verification(terminal, 'anna', { more: { 48: '00' } })
    await terminal.ask(declined)
    expect(await code(terminal, top(naming(declined)))).toBe('25')
    expect(await code(terminal, request(terminal, 'topUp', { card: 'bank', amount: 100 }))).toBe('57')
    expect(await balance(rig, 'anna')).toBe(20_000)
  })

  test('confirmation 充值确认: a row of its own with its original; repeats get the stored answer', async () => {
    const { rig, terminal } = await setUp()
    const { topUp } = await toppedUp(terminal, 'anna', 30_000)
    const confirm = confirmation(terminal, topUp)
    const [first] = await terminal.exchange(confirm)
    const [again] = await terminal.exchange(confirm)
    expect(first && terminal.opened(first).message.fields[39]).toBe('00')
    expect(first && again && same(first, again)).toBe(true)
    expect(await balance(rig, 'anna')).toBe(50_000)
    const key = { terminalId: '10000001', batch: 1, trace: Number(topUp.fields[11]) }
    const [row, original] = await rig.books((books) => [
      books.entry({ ...key, kind: 'topUpConfirm' }),
      books.entry({ ...key, kind: 'topUp' }),
    ])
    expect(row).toMatchObject({ code: '00', original: original?.sequence, effectFen: 0, settleFen: 0 })
  })

  test('confirmation of a top-up that is unknown, declined, reversed or of another card → 25, of another amount → 64; booked', async () => {
    const { rig, terminal } = await setUp()
    const verify = verification(terminal, 'anna')
    await terminal.ask(verify)
    const never = request(terminal, 'topUp', { card: 'anna', amount: 100, more: naming(verify) })
    expect(await code(terminal, confirmation(terminal, never))).toBe('25')
    expect(await code(terminal, confirmation(terminal, never))).toBe('25')
    const key = {
      terminalId: '10000001',
      batch: 1,
      trace: Number(never.fields[11]),
      kind: 'topUpConfirm',
    } as const
    expect(await rig.books((books) => books.entry(key))).toMatchObject({ code: '25', effectFen: 0 })
    expect(await code(terminal, never)).toBe('68') // late: the terminal was told that it is not known
    expect(await balance(rig, 'anna')).toBe(20_000)

    const reversed = await toppedUp(terminal, 'anna', 100)
    await terminal.ask(reversalOf(terminal, reversed.topUp))
    expect(await code(terminal, confirmation(terminal, reversed.topUp))).toBe('25')
    const declined = await toppedUp(terminal, 'anna', LIMIT)
    expect(await code(terminal, confirmation(terminal, declined.topUp))).toBe('25')
    const other = await toppedUp(terminal, 'anna', 100)
    expect(await code(terminal, confirmation(terminal, other.topUp, { 2: '9901100000000000025' }))).toBe('25')
    const amount = await toppedUp(terminal, 'anna', 100)
    expect(await code(terminal, confirmation(terminal, amount.topUp, { 4: '000000000101' }))).toBe('64')
  })

  test('void of a top-up 充值撤销: the money goes back once; a second void, a void of the void → declined', async () => {
    const { rig, terminal } = await setUp()
    const { topUp, answer } = await toppedUp(terminal, 'anna', 30_000)
    const first = voidOf(terminal, 'topUpVoid', topUp, answer)
    const voided = await terminal.ask(first)
    expect(voided.fields[39]).toBe('00')
    expect(await code(terminal, first)).toBe('00')
    expect(await balance(rig, 'anna')).toBe(20_000)
    expect(await code(terminal, voidOf(terminal, 'topUpVoid', topUp, answer))).not.toBe('00')
    const ofVoid = voidOf(
      terminal,
      'topUpVoid',
      { ...topUp, fields: { ...topUp.fields, 11: first.fields[11] ?? '' } },
      voided,
    )
    expect(await code(terminal, ofVoid)).not.toBe('00')
    expect(await balance(rig, 'anna')).toBe(20_000)
    expect(await rig.books((books) => books.totals('10000001', 1))).toEqual({
      debitFen: 30_000,
      debitCount: 1,
      creditFen: 30_000,
      creditCount: 1,
    })
  })

  test('void of a top-up reversed: the top-up stands again, and can be voided again', async () => {
    const { rig, terminal } = await setUp()
    const { topUp, answer } = await toppedUp(terminal, 'anna', 30_000)
    const first = voidOf(terminal, 'topUpVoid', topUp, answer)
    expect(await code(terminal, first)).toBe('00')
    expect(await code(terminal, reversalOf(terminal, first))).toBe('00')
    expect(await balance(rig, 'anna')).toBe(50_000)
    expect(await code(terminal, voidOf(terminal, 'topUpVoid', topUp, answer))).toBe('00')
    expect(await balance(rig, 'anna')).toBe(20_000)
  })

  test('void of a top-up: the money spent → 51, another amount → 64, another terminal, a sale, a reversed one → declined', async () => {
    const { rig, terminal } = await setUp()
    const { topUp, answer } = await toppedUp(terminal, 'bao', 30_000)
    expect(await code(terminal, voidOf(terminal, 'topUpVoid', topUp, answer, { amount: 29_999 }))).toBe('64')
    const second = await signedOn(rig, '10000002')
    expect(await code(second, voidOf(second, 'topUpVoid', topUp, answer))).toBe('25')
    const sale = request(terminal, 'sale', {
      card: 'bao',
      pin: SERVICE_PIN,
      amount: 5_001,
      tags: { storeNumber: '0012' },
    })
    const sold = await terminal.ask(sale)
    expect(sold.fields[39]).toBe('00')
    expect(await code(terminal, voidOf(terminal, 'topUpVoid', topUp, answer))).toBe('51')
    expect(await code(terminal, voidOf(terminal, 'topUpVoid', sale, sold))).not.toBe('00')
    expect(await code(terminal, reversalOf(terminal, topUp))).toBe('00')
    expect(await code(terminal, voidOf(terminal, 'topUpVoid', topUp, answer))).not.toBe('00')
    expect((await accountOf(rig, 'bao')).balanceFen).toBe(5_000 - 5_001)
  })

  test('a top-up that never came, its confirmation declined: a reversal of it is taken all the same', async () => {
    const { rig, terminal } = await setUp()
    const verify = verification(terminal, 'anna')
    await terminal.ask(verify)
    const never = request(terminal, 'topUp', { card: 'anna', amount: 100, more: naming(verify) })
    expect(await code(terminal, confirmation(terminal, never))).toBe('25')
    expect(await code(terminal, reversalOf(terminal, never))).toBe('00')
    expect(await balance(rig, 'anna')).toBe(20_000)
  })

  test('void of a top-up after its batch is settled: in that batch 77, in the next one 12', async () => {
    const { rig, terminal } = await setUp()
    const { topUp, answer } = await toppedUp(terminal, 'anna', 30_000)
    const totals = { debit: asFen(0), debitCount: 0, credit: asFen(30_000), creditCount: 1, answer: 0 }
    const none = { ...totals, credit: asFen(0), creditCount: 0 }
    const settled = request(terminal, 'settlement', {
      more: { 48: settlement48(totals, none, 6), 63: '01 ' },
    })
    expect(await code(terminal, settled)).toBe('00')
    expect(await code(terminal, voidOf(terminal, 'topUpVoid', topUp, answer))).toBe('77')
    terminal.batch = 2
    expect(await code(terminal, voidOf(terminal, 'topUpVoid', topUp, answer))).toBe('12')
    expect(await balance(rig, 'anna')).toBe(50_000)
  })

  test('a sale void 消费撤销 does not undo a top-up', async () => {
    const { rig, terminal } = await setUp()
    const { topUp, answer } = await toppedUp(terminal, 'anna', 30_000)
    expect(await code(terminal, voidOf(terminal, 'voidSale', topUp, answer))).not.toBe('00')
    expect(await balance(rig, 'anna')).toBe(50_000)
  })
})
