import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Component, programOf } from '../../../host-link/tms/payload.ts'
import { readReleaseFile } from '../../../host-link/tms/release-file.ts'
import { CommandError } from '../../../scripts/command-error.ts'
import {
  type BuildCommand,
  cleanComponents,
  releaseBuild,
  releaseDelta,
} from '../../../scripts/release/build.ts'
import { COMPONENT_BYTES_MAX, componentsOf } from '../../../scripts/release/components.ts'
import { secondsOf, sourceSeconds, timeText } from '../../../scripts/release/dates.ts'
import { packRelease, packReport, withDeltas } from '../../../scripts/release/pack.ts'
import { loadRelease, saveFile } from '../../../scripts/release/signed-file.ts'
import { sha256, unpacked } from '../../../scripts/release/verify.ts'
import { PROGRAM } from '../../../terminal/version.ts'
import { folder, components as little, removeFolders, signedRelease, words } from './rig.ts'

const NO_BUDGET = 1_000_000
let components: readonly Component[] = []
beforeAll(async () => {
  components = await cleanComponents(NO_BUDGET)
})
afterAll(removeFolders)

describe('components of the bundle', () => {
  it('the real one → pieces of at most 12 KiB but for a long module, named once each, that join to the bundle', () => {
    const large = components.filter(({ bytes }) => bytes.length > COMPONENT_BYTES_MAX)
    expect(large.length).toBeLessThan(3)
    expect(new Set(components.map(({ name }) => name)).size).toBe(components.length)
    expect(components.length).toBeGreaterThan(10)
    expect(components.length).toBeLessThan(100)
    expect(Buffer.from(programOf(components)).toString()).toContain('"use strict"')
  })

  it('a module more in the middle → the pieces after it stay the same', () => {
    const modules = Array.from({ length: 40 }, (_, at) => ({
      name: `m/${at}.ts`,
      text: `/*${at}*/${'x'.repeat(1500)}`,
    }))
    const cut = (list: readonly { name: string; text: string }[]) => {
      const starts = list.map((_, at) => list.slice(0, at).reduce((sum, { text }) => sum + text.length, 0))
      const mappings = starts
        .map((start, at) => vlq(start - (starts[at - 1] ?? 0)) + (at === 0 ? 'AAA' : 'CAA'))
        .join(',')
      return componentsOf(list.map(({ text }) => text).join(''), {
        mappings,
        sources: list.map(({ name }) => name),
      })
    }
    const before = cut(modules)
    const after = cut([
      ...modules.slice(0, 11),
      { name: 'm/new.ts', text: 'n'.repeat(900) },
      ...modules.slice(11),
    ])
    const known = new Set(before.map(({ bytes }) => Buffer.from(bytes).toString()))
    expect(before.length).toBeGreaterThan(4)
    expect(after.filter(({ bytes }) => !known.has(Buffer.from(bytes).toString())).length).toBeLessThan(3)
  })
})

/** A number as in a source map. */
function vlq(number: number): string {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  let out = ''
  for (let left = number << 1, more = true; more; ) {
    more = left > 31
    out += digits[(left & 31) | (more ? 32 : 0)]
    left >>= 5
  }
  return out
}

describe('payloads of the real bundle', () => {
  it('in full → below gzip + 1 %; one text changed → a delta below 2 % of gzip', async () => {
    const program = programOf(components)
    const old = Buffer.from(Buffer.from(program).toString().replace('"use strict"', '"use strict";"0.0.9"'))
    const plain = packRelease(words, components)
    const file = withDeltas(plain, readManifest(plain), components, [{ name: 'old', program: old }])
    const { payloads } = packReport({ ...loadedOf(file) }, components)
    const gzip = gzipSync(program, { level: 9 }).length
    const [delta, full] = payloads
    expect(full?.bytes).toBeLessThan(1.01 * gzip)
    expect(delta?.bytes).toBeLessThan(0.02 * gzip)
    const made = await unpacked(file.objects[0] ?? old, old, program.length)
    expect(sha256(made ?? old)).toEqual(sha256(program))
  })
})

const loadedOf = (file: ReturnType<typeof packRelease>) => {
  const path = join(folder(), 'x.release')
  saveFile(path, file)
  return loadRelease(path).release
}
const readManifest = (file: ReturnType<typeof packRelease>) => loadedOf(file).manifest

const options: BuildCommand = {
  ...{
    tenant: 'shuaka',
    number: 4,
    models: ['SK-1'],
    expires: '2030-01-01',
    created: '2026-05-06T07:08:09Z',
  },
  ...{ noticeZh: '新版本', noticeEn: 'New version', class: 'urgent', deadline: '2026-12-01' },
}
const make = () => Promise.resolve([...little])

