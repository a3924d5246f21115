import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { text, vector } from '../keys/vectors.ts'
import { A, B, type Descriptors, descriptors, KBPK, KEY, keys, leaks } from './keys-run.ts'

let given: Descriptors
beforeAll(() => {
  given = descriptors()
})
afterAll(() => given.end())
const fd = (content: string): string => given.give(content)
const k0 = ['--usage', 'K0', '--mode', 'D']

describe('shuaka keys: what it gives', () => {
  test('kcv → the check value of each algorithm, and the CMAC form', async () => {
    // biome-ignore format: one row an algorithm
    const rows = [
      ['TDES', KEY, [], '08D7B4'], ['SM4', KEY, [], '2677F46B'], ['AES', KBPK, [], '2331550BC9'],
      ['TDES', KEY, ['--cmac'], '0A82458664'], ['SM4', KEY, ['--cmac'], '909F5E6ED1'],
    ] as const
    for (const [algorithm, key, more, value] of rows) {
      const run = await keys('kcv', '--algorithm', algorithm, '--key-fd', fd(`${key}\n`), ...more)
      expect(run).toEqual({ code: 0, out: `${value}\n`, error: '' })
    }
  })

  test.each([
    ['SM4', '5A'.repeat(16)],
    ['SM4', '00'.repeat(16)],
    ['AES', 'FF'.repeat(32)],
  ])(
    'kcv of one byte over and over, %s → a word of warning, and no key block of it',
    async (algorithm, key) => {
      const run = await keys('kcv', '--algorithm', algorithm, '--key-fd', fd(key))
      expect(run.out).toMatch(/^[0-9A-F]{8,10}\nweak key 弱密钥: no terminal takes it\n$/)
      const words = ['--usage', 'K0', '--mode', 'D', '--private', '--key-fd', fd(key), '--kbpk-fd', fd(KBPK)]
      const wrapped = await keys('wrap', '--algorithm', algorithm, ...words)
      expect([wrapped.code, wrapped.error]).toEqual([1, 'keys wrap: key: is weak.\n'])
    },
  )

  test('kcv of a weak key → its value and a word of warning', async () => {
    const run = await keys('kcv', '--algorithm', 'TDES', '--key-fd', fd('01'.repeat(16)), '--json')
    expect(JSON.parse(run.out)).toEqual({ algorithm: 'TDES', checkValue: '8CA64D', weak: true })
  })

  test('wrap, inspect, unwrap → the same header and check value, and no key', async () => {
    const optional = ['--optional', 'LB=terminal 7', '--key-version', '07', '--exportability', 'S']
    const wrapped = await keys(
      ...['wrap', '--algorithm', 'TDES', ...k0, ...optional],
      ...['--key-fd', fd(KEY), '--kbpk-fd', fd(KBPK), '--json'],
    )
    const { block, checkValue } = JSON.parse(wrapped.out)
    expect(checkValue).toBe('08D7B4')
    const inspected = await keys('inspect', block, '--json')
    const wanted = {
      version: 'D',
      usage: 'K0',
      algorithm: 'T',
      mode: 'D',
      keyVersion: '07',
      exportability: 'S',
      context: '0',
    }
    expect(JSON.parse(inspected.out)).toMatchObject({
      ...wanted,
      optional: [{ id: 'LB', data: 'terminal 7' }],
      meaning: { usage: { zh: '密钥加密密钥', en: 'key encryption key' } },
      note: null,
    })
    const opened = await keys('unwrap', block, '--kbpk-fd', fd(KBPK), '--json')
    expect(JSON.parse(opened.out)).toMatchObject({
      ...wanted,
      keyBytes: 16,
      checkValue: '08D7B4',
      weak: false,
    })
    expect(leaks(wrapped.out + inspected.out + opened.out)).toEqual([])
  })

  test('a B block under TDES, SM4 under its private digit, single DES → wrapped and opened', async () => {
    const b = await keys(
      'wrap',
      '--algorithm',
      'DES',
      '--usage',
      'M1',
      '--mode',
      'C',
      '--form',
      'B',
      '--key-fd',
      fd(KEY.slice(0, 16)),
      '--kbpk-fd',
      fd(A),
    )
    expect(b.out).toMatch(/^B0096M1DC00N0000[0-9A-F]{80}\ncheck value 校验值: [0-9A-F]{6}\n$/)
    const sm4 = await keys(
      'wrap',
      '--algorithm',
      'SM4',
      ...k0,
      '--private',
      '--key-fd',
      fd(KEY),
      '--kbpk-fd',
      fd(KBPK),
    )
    const block = sm4.out.split('\n')[0] ?? ''
    expect(block).toMatch(/^D0112K04D/)
    const refused = await keys('unwrap', block, '--kbpk-fd', fd(KBPK))
    expect(refused).toMatchObject({
      code: 2,
      out: '',
      error: expect.stringMatching(/ours alone; --private takes it\.\n$/),
    })
    const opened = await keys('unwrap', block, '--private', '--kbpk-fd', fd(KBPK))
    expect(opened.out).toContain('check value 校验值: 2677F46B')
  })

  test('inspect in lines, in both languages; a block that we would not write has a note', async () => {
    const { out } = await keys('inspect', text(vector('tr31-unwrap-5'), 'keyBlock'))
    expect(out).toContain('usage 用途: B0, base derivation key 基础派生密钥\n')
    expect(out).toContain(
      'optional block 可选块 KS, initial DUKPT key serial number DUKPT 初始密钥序列号: 00604B120F9292800000\n',
    )
    const odd = await keys('inspect', text(vector('tr31-unwrap-9'), 'keyBlock'))
    expect(odd.out).toMatch(/note 注意: mode: usage B0 wants one of XN; such a block is read, not written\n$/)
    const notHex = await keys('inspect', text(vector('tr31-unwrap-12'), 'keyBlock'))
    expect(notHex.out).toContain('VM9A (not of its form)')
  })

  test('unwrap of a key for CMAC → the CMAC form of its check value; of an EC key → none', async () => {
    const wrapped = await keys(
      'wrap',
      '--algorithm',
      'TDES',
      '--usage',
      'M6',
      '--mode',
      'C',
      '--key-fd',
      fd(KEY),
      '--kbpk-fd',
      fd(KBPK),
    )
    expect(wrapped.out).toContain('0A82458664')
    expect(wrapped.out).not.toContain('08D7B4')
    const ec = vector('tr31-unwrap-18')
    const opened = await keys('unwrap', text(ec, 'keyBlock'), '--kbpk-fd', fd(text(ec, 'kbpk')))
    expect(opened.out).toContain('check value 校验值: none for this algorithm')
  })

  test('combine → all check values; with --usage the key in a block, whose check value is the same', async () => {
    const plain = await keys(
      'combine',
      '--algorithm',
      'TDES',
      '--component-fd',
      fd(A),
      '--component-fd',
      fd(B),
      '--expect',
      '055809',
    )
    expect(plain).toEqual({
      code: 0,
      out: 'check value of component 分量校验值 1: 68152D\ncheck value of component 分量校验值 2: E4CD50\ncheck value of the key 密钥校验值: 055809\n',
      error: '',
    })
    const whole = await keys(
      'combine',
      '--algorithm',
      'TDES',
      '--component-fd',
      fd(A),
      '--component-fd',
      fd(B),
      ...k0,
      '--kbpk-fd',
      fd(KBPK),
      '--json',
    )
    const { block, checkValue } = JSON.parse(whole.out)
    const opened = await keys('unwrap', block, '--kbpk-fd', fd(KBPK), '--json')
    expect(JSON.parse(opened.out).checkValue).toBe(checkValue)
    expect(leaks(plain.out + whole.out + opened.out)).toEqual([])
  })

  test('component → each to its own descriptor; combined they have the check value that it told', async () => {
    const files = [1, 2, 3].map((at) => join(given.folder, `component-${at}`))
    const out = files.map((file) => given.take(file))
    const made = await keys(
      'component',
      '--algorithm',
      'AES',
      '--count',
      '3',
      ...out.flatMap((each) => ['--component-fd', each]),
      '--json',
    )
    const told = JSON.parse(made.out)
    const written = files.map((file) => readFileSync(file, 'latin1'))
    for (const one of written) {
      expect(one).toMatch(/^[0-9A-F]{64}\n$/)
      expect(made.out).not.toContain(one.slice(0, 12))
    }
    expect(new Set(written).size).toBe(3)
    const combined = await keys(
      'combine',
      '--algorithm',
      'AES',
      ...written.flatMap((one) => ['--component-fd', fd(one)]),
      '--json',
    )
    expect(JSON.parse(combined.out)).toMatchObject({
      components: told.components,
      checkValue: told.checkValue,
    })
  })
})
