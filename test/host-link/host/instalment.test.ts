import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { partsOf } from '../../../host-link/host/instalment.ts'
import { parsePlan62 } from '../../../host-link/wire/instalment.ts'
import { asked, counted, holds, moneyRig, plan, request, reversalOf, settled, signedOn } from './money-rig.ts'
import { codeOf, frameOf, same } from './rig.ts'
import { freshStores, STORE_KINDS } from './stores.ts'

const fresh = freshStores()

/** Rows I01 to I06 at the host. */
describe.each(STORE_KINDS)('instalments 分期 on the %s store', (kind) => {
  async function ready() {
    const rig = moneyRig({ store: fresh(kind) })
    const terminal = await signedOn(rig)
    const parts = (of: { readonly [element: number]: unknown }) =>
      rig.books((books) => books.plan(Number(String(of[37]).slice(4))))
    return { rig, terminal, parts }
  }

  it('I06: quote 试算 and sale say the same, and the parts add up to the fen', async () => {
    const { rig, terminal, parts } = await ready()
    const ask = { card: 'bank', amount: 100_003, more: plan(7) }
    const quote = await asked(terminal, 'instalmentQuote', { ...ask, pin: undefined })
    const sale = await asked(terminal, 'instalment', ask)
    expect([quote.code, sale.code, sale.fields[62]]).toEqual(['00', '00', quote.fields[62]])
    const said = parsePlan62(sale.fields[62] as Uint8Array)
    expect(said).toEqual({ first: 14_287 + 0, fee: 3_333, points: 0, feeMode: '0', firstFee: 0, eachFee: 0 })
    const kept = await parts(sale.fields)
    expect(kept.map(({ number, due }) => `${number} ${due}`)).toEqual([
      ...['1 20261121', '2 20261221', '3 20270121', '4 20270221', '5 20270321', '6 20270421', '7 20270521'],
    ])
    expect(kept.reduce((sum, { amountFen }) => sum + amountFen, 0)).toBe(100_003)
    expect(kept.reduce((sum, { feeFen }) => sum + feeFen, 0)).toBe(3_333)
    expect(kept[0]?.amountFen).toBe(said.first)
    expect([await counted(rig), await holds(rig)]).toEqual([
      [100_003, 1, 0, 0],
      [1_000_000 - 100_003, 0],
    ])
  })
  it('fees with each part: first and each add up to the fee', async () => {
    const { terminal, parts } = await ready()
    const sale = await asked(terminal, 'instalment', { card: 'bank', amount: 100_003, more: plan(7, '1') })
    const said = parsePlan62(sale.fields[62] as Uint8Array)
    expect(said).toMatchObject({ fee: 0, feeMode: '1', firstFee: 477, eachFee: 476 })
    expect((await parts(sale.fields)).reduce((sum, { feeFen }) => sum + feeFen, 0)).toBe(3_333)
  })
  it('I03: duplicated → stored answer, one plan, one debit', async () => {
    const { rig, terminal, parts } = await ready()
    const message = request(terminal, 'instalment', { card: 'bank', amount: 30_000, more: plan(3) })
    const first = await frameOf(terminal, message)
    expect(same(first, await frameOf(terminal, message))).toBe(true)
    const { fields } = terminal.opened(first).message
    expect([(await parts(fields)).length, (await holds(rig))[0]]).toEqual([3, 970_000])
  })
  it('I01, I02, I05: reversed, also after the first part was due → plan and fees gone, balance as before', async () => {
    const { rig, terminal, parts } = await ready()
    const sale = await asked(terminal, 'instalment', { card: 'bank', amount: 30_000, more: plan(3) })
    rig.clock.date = '20261222'
    expect(await codeOf(terminal, reversalOf(terminal, sale.message))).toBe('00')
    expect([await parts(sale.fields), (await holds(rig))[0]]).toEqual([[], 1_000_000])
    expect(await counted(rig)).toEqual([0, 0, 0, 0])
  })
  it('I04: void after the first part was due → the whole plan is undone, in the same batch', async () => {
    const { rig, terminal, parts } = await ready()
    const sale = await asked(terminal, 'instalment', { card: 'bank', amount: 30_000, more: plan(3) })
    rig.clock.date = '20261222'
    const ask = { numbered: 'bank', amount: 30_000, of: sale.fields }
    expect((await asked(terminal, 'instalmentVoid', ask)).code).toBe('00')
    expect([await parts(sale.fields), (await holds(rig))[0]]).toEqual([[], 1_000_000])
    expect((await asked(terminal, 'voidSale', ask)).code).toBe('25')
    expect((await settled(terminal, [30_000, 1, 30_000, 1])).answer).toBe(1)
  })
  it('no plan in 62 → 30; nobody offers it → 12; not for this card → 57; too small → 13; not enough → 51', async () => {
    const { terminal } = await ready()
    const code = async (ask: object) => {
      const whole = { card: 'bank', amount: 30_000, more: plan(3), ...ask }
      const [quote, sale] = [
        await asked(terminal, 'instalmentQuote', { ...whole, pin: undefined }),
        await asked(terminal, 'instalment', whole),
      ]
      return [quote.code, sale.code]
    }
    expect(await code({ more: {} })).toEqual(['30', '30'])
    expect(await code({ more: plan(4) })).toEqual(['12', '12'])
    expect(await code({ more: plan(3, '1', 'HOME01') })).toEqual(['12', '12'])
    expect(await code({ more: plan(3, '0', 'NONE') })).toEqual(['12', '12'])
    expect(await code({ card: 'member' })).toEqual(['57', '57'])
    expect(await code({ amount: 9_999 })).toEqual(['13', '13'])
    expect(await code({ amount: 1_000_001 })).toEqual(['00', '51'])
  })
})

describe('partsOf', () => {
  it('any amount, terms and rate → parts and fees add up, none is negative, all but the first are equal', () => {
    const terms = fc.integer({ min: 2, max: 99 })
    const amounts = fc.integer({ min: 99, max: 999_999_999_999 })
    const rates = fc.integer({ min: 0, max: 1_000_000 })
    fc.assert(
      fc.property(amounts, terms, rates, fc.constantFrom('0', '1'), (amount, count, rate, feeMode) => {
        const parts = partsOf('20260131', amount, { terms: count, feeMode }, rate)
        const sum = (of: (part: (typeof parts)[number]) => number) =>
          parts.reduce((all, part) => all + of(part), 0)
        const fee = (BigInt(amount) * BigInt(rate) * 2n + 1_000_000n) / 2_000_000n // half up, to the fen
        expect([parts.length, sum((part) => part.amountFen)]).toEqual([count, amount])
        expect(BigInt(sum((part) => part.feeFen))).toBe(fee)
        expect(parts.every((part) => part.amountFen >= 0 && part.feeFen >= 0)).toBe(true)
        expect(new Set(parts.slice(1).map((part) => `${part.amountFen} ${part.feeFen}`)).size).toBe(1)
        expect(parts[1]?.due).toBe('20260228')
      }),
    )
  })
})
