import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CODE } from '../../../host-link/wire/tms/codes.ts'
import type { ReleaseManifest } from '../../../host-link/wire/tms/release.ts'
import { indexBytes, judge, payloadFor, type Terms } from '../../../terminal/update/judge.ts'
import { filled, MODEL, NOW, releaseOf, TENANT } from '../../host-link/wire/tms/samples.ts'

const BASE = filled(32, 0x35)
const terms: Terms = {
  ...{
    tenant: TENANT,
    model: MODEL,
    version: '0.1.0',
    runtime: 1,
    parameterSchema: 1,
    journal: { min: 1, max: 2 },
    counter: 3,
  },
  ...{ now: NOW, slotBytes: 10_000, stagingBytes: 5_000, indexBytes: 4_096, bases: [], failedBefore: false },
}
const release = releaseOf({ flash: 4_096 })

// biome-ignore format: one row a reason, in the order in which they are asked
const reasons: readonly (readonly [string, number, Partial<ReleaseManifest>, Partial<Terms>])[] = [
  ['wrongTenant',     CODE.wrongTenant,     {}, { tenant: 'other' }],
  ['wrongModel',      CODE.wrongModel,      {}, { model: 'SK-900' }],
  ['expired',         CODE.expired,         {}, { now: release.expires }],
  ['counterLow',      CODE.counterLow,      {}, { counter: 4 }],
  ['runtime',         CODE.runtime,         { runtime: { min: 4, max: 5 } }, {}],
  ['runtime, too old',CODE.runtime,         {}, { runtime: 3 }],
  ['parameterSchema', CODE.parameterSchema, {}, { parameterSchema: 2 }],
  ['journalLayout',   CODE.journalLayout,   {}, { journal: { min: 3, max: 3 } }],
  ['journal, too old',CODE.journalLayout,   { journal: { readsMin: 1, readsMax: 1, writes: 1, reversible: true } }, { journal: { min: 2, max: 3 } }],
  ['requiredVersion', CODE.requiredVersion, {}, { version: '0.0.9' }],
  ['failed before',   CODE.tries,           {}, { failedBefore: true }],
  ['slot too small',  CODE.noSpace,         {}, { slotBytes: 1_999 }],
  ['flash needed',    CODE.noSpace,         { flash: 10_001 }, {}],
  ['staging too small',CODE.noSpace,        {}, { stagingBytes: 899 }],
  ['index too long',  CODE.noSpace,         {}, { indexBytes: 47 }],
  ['no base',         CODE.baseMissing,     { payloads: [{ base: BASE, size: 120, index: filled(32, 1) }] }, {}],
]

describe('judge', () => {
  it('a release for this terminal is taken', () => {
    expect(judge(release, terms)).toBe(CODE.ok)
    expect(judge(releaseOf({ flash: 4_096, required: [] }), { ...terms, version: '9' })).toBe(CODE.ok)
    const near = { now: release.expires - 1, runtime: 2, counter: 3, journal: { min: 1, max: 1 } }
    expect(judge(release, { ...terms, ...near })).toBe(CODE.ok)
  })

  it('a release that reads only an older layout, or a newer one too, is taken where this program can hand that one over', () => {
    const reads = (readsMin: number, readsMax: number, min: number, max: number) =>
      judge(
        { ...release, journal: { readsMin, readsMax, writes: readsMax, reversible: true } },
        { ...terms, journal: { min, max } },
      )
    expect([reads(1, 1, 1, 2), reads(2, 3, 1, 2), reads(2, 2, 2, 2)]).toEqual([0, 0, 0])
    expect([reads(1, 1, 2, 2), reads(3, 3, 1, 2)]).toEqual([CODE.journalLayout, CODE.journalLayout])
  })

  for (const [name, code, over, at] of reasons)
    it(`${name} → code ${code}`, () => {
      expect(judge({ ...release, ...over }, { ...terms, ...at })).toBe(code)
    })

  it('of several reasons the first in the list is told, and none makes another good', () => {
    fc.assert(
      fc.property(fc.subarray([...reasons.keys()], { minLength: 1 }), (chosen) => {
        const rows = chosen.map((at) => reasons[at] as (typeof reasons)[number])
        const over = Object.assign({}, ...rows.map(([, , each]) => each)) as Partial<ReleaseManifest>
        const at = Object.assign({}, ...rows.map(([, , , each]) => each)) as Partial<Terms>
        const code = judge({ ...release, ...over }, { ...terms, ...at })
        expect(code).not.toBe(CODE.ok)
        if ((chosen[0] ?? 99) <= 12) expect(code).toBe(rows[0]?.[1])
      }),
      { numRuns: 200 },
    )
  })

  it('the delta whose base runs here is chosen; unless it failed, does not fit, or starts elsewhere', () => {
    const here = { ...terms, bases: [filled(32, 1), BASE] }
    expect(payloadFor(release, here, false)).toBe(1)
    expect(payloadFor(release, here, true)).toBe(0)
    expect(payloadFor(release, terms, false)).toBe(0)
    expect(payloadFor(release, { ...here, stagingBytes: 119 }, false)).toBe(-1)
    const deltaOnly = { ...release, payloads: release.payloads.slice(1) }
    expect(payloadFor(deltaOnly, here, false)).toBe(0)
    expect(payloadFor(deltaOnly, here, true)).toBe(-1)
    expect(judge(deltaOnly, { ...here, stagingBytes: 119 })).toBe(CODE.noSpace)
  })

  it('an index has the payload’s hash and 16 bytes a leaf', () => {
    const payload = { base: null, index: filled(32, 1) }
    expect([1, 1_024, 1_025].map((size) => indexBytes({ ...payload, size }))).toEqual([48, 48, 64])
  })
})
