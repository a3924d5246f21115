import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { main } from '../../scripts/cli.ts'
import { rolled } from '../../scripts/tms-bench/download.ts'
import { far } from '../../scripts/tms-bench/far.ts'

const SHUAKA = fileURLToPath(new URL('../../scripts/shuaka.mjs', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'shuaka-tms-bench-test-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('shuaka tms bench', () => {
  it.each([
    ['tms --block 3', /allowed choices are 1, 2, 4, 8, 16, 32/],
    ['tms bench --block-size 64', /allowed choices are 1, 2, 4, 8, 16, 32/],
    ['tms bench --per-second some', /--per-second wants a number from 0 to 1000/],
  ])('%s → exit code 2 and why', async (words, why) => {
    const said: string[] = []
    vi.spyOn(console, 'error').mockImplementation((line) => void said.push(String(line)))
    expect(await main(words.split(' '))).toBe(2)
    vi.restoreAllMocks()
    expect(said.join()).toMatch(why)
  })

  it('is run from any folder', async () => {
    const words = ['tms', 'bench', '--scenario', 'hold', '--terminals', '2', '--seconds', '1', '--json']
    const child = spawn(process.execPath, [SHUAKA, ...words], { cwd: folder })
    const said = { out: '', error: '' }
    child.stdout.on('data', (part) => {
      said.out += part
    })
    child.stderr.on('data', (part) => {
      said.error += part
    })
    const code = await new Promise((resolve) => child.on('close', resolve))
    expect([code, said.error]).toEqual([0, ''])
    const { figures } = JSON.parse(said.out)
    expect(figures).toContainEqual({ name: 'online at the end', value: 2, unit: '', limit: '2' })
  })

  it('a download waits for the slow ones too, and counts the frozen ones as frozen', async () => {
    const how = { frozenPercent: 1, slowPercent: 5, slowBytesPerSecond: 8_000 }
    const made = await rolled(
      { broker: 'embedded', terminals: 8, blockBytes: 4_096 },
      { bytes: 32_768, ...how },
    )
    expect(made).toMatchObject({ others: 2, done: 2, slow: 5, slowDone: 5, toFreeze: 1, frozen: 1 })
    expect([made.frozenDone, made.wrong]).toEqual([0, 0])
    expect(made.slowLast).toBeGreaterThanOrEqual(32_768 / 8_000)
    expect(made.slowLast).toBeGreaterThan(made.last)
  })

  it('far: the bare broker moves the same bytes over the same lines, all at once where nobody waits', async () => {
    const options = { broker: 'embedded', terminals: 30, holdSeconds: 0, rounds: 1, perSecond: 0 } as const
    const figures = await far({ ...options, blockBytes: 16_384 }, [{ bytes: 262_144, roundTripMs: 100 }])
    const of = (name: string) => figures.filter((one) => one.name.endsWith(name)).map(({ value }) => value)
    expect(of('complete')).toEqual([3, 3])
    expect(of('under way at once, at most')).toEqual([3])
    // Four windows cannot take less than four round trips.
    for (const share of of('round trip: payload, median').concat(of('round trip, median'))) {
      expect(share).toBeGreaterThan(0)
      expect(share).toBeLessThanOrEqual(100)
    }
    for (const value of of('÷ bare broker, medians')) expect(value).toBeGreaterThan(0)
  })
})
