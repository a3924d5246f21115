import { describe, expect, test } from 'vitest'
import { keystrokes, makeReader, type Wish } from '../../../emulator/console/keystrokes.ts'
import { KEYS } from '../../../terminal/device/keypad.ts'

const read = (input: string, cards = 3): (Wish | undefined)[] => keystrokes(input).map(makeReader(cards))

describe('keystrokes', () => {
  test('keys that arrive in one piece → each on its own, escape sequences whole', () => {
    expect(keystrokes('12\x1b[A\x1bOP\x1b[11~\x1b[[Bé中')).toEqual([
      '1', '2', '\x1b[A', '\x1bOP', '\x1b[11~', '\x1b[[B', 'é', '中',
    ]) // biome-ignore format: one row
  })
  test('a lone Esc → cancel', () => {
    expect(read('\x1b')).toEqual([{ kind: 'key', key: 'cancel' }])
  })
  test('every key of the device → can be typed', () => {
    const all = '0123456789*\r\x7f\x1b[Am\x1b[B\x1bOP\x1bOQ\x1bOR\x1bOS'
    const typed = [...read(all), ...read('\x1b')].map((wish) => (wish?.kind === 'key' ? wish.key : undefined))
    expect(new Set(typed)).toEqual(new Set(KEYS))
  })
  test('s and a card → that card; s and anything else → nothing is swiped and the next key counts', () => {
    expect(read('s2')).toEqual([
      { kind: 'choosing', choosing: true },
      { kind: 'card', index: 1 },
    ])
    expect(read('s9')).toEqual([
      { kind: 'choosing', choosing: true },
      { kind: 'choosing', choosing: false },
    ])
    expect(read('s\x1b1').at(-1)).toEqual({ kind: 'key', key: '1' })
  })
  test('power, cable, paper, tamper, service, quit → their wishes; Ctrl-C quits also while a card is chosen', () => {
    expect(read('ploTMq').map((wish) => wish?.kind)).toEqual([
      ...['power', 'cable', 'paper', 'tamper', 'service', 'quit'],
    ])
    expect(read('s\x03').at(-1)).toEqual({ kind: 'quit' })
  })
  test('what means nothing → nothing, also names that every object has', () => {
    const reader = makeReader(1)
    expect(['x', 'é', 'constructor', 'toString'].map(reader)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ])
  })
})
