import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { transformSync } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { begunAt, mutants } from '../mutants/list.ts'
import { type Mutant, mutated } from '../mutants/mutant.ts'
import { ROOT, runMutants } from '../mutants/runner.ts'

describe('the list of mutants', () => {
  it('ids are words with hyphens, and no two are the same', () => {
    const ids = mutants.map(({ id }) => id)
    expect(ids.filter((id) => !/^[a-z0-9]+(-[a-z0-9]+)+$/.test(id))).toEqual([])
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('each place is in its file exactly once, and what takes it is another text that can be parsed', () => {
    const faults = mutants.flatMap((mutant) => {
      const fault = faultOf(mutant)
      return fault === undefined ? [] : [`${mutant.id}: ${fault}`]
    })
    expect(faults).toEqual([])
  })

  it('each names test files that are there, and says in a sentence what it does', () => {
    for (const { id, tests, does } of mutants) {
      expect(tests.length, id).toBeGreaterThan(0)
      for (const file of tests) expect(existsSync(join(ROOT, file)), `${id}: ${file}`).toBe(true)
      expect(does, id).toMatch(/^[A-Z].*\.$/)
    }
  })

  it('rules P1–P8, P10 and P12–P14 are broken at least once', () => {
    const rules = new Set(mutants.map(({ rule }) => rule))
    for (const number of [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 13, 14]) expect(rules).toContain(`P${number}`)
  })

  it('begun at each of a few seeds, a quarter of the list at a time → all of it was seen', () => {
    const list = Array.from({ length: 100 }, (_, index) => index)
    const seen = new Set(Array.from({ length: 8 }, (_, seed) => begunAt(list, seed).slice(0, 25)).flat())
    expect(seen.size).toBe(list.length)
  })
})

function faultOf(mutant: Mutant): string | undefined {
  const text = readFileSync(join(ROOT, mutant.file), 'utf8')
  const changed = mutated(text, mutant)
  if (changed === undefined) return `its place is not exactly once in ${mutant.file}`
  if (changed === text) return 'changes nothing'
  if (/\.[ch]$/.test(mutant.file)) return undefined // the compiler says so when the mutant is tried
  try {
    transformSync(changed, { loader: mutant.file.endsWith('.tsx') ? 'tsx' : 'ts' })
    return undefined
  } catch (error) {
    return String(error)
  }
}

describe('the run', () => {
  const quick = mutants.filter(({ id }) =>
    ['keys-last-byte-compared', 'envelope-addresses-kept', 'frame-any-length'].includes(id),
  )
  const [first] = quick

  it('three quick mutants → killed, each by a test of its own, and the tree is as it was', async () => {
    const before = quick.map(({ file }) => readFileSync(join(ROOT, file), 'utf8'))
    const { results, left } = await runMutants(quick)
    expect(results.map(({ verdict }) => verdict)).toEqual(['killed', 'killed', 'killed'])
    expect(new Set(results.map(({ by }) => by)).size).toBe(3)
    expect(left).toEqual([])
    expect(quick.map(({ file }) => readFileSync(join(ROOT, file), 'utf8'))).toEqual(before)
  })

  it('a change that no test notices → SURVIVED; a place that is not there → unfit', async () => {
    if (first === undefined) throw new Error('the list has its quick mutants')
    const harmless = { ...first, id: 'harmless', replace: `${first.find} /* the same */` }
    const { results } = await runMutants([harmless, { ...first, id: 'gone', find: 'no such text' }])
    expect(results.map(({ verdict }) => verdict)).toEqual(['SURVIVED', 'unfit'])
  })

  it('no time left → nothing tried, all of it left', async () => {
    const { results, left } = await runMutants(quick, { budgetMs: 1 })
    expect(results).toEqual([])
    expect(left).toEqual(quick.map(({ id }) => id))
  })
})
