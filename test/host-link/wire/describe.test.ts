import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type DescribeOptions, describeInput, describeMessage } from '../../../host-link/wire/describe.ts'
import { viewField } from '../../../host-link/wire/describe-field.ts'
import { encodeMessage } from '../../../host-link/wire/dialect.ts'
import { encodeCupFrameBody } from '../../../host-link/wire/envelope.ts'
import { encodeFrame } from '../../../host-link/wire/frame.ts'
import type { FieldValue } from '../../../host-link/wire/message.ts'
import { bytes, samples } from './samples.ts'
import { anyMessage } from './specification.ts'

const hexOf = (data: Uint8Array) => Buffer.from(data).toString('hex').toUpperCase()
const latin = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'))
const gbk = (data: Uint8Array) => new TextDecoder('gbk').decode(data)
const envelope = { tpdu: '6000030000', header: '603100310001' }

function masked(fields: { [element: number]: FieldValue }, mti = '0200', options: DescribeOptions = {}) {
  return describeMessage({ mti, fields }, undefined, options)
}

describe('describeInput finds the form by itself', () => {
  const message = { mti: '0820', fields: { 41: '10000001', 60: '00000001301' } }
  const cup = encodeMessage('cup', message)
  const cbor = encodeMessage('cbor', message)
  const body = encodeCupFrameBody(envelope, cup)
  const told = { mti: '0820', fields: { '41': '10000001', '60': '00000001301' } }
  const bare = { tpdu: null, header: null, ...told }

  test.each([
    ['length, TPDU, header, message', encodeFrame(body), { ...envelope, ...told }],
    ['TPDU, header, message', body, { ...envelope, ...told }],
    ['a bare message', cup, bare],
    ['length and message', encodeFrame(cup), bare],
    ['a CBOR frame', encodeFrame(cbor), bare],
    ['a bare CBOR map', cbor, bare],
  ])('%s', (_name, input, json) => {
    const described = describeInput(input)
    expect(described.error).toBeUndefined()
    expect(described.json).toEqual(json)
    expect(described.text).toContain('回响测试 echo test')
  })

  test.each(samples)('$name: all its fields, no error', ({ hex, messageAt, mti, fields }) => {
    const described = describeInput(bytes(hex), { mask: false })
    expect(described.error).toBeUndefined()
    expect(described.json.tpdu).toBe(
      messageAt < 11 ? null : hex.slice(2 * messageAt - 22, 2 * messageAt - 12),
    )
    expect(described.json.header).toBe(messageAt < 11 ? null : hex.slice(2 * messageAt - 12, 2 * messageAt))
    const values = Object.entries(fields).map(([key, value]) => [
      key,
      typeof value === 'string' ? value : hexOf(value),
    ])
    expect(described.json).toMatchObject({ mti, fields: Object.fromEntries(values) })
  })
})

