import { describe, expect, it } from 'vitest'
import type { Fields } from '../../../host-link/wire/message.ts'
import type { TransactionName } from '../../../host-link/wire/transaction.ts'
import { asked, counted, holds, moneyRig, plan, request, reversalOf, signedOn } from './money-rig.ts'
import { codeOf, frameOf, same, snapshot } from './rig.ts'
import { freshStores, STORE_KINDS } from './stores.ts'

const fresh = freshStores()

interface Case {
  readonly name: TransactionName
  readonly card: string
  readonly amount: number
  readonly first?: TransactionName
  readonly more?: Fields
}

// biome-ignore format: one row a kind that owes a reversal when its answer is lost
const cases: readonly Case[] = [
  { name: 'sale',           card: 'member', amount: 20_000 },
  { name: 'voidSale',       card: 'member', amount: 20_000, first: 'sale' },
  { name: 'preauth',        card: 'bank',   amount: 20_000 },
  { name: 'preauthVoid',    card: 'bank',   amount: 20_000, first: 'preauth' },
  { name: 'completion',     card: 'bank',   amount: 20_000, first: 'preauth' },
  { name: 'completionVoid', card: 'bank',   amount: 20_000, first: 'completion' },
  { name: 'instalment',     card: 'bank',   amount: 20_000, more: plan(3) },
  { name: 'instalmentVoid', card: 'bank',   amount: 20_000, first: 'instalment' },
  { name: 'pointsSale',     card: 'member', amount: 2_000 },
  { name: 'pointsVoid',     card: 'member', amount: 2_000, first: 'pointsSale' },
]

/** Rows S02, S07, S11, R01 to R03, R13, R15 at the host, for every kind; and the status inquiry of each. */
describe.each(STORE_KINDS)('reversal 冲正 of every kind on the %s store', (kind) => {
  async function ready({ name, card, amount, first, more }: Case) {
    const rig = moneyRig({ store: fresh(kind) })
    const terminal = await signedOn(rig)
    const one = async (what: TransactionName, of?: Fields) =>
      (
        await asked(terminal, what, {
          ...(of ? { numbered: card, of } : { card }),
          amount,
          store: '0013',
          ...(what === 'instalment' && { more: plan(3) }),
        })
      ).fields
    const chain: Fields[] = []
    if (first === 'completion') chain.push(await one('preauth'))
    if (first) chain.push(await one(first, chain[0]))
    const of = chain.at(-1)
    for (const { 39: code } of chain) expect(code).toBe('00')
    const ask = { ...(of ? { numbered: card, of } : { card }), amount, store: '0013', ...(more && { more }) }
    const message = request(terminal, name, ask)
    const state = async () => [await holds(rig, card), await counted(rig), await plansOf(chain)]
    const plansOf = (answers: readonly Fields[]) =>
      rig.books((books) => answers.map((fields) => books.plan(Number(String(fields[37]).slice(4))).length))
    return { rig, terminal, message, state }
  }

  describe.each(cases.map((one) => [one.name, one] as const))('%s', (_name, one) => {
    it('booked, answer lost → reversed once: balance, points, plan, hold and totals as before', async () => {
      const { terminal, message, state } = await ready(one)
      const before = await state()
      expect(await codeOf(terminal, message)).toBe('00')
      expect(await state()).not.toEqual(before)
      const reversal = reversalOf(terminal, message)
      const first = await frameOf(terminal, reversal)
      expect(terminal.opened(first).message.fields[39]).toBe('00')
      expect(await state()).toEqual(before)
      expect(same(first, await frameOf(terminal, reversal))).toBe(true)
      expect(await state()).toEqual(before)
    })
    it('reversal first → tombstone, and the request that comes later is declined 68', async () => {
      const { terminal, message, state } = await ready(one)
      const before = await state()
      expect(await codeOf(terminal, reversalOf(terminal, message))).toBe('00')
      expect(await codeOf(terminal, message)).toBe('68')
      expect(await state()).toEqual(before)
    })
    it('reversal of another amount → 25 and an alarm, nothing is booked or undone', async () => {
      const { rig, terminal, message } = await ready(one)
      await terminal.exchange(message)
      const entries = async () => ({ ...((await snapshot(rig)) as object), batches: undefined })
      const before = await entries()
      const { fields } = reversalOf(terminal, message)
      const other = terminal.signed({ mti: '0400', fields: { ...fields, 4: '000000000001' } })
      expect(await codeOf(terminal, other)).toBe('25')
      expect([rig.host.alarms(), await entries()]).toEqual([{ conflict: 1 }, before])
    })
    it('status inquiry 状态查询: booked as it was answered; reversed or unknown → 25, and unknown is a promise', async () => {
      const { terminal, message, state } = await ready(one)
      const before = await state()
      const trace = Number(message.fields[11])
      const { fields } = await terminal.ask(message)
      const inquiry = terminal.inquiryMessage(1, trace)
      const told = (await terminal.ask(inquiry)).fields
      for (const element of [4, 37, 38, 57, 62])
        expect([element, told[element]]).toEqual([element, fields[element]])
      expect(told[39]).toBe('00')
      await terminal.exchange(reversalOf(terminal, message))
      expect(await codeOf(terminal, terminal.inquiryMessage(1, trace))).toBe('25')
      expect(await codeOf(terminal, terminal.inquiryMessage(1, 500))).toBe('25')
      const late = { ...message.fields, 11: '000500' }
      expect(await codeOf(terminal, terminal.signed({ mti: message.mti, fields: late }))).toBe('68')
      expect(await state()).toEqual(before)
    })
    it('test mode: x.x9 → declined 05, no effect; reversed all the same', async () => {
      const { rig, message } = await ready(one)
      const faulty = moneyRig({ store: rig.store, testFaults: { lateMs: 0, delay: async () => {} } })
      const till = await signedOn(faulty)
      const { 52: block, ...fields } = message.fields
      const again = {
        ...fields,
        ...(block && { 52: till.pinBlock('123456', String(fields[35]).split('D')[0] ?? '') }),
      }
      const amount = { 4: '000000020009', 11: '000600' }
      const before = [await holds(faulty, one.card), await counted(faulty)]
      const code = await codeOf(till, till.signed({ mti: message.mti, fields: { ...again, ...amount } }))
      expect(one.first === undefined ? ['05', '51'] : ['64', '05']).toContain(code)
      expect([await holds(faulty, one.card), await counted(faulty)]).toEqual(before)
    })
  })
})