describe('release build', () => {
  it('twice with the same options → the same bytes; version and counter are those of the program', async () => {
    const place = folder()
    const [a, b] = [join(place, 'a'), join(place, 'b')]
    const text = await releaseBuild({ ...options, out: a }, make)
    await releaseBuild({ ...options, out: b }, make)
    expect(readFileSync(a).equals(readFileSync(b))).toBe(true)
    expect(text).toMatch(/without signatures; shuaka release sign adds them\n$/)
    const { manifest } = readReleaseFile(readFileSync(a))
    expect(manifest).toMatchObject({
      ...{ version: PROGRAM.version, counter: PROGRAM.counter, seq: 4, created: 1_778_051_289 },
      policy: {
        class: 1,
        earliest: 0,
        deadline: 1_796_083_200,
        needsSettlement: false,
        allowOpenBatch: false,
      },
    })
  })

  it('--dry-run --json → the report, no file; without either → CommandError', async () => {
    const out = join(folder(), 'a')
    const report: unknown = JSON.parse(
      await releaseBuild({ ...options, out, dryRun: true, json: true }, make),
    )
    expect(report).toMatchObject({ number: 4, file: null, components: 2, program: programOf(little).length })
    expect(() => readFileSync(out)).toThrow()
    await expect(releaseBuild(options, make)).rejects.toThrow(/--out/)
  })

  it('an expiry before the beginning, a notice of 61 characters, a model of 17 → CommandError with its place', async () => {
    const rows: readonly [Partial<BuildCommand>, RegExp][] = [
      [{ expires: '2026-01-01' }, /--expires is before/],
      [{ noticeZh: '新'.repeat(61) }, /notice\.zh/],
      [{ models: ['a model of a make'] }, /models\.0/],
      [{ expires: '2030-02-30' }, /--expires wants a date/],
    ]
    for (const [said, why] of rows)
      await expect(releaseBuild({ ...options, ...said, dryRun: true }, make)).rejects.toThrow(why)
  })

  it('a base twice, the program itself as its base → CommandError', async () => {
    const base = join(folder(), 'old.js')
    writeFileSync(base, 'old program')
    await expect(releaseBuild({ ...options, dryRun: true, base: [base, base] }, make)).rejects.toThrow(
      /already/,
    )
    writeFileSync(base, programOf(little))
    await expect(releaseBuild({ ...options, dryRun: true, base: [base] }, make)).rejects.toThrow(
      /this very program/,
    )
  })
})

describe('release delta', () => {
  it('from a release file → one payload more, before that in full; a signed one → CommandError', async () => {
    const place = folder()
    const [a, old] = [join(place, 'a'), join(place, 'old')]
    const [first, ...rest] = little
    if (first === undefined) throw new Error('no component')
    saveFile(
      old,
      packRelease({ ...words, version: '1.0.0' }, [
        { ...first, bytes: Buffer.from(`${Buffer.from(first.bytes)}//`) },
        ...rest,
      ]),
    )
    saveFile(a, packRelease(words, little))
    expect(await releaseDelta(a, { base: [old] })).toMatch(/payload {3}\d+ bytes from 1\.0\.0, /)
    const { manifest } = loadRelease(a).release
    expect(manifest.payloads.map(({ base }) => base?.length ?? null)).toEqual([32, null])
    await expect(releaseDelta(a, { base: [old] })).rejects.toThrow(/already/)
    saveFile(a, signedRelease(), true)
    await expect(releaseDelta(a, { base: [old] })).rejects.toThrow(/is signed/)
  })
})

describe('times', () => {
  it('a day, a second, a count → Unix seconds; anything else → CommandError', () => {
    expect(secondsOf('2028-12-31', '--x')).toBe(1_861_833_600)
    expect(timeText(secondsOf('2028-12-31T08:00:00Z', '--x'))).toBe('2028-12-31T08:00:00Z')
    expect(secondsOf('1800000000', '--x')).toBe(1_800_000_000)
    for (const text of ['', 'tomorrow', '2028-13-01', '2028-02-30', '2028-12-31T08:00', '-1'])
      expect(() => secondsOf(text, '--x'), text).toThrow(CommandError)
  })

  it('SOURCE_DATE_EPOCH → that; no repository and nothing said → CommandError', () => {
    expect(sourceSeconds(folder(), { SOURCE_DATE_EPOCH: '12' })).toBe(12)
    expect(() => sourceSeconds(folder(), { SOURCE_DATE_EPOCH: 'now' })).toThrow(CommandError)
    expect(() => sourceSeconds(folder(), {})).toThrow(/no commit/)
  })
})
