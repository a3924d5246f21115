import { describe, expect, it } from 'vitest'
import { slipsOf, statesOf } from '../../rig/audit.ts'
import {
  APPROVED,
  expectNothingShown,
  fates,
  finish,
  flipped,
  lose,
  nextSale,
  readyTill,
  sentFields,
} from '../../rig/failure.ts'
import { altered, resigned } from '../../rig/frames.ts'
import type { Fate, Passing } from '../../rig/network.ts'
import type { Till } from '../../rig/till.ts'

/** The store fails the host once at the next posting of a sale: before or after it was made durable. */
function hostDies(till: Till, when: 'beforeCommit' | 'afterCommit'): void {
  const { transact } = till.store
  fates(till, [
    '0200',
    () => {
      till.store.transact = async (decide) => {
        till.store.transact = transact
        if (when === 'afterCommit') await transact.call(till.store, decide)
        throw new Error('the host dies')
      }
      return { kind: 'deliver' }
    },
  ])
}

describe('sale failures 消费: the host and its answer', () => {
  it('S10 host dies before commit: reversed, tombstone', async () => {
    const till = await readyTill()
    hostDies(till, 'beforeCommit')
    await till.order()
    await finish(till)
    expect(statesOf(till)).toEqual(['2 undone'])
    expect(await till.hasTombstone(2)).toBe(true)
    expectNothingShown(till)
    await nextSale(till)
  })

  it('S11 host dies after commit, before the answer: debit and credit-back', async () => {
    const till = await readyTill()
    hostDies(till, 'afterCommit')
    await till.order()
    await finish(till)
    expect(statesOf(till)).toEqual(['2 undone'])
    expect(await till.hasTombstone(2)).toBe(false)
    expect(await till.net(2)).toBe(0)
    expect(await till.balance('member')).toBe(10_000_000)
    expectNothingShown(till)
    await nextSale(till)
  })

  it('S12 answer lost: time-out, debit and credit-back', async () => {
    const till = await readyTill()
    fates(till, ['0210', lose])
    await till.order()
    await finish(till)
    expect(statesOf(till)).toEqual(['2 undone'])
    expect(await till.hasTombstone(2)).toBe(false)
    expect(await till.balance('member')).toBe(10_000_000)
    expect(sentFields(till, '0400').map((fields) => fields[39])).toEqual(['98'])
    expectNothingShown(till)
    await nextSale(till)
  })

  it('S13 answer garbled (MAC fails): reversed with reason A0, nothing of the answer kept', async () => {
    const changes: readonly [string, (body: Uint8Array) => Uint8Array][] = [
      ['MAC', (body) => flipped(body, body.length - 1)],
      ['amount', (body) => altered(body, { 4: '000000000001' })],
      ['reference', (body) => altered(body, { 37: '999999999999' })],
      ['no MAC', (body) => altered(body, { 64: undefined })],
    ]
    for (const [name, change] of changes) {
      const till = await readyTill()
      fates(till, ['0210', ({ body }) => ({ kind: 'replace', body: change(body) })])
      await till.order()
      await finish(till)
      expect(statesOf(till), name).toEqual(['2 undone'])
      expect(await till.hasTombstone(2)).toBe(false)
      expect(await till.balance('member')).toBe(10_000_000)
      if (name === 'MAC') expect(sentFields(till, '0400').map((fields) => fields[39])).toEqual(['A0'])
      expectNothingShown(till)
      expect(Buffer.from(till.chip.image()).includes('999999999999'), 'nothing of it is kept').toBe(false)
      await nextSale(till)
    }
  })

  it('S14 forged decline without a valid MAC: counts as no answer, reversed, credit-back', async () => {
    for (const mac of [undefined, new Uint8Array(8), Uint8Array.from(Buffer.from('00000000'))]) {
      const till = await readyTill()
      fates(till, ['0210', ({ body }) => ({ kind: 'replace', body: altered(body, { 39: '51', 64: mac }) })])
      await till.order()
      await finish(till)
      expect(statesOf(till)).toEqual(['2 undone'])
      expect(await till.hasTombstone(2)).toBe(false)
      expect(await till.balance('member')).toBe(10_000_000)
      expectNothingShown(till)
      await nextSale(till)
    }
  })

  it('S15 answer late, after the time-out and before the reversal leaves: ignored, the reversal goes', async () => {
    for (let ms = 59_981; ms <= 59_985; ms++) {
      const till = await readyTill()
      fates(till, ['0210', { kind: 'delay', ms }])
      await till.order()
      await finish(till)
      expect(statesOf(till), `${ms} ms`).toEqual(['2 undone'])
      expect(await till.net(2)).toBe(0)
      expectNothingShown(till)
    }
  })

  it('S16 answer late, while waiting for the answer to the reversal: ignored, net 0', async () => {
    const till = await readyTill()
    let late: Uint8Array | undefined
    fates(
      till,
      [
        '0210',
        ({ body }) => {
          late = body
          return lose
        },
      ],
      [
        '0400',
        () => {
          till.time.after(1_000, () => till.network.inject(late ?? new Uint8Array(1)))
          return { kind: 'delay', ms: 3_000 }
        },
      ],
    )
    await till.order()
    await finish(till)
    expect(till.wire.filter((line) => late && line.includes(Buffer.from(late).toString('hex')))).toHaveLength(
      1,
    )
    expect(statesOf(till)).toEqual(['2 undone'])
    expect(await till.net(2)).toBe(0)
    expectNothingShown(till)
    await nextSale(till)
  })

  it('S17 answer and time-out in the same tick, in both orders: exactly one wins, the host agrees', async () => {
    for (const rearmed of [false, true]) {
      const ends = new Set<string>()
      for (let ms = 59_974; ms <= 59_986; ms++) {
        const till = await readyTill()
        fates(till, ['0210', { kind: 'delay', ms }])
        await till.order()
        if (rearmed) {
          // A stray frame makes the terminal wait anew for the rest of its time: its timer now comes second.
          await till.time.advance(1_000)
          till.network.inject(Uint8Array.from([0x60, 0]))
        }
        await finish(till)
        const [state = ''] = statesOf(till)
        ends.add(state)
        const shown = APPROVED.test(till.screens.join('\n'))
        expect(shown, `${ms} ms`).toBe(state === '2 approved')
        expect(slipsOf(till)).toEqual(shown ? ['商户 2', '持卡人 2'] : [])
      }
      expect([...ends].sort()).toEqual(['2 approved', '2 undone'])
    }
  })

  it('S18 answer duplicated: one OUTCOME, one pair of slips, net amount', async () => {
    const till = await readyTill()
    fates(till, ['0210', { kind: 'repeat', times: 3 }])
    await till.order()
    await till.see(APPROVED)
    await finish(till)
    expect(statesOf(till)).toEqual(['2 approved'])
    expect(slipsOf(till)).toEqual(['商户 2', '持卡人 2'])
    expect(await till.net(2)).toBe(-8880)
    await nextSale(till)
  })

  const foreign: readonly (readonly [string, Parameters<typeof resigned>[2]])[] = [
    ['terminal', { 41: '10000002' }],
    ['merchant', { 42: '898320153110002' }],
    ['trace', { 11: '000003' }],
    ['batch', { 60: '22000002000' }],
    ['card', { 2: '6222600009876543210' }],
    ['amount', { 4: '000000000001' }],
    ['processing code', { 3: '310000' }],
  ]
  for (const [name, changes] of foreign)
    it(`S19 answer of another ${name}: ignored though its MAC is right, the timer goes on, the own answer decides`, async () => {
      const own = await readyTill()
      const strange = (till: Till, then: Fate) => (frame: Passing) => {
        till.time.after(500, () => till.network.inject(resigned(till, frame.body, changes)))
        return then
      }
      fates(own, ['0210', strange(own, { kind: 'delay', ms: 2_000 })])
      await own.order()
      await own.time.advance(1_000)
      expect(own.screen()).toMatch(/请稍候/)
      await own.see(APPROVED)
      await finish(own)
      expect(statesOf(own)).toEqual(['2 approved'])
      expect(await own.net(2)).toBe(-8880)

      const none = await readyTill()
      fates(none, ['0210', strange(none, lose)])
      await none.order()
      const sentAt = none.time.monotonicMs()
      await none.see(/冲正/, 90_000)
      expect(none.time.monotonicMs() - sentAt).toBeGreaterThan(59_000)
      await finish(none)
      expect(statesOf(none)).toEqual(['2 undone'])
      expectNothingShown(none)
    })
})
