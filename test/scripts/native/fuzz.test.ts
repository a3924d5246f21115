import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fuzzNative } from '../../../scripts/native/fuzz.ts'
import { rounds } from '../../../scripts/native/fuzz-rounds.ts'
import { makeChance, mutated, mutatedJson } from '../../../scripts/native/mutate.ts'
import { ensureNative } from '../../rig/native.ts'

const budget = Number(process.env.SHUAKA_BUDGET ?? 1)
const SECONDS = 5

const sanitized = await ensureNative('x86-64', { sanitize: true })
const missing = 'missing' in sanitized ? sanitized.missing : undefined
if (missing !== undefined) console.warn(missing)

describe.skipIf(missing !== undefined)('what the runtime reads from outside', () => {
  test(
    'strange files, words, cards and answers → a defined end and clear lines, no finding of a sanitizer',
    async () => {
      if ('missing' in sanitized) return expect.fail(sanitized.missing)
      const report = await fuzzNative(sanitized, { seconds: SECONDS * budget, seed: 1 })
      expect(report.findings).toEqual([])
      expect(report.rounds).toBeGreaterThanOrEqual(4)
    },
    (SECONDS * budget + 120) * 1000,
  )
})

test('a head that cannot be made → no round that counts as passed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-fuzz-'))
  mkdirSync(join(folder, 'reader'))
  const ground = { device: { command: 'true', args: [] }, folder }
  await expect(rounds.reader?.(ground, makeChance(1))).rejects.toThrow('mkfifo cannot make it')
  rmSync(folder, { recursive: true })
})

describe('mutations', () => {
  const bytes = Uint8Array.from({ length: 300 }, (_, at) => at & 255)
  test('the same seed → the same bytes, another one → others', () => {
    const of = (seed: number): string => Buffer.from(mutated(bytes, makeChance(seed))).toString('hex')
    expect(of(7)).toBe(of(7))
    expect(new Set(Array.from({ length: 50 }, (_, seed) => of(seed))).size).toBeGreaterThan(40)
  })

  test('a JSON text → a value of it becomes another one, and often it is still JSON', () => {
    const text = Buffer.from(JSON.stringify({ serial: 'SK1', heap: 262144, setup: { keySlot: 1 } }))
    const parsed = Array.from({ length: 100 }, (_, seed) => {
      try {
        return JSON.stringify(JSON.parse(mutatedJson(text, makeChance(seed))))
      } catch {
        return undefined
      }
    })
    expect(parsed.filter((each) => each !== undefined).length).toBeGreaterThan(30)
    expect(new Set(parsed).size).toBeGreaterThan(20)
  })
})
