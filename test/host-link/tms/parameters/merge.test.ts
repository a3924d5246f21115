import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  LAYER_KINDS,
  type LayerContent,
  type ParameterValue,
} from '../../../../host-link/tms/api-parameters.ts'
import type { Layer } from '../../../../host-link/tms/parameters/layer.ts'
import { layersAt, merge } from '../../../../host-link/tms/parameters/merge.ts'

/** One layer of a stack as the rule says it: which keys it gives, which of them it locks. */
interface Said {
  readonly values: Readonly<Record<string, ParameterValue>>
  readonly locks: readonly string[]
}
const keys = ['locale', 'noticeSeconds', 'autoSignOn', 'merchantName'] as const
const said: fc.Arbitrary<Said> = fc
  .dictionary(fc.constantFrom(...keys), fc.oneof(fc.boolean(), fc.integer(), fc.string({ maxLength: 4 })))
  .chain((values) => fc.record({ values: fc.constant(values), locks: fc.subarray(Object.keys(values)) }))
/** Up to six layers, the widest first; a kind may be missing. */
const stack = fc.array(fc.option(said), { minLength: 6, maxLength: 6 })

function layersOf(stacked: readonly (Said | null)[]): readonly Layer[] {
  return stacked.flatMap((one, at) => {
    const kind = LAYER_KINDS[at]
    const content: LayerContent = { values: one?.values ?? {}, locks: one?.locks ?? [], variables: {} }
    return one === null || kind === undefined
      ? []
      : [{ layer: { kind, name: kind === 'product' ? '' : 'x' }, version: 1, effective: 0, content }]
  })
}

/**
 * The rule in other words: of those who give a key, the widest that locks it decides; where nobody locks it, the narrowest.
 * What is below a lock never counts, nor does a lock that stands there.
 */
function oracle(
  stacked: readonly (Said | null)[],
  key: string,
): { value: ParameterValue; at: number; locked: boolean } | undefined {
  const givers = stacked.flatMap((one, at) =>
    one !== null && Object.hasOwn(one.values, key) ? [{ one, at }] : [],
  )
  const lock = givers.find(({ one }) => one.locks.includes(key))
  const winner = lock ?? givers.at(-1)
  const value = winner?.one.values[key]
  return winner === undefined || value === undefined
    ? undefined
    : { value, at: winner.at, locked: lock !== undefined }
}

describe('layers 参数层 put together', () => {
  it('any stack of layers → each key as the rule says: last wins, a lock above wins over all below', () => {
    fc.assert(
      fc.property(stack, (stacked) => {
        const merged = merge(layersOf(stacked))
        for (const key of keys) {
          const wanted = oracle(stacked, key)
          const found = merged.keys.get(key)
          expect(found?.value).toEqual(wanted?.value)
          expect(found && LAYER_KINDS.indexOf(found.from.layer.kind)).toBe(wanted?.at)
          expect(found?.lockedBy !== undefined).toBe(wanted?.locked === true)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('any stack, in any order of its layers → the same', () => {
    fc.assert(
      fc.property(stack, fc.func(fc.integer()), (stacked, order) => {
        const layers = layersOf(stacked)
        const shuffled = [...layers].sort((a, b) => order(a.layer.kind) - order(b.layer.kind))
        expect(merge(shuffled).keys).toEqual(merge(layers).keys)
      }),
    )
  })

  it('any stack → every value that does not count is told, nearest first, and those below a lock as such', () => {
    fc.assert(
      fc.property(stack, (stacked) => {
        for (const [key, { overrides, from }] of merge(layersOf(stacked)).keys) {
          const winner = LAYER_KINDS.indexOf(from.layer.kind)
          const others = stacked
            .map((one, at) => ({ at, value: one?.values[key] }))
            .filter(({ at, value }) => value !== undefined && at !== winner)
            .reverse()
          expect(overrides.map(({ value, locked }) => ({ value, locked }))).toEqual(
            others.map(({ at, value }) => ({ value, locked: at > winner })),
          )
        }
      }),
    )
  })

  it('variables → the narrowest layer that gives one wins', () => {
    const layers = layersOf([said0({}), null, null, said0({}), null, said0({})]).map((layer, at) => ({
      ...layer,
      content: {
        ...layer.content,
        variables: at === 0 ? {} : { city: { kind: 'text' as const, value: `at ${at}` } },
      },
    }))
    expect(merge(layers).variables.get('city')?.value).toBe('at 2')
  })

  it('versions of a layer → the newest whose time has come counts', () => {
    const version = (number: number, effective: number): Layer => ({
      ...{ layer: { kind: 'product', name: '' }, version: number, effective },
      content: { values: {}, locks: [], variables: {} },
    })
    const versions = [version(1, 0), version(2, 500), version(3, 100)]
    expect(layersAt(versions, 0).map((one) => one.version)).toEqual([1])
    expect(layersAt(versions, 100).map((one) => one.version)).toEqual([3])
    expect(layersAt(versions, 500).map((one) => one.version)).toEqual([3])
    expect(layersAt([version(1, 100)], 99)).toEqual([])
  })
})

const said0 = (values: Said['values']): Said => ({ values, locks: [] })
