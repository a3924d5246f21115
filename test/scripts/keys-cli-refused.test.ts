import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { main } from '../../scripts/cli.ts'
import { text, vector } from '../keys/vectors.ts'
import { A, B, type Descriptors, descriptors, KBPK, KEY, keys, leaks } from './keys-run.ts'

const BLOCK = text(vector('tr31-unwrap-6'), 'keyBlock')
let given: Descriptors
beforeAll(() => {
  given = descriptors()
})
afterAll(() => given.end())
const fd = (content: string): string => given.give(content)
const k0 = ['--usage', 'K0', '--mode', 'D']

/** With a title in which no key stands. */
function titled(rows: readonly (readonly [readonly string[], RegExp])[]) {
  const title = (words: readonly string[]) => words.join(' ').replace(/[0-9A-F]{12,}/g, '(hex)')
  return rows.map(([words, message]) => [title(words), words, message] as const)
}

describe('shuaka keys: wrong input → one clear line, nothing of a secret in it', () => {
  // Where a descriptor is wanted, `fd:` and what it gives.
  const wrap = ['wrap', '--algorithm', 'TDES']
  const wrapFds = ['--key-fd', `fd:${KEY}`, '--kbpk-fd', `fd:${KBPK}`]
  const combine = ['combine', '--algorithm', 'TDES']
  const two = ['--component-fd', `fd:${A}`, '--component-fd', `fd:${B}`]
  // biome-ignore format: one row a command line
  const lines: readonly (readonly [readonly string[], RegExp])[] = [
    [[],                                                     /^keys: which command\? shuaka keys --help lists them\.$/],
    [[KEY],                                                  /^keys: there is no such command; /],
    [['kcv'],                                                /required option '--algorithm <name>' not specified\.$/],
    [['kcv', '--algorithm', KEY],                            /'--algorithm <name>' has a wrong value; allowed choices are TDES/],
    [['kcv', '--algorithm', 'TDES'],                         /^keys kcv: key: this is no terminal; give a file descriptor with --key-fd N\.$/],
    [['kcv', '--algorithm', 'TDES', KEY],                    /too many arguments/],
    [['kcv', '--algorithm', 'TDES', '--key', KEY],           /unknown option '--key'\.$/],
    [['kcv', '--algorithm', 'TDES', `--key=${KEY}`],         /unknown option '--key'\.$/],
    [['kcv', '--algorithm', 'TDES', `-${KEY}`],              /unknown option\.$/],
    [['kcv', '--algorithm', 'TDES', '--key-fd', KEY],        /^keys: --key-fd wants the number of a file descriptor/],
    [['kcv', '--algorithm', 'TDES', '--key-fd', '1'],        /^keys: --key-fd wants/],
    [['kcv', '--algorithm', 'TDES', '--key-fd', '-1'],       /^keys: --key-fd wants/],
    [['kcv', '--algorithm', 'TDES', '--key-fd', '1018'],     /^keys kcv: key: file descriptor 1018 cannot be read; is it open\?$/],
    [[...wrap, ...wrapFds],                                  /^keys wrap: which usage\? as --usage K0\.$/],
    [[...wrap, '--usage', 'K0', ...wrapFds],                 /^keys wrap: which mode of use\? as --mode D\.$/],
    [[...wrap, '--usage', KEY, '--mode', 'D', ...wrapFds],   /^keys wrap: usage: no such usage\.$/],
    [[...wrap, '--usage', 'M7', '--mode', 'C', ...wrapFds],  /^keys wrap: algorithm: usage M7 wants one of H\.$/],
    [[...wrap, '--usage', 'P0', '--mode', 'G', ...wrapFds],  /^keys wrap: mode: usage P0 wants one of BDEN\.$/],
    [[...wrap, ...k0, '--form', 'A', ...wrapFds],            /has a wrong value; allowed choices are B, D\.$/],
    [[...wrap, ...k0, '--key-version', 'x', ...wrapFds],     /^keys wrap: key version: wants/],
    [[...wrap, ...k0, '--optional', KEY, ...wrapFds],        /^keys: --optional wants/],
    [[...wrap, ...k0, '--optional', 'KS=12', ...wrapFds],    /^keys wrap: optional block KS: its data has another form\.$/],
    [[...wrap, ...k0, '--key-fd', '9', '--kbpk-fd', '9'],    /^keys: one file descriptor is given twice\.$/],
    [['wrap', '--algorithm', 'SM4', ...k0, ...wrapFds],      /ours alone; --private takes it\.$/],
    [['unwrap'],                                             /^keys unwrap: the block is on standard input; /],
    [['unwrap', '-', '--kbpk-fd', '0'],                      /^keys unwrap: the block is on standard input; /],
    [['unwrap', BLOCK],                                      /^keys unwrap: protection key: this is no terminal; .* --kbpk-fd N\.$/],
    [['inspect', BLOCK, 'more'],                             /too many arguments/],
    [combine,                                                /^keys combine: component 1: this is no terminal; .* --component-fd N\.$/],
    [[...combine, '--components', '4'],                      /^keys: --components wants a number from 2 to 3\.$/],
    [[...combine, '--components', KEY],                      /^keys: --components wants a number from 2 to 3\.$/],
    [[...combine, '--component-fd', `fd:${A}`],              /^keys combine: two or three components make a key\.$/],
    [[...combine, '--components', '3', ...two],              /^keys combine: 3 components, and 2 --component-fd\.$/],
    [[...combine, ...two, '--expect', KEY],                  /^keys combine: --expect wants a check value/],
    [[...combine, ...two, '--mode', 'D'],                    /^keys combine: options of a key block need --usage\.$/],
    [['component', '--algorithm', 'TDES'],                   /^keys component: this is no terminal; .* --component-fd N\.$/],
    [['component', '--algorithm', 'TDES', '--bytes', '8'],   /^keys component: TDES has no component of 8 bytes\.$/],
    [['component', '--algorithm', 'TDES', '--count', '4'],   /^keys: --count wants a number from 1 to 3\.$/],
    [['component', '--algorithm', 'TDES', '--component-fd', '8', '--component-fd', '9'], /^keys component: 1 wanted, and 2 --component-fd\.$/],
    [['component', '--algorithm', 'TDES', '--component-fd', '1017'], /^keys component: file descriptor 1017 cannot be written; is it open\?$/],
  ]
  test.each(titled(lines))('shuaka keys %s → code 2', async (_, words, message) => {
    const run = await keys(...words.map((word) => (word.startsWith('fd:') ? fd(word.slice(3)) : word)))
    expect(run.error.trimEnd()).toMatch(message)
    expect(run.error.trimEnd().split('\n')).toHaveLength(1)
    expect(run).toMatchObject({ code: 2, out: '' })
    expect(leaks(run.error)).toEqual([])
  })

  test('describe --no-mask --mother-pos → code 2: the keys of a 母POS are never shown', async () => {
    const said: string[] = []
    vi.spyOn(console, 'error').mockImplementation((line) => said.push(String(line)))
    expect(await main(['describe', '--mother-pos', 'xgd', '--no-mask', KEY])).toBe(2)
    vi.restoreAllMocks()
    expect(said).toEqual(['describe: --no-mask is not for --mother-pos; its keys are never shown.'])
  })

  // biome-ignore format: one row a secret or block
  const contents: readonly (readonly [readonly string[], RegExp])[] = [
    [['kcv', '--algorithm', 'TDES', '--key-fd', `fd:${KEY}0`],            /^keys kcv: key: wants hex digits, two a byte\.$/],
    [['kcv', '--algorithm', 'TDES', '--key-fd', `fd:${KEY.slice(1)}G`],   /^keys kcv: key: wants hex digits, two a byte\.$/],
    [['kcv', '--algorithm', 'TDES', '--key-fd', 'fd:'],                   /^keys kcv: key: file descriptor \d+ gives nothing\.$/],
    [['kcv', '--algorithm', 'TDES', '--key-fd', 'fd: \n'],                /^keys kcv: key: wants hex digits, two a byte\.$/],
    [['kcv', '--algorithm', 'TDES', '--key-fd', `fd:${KEY.repeat(20)}`],  /gives more than 512 bytes\.$/],
    [['kcv', '--algorithm', 'SM4', '--key-fd', `fd:${KBPK}`],             /^keys kcv: key: wants 16 bytes, got 32\.$/],
    [[...wrap, ...k0, '--key-fd', `fd:${'01'.repeat(16)}`, '--kbpk-fd', `fd:${KBPK}`], /^keys wrap: key: is weak\.$/],
    [[...wrap, ...k0, '--key-fd', `fd:${KEY}`, '--kbpk-fd', `fd:${'00'.repeat(32)}`],  /^keys wrap: protection key: is weak\.$/],
    [[...wrap, ...k0, '--form', 'B', ...wrapFds],                         /^keys wrap: protection key: wants 16 or 24 bytes, got 32\.$/],
    [['wrap', '--algorithm', 'AES', ...k0, '--key-fd', `fd:${KBPK}`, '--kbpk-fd', `fd:${A}`], /^keys wrap: key block: the protection key is weaker than the key\.$/],
    [['unwrap', BLOCK, '--kbpk-fd', `fd:${A}`],                           /^keys unwrap: the block is refused\.$/],
    [['unwrap', BLOCK.slice(1), '--kbpk-fd', `fd:${KBPK}`],               /^keys unwrap: the block is refused\.$/],
    [['unwrap', `A${BLOCK.slice(1)}`, '--kbpk-fd', `fd:${KBPK}`],         /^keys unwrap: the block is refused\.$/],
    [['unwrap', KEY, '--kbpk-fd', `fd:${KBPK}`],                          /^keys unwrap: the block is refused\.$/],
    [['inspect', KEY],                                                    /^keys inspect: version at byte 0: wants B, D or E\.$/],
    [['inspect', `C${BLOCK.slice(1)}`],                                   /^keys inspect: version at byte 0: A and C, the variant method, are not taken\.$/],
    [[...combine, '--component-fd', `fd:${A}`, '--component-fd', `fd:${A}`], /^keys combine: two components are equal\.$/],
    [[...combine, '--component-fd', `fd:${A}`, '--component-fd', `fd:${KBPK}`], /^keys combine: component 2: TDES has none of 32 bytes\.$/],
    [[...combine, ...two, '--expect', '055808'],                          /^keys combine: the check value is not the one expected\.$/],
    [[...combine, ...two, '--expect', '05580900'],                        /^keys combine: the check value is not the one expected\.$/],
  ]
  test.each(titled(contents))('shuaka keys %s → code 1', async (_, words, message) => {
    const run = await keys(...words.map((word) => (word.startsWith('fd:') ? fd(word.slice(3)) : word)))
    expect(run.error.trimEnd()).toMatch(message)
    expect(run.error.trimEnd().split('\n')).toHaveLength(1)
    expect(run).toMatchObject({ code: 1, out: '' })
    expect(leaks(run.error)).toEqual([])
  })

  test('shuaka keys --help → every command', async () => {
    const { out } = await keys('--help')
    const listed = [...out.matchAll(/^ {2}([a-z]+) /gm)].map((match) => match[1])
    expect(listed).toEqual([
      'component',
      'combine',
      'kcv',
      'wrap',
      'unwrap',
      'inspect',
      'station',
      'audit',
      'identity',
      'selftest',
    ])
  })

  test.each(['component', 'combine', 'kcv', 'wrap', 'unwrap', 'inspect'])(
    'shuaka keys %s --help → what it is for',
    async (name) => {
      const run = await keys(name, '--help')
      expect(run.code).toBe(0)
      expect(run.out).toMatch(new RegExp(`^Usage: shuaka keys ${name} `))
      expect(run.out).toContain('--json')
    },
  )
})
