import { describe, expect, it } from 'vitest'
import { profileNamed } from '../../../../host-link/wire/profile.ts'
import { cardOf, luhn, maskedPan, trackDigits } from '../../../../terminal/flow/step/card.ts'
import type { Pos } from '../../../../terminal/pos.ts'

/** A card is judged by two parameters, the clock and the acquirer's profile; nothing else of the terminal is asked. */
function posAt(year: number, month: number, parameters = {}): Pos {
  const clock = { now: () => ({ year, month, day: 21, hour: 9, minute: 0, second: 0 }) }
  const all = { luhnExemptPrefixes: '62226000', chipCardSwipe: 'accept', ...parameters }
  return { device: { clock }, parameters: all, profile: profileNamed('mall') } as unknown as Pos
}
const NOW = posAt(2026, 11)

describe('track 2 磁道', () => {
  const rows: [name: string, track: string, digits: string | undefined][] = [
    ['with sentinels', ';6222=30?', '6222D30'],
    ['without start sentinel', '6222=30?', undefined],
    ['without end sentinel', ';6222=30', undefined],
    ['with letters', ';62A2=30?', undefined],
    ['empty', ';?', undefined],
  ]
  it.each(rows)('%s → read only when whole', (_name, track, digits) => {
    expect(trackDigits(track, 40)).toBe(digits)
  })
  it('check character given: right one read, every other refused', () => {
    // Even parity of each bit column of B 6 2 2 2 D 3 0 F, the nibbles of ;6222=30? by hand: E.
    const right = String.fromCharCode(0x30 + 0xe)
    for (let nibble = 0; nibble < 16; nibble++) {
      const check = String.fromCharCode(0x30 + nibble)
      expect(trackDigits(`;6222=30?${check}`, 40), check).toBe(check === right ? '6222D30' : undefined)
    }
  })
  it('longer than the standard allows → not read', () => {
    expect(trackDigits(`;${'1'.repeat(39)}?`, 40)).toBeUndefined()
    expect(trackDigits(`;${'1'.repeat(38)}?`, 40)).toBe('1'.repeat(38))
  })
})

describe('card 卡', () => {
  const swipe = (track2: string, pos = NOW) => cardOf(pos, { track2: `;${track2}?` })

  it('demonstration card → read, chip recognised by service code 201', () => {
    expect(swipe('6222600001234567890=30122010000000000')).toMatchObject({
      kind: 'card',
      pan: '6222600001234567890',
      expiry: '3012',
      track2: '6222600001234567890D30122010000000000',
      chip: true,
    })
  })
  it('service code 101 has no chip; 601 has one', () => {
    expect(swipe('4111111111111111=30121010000')).toMatchObject({ chip: false })
    expect(swipe('4111111111111111=30126010000')).toMatchObject({ chip: true })
  })
  it('chip card where the parameter refuses stripes of such → refused', () => {
    expect(swipe('4111111111111111=30122010000', posAt(2026, 11, { chipCardSwipe: 'refuse' }))).toBe(
      'chipRefused',
    )
  })
  it('wrong check digit outside the exempt ranges → invalid', () => {
    expect(swipe('4111111111111112=30121010000')).toBe('cardInvalid')
  })
  it('valid through the last day of its month, then expired', () => {
    expect(swipe('4111111111111111=26111010000', posAt(2026, 11))).toMatchObject({ kind: 'card' })
    expect(swipe('4111111111111111=26111010000', posAt(2026, 12))).toBe('cardExpired')
    expect(swipe('4111111111111111=26101010000', posAt(2026, 11))).toBe('cardExpired')
  })
  it('a clock that was never set judges no expiry', () => {
    expect(swipe('4111111111111111=19011010000', posAt(1970, 1))).toMatchObject({ kind: 'card' })
  })
  it('month 00 or 13, no separator, PAN of 12 or 20 digits → invalid', () => {
    for (const track of [
      '4111111111111111=30001010000',
      '4111111111111111=30131010000',
      '4111111111111111',
      '411111111111=30121010000',
      '62226000012345678901=3012101',
    ])
      expect(swipe(track), track).toBe('cardInvalid')
  })
  it('blank or unreadable track 2 → swipe again', () => {
    expect(cardOf(NOW, {})).toBe('swipeAgain')
    expect(cardOf(NOW, { track2: 'garbage' })).toBe('swipeAgain')
  })
})

describe('PAN 主账号', () => {
  it('Luhn: published test numbers pass, one digit off fails', () => {
    for (const pan of [
      '4111111111111111',
      '5500000000000004',
      '340000000000009',
      '30000000000004',
      '6011111111111117',
    ])
      expect(luhn(pan), pan).toBe(true)
    expect(luhn('4111111111111121')).toBe(false)
  })
  it('masked 6+4; too short to mask shows nothing', () => {
    expect(maskedPan('6222600001234567890')).toBe('622260*********7890')
    expect(maskedPan('12345678901')).toBe('****')
    expect(maskedPan('')).toBe('****')
  })
})
