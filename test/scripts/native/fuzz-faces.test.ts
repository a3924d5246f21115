import { describe, expect, test } from 'vitest'
import { fuzzNative } from '../../../scripts/native/fuzz.ts'
import { faceRounds } from '../../../scripts/native/fuzz-faces.ts'
import { ensureNative } from '../../rig/native.ts'

const sanitized = await ensureNative('x86-64', { sanitize: true })
const missing = 'missing' in sanitized ? sanitized.missing : undefined
if (missing !== undefined) console.warn(missing)

describe.skipIf(missing !== undefined)('ways in of a person, a network, and whoever has the folder', () => {
  test.each(Object.keys(faceRounds))(
    '%s → a defined end and clear lines, no finding of a sanitizer',
    async (only) => {
      if ('missing' in sanitized) return expect.fail(sanitized.missing)
      expect(await fuzzNative(sanitized, { seconds: 0, seed: 1, only })).toEqual({ rounds: 1, findings: [] })
    },
    60_000,
  )
})
