import { expect, it } from 'vitest'
import { benchedPairs } from '../../../scripts/bench/host-keys.ts'

it('what is measured beside OpenSSL gives the same bytes as OpenSSL: MACs of a sale, a PIN under another key', () => {
  for (const [ours, theirs] of benchedPairs()) expect(Uint8Array.from(ours)).toEqual(Uint8Array.from(theirs))
})
