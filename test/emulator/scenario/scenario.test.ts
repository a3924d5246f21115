import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  formatScenario,
  formatStep,
  literal,
  parseScenario,
  ScenarioError,
  type Step,
  TYPE_DIGITS_MAX,
  WAIT_SECONDS_MAX,
} from '../../../emulator/scenario/scenario.ts'
import { KEYS } from '../../../terminal/device/keypad.ts'

const steps = (text: string): Step[] => parseScenario(text, 'x.txt').map((line) => line.step)

describe('scenario: every word is read', () => {
  const rows: [string, Step][] = [
    ['press 1', { kind: 'press', key: '1' }],
    ['press 00', { kind: 'press', key: '00' }],
    ['press  f4', { kind: 'press', key: 'f4' }],
    ['type 0012', { kind: 'type', digits: '0012' }],
    [
      'swipe ";6222600001234567890=30122010000000000?"',
      { kind: 'swipe', card: { track2: ';6222600001234567890=30122010000000000?' } },
    ],
    ['swipe member gold', { kind: 'swipe', card: { name: 'member gold' } }],
    ['insert visa', { kind: 'unsupported', word: 'insert', card: 'visa' }],
    ['tap visa', { kind: 'unsupported', word: 'tap', card: 'visa' }],
    ['remove', { kind: 'unsupported', word: 'remove', card: '' }],
    ['pin 123456', { kind: 'pin', digits: '123456' }],
    ['expect screen 消费.*\\d #1', { kind: 'expect', where: 'screen', pattern: /消费.*\d #1/mu }],
    ['expect receipt RMB', { kind: 'expect', where: 'receipt', pattern: /RMB/mu }],
    ['expect no ^x$', { kind: 'expect', where: 'no', pattern: /^x$/mu }],
    ['wait 0.5', { kind: 'wait', seconds: 0.5 }],
    ['power off', { kind: 'power', on: false }],
    ['power on', { kind: 'power', on: true }],
    ['link down', { kind: 'link', up: false }],
    ['link up', { kind: 'link', up: true }],
    ['paper out', { kind: 'paper', present: false }],
    ['paper in', { kind: 'paper', present: true }],
    ['locale zh', { kind: 'locale', locale: 'zh' }],
    ['locale en', { kind: 'locale', locale: 'en' }],
  ]
  test.each(rows)('%s → its step', (text, step) => {
    expect(steps(text)).toEqual([step])
  })

  test('comments, blank lines and CRLF → only the steps, with the line numbers of the file', () => {
    const lines = parseScenario('# 消费 sale\r\n\r\npress 1\r\n  # more\r\n  press enter  \r\n', 'x.txt')
    expect(lines.map((line) => [line.number, line.text])).toEqual([
      [3, 'press 1'],
      [5, 'press enter'],
    ])
  })
})

describe('scenario: a bad line names file, line, word and what is allowed', () => {
  const rows: [string, RegExp][] = [
    ['pres 1', /^x\.txt:2: "pres" is no word; allowed: press, type, swipe,.*locale$/],
    ['constructor 1', /"constructor" is no word/],
    ['press 11', /press "11" is no key; allowed: 0, 1,.*enter.*f4$/],
    ['press', /press "" is no key/],
    ['type 12a', /type "12a" wants 1 to 40 digits/],
    [`type ${'1'.repeat(TYPE_DIGITS_MAX + 1)}`, /wants 1 to 40 digits/],
    ['pin 123', /x\.txt:2: pin wants 4 to 12 digits$/],
    ['pin 1234567890123', /pin wants 4 to 12 digits$/],
    ['swipe', /swipe wants a card of the wallet or "track 2"/],
    ['swipe ";6222=30?', /quotation mark is not closed/],
    ['swipe "6222=30?"', /wants track 2 as ";PAN=…\?" with sentinels/],
    [`swipe ";${'1'.repeat(38)}?"`, /40 characters at most/],
    ['swipe "x;6222=30?"', /wants track 2/],
    ['insert', /insert wants a card/],
    ['remove card', /nothing follows remove/],
    ['expect page x', /expect "page" is no place; allowed: screen, receipt, no/],
    ['expect screen', /expect screen wants a regular expression/],
    ['expect screen (', /expect screen: Invalid regular expression/],
    ['wait', /wait "" wants seconds/],
    ['wait -1', /wait "-1" wants seconds, 0 to 86400/],
    [`wait ${WAIT_SECONDS_MAX + 1}`, /wants seconds/],
    ['power up', /power "up" wants on or off/],
    ['link off', /link "off" wants up or down/],
    ['paper', /paper "" wants in or out/],
    ['locale de', /locale "de" wants zh or en/],
  ]
  test.each(rows)('%s → refused', (text, message) => {
    const read = (): unknown => parseScenario(`press 1\n${text}\n`, 'x.txt')
    expect(read).toThrow(ScenarioError)
    expect(read).toThrow(message)
  })

  test('a PIN that is too long → not repeated in the message', () => {
    expect(() => parseScenario('pin 12345678901234', 'x.txt')).not.toThrow(/123456/)
  })
})

describe('scenario: what is written is read back', () => {
  const digits = (min: number, max: number): fc.Arbitrary<string> =>
    fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: min, maxLength: max })
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.constantFrom(...KEYS).map((key): Step => ({ kind: 'press', key })),
    digits(1, TYPE_DIGITS_MAX).map((typed): Step => ({ kind: 'type', digits: typed })),
    digits(4, 12).map((typed): Step => ({ kind: 'pin', digits: typed })),
    digits(12, 19).map((pan): Step => ({ kind: 'swipe', card: { track2: `;${pan}=3012?` } })),
    fc.constantFrom('member', '会员卡 1').map((name): Step => ({ kind: 'swipe', card: { name } })),
    fc
      .tuple(fc.constantFrom('screen', 'receipt', 'no'), fc.string({ minLength: 1, unit: 'grapheme-ascii' }))
      .filter(([, text]) => text.trim() === text)
      .map(([where, text]): Step => ({ kind: 'expect', where, pattern: literal(text) })),
    fc.integer({ min: 0, max: WAIT_SECONDS_MAX }).map((seconds): Step => ({ kind: 'wait', seconds })),
    fc.boolean().map((on): Step => ({ kind: 'power', on })),
    fc.boolean().map((up): Step => ({ kind: 'link', up })),
    fc.boolean().map((present): Step => ({ kind: 'paper', present })),
    fc.constantFrom('zh', 'en').map((locale): Step => ({ kind: 'locale', locale })),
  )
  test('any list of steps → formatScenario, parseScenario → the same list', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (list) => {
        expect(steps(formatScenario('any', list))).toEqual(list)
      }),
    )
  })
  test('a title of two lines → still one comment', () => {
    expect(formatScenario('a\nb', [{ kind: 'press', key: '1' }])).toBe('# a b\npress 1\n')
  })
  test('literal → matches exactly the text it was made of', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(literal(text).exec(`x${text}`)?.[0]).toBe(text)
      }),
    )
  })
  test('an unsupported word → written as it was', () => {
    expect(formatStep({ kind: 'unsupported', word: 'tap', card: 'visa' })).toBe('tap visa')
    expect(formatStep({ kind: 'unsupported', word: 'remove', card: '' })).toBe('remove')
  })
})
