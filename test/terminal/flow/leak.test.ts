import { describe, expect, it } from 'vitest'
import { describeInput } from '../../../host-link/wire/describe.ts'
import { toHex } from '../../../keys/hex.ts'
import { type AuditedTill, leaks } from '../../rig/audit.ts'
import { typed } from '../../rig/counter.ts'
import { fates, finish, healed, lose, readyTill, sentFields } from '../../rig/failure.ts'
import { workingKeys } from '../../rig/frames.ts'
import { MASTER_KEY, type TillOptions } from '../../rig/till.ts'

/** Everything that one day at the till writes down: sales that go well and badly, enquiry, reprint, log-on, power cut. */
async function day(options: TillOptions): Promise<AuditedTill> {
  const till = await readyTill(options)
  await till.order()
  await till.toIdle()
  await till.press('3', '1')
  await till.toIdle()
  await till.order({ pin: '000000' })
  await till.pin('123456')
  await till.toIdle()
  await till.order({ card: till.cards[2] as (typeof till.cards)[number] })
  await till.toIdle()
  fates(till, ['0210', lose], ['0400', lose])
  await till.order({ card: till.cards[1] as (typeof till.cards)[number] })
  await till.time.advance(200_000)
  await till.toIdle()
  await till.press('2')
  await till.swipe(till.cards[0] ?? '')
  await till.pin('123456')
  await till.toIdle()
  await till.press('4', '4')
  await typed('02')(till)
  await typed('0000')(till)
  await till.toIdle('cancel')
  await till.order()
  await till.time.advance(30)
  till.machine.powerOff()
  await healed(till)
  await finish(till)
  return till
}

/** The bytes of `text` as they may stand in memory: digits as characters and packed both ways. */
function encodings(digits: string): string[] {
  const even = digits.length % 2 === 0 ? digits : `${digits}F`
  const shifted = digits.length % 2 === 0 ? digits : `0${digits}`
  return [Buffer.from(digits, 'latin1').toString('hex'), even, shifted].map((hex) => hex.toUpperCase())
}

describe.each<TillOptions>([
  {},
  { model: 'compact', setup: { dialect: 'cbor', parameters: { storeNumberRequired: true, locale: 'zh' } } },
])('leak search over a day at the till %#', (options) => {
  it('screens, slips and stops: no full PAN, no PIN, no key', async () => {
    const till = await day(options)
    expect(till.paper.length).toBeGreaterThan(50)
    expect(till.screens.length).toBeGreaterThan(50)
    expect(leaks(till)).toEqual([])
  })

  it('the wire described: no full PAN, no track, no PIN block, no key', async () => {
    const till = await day(options)
    const gbk = new TextDecoder('gbk')
    const text = till.network.passed
      .map(({ body }) => {
        const described = describeInput(body, { charset: (bytes) => gbk.decode(bytes) })
        return `${described.text}\n${JSON.stringify(described.json)}`
      })
      .join('\n')
    expect(text.length).toBeGreaterThan(10_000)
    for (const { pan, track2 } of till.cards) {
      expect(text.includes(pan)).toBe(false)
      expect(text.includes(track2.slice(-16))).toBe(false)
    }
    for (const { 52: block } of sentFields(till, '0200'))
      if (block instanceof Uint8Array) expect(text.toUpperCase().includes(toHex(block))).toBe(false)
    for (const { 62: block } of sentFields(till, '0810'))
      if (block instanceof Uint8Array)
        expect(text.toUpperCase().includes(toHex(block).slice(0, 32))).toBe(false)
  })

  it('the wire itself: PIN and keys never in clear, no track and no PIN block in a reversal', async () => {
    const till = await day(options)
    const wire = till.wire.join('\n').toUpperCase()
    for (const { pik, mak } of workingKeys(till))
      for (const key of [pik, mak]) expect(wire.includes(toHex(key))).toBe(false)
    expect(wire.includes(MASTER_KEY)).toBe(false)
    // These PINs stand in the middle of these PANs, which the wire may carry.
    const hex = (text: string): string => Buffer.from(text, 'latin1').toString('hex').toUpperCase()
    const without = till.cards.reduce((rest, { pan }) => rest.replaceAll(hex(pan), ''), wire)
    for (const { pin = '' } of till.cards) expect(without.includes(hex(pin))).toBe(false)
    const reversals = sentFields(till, '0400')
    expect(reversals.length).toBeGreaterThan(0)
    for (const fields of reversals)
      for (const element of [14, 35, 36, 52]) expect(fields[element]).toBeUndefined()
  })

  it('the flash chip: no PIN block, no track, no key', async () => {
    const till = await day(options)
    const flash = toHex(till.chip.image())
    for (const { track2 } of till.cards)
      for (const part of [track2, track2.slice(-16)])
        for (const hex of encodings(part.replace('=', 'D'))) expect(flash.includes(hex), part).toBe(false)
    for (const { 52: block } of sentFields(till, '0200'))
      if (block instanceof Uint8Array) expect(flash.includes(toHex(block))).toBe(false)
    const keys = workingKeys(till).flatMap(({ pik, mak }) => [pik, mak])
    expect(keys.length).toBeGreaterThan(1)
    for (const key of keys) expect(flash.includes(toHex(key))).toBe(false)
    expect(flash.includes(MASTER_KEY)).toBe(false)
    for (const password of ['0000', '12345678'])
      expect(Buffer.from(till.chip.image()).includes(`${password}\u0000`)).toBe(false)
  })
})
