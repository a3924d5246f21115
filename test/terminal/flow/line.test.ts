import { describe, expect, it } from 'vitest'
import { makeRandom } from '../../../emulator/device/flash-faults.ts'
import { encodeFrame } from '../../../host-link/wire/frame.ts'
import type { Dialect } from '../../../host-link/wire/message.ts'
import { type AuditedTill, slipsOf, statesOf } from '../../rig/audit.ts'
import { type FateRow, fates, finish, lose, nextSale, readyTill } from '../../rig/failure.ts'
import { altered, glued, requests, resigned, typeOf } from '../../rig/frames.ts'

const SOLD = { amount: '8880' }

function tillOf(dialect: Dialect): Promise<AuditedTill> {
  return readyTill({ setup: { dialect } })
}

/** The sale ends reversed, with nothing shown or printed; the host's books agree. */
async function expectReversed(till: AuditedTill, label = ''): Promise<void> {
  await finish(till)
  expect(statesOf(till), label).toEqual(['2 undone'])
  expect(await till.net(2), label).toBe(0)
  expect(till.screens.join(), label).not.toMatch(/交易成功/)
  expect(slipsOf(till), label).toEqual([])
}

async function expectSold(till: AuditedTill, label = ''): Promise<void> {
  await till.see(/交易成功/, 70_000)
  await finish(till)
  expect(statesOf(till), label).toEqual(['2 approved'])
  expect(await till.net(2), label).toBe(-8880)
  expect(slipsOf(till), label).toEqual(['商户 2', '持卡人 2'])
}

async function sellWith(till: AuditedTill, ...rows: FateRow[]): Promise<void> {
  fates(till, ...rows)
  await till.order(SOLD)
}

const replaced =
  (change: (body: Uint8Array, till: AuditedTill) => Uint8Array) =>
  (till: AuditedTill): FateRow => ['0210', ({ body }) => ({ kind: 'replace', body: change(body, till) })]

/** What else could be in an answer that is not ours. */
const strangers = {
  trace: { 11: '000009' },
  terminal: { 41: '99999999' },
  merchant: { 42: '000000000000000' },
  amount: { 4: '000000000100' },
  batch: { 60: '22000009000' },
  card: { 2: '6222600009876543210' },
} as const

