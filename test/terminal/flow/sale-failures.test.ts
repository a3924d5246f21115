import { describe, expect, it } from 'vitest'
import type { Tear } from '../../../emulator/device/flash.ts'
import { encodeFrame } from '../../../host-link/wire/frame.ts'
import { entriesOf, slipsOf, statesOf } from '../../rig/audit.ts'
import {
  expectAgreement,
  fates,
  finish,
  healed,
  lose,
  nextSale,
  operationsOfSale,
  readyTill,
  untilCut,
} from '../../rig/failure.ts'
import { altered, messageOf, requests, resigned, typeOf } from '../../rig/frames.ts'
import type { Fate, Passing } from '../../rig/network.ts'
import type { Till } from '../../rig/till.ts'

const APPROVED = /交易成功/
const TEARS: readonly Tear[] = [
  { kind: 'prefix', bytes: 0 },
  { kind: 'prefix', bytes: 4 },
  { kind: 'prefix', bytes: 16 },
  { kind: 'allButLast' },
  { kind: 'someBits' },
  { kind: 'flicker' },
  { kind: 'looksUndone' },
  { kind: 'looksDone' },
]

/** What the operator must never have seen, and the printer never printed, of a sale that did not happen. */
function expectNothingShown(till: Till): void {
  expect(till.screens.join('\n')).not.toMatch(APPROVED)
  expect(slipsOf(till)).toEqual([])
}

/** Fields of the requests of this type, in order. */
function sent(till: Till, mti: string) {
  return till.network.passed.flatMap(({ body }) => {
    const message = messageOf(body)
    return message?.mti === mti ? [message.fields] : []
  })
}

const flipped = (body: Uint8Array, at: number): Uint8Array =>
  body.map((byte, index) => (index === at ? byte ^ 0x01 : byte))

