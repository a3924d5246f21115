import { describe, expect, it } from 'vitest'
import type { TransactionName } from '../../../host-link/wire/transaction.ts'
import { asked, counted, holds, moneyRig, request, reversalOf, signedOn } from './money-rig.ts'
import { codeOf, frameOf, same } from './rig.ts'
import { freshStores, STORE_KINDS } from './stores.ts'

const fresh = freshStores()
const OPENING = 1_000_000

describe.each(STORE_KINDS)('pre-authorisation 预授权 on the %s store', (kind) => {
  async function held(amount = 10_000, card = 'bank') {
    const rig = moneyRig({ store: fresh(kind) })
    const terminal = await signedOn(rig)
    const preauth = await asked(terminal, 'preauth', { card, amount })
    expect(preauth.code).toBe('00')
    const of = preauth.fields
    const follow = (name: TransactionName, more: number, ask: object = {}) =>
      asked(terminal, name, { numbered: card, amount: more, of, ...ask })
    const balance = async () => (await holds(rig, card))[0]
    return { rig, terminal, preauth, of, follow, balance }
  }

  it('holds the amount: it is not there to be spent, and the merchant is owed nothing', async () => {
    const { rig, terminal, balance } = await held(999_000)
    expect(await balance()).toBe(1_000)
    expect(await counted(rig)).toEqual([0, 0, 0, 0])
    expect((await asked(terminal, 'sale', { card: 'bank', amount: 1_001 })).code).toBe('51')
    expect((await asked(terminal, 'preauth', { card: 'bank', amount: 1_001 })).code).toBe('51')
  })
  it('void 预授权撤销: free again; twice → 12; another amount → 64; then no completion → 12', async () => {
    const { follow, balance } = await held()
    expect((await follow('preauthVoid', 9_999)).code).toBe('64')
    expect((await follow('preauthVoid', 10_000)).code).toBe('00')
    expect(await balance()).toBe(OPENING)
    expect((await follow('preauthVoid', 10_000)).code).toBe('12')
    expect((await follow('completion', 10_000)).code).toBe('12')
    expect(await balance()).toBe(OPENING)
  })
  it.each([
    ['less', 8_000],
    ['the same', 10_000],
    ['115 %', 11_500],
  ])('completion 预授权完成 of %s → the hold is freed and that is taken, once', async (_what, amount) => {
    const { rig, follow, balance } = await held()
    expect((await follow('completion', amount)).code).toBe('00')
    expect(await balance()).toBe(OPENING - amount)
    expect(await counted(rig)).toEqual([amount, 1, 0, 0])
    expect((await follow('completion', amount)).code).toBe('12')
    expect((await follow('completionAdvice', amount)).code).toBe('12')
    expect((await follow('preauthVoid', 10_000)).code).toBe('12')
    expect(await balance()).toBe(OPENING - amount)
  })
  it('completion of one fen more than 115 % → 61; of 0 → 13; the hold stays', async () => {
    const { follow, balance } = await held()
    expect((await follow('completion', 11_501)).code).toBe('61')
    expect((await follow('completionAdvice', 11_501)).code).toBe('61')
    expect((await follow('completion', 0)).code).toBe('13')
    expect(await balance()).toBe(OPENING - 10_000)
  })
  it('completion above the hold that the card has not → 51', async () => {
    const { follow, balance } = await held(999_000)
    expect((await follow('completion', 1_000_001)).code).toBe('51')
    expect((await follow('completion', 1_000_000)).code).toBe('00')
    expect(await balance()).toBe(0)
  })
  it('advice 完成通知: sent again → the stored answer, one debit; at another terminal of the merchant → 00', async () => {
    const { rig, of, balance } = await held()
    const other = await signedOn(rig, '10000002')
    const message = request(other, 'completionAdvice', { numbered: 'bank', amount: 7_000, of })
    const first = await frameOf(other, message)
    rig.clock.time = '225959'
    expect(same(first, await frameOf(other, message))).toBe(true)
    expect(await balance()).toBe(OPENING - 7_000)
    expect(await codeOf(other, reversalOf(other, message))).toBe('40') // it owes no reversal
  })
  it('void of a completion 完成撤销: exactly undone, the hold is back, and may be completed again', async () => {
    const { rig, follow, terminal, balance } = await held()
    const done = await follow('completion', 11_000)
    const voided = await asked(terminal, 'completionVoid', {
      numbered: 'bank',
      amount: 11_000,
      of: done.fields,
    })
    expect(voided.code).toBe('00')
    expect(await balance()).toBe(OPENING - 10_000)
    expect(await counted(rig)).toEqual([11_000, 1, 11_000, 1])
    expect((await follow('completionAdvice', 9_000)).code).toBe('00')
    expect(await balance()).toBe(OPENING - 9_000)
  })
  it('each reversed 冲正 → exactly as before; a reversed hold is not completed any more → 25', async () => {
    const { terminal, preauth, follow, balance } = await held()
    const reversed = async (message: typeof preauth.message) =>
      codeOf(terminal, reversalOf(terminal, message))
    const done = await follow('completion', 11_500)
    expect(await reversed(preauth.message)).toBe('00') // its hold was freed by the completion: nothing is left of it
    expect(await balance()).toBe(OPENING - 11_500)
    expect(await reversed(done.message)).toBe('00')
    expect(await balance()).toBe(OPENING - 10_000)
    const voided = await follow('preauthVoid', 10_000)
    expect(await reversed(voided.message)).toBe('00')
    expect(await balance()).toBe(OPENING - 10_000)
  })
  it('a reversed pre-authorisation: the hold is free, no completion → 25', async () => {
    const { terminal, preauth, follow, balance } = await held()
    expect(await codeOf(terminal, reversalOf(terminal, preauth.message))).toBe('00')
    expect(await balance()).toBe(OPENING)
    expect((await follow('completion', 10_000)).code).toBe('25')
    expect((await follow('preauthVoid', 10_000)).code).toBe('25')
    expect(await balance()).toBe(OPENING)
  })
  it('another card, date, authorisation or merchant → 25', async () => {
    const { rig, of, follow, balance } = await held()
    expect((await follow('completion', 10_000, { numbered: 'signs' })).code).toBe('25')
    expect((await follow('completion', 10_000, { of: { ...of, 13: '1120' } })).code).toBe('25')
    expect((await follow('completion', 10_000, { of: { ...of, 38: '000099' } })).code).toBe('25')
    const shop = await signedOn(rig, '10000003')
    expect((await asked(shop, 'completion', { numbered: 'bank', amount: 10_000, of })).code).toBe('25')
    expect(await balance()).toBe(OPENING - 10_000)
  })
})