describe.each<Dialect>(['cup', 'cbor'])('line, dialect %s', (dialect) => {
  it('no answer: reversed', async () => {
    const till = await tillOf(dialect)
    await sellWith(till, ['0200', lose])
    await expectReversed(till)
    expect(await till.hasTombstone(2)).toBe(true)
    await nextSale(till)
  })

  it('half a frame, cut at any length, then silence or a dropped line: reversed', async () => {
    for (const bytes of [0, 1, 2, 3, 20, 60]) {
      const till = await tillOf(dialect)
      await sellWith(till, ['0210', { kind: 'truncate', bytes }])
      await expectReversed(till, `${bytes} bytes and the line drops`)
      const silent = await tillOf(dialect)
      await sellWith(silent, [
        '0210',
        ({ body }) => {
          silent.time.after(20, () => silent.network.injectBytes(encodeFrame(body).slice(0, bytes)))
          return lose
        },
      ])
      await expectReversed(silent, `${bytes} bytes and silence`)
    }
  })

  for (const [name, changes] of Object.entries(strangers)) {
    it(`answer for another ${name} with the MAC it had: reversed`, async () => {
      const till = await tillOf(dialect)
      await sellWith(till, replaced((body) => altered(body, changes))(till))
      await expectReversed(till)
    })

    it(`answer for another ${name} with a right MAC, approved or declined: reversed`, async () => {
      for (const code of ['00', '51']) {
        const till = await tillOf(dialect)
        await sellWith(till, replaced((body, own) => resigned(own, body, { ...changes, 39: code }))(till))
        await expectReversed(till, code)
      }
    })
  }

  it('bad MAC on an approval and on a decline: reversed, reason A0', async () => {
    for (const code of ['00', '51', '55']) {
      const till = await tillOf(dialect)
      await sellWith(
        till,
        replaced((body) => altered(body, { 39: code, 64: new Uint8Array(8).fill(0x41) }))(till),
      )
      await expectReversed(till, code)
      await nextSale(till)
    }
  })

  it('a decline that the host signed: declined, nothing owed, no reversal', async () => {
    const till = await tillOf(dialect)
    await till.order({ ...SOLD, card: till.cards[2] as (typeof till.cards)[number] })
    await finish(till)
    expect(statesOf(till)).toEqual(['2 declined'])
    expect(requests(till)).not.toContain('0400')
    expect(till.screens.join()).not.toMatch(/交易成功/)
    await nextSale(till)
  })

  it('a missing field that ties the answer to the request: reversed', async () => {
    for (const field of [3, 4, 11, 39, 41, 42, 64]) {
      const till = await tillOf(dialect)
      const change = (body: Uint8Array, own: AuditedTill): Uint8Array =>
        field === 64 ? altered(body, { 64: undefined }) : resigned(own, body, { [field]: undefined })
      await sellWith(till, replaced(change)(till))
      await expectReversed(till, `field ${field}`)
    }
  })

  it('forged 0410 while the sale waits: no effect, the own answer decides', async () => {
    const till = await tillOf(dialect)
    await sellWith(till, [
      '0210',
      ({ body }) => {
        till.time.after(100, () => till.network.inject(resigned(till, body, { 39: '00' }, '0410')))
        return { kind: 'delay', ms: 1_000 }
      },
    ])
    await expectSold(till)
  })

  it('a stream of frames that are not ours: the time-out comes all the same, reversed', async () => {
    const till = await tillOf(dialect)
    await sellWith(till, [
      '0210',
      ({ body }) => {
        const strange = resigned(till, body, { 11: '000077' })
        for (let ms = 100; ms < 90_000; ms += 100) till.time.after(ms, () => till.network.inject(strange))
        return lose
      },
    ])
    const sentAt = till.time.monotonicMs()
    await till.see(/冲正/, 90_000)
    expect(till.time.monotonicMs() - sentAt).toBeLessThan(62_000)
    await expectReversed(till)
  })

  it('the last sale’s answer played again: no effect on the next one', async () => {
    const till = await tillOf(dialect)
    await till.order({ amount: '100' })
    await till.see(/交易成功/)
    await till.toIdle()
    const old = till.network.passed.find(({ body }) => typeOf(body) === '0210')?.body ?? new Uint8Array(1)
    fates(till, ['0200', lose])
    await till.order({ amount: '100', card: till.cards[1] as (typeof till.cards)[number] })
    await till.time.advance(1_000)
    till.network.inject(old)
    await finish(till)
    expect(statesOf(till)).toEqual(['2 approved', '3 undone'])
    expect(await till.net(3)).toBe(0)
  })

  it('answer one byte at a time: approved', async () => {
    const till = await tillOf(dialect)
    await sellWith(till, ['0210', { kind: 'trickle' }])
    await expectSold(till)
  })

  it('100 frames in one read, the last is ours: approved once; none is ours: reversed', async () => {
    for (const ours of [true, false]) {
      const till = await tillOf(dialect)
      await sellWith(till, [
        '0210',
        ({ body }) => {
          const strange = resigned(till, body, { 11: '000077' })
          const frames = Array.from({ length: 99 }, () => strange)
          till.time.after(20, () => till.network.injectBytes(glued([...frames, ours ? body : strange])))
          return lose
        },
      ])
      await (ours ? expectSold(till) : expectReversed(till))
    }
  })

  it('our answer 100 times in one read: one OUTCOME, one pair of slips', async () => {
    const till = await tillOf(dialect)
    await sellWith(till, [
      '0210',
      ({ body }) => {
        till.time.after(20, () => till.network.injectBytes(glued(Array.from({ length: 100 }, () => body))))
        return lose
      },
    ])
    await expectSold(till)
  })

  it('a length of 0 or of 65,535, and bytes by chance: reversed, the application goes on', async () => {
    const random = makeRandom(20261121)
    const chance = (length: number): Uint8Array => Uint8Array.from({ length }, () => random() & 255)
    const rubbish = [
      Uint8Array.of(0, 0),
      Uint8Array.of(255, 255, 1, 2, 3),
      encodeFrame(Uint8Array.of(0x60)),
      encodeFrame(Uint8Array.of(0xa0)),
      ...Array.from({ length: 20 }, (_, at) => encodeFrame(chance(1 + at * 20))),
      chance(4_000),
    ]
    for (const bytes of rubbish) {
      const till = await tillOf(dialect)
      await sellWith(till, [
        '0210',
        () => {
          till.time.after(20, () => till.network.injectBytes(bytes))
          return lose
        },
      ])
      await expectReversed(till, Buffer.from(bytes.slice(0, 20)).toString('hex'))
    }
  })

  it('one bit of the answer turned over, at any byte: reversed', async () => {
    const sample = await tillOf(dialect)
    await sample.order(SOLD)
    await sample.see(/交易成功/)
    const { length } = sample.network.passed.find(({ body }) => typeOf(body) === '0210')?.body ?? []
    for (let at = dialect === 'cup' ? 11 : 0; at < (length ?? 0); at += 2) {
      const till = await tillOf(dialect)
      const bit = 1 << (at % 8)
      await sellWith(
        till,
        replaced((body) => body.map((byte, index) => (index === at ? byte ^ bit : byte)))(till),
      )
      await expectReversed(till, `byte ${at}`)
    }
  })

  it('the answer cut short at any byte with a length that says so: reversed', async () => {
    for (let length = 1; length < 130; length += 3) {
      const till = await tillOf(dialect)
      await sellWith(till, replaced((body) => body.slice(0, Math.min(length, body.length - 1)))(till))
      await expectReversed(till, `${length} bytes`)
    }
  })
})