describe('partial results', () => {
  test('a sale cut off in field 42: which elements stood before, no value, and where it ends', () => {
    const sale = samples.find((sample) => sample.mti === '0200' && sample.messageAt === 13)
    const whole = bytes(sale?.hex ?? '')
    const described = describeInput(whole.subarray(0, 70))
    expect(described.error).toMatchObject({ path: 'field.42', offset: 66 })
    expect(Object.keys(described.json.fields)).toEqual(['3', '4', '11', '22', '25', '26', '35', '41'])
    expect(described.json).toMatchObject({ tpdu: '****', header: '****', mti: '0200' })
    expect(new Set(Object.values(described.json.fields))).toEqual(new Set(['****']))
    const { json } = describeInput(whole.subarray(0, 70), { mask: false })
    expect(json).toMatchObject({ tpdu: '6000040000', header: '602200000000', fields: { '3': '000000' } })
    expect(described.json.error).toEqual({
      path: 'field.42',
      offset: 66,
      why: 'truncated: wants 15 bytes, got 4',
    })
    expect(described.text).toContain('error         field.42 at byte 66')
  })

  test('a frame with bytes missing only in its length: said so, and described all the same', () => {
    const frame = encodeFrame(encodeCupFrameBody(envelope, bytes('08000000000000000000')))
    frame[1] = 99
    const described = describeInput(frame)
    expect(described.error).toMatchObject({
      path: 'frame.length',
      offset: 0,
      why: 'says 99, 21 bytes follow',
    })
    expect(described.json).toMatchObject({ mti: '0800' })
    expect(describeInput(frame, { mask: false }).json).toMatchObject({ ...envelope, mti: '0800' })
  })

  test('a bad CBOR message: the elements before the fault', () => {
    const described = describeInput(bytes('a30018c803000440'), { mask: false })
    expect(described.error).toMatchObject({ path: 'field.4', offset: 6 })
    expect(described.json).toMatchObject({ mti: '0200', fields: { '3': '000000' } })
  })

  test('any bytes: never throws, and text and JSON agree on whether there is an error', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 80 }),
        fc.constantFrom('', '60', 'A1', '0200', '6000030000603100310001'),
        (tail, start) => {
          const described = describeInput(new Uint8Array(Buffer.concat([bytes(start), tail])))
          expect(described.json.error === undefined).toBe(described.error === undefined)
          expect(described.text.includes('\nerror ') || described.text.startsWith('error ')).toBe(
            described.error !== undefined,
          )
        },
      ),
      { numRuns: 2000 },
    )
  })
})

