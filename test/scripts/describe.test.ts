import { describe, expect, test } from 'vitest'
import { describeCommand, describeMotherPos } from '../../scripts/describe.ts'

const SALE =
  '007060000400006022000000000200302004C020C0981100000000000008880010017502100012356221550999400728D15111018546801584403130343231363935383734333530333537323232343731313536F421C8F4FFE584DC20000000000000000008220000013246394433453536'

describe('shuaka describe', () => {
  test('a frame in hex → its text, exit 0, masked', () => {
    const { text, exitCode, error } = describeCommand(SALE, { mask: true })
    expect([exitCode, error]).toEqual([0, undefined])
    expect(text).toContain('消费 sale')
    expect(text).toContain('622155******0728')
    expect(text).not.toContain('F421C8F4FFE584DC')
  })

  test('spaces, line ends and lower case in the hex do not count', () => {
    const spaced = `${SALE.toLowerCase()
      .replace(/(.{2})/g, '$1 ')
      .replace(/(.{48})/g, '$1\r\n')}\n`
    expect(describeCommand(spaced, { mask: true })).toEqual(describeCommand(SALE, { mask: true }))
  })

  test('--json --no-mask → one document with every field, binary as upper-case hex', () => {
    const { text, exitCode } = describeCommand(SALE.toLowerCase(), { json: true, mask: false })
    expect(exitCode).toBe(0)
    expect(JSON.parse(text)).toEqual({
      tpdu: '6000040000',
      header: '602200000000',
      mti: '0200',
      fields: {
        '3': '000000',
        '4': '000000088800',
        '11': '100175',
        '22': '021',
        '25': '00',
        '26': '12',
        '35': '6221550999400728D151110185468015844',
        '41': '10421695',
        '42': '874350357222471',
        '49': '156',
        '52': 'F421C8F4FFE584DC',
        '53': '2000000000000000',
        '60': '22000001',
        '64': '3246394433453536',
      },
    })
  })

  test('GBK text is read', () => {
    const reply = `02100000000000000002000B435550${Buffer.from([0xb3, 0xc9, 0xb9, 0xa6]).toString('hex')}20202020`
    const { text, error } = describeCommand(reply.replace('000B', '0011'), { mask: true, locale: 'zh' })
    expect(error).toBeUndefined()
    expect(text).toContain('成功')
  })

  test.each([
    ['', 'describe: there is no input.'],
    ['  \n', 'describe: there is no input.'],
    ['02 0x', 'describe: character 4 of the input is no hex digit.'],
    ['020', 'describe: the input has an odd number of hex digits, 3.'],
    ['0200', 'describe: bitmap at byte 2: truncated: wants 8 bytes, got 0.'],
  ])('%j → exit 1 and one sentence', (input, error) => {
    const result = describeCommand(input, { mask: true })
    expect([result.exitCode, result.error]).toEqual([1, error])
  })

  test('a message cut off: which fields were read is still told, exit 1; their values only without the mask', () => {
    // A broken message may have its fields at wrong places: a mask by field would show the wrong thing.
    expect(describeCommand(SALE.slice(0, 70), { mask: true }).text).not.toContain('000000088800')
    const { text, exitCode, error } = describeCommand(SALE.slice(0, 70), { mask: false })
    expect(exitCode).toBe(1)
    expect(error).toMatch(/^describe: field\.\d+ at byte \d+: truncated/)
    expect(text).toContain('000000088800')
  })
})

describe('shuaka describe --mother-pos 母POS', () => {
  const KEY = 'C1D0F8FB4958670DBA40AB1F3752EF0D'
  const LOAD = `010101010112FB1169${KEY}036D`

  test('a key of XGD and the answer → named, index and length told, the key hidden, and never accepted', () => {
    const { text, exitCode } = describeMotherPos(`${LOAD} 0101010101132034`, 'xgd', {})
    expect(exitCode).toBe(0)
    expect(text.split('\n')).toEqual([
      'byte 0, 27 bytes: 更新单个主密钥 load one TMK, FB, index 3, key 16 bytes, hidden, checksum right',
      'byte 27, 8 bytes: 成功 done, 20, checksum right',
      expect.stringMatching(/从不接受.*never accepts a key from one\.$/),
      '',
    ])
    expect(text).not.toContain(KEY.slice(0, 4))
  })

  test('Newland as JSON → the same in one document, in one language where it is asked for', () => {
    const { text, exitCode } = describeMotherPos(`04040302${KEY}`, 'newland', { json: true, locale: 'en' })
    expect(exitCode).toBe(0)
    expect(JSON.parse(text)).toMatchObject({
      family: 'newland',
      items: [{ command: 4 }, { command: 3, index: 2, keyBytes: 16 }],
      note: expect.stringMatching(/^These keys travel in clear/),
    })
    expect(text).not.toContain(KEY.slice(0, 4))
  })

  test.each([
    [
      LOAD.replace(/6D$/, '6E'),
      /checksum wrong/,
      'describe: one frame is cut or wrong, the first at byte 0.',
    ],
    [`${LOAD.slice(0, 20)}`, /cut/, 'describe: one frame is cut or wrong, the first at byte 0.'],
    [
      LOAD.replace(/036D$/, '046E'),
      /form is wrong/,
      'describe: one frame is cut or wrong, the first at byte 0.',
    ],
    ['FFFE', /bytes of no frame/, 'describe: there is no xgd frame in it.'],
    ['0', /^$/, 'describe: the input has an odd number of hex digits, 1.'],
  ])('%s → exit 1 with the reason', (input, said, error) => {
    const described = describeMotherPos(input, 'xgd', {})
    expect(described).toMatchObject({ exitCode: 1, error })
    expect(described.text).toMatch(said)
  })
})
