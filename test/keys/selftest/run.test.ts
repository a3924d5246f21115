import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { runVector, runVectors } from '../../../keys/selftest/run.ts'
import { isObject, parseVectors, type SelfTestVector } from '../../../keys/selftest/vector.ts'
import { noise } from '../../../scripts/keys-selftest.ts'

const file: unknown = JSON.parse(readFileSync(new URL('../../vectors/keys.json', import.meta.url), 'utf8'))
const parsed = parseVectors(file)
if (parsed.kind === 'refused') throw new Error(parsed.why)
const { vectors } = parsed
const named = (name: string): SelfTestVector => {
  const found = vectors.find((each) => each.name === name)
  if (found === undefined) throw new Error(name)
  return found
}

/** The same vector with other members; `undefined` takes one out. */
function changed(name: string, members: { readonly [member: string]: unknown }): SelfTestVector {
  const again = parseVectors([{ ...named(name).fields, ...members }])
  const [only] = again.kind === 'vectors' ? again.vectors : []
  if (only === undefined) throw new Error(name)
  return only
}

const failed = (vector: SelfTestVector) => {
  const { result, detail } = runVector(vector, { noise })
  expect(result).toBe('failed')
  expect(detail).not.toBe('')
  return detail
}

describe('every published vector', () => {
  it('there are 204, no two of one name', () => {
    expect(vectors).toHaveLength(204)
    expect(new Set(vectors.map(({ name }) => name)).size).toBe(204)
  })

  it.each(vectors)('$name: computed, as published', (vector) => {
    expect(runVector(vector, { noise })).toEqual({ name: vector.name, result: 'passed', detail: '' })
  })
})

/** Paths to all texts, numbers and truths below a value. */
function leaves(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path]
  return Object.entries(value).flatMap(([name, member]) => leaves(member, [...path, name]))
}

/** A copy with the leaf there changed: one hex digit, one more, or the other truth. */
function spoiled(value: unknown, path: readonly string[]): unknown {
  const [name, ...rest] = path
  if (Array.isArray(value)) return value.map((each, at) => (String(at) === name ? spoiled(each, rest) : each))
  if (isObject(value) && name !== undefined) return { ...value, [name]: spoiled(value[name], rest) }
  if (typeof value === 'boolean') return !value
  if (typeof value === 'number') return value + 1
  if (typeof value !== 'string') throw new Error('a leaf of another kind')
  return value.slice(0, -1) + (value.endsWith('0') ? '1' : '0')
}

describe('nothing passes by itself', () => {
  it.each(vectors.filter(({ name }) => name !== 'sm4-million'))(
    '$name: with any one value of its answer changed → failed',
    ({ name, fields }) => {
      for (const path of leaves(fields.expected)) {
        failed(changed(name, { expected: spoiled(fields.expected, path) }))
      }
    },
  )

  it.each(vectors.filter(({ fields }) => isObject(fields.expected)))(
    '$name: with one more value in its answer → failed, for nothing of that name is computed',
    ({ name, fields }) => {
      if (name === 'tr31-header-B-16-0' || !isObject(fields.expected)) return
      expect(failed(changed(name, { expected: { ...fields.expected, other: '00' } }))).toContain('other')
    },
  )

  it.each(vectors)('$name: without its answer it is no vector', ({ name, fields }) => {
    const { expected, ...rest } = fields
    expect(expected).toBeDefined()
    expect(parseVectors([rest])).toEqual({ kind: 'refused', why: 'vector 1 has no "expected"' })
    failed(changed(name, { expected: null }))
  })

  // biome-ignore format: one row an input
  it.each([
    ['tr31-unwrap-1-format_b', 'kbek',        '60C17C9B43020123C16040CCDCBC76F0'],
    ['tr31-unwrap-3',          'keyPad',      '1C2965473CE3'],
    ['tr31-unwrap-2',          'keyBlock',    'A0072P0TE00E0000F5161ED902807AF26F1D62263644BD24192FDB3193C730301CEE8702'],
    ['tr31-wrap-6',            'keyPad',      '1C2965473CE206BB855B01533783'],
    ['components-sm4-3',       'componentKcv', ['4F44FB56', '3D2D7473', 'FC9249D7']],
    ['kcv-tdes-textbook',      'method',      'aes-cmac'],
    ['kcv-aes-cmac-1',         'algorithm',   'AES-256'],
    ['cup-ecb-mac-sm4',        'xorStage',    '962844F42B49EFBEDB20B0C06D060802'],
    ['mac-9797-alg1-pad2-24',  'padding',     4],
    ['sm4-ecb-2',              'iterations',  1_000_001],
    ['salt-channel-v2-example1', 'M2',        '020000000000DE9EDB7D7B7DC1B4D35B61C2ECE435373F8343C85B78674DADFC7E146F882B4E'],
    ['dukpt-tdes-E00001',      'ksn',         'FFFF9876543210E00000'],
    ['pin-reject-fmt0-fill-not-F-0412', 'block', '041261AAAAEDCBA9'],
  ])('%s: with another %s → failed', (name, member, value) => {
    failed(changed(name, { [member]: value }))
  })
})

describe('what is not understood has failed, with a reason', () => {
  it('an unknown op or category', () => {
    expect(failed(changed('tr31-wrap-3', { op: 'guess' }))).toBe('no check for category "tr31", op "guess"')
    expect(failed(changed('sm3-abc', { category: 'constructor' }))).toContain(
      'no check for category "constructor"',
    )
  })

  it('a member that is missing or no hex', () => {
    expect(failed(changed('sm4-block', { key: undefined }))).toBe('"key" is missing or not text')
    expect(failed(changed('sm4-block', { key: 'xyz' }))).toBe('"key" is not hex')
    expect(failed(changed('sm4-block', { key: '00' }))).toContain('SM4 key')
    expect(failed(changed('sm4-block', { mode: 'GCM' }))).toContain('"mode"')
  })

  it.each(vectors.filter(({ category }) => category === 'handshake'))(
    '$name: without the channel’s machine it fails, but for Salt Channel',
    (vector) => {
      const { result, detail } = runVector(vector)
      expect(result).toBe(vector.name.startsWith('salt') ? 'passed' : 'failed')
      if (result === 'failed') expect(detail).toBe('no Noise machine was handed in')
    },
  )

  it('a pattern that the channel has not', () => {
    const vector = changed('noise-Noise_XX_25519_ChaChaPoly_SHA512', {
      protocol: 'Noise_IX_25519_ChaChaPoly_SHA512',
    })
    expect(failed(vector)).toBe('the channel has no pattern IX')
  })

  it('results come in the order of the file, one for each', () => {
    const some = vectors.slice(0, 5)
    expect(runVectors(some).map(({ name }) => name)).toEqual(some.map(({ name }) => name))
  })
})

// biome-ignore format: one row a file
it.each([
  ['an object',           {},                                           'wants an array of vectors'],
  ['an empty array',      [],                                           'holds no vector'],
  ['a number in it',      [1],                                          'vector 1 is not an object'],
  ['an array in it',      [[]],                                         'vector 1 is not an object'],
  ['no name',             [{ category: 'sm3', expected: '' }],          'vector 1 has no "name"'],
  ['no category',         [{ name: 'a', expected: '' }],                'vector 1 has no "category"'],
  ['an op of a number',   [{ name: 'a', category: 'b', op: 1, expected: '' }], 'vector 1: "op" is not text'],
  ['no answer',           [{ name: 'a', category: 'sm3' }],             'vector 1 has no "expected"'],
])('a file with %s → refused', (_, json, why) => {
  expect(parseVectors(json)).toEqual({ kind: 'refused', why })
})