describe('text', () => {
  const sale = samples.find((sample) => sample.mti === '0200' && sample.messageAt === 13)
  const frame = bytes(sale?.hex ?? '')

  test('names in Chinese and English, or one of them', () => {
    expect(describeInput(frame).text).toContain('交易金额 amount (888.00)')
    expect(describeInput(frame, { locale: 'zh' }).text).toMatch(/000000088800 +交易金额 \(888\.00\)\n/)
    expect(describeInput(frame, { locale: 'en' }).text).toMatch(/000000088800 +amount \(888\.00\)\n/)
    expect(describeInput(frame, { locale: 'en' }).text).not.toMatch(/[一-鿿]/)
  })

  test('the type is told from processing code, condition and field 60: 消费 sale', () => {
    expect(describeInput(frame).text).toContain(
      '0200                             金融请求 financial request (消费 sale)',
    )
    const balance = samples.find((sample) => sample.name.startsWith('balance'))
    expect(describeInput(bytes(balance?.hex ?? '')).text).toContain('(余额查询 balance enquiry)')
  })

  test('field 60 is taken apart', () => {
    const { text } = masked({ 60: '22000001000501' })
    expect(text).toMatch(/60\.1 +22 +交易类型码/)
    expect(text).toMatch(/60\.2 +000001 +批次号/)
    expect(text).toMatch(/60\.3 +000 +网络管理信息码/)
    expect(text).toMatch(/60\.4 +5 /)
    expect(text).toMatch(/60\.6 +1 /)
  })

  test('fields 53, 54, 57, 61, 62 and 63 are taken apart', () => {
    expect(masked({ 53: '2610000000000000' }).text).toMatch(/53\.3 +1 +磁道加密/)
    expect(masked({ 54: '1002156C000000012345' }).text).toMatch(
      /54\.5 +000000012345 +金额 amount \(123\.45\)/,
    )
    expect(masked({ 57: '010040012' }).text).toMatch(/57\.01 +0012 +门店编号 store number/)
    expect(masked({ 61: '000001000123' }).text).toMatch(/61\.2 +000123 +原流水号/)
    expect(masked({ 62: latin('Sequence No12306099999906') }, '0800').text).toMatch(/62\.serial +99999906/)
    expect(masked({ 63: '01 ' }, '0800').text).toMatch(/63\.operator +01/)
    expect(masked({ 63: 'CUP' }, '0210').text).toMatch(/63\.1 +CUP/)
  })

  test('response codes are told in words', () => {
    expect(masked({ 39: '51' }, '0210').text).toContain(
      '应答码 response code (可用余额不足 Not enough funds)',
    )
  })

  test('GBK text is read with a charset, else shown by byte', () => {
    const text = `CUP${'\xbd\xbb\xd2\xd7\xb3\xc9\xb9\xa6'.padEnd(20)}`
    expect(masked({ 63: text }, '0210', { charset: gbk }).text).toContain('交易成功')
    expect(masked({ 63: text }, '0210', { charset: gbk }).json.fields['63']).toContain('交易成功')
    expect(masked({ 63: text }, '0210').text).toContain('\\xBD\\xBB')
  })

  test('a value cannot fake a line or move the cursor', () => {
    for (const mask of [true, false]) {
      const { text } = masked({ 41: 'a\n39 00\x1b', 59: '\x9b2J\r\n', 63: 'x\x7f\x00y' }, '0210', { mask })
      expect(text.split('\n').length).toBe(
        text.split('\n').filter((line) => /^(type|41|59|63| {2}63\.\d|) /.test(line)).length + 1,
      )
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
      expect(text.replace(/\n/g, '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
    }
  })
})

/** In GBK, a byte a character: `６２２２６００００１２３４５６７`. */
const FULL_WIDTH_PAN = '6222600001234567'.replace(
  /\d/g,
  (digit) => `\xa3${String.fromCharCode(0xb0 + Number(digit))}`,
)

// biome-ignore format: one row a value
const MASKS: readonly [name: string, mti: string, fields: { [element: number]: FieldValue }, element: number, shown: string][] = [
  ['a PAN of 16',                     '0200', { 2: '6222600001234567' },         2,  '622260******4567'],
  ['a PAN of 19',                     '0200', { 2: '6222600001234567890' },      2,  '622260*********7890'],
  ['a PAN of 12',                     '0200', { 2: '622260001234' },             2,  '622260**1234'],
  ['a PAN too short to mask',         '0200', { 2: '62226000123' },              2,  '****'],
  ['an expiry',                       '0200', { 14: '3012' },                    14, '****'],
  ['track 2',                         '0200', { 35: '6222600001234567890D30122010000000000' }, 35, '622260*********7890D****'],
  ['track 2 without separator',       '0200', { 35: '622260000123456789030122010000000000' }, 35, '****'],
  ['track 2 with a short PAN',        '0200', { 35: '62226000123D3012201' },     35, '****'],
  ['track 3',                         '0200', { 36: '996222600001234567D15615600000' }, 36, '****'],
  ['a PIN block',                     '0200', { 52: bytes('F421C8F4FFE584DC') }, 52, '****'],
  ['chip data',                       '0200', { 55: bytes('9F2608AABBCCDDEEFF0011') }, 55, '****'],
  ['a wallet',                        '0200', { 58: 'anything' },                58, '****'],
  ['keys of a sign-on',               '0810', { 60: '00000519003', 62: bytes('AB'.repeat(40)) }, 62, '****'],
  ['keys of another length',          '0810', { 60: '00000519003', 62: bytes('AB'.repeat(41)) }, 62, '****'],
  ['text that might be keys',         '0810', { 60: '00000519003', 62: latin('A'.repeat(40)) }, 62, '****'],
  ['the serial of a sign-on',         '0800', { 62: latin('Sequence No043060') }, 62, hexOf(latin('Sequence No043060'))],
  ['field 62 of no known use',        '0200', { 62: latin('91123456789') },      62, '****'],
  ['a PAN to be credited',            '0200', { 62: latin('6222600001234567') }, 62, hexOf(latin('622260******4567'))],
  ['batch upload 批上送',             '0320', { 48: '01000001230000622260000123456700000000088800'.slice(0, 42) }, 48, '0100000123' + '0000622260******4567' + '000000000888'],
  ['batch upload, wrong count',       '0320', { 48: '02000001230000622260000123456700000000088800'.slice(0, 42) }, 48, '****'],
  ['batch upload in another message', '0200', { 48: '01000001230000622260000123456700000000088800'.slice(0, 42) }, 48, '****'],
  ['end of a batch upload',           '0320', { 48: '0012' },                    48, '0012'],
  ['field 48 of no known use',        '0200', { 48: '11' },                      48, '****'],
  ['free text with a PAN',            '0200', { 59: 'card 6222600001234567, ok' }, 59, 'card 622260******4567, ok'],
  ['a PAN in groups',                 '0200', { 59: '6222 6000 0123 4567' },     59, '622260******4567'],
  ['a PAN with dots',                 '0200', { 59: '6222.6000.0123.4567' },     59, '622260******4567'],
  ['a PAN in groups two apart',       '0200', { 59: 'No 6222. 6000/ 0123--4567.' }, 59, 'No 622260******4567.'],
  ['a PAN in groups three apart',     '0200', { 59: '6222 - 60 - 00012345' },    59, '6222 - 60 - 00012345'],
  ['a PAN in full-width digits',      '0210', { 59: FULL_WIDTH_PAN },            59, '622260******4567'],
  ['a PAN half in full width',        '0210', { 59: `6222${FULL_WIDTH_PAN.slice(8)}` }, 59, '622260******4567'],
  ['a PAN in groups of full width',   '0210', { 59: `${FULL_WIDTH_PAN.slice(0, 16)}\xa3\xad${FULL_WIDTH_PAN.slice(16)}` }, 59, '622260******4567'],
  ['full-width digits, too few',      '0210', { 59: '\xa3\xb0'.repeat(11) },     59, '\xa3\xb0'.repeat(11)],
  ['a PAN in a longer number',        '0200', { 59: 'A401906222600001234567999' }, 59, 'A****'],
  ['text with control characters',    '0200', { 59: '\x01622260' },              59, '****'],
  ['text without digits',             '0200', { 59: 'hello' },                   59, 'hello'],
  ['a PAN across the texts of 63',    '0210', { 63: `622${'2600001234567'.padEnd(20)}` }, 63, '622260******4567       '],
  ['issuer and acquirer in 44',       '0210', { 44: '01020000   48021000   ' },  44, '01020000   48021000   '],
  ['a PAN in 44',                     '0210', { 44: '6222600001234567' },        44, '622260******4567'],
  ['field 57 of another layout',      '0200', { 57: '0122' },                    57, '****'],
  ['field 57 with an unknown tag',    '0200', { 57: '020040012' },               57, '****'],
  ['a store number of 8 digits',      '0200', { 57: '0100812345678' },           57, '0100812345678'],
  ['a PAN as store number',           '0200', { 57: '010166222600001234567' },   57, '****'],
  ['field 61 of no layout',           '0200', { 61: '6222600001234567890' },     61, '****'],
  ['field 60 of no layout',           '0200', { 60: '622260000123456' },         60, '****'],
  ['field 53 with digits in reserve', '0200', { 53: '6222600001234567' },        53, '****'],
  ['field 54 of no layout',           '0210', { 54: '6222600001234567890' },     54, '****'],
  ['the MAC',                         '0200', { 64: latin('2F9D3E56') },         64, '3246394433453536'],
]

describe('mask', () => {
  test.each(MASKS)('%s in a %s', (_name, mti, fields, element, shown) => {
    const described = masked(fields, mti)
    expect(described.json.fields[element]).toBe(shown)
  })

  test.each(MASKS)('%s in a %s, unmasked for test data, is all there', (_name, mti, fields, element) => {
    const value = fields[element] ?? ''
    expect(masked(fields, mti, { mask: false }).json.fields[element]).toBe(
      typeof value === 'string' ? value : hexOf(value),
    )
  })

  test('an element that no table knows is hidden', () => {
    expect(viewField({ mti: '0200', fields: { 99: '6222600001234567' } }, 99, true)).toEqual({
      value: '****',
      parts: [],
    })
    expect(viewField({ mti: '0200', fields: {} }, 2, true)).toEqual({ value: '****', parts: [] })
  })

  test('any message: pieces joined are the element, masked or not', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        for (const [key, value] of Object.entries(message.fields)) {
          const view = viewField(message, Number(key), false)
          expect(view.value).toBe(typeof value === 'string' ? value : hexOf(value))
          if (view.parts.length === 0 || typeof value !== 'string') continue
          expect(view.parts.map((part) => part.value).join('')).toBe(value)
        }
      }),
    )
  })
})