describe('sale failures 消费: power and the request', () => {
  it('S01 cut while INTENT is being programmed: no sale leaves, nothing booked, the next sale works', async () => {
    const { intent } = await operationsOfSale()
    expect(intent[1]).toBeGreaterThan(intent[0])
    for (let operation = intent[0]; operation < intent[1]; operation++)
      for (const tear of TEARS) {
        const label = `operation ${operation}, ${JSON.stringify(tear)}`
        const till = await readyTill()
        till.chip.cut({ operation, when: 'inside', tear })
        expect(await untilCut(till, () => till.order().then(() => till.time.advance(1000))), label).toBe(true)
        expect(requests(till), label).not.toContain('0200')
        await healed(till, label)
        expectNothingShown(till)
        for (const state of entriesOf(till)) expect(state.state, label).toBe('undone')
        if (tear.kind === 'prefix' && tear.bytes === 0 && operation === intent[0])
          expect(statesOf(till)).toEqual([])
        expect(await till.balance('member'), label).toBe(10_000_000)
        await nextSale(till)
      }
  })

  it('S02 cut after INTENT, before the first byte: owed at boot, reversed, tombstone', async () => {
    const { intent } = await operationsOfSale()
    const till = await readyTill()
    till.chip.cut({ operation: intent[1] - 1, when: 'after' })
    expect(await untilCut(till, () => till.order().then(() => till.time.advance(1000)))).toBe(true)
    expect(requests(till)).not.toContain('0200')
    expect(statesOf(till)).toEqual(['2 owed'])
    await healed(till)
    expect(statesOf(till)).toEqual(['2 undone'])
    expect(await till.hasTombstone(2)).toBe(true)
    expect(await till.net(2)).toBe(0)
    expectNothingShown(till)
    await nextSale(till)
  })

  it('S03 connect refused: nothing was sent, nothing booked, closed or reversed, the next sale works', async () => {
    const till = await readyTill()
    till.network.refuses = true
    await till.order()
    await till.see(/无法连接主机|未发送|结果未定|待冲正/, 30_000)
    expect(requests(till)).not.toContain('0200')
    till.network.refuses = false
    await finish(till)
    for (const { state } of entriesOf(till)) expect(state).toBe('undone')
    expect(await till.net(2)).toBe(0)
    expectNothingShown(till)
    await nextSale(till)
  })

  it('S04 request lost: time-out after 60 s, reversed, tombstone', async () => {
    const till = await readyTill()
    fates(till, ['0200', lose])
    await till.order()
    const sentAt = till.time.monotonicMs()
    await till.see(/冲正/, 90_000)
    expect(till.time.monotonicMs() - sentAt).toBeGreaterThanOrEqual(59_000)
    await finish(till)
    expect(statesOf(till)).toEqual(['2 undone'])
    expect(await till.hasTombstone(2)).toBe(true)
    expect(await till.net(2)).toBe(0)
    expect(sent(till, '0400').map((fields) => fields[39])).toEqual(['98'])
    expectNothingShown(till)
    await nextSale(till)
  })

  it('S05 request truncated, then link drop: nothing posted, reversed at every length', async () => {
    for (const bytes of [0, 1, 2, 13, 60, 100]) {
      const till = await readyTill()
      fates(till, ['0200', { kind: 'truncate', bytes }])
      await till.order()
      await finish(till)
      expect(statesOf(till), `${bytes} bytes`).toEqual(['2 undone'])
      expect(await till.hasTombstone(2)).toBe(true)
      expectNothingShown(till)
      await nextSale(till)
    }
  })

  it('S06 request duplicated by the network: booked once, both answers byte for byte the same, one pair of slips', async () => {
    const till = await readyTill()
    fates(till, ['0200', { kind: 'repeat', times: 2 }])
    await till.order()
    await till.see(APPROVED)
    await finish(till)
    const answers = till.network.passed.filter(({ body }) => typeOf(body) === '0210').map(({ body }) => body)
    expect(answers).toHaveLength(2)
    expect(answers[1]).toEqual(answers[0])
    expect(statesOf(till)).toEqual(['2 approved'])
    expect(await till.net(2)).toBe(-8880)
    expect(slipsOf(till)).toEqual(['商户 2', '持卡人 2'])
    await nextSale(till)
  })

  it('S07 request delayed past the reversal: the host declines it, net 0', async () => {
    const till = await readyTill()
    fates(till, ['0200', { kind: 'delay', ms: 90_000 }])
    await till.order()
    await till.time.advance(120_000)
    await finish(till)
    expect(statesOf(till)).toEqual(['2 undone'])
    expect(await till.hasTombstone(2)).toBe(true)
    expect(sent(till, '0210').map((fields) => fields[39])).not.toContain('00')
    expect(await till.net(2)).toBe(0)
    expectNothingShown(till)
  })

  it('S08 request delayed past reversal and next sale: the old declined, the new booked', async () => {
    const till = await readyTill()
    fates(till, ['0200', { kind: 'delay', ms: 300_000 }])
    await till.order()
    await till.time.advance(70_000)
    await till.toIdle()
    const next = await nextSale(till)
    await till.time.advance(400_000)
    await finish(till)
    expect(await till.net(2)).toBe(0)
    expect(await till.net(next)).toBe(-100)
    expect(statesOf(till)).toEqual(['2 undone', `${next} approved`])
    expect(slipsOf(till)).toEqual([`商户 ${next}`, `持卡人 ${next}`])
  })

  it('S09 request garbled in any byte: nothing posted, never approved, reversed', async () => {
    const sample = await readyTill()
    await sample.order()
    await sample.see(APPROVED)
    const length = sample.network.passed.find(({ body }) => typeOf(body) === '0200')?.body.length ?? 0
    expect(length).toBeGreaterThan(100)
    for (let at = 0; at < length; at += 3) {
      const till = await readyTill()
      fates(till, ['0200', ({ body }) => ({ kind: 'replace', body: flipped(body, at) })])
      await till.order()
      await finish(till)
      // Bytes 0 to 10 are the TPDU and header, which no MAC covers: there the sale may go on unharmed.
      if (at <= 10) continue
      expectNothingShown(till)
      expect(await till.net(2)).toBe(0)
      expect(statesOf(till), `byte ${at}`).toEqual(['2 undone'])
    }
  })

  it('S09 a request whose MAC fails rings the alarm of the host', async () => {
    const till = await readyTill()
    fates(till, ['0200', ({ body }) => ({ kind: 'replace', body: altered(body, { 4: '000000008881' }) })])
    await till.order()
    await finish(till)
    expect(till.host.alarms().badMac).toBe(1)
    expect(statesOf(till)).toEqual(['2 undone'])
    await nextSale(till)
  })

  it('S09 a garbled copy behind a booked request whose answer is lost: reversed, for A0 says nothing of the original', async () => {
    const till = await readyTill()
    let request: Uint8Array | undefined
    const host = till.host.connection()
    fates(
      till,
      [
        '0200',
        ({ body }) => {
          request = body // the original reaches the host, a copy with another PIN block comes behind it
          return { kind: 'deliver' }
        },
      ],
      [
        '0210',
        () => {
          const copy = altered(request ?? new Uint8Array(1), { 52: new Uint8Array(8) })
          const inject = ([answer]: Uint8Array[]): void => {
            if (answer !== undefined) till.network.inject(answer.slice(2))
          }
          host.receive(encodeFrame(copy)).then(inject, () => undefined)
          return lose
        },
      ],
    )
    await till.order()
    await finish(till)
    expect(statesOf(till)).toEqual(['2 undone'])
    expect(await till.balance('member')).toBe(10_000_000)
  })
})

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
    expect(sent(till, '0400').map((fields) => fields[39])).toEqual(['98'])
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
      if (name === 'MAC') expect(sent(till, '0400').map((fields) => fields[39])).toEqual(['A0'])
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

describe('sale failures 消费: agreement', () => {
  it('a sale without any fault leaves books that agree', async () => {
    const till = await readyTill()
    await nextSale(till)
    await expectAgreement(till)
  })
})
