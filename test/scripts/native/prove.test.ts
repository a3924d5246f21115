import { describe, expect, test } from 'vitest'
import {
  countOfTests,
  countOfVectors,
  PROOFS,
  type Proof,
  proofsFor,
} from '../../../scripts/native/proofs.ts'
import { lineOf, optionsOf, type Proved, prove } from '../../../scripts/native/prove.ts'

/** A proof whose run is a script of one line. */
const proofOf = (script: string, over: Partial<Proof> = {}): Proof => ({
  ...{ name: 'parity', what: 'a script', needs: [], env: { SHUAKA_BUDGET: '7' } },
  words: () => ['-e', script],
  count(output) {
    if (!/^\d+ tests$/.test(output)) throw new Error(`it said ${output}`)
    return output
  },
  ...over,
})
async function proved(
  proof: Proof,
  given: { budgetMs?: number; missing?: string } = {},
): Promise<Proved | undefined> {
  const [one] = await prove([proof], { ...given, missing: () => given.missing, told: () => undefined })
  return one
}

describe('one proof', () => {
  test('holds → its counts, under its own budget of search', async () => {
    const one = await proved(proofOf("process.stdout.write(process.env.SHUAKA_BUDGET + ' tests')"))
    expect(one).toMatchObject({ verdict: 'holds', said: '7 tests' })
    expect(one && lineOf(one)).toMatch(/^holds {9}parity {7}a script: 7 tests \(\d+ s\)$/)
  })
  test('does not hold → FAILS, and why', async () =>
    expect(
      await proved(proofOf("process.stdout.write('none'); console.error('the reason'); process.exit(1)")),
    ).toMatchObject({
      verdict: 'FAILS',
      said: 'it said none. the reason',
    }))
  test('is not done in its time → not finished, and nothing of it is left running', async () =>
    expect(await proved(proofOf('setInterval(() => {}, 1000)'), { budgetMs: 300 })).toMatchObject({
      verdict: 'not finished',
    }))
  test('there is no time left → it is not begun', async () =>
    expect(await proved(proofOf("process.stdout.write('1 tests')"), { budgetMs: 0 })).toMatchObject({
      verdict: 'not finished',
    }))
  test('this machine lacks what it needs → one sentence', async () =>
    expect(await proved(proofOf(''), { missing: 'there is no valgrind here.' })).toMatchObject({
      verdict: 'not here',
      said: 'there is no valgrind here.',
    }))
})

describe('what a run says of itself', () => {
  const results = (...failed: string[]) => [
    { message: '', assertionResults: failed.map((fullName) => ({ fullName, status: 'failed' })) },
  ]
  test('tests that passed → their count; a failed one, none at all or no report → no proof', () => {
    expect(countOfTests(JSON.stringify({ success: true, numPassedTests: 12, numFailedTests: 0 }))).toBe(
      '12 tests',
    )
    const bad = { success: false, numPassedTests: 11, numFailedTests: 1, testResults: results('a sale') }
    expect(() => countOfTests(JSON.stringify(bad))).toThrow('1 of 12 tests failed: a sale')
    expect(() => countOfTests(JSON.stringify({ success: true, numPassedTests: 0 }))).toThrow('no test ran')
    expect(() => countOfTests('')).toThrow('without a report')
    const none = {
      success: false,
      numPassedTests: 0,
      testResults: [{ message: 'no file', assertionResults: [] }],
    }
    expect(() => countOfTests(JSON.stringify(none))).toThrow('no file')
  })
  test('vectors → their count and what is declared; one that failed → no proof', () => {
    expect(countOfVectors('{"passed":10,"failed":0,"absent":2}')).toBe('10 vectors, 2 declared absent')
    expect(() => countOfVectors('{"passed":10,"failed":1}')).toThrow('1 vectors failed')
    expect(() => countOfVectors('{"passed":0,"failed":0}')).toThrow('0 passed')
  })
  test('rounds of the fuzzer → its last line; a finding, or no round → no proof', () => {
    const fuzz = proofsFor().find(({ name }) => name === 'fuzz')
    expect(fuzz?.count('9 rounds from seed 1, 0 findings\n')).toBe('9 rounds from seed 1, 0 findings')
    for (const said of ['9 rounds from seed 1, 1 findings', '0 rounds from seed 1, 0 findings', ''])
      expect(() => fuzz?.count(said)).toThrow()
  })
})

describe('what is asked for', () => {
  const names = (...args: string[]) => {
    const asked = optionsOf(args)
    return typeof asked === 'string' ? asked : asked.proofs.map(({ name }) => name)
  }
  test('nothing → every proof there is, the fuzzer last', () => {
    expect(new Set(names())).toEqual(new Set(PROOFS))
    expect(names().at(-1)).toBe('fuzz')
  })
  test('--only, --arch → those alone', () => {
    expect(names('--only', 'fuzz,allocation')).toEqual(['allocation', 'fuzz'])
    expect(names('--arch', 'arm')).toEqual(['parity', 'conformance'])
    expect(optionsOf(['--budget', '2'])).toMatchObject({ budgetMs: 120_000 })
  })
  test.each([
    [['--only', 'fuz'], 'there is no proof fuz'],
    [['--arch', 'mips'], 'there is no processor mips'],
    [['--budget', '0'], '--budget wants minutes'],
    [['--budget', 'ten'], '--budget wants minutes'],
    [['--arch', 'arm', '--only', 'fuzz'], 'fuzz is for x86-64'],
    [['--odd'], '--odd'],
  ])('%j → one sentence', (args, why) => expect(optionsOf(args)).toContain(why))
})
