import { describe, expect, it } from 'vitest'
import { encodeFrame } from '../../../host-link/wire/frame.ts'
import { entriesOf, slipsOf, statesOf } from '../../rig/audit.ts'
import {
  APPROVED,
  expectNothingShown,
  fates,
  finish,
  flipped,
  healed,
  lose,
  nextSale,
  operationsOfSale,
  readyTill,
  sentFields,
  TEARS,
  untilCut,
} from '../../rig/failure.ts'
import { altered, requests, typeOf } from '../../rig/frames.ts'

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
    expect(sentFields(till, '0400').map((fields) => fields[39])).toEqual(['98'])
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
    expect(sentFields(till, '0210').map((fields) => fields[39])).not.toContain('00')
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
