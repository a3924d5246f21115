import { afterEach, expect } from 'vitest'
import { RIG_BINARY } from './guest.ts'
import { MASTERS } from './secure-acts.ts'
import { type Act, makeSecurePair, plain, type SecurePair, type Shown } from './secure-pair.ts'

const open: SecurePair[] = []
afterEach(async () => {
  for (const pair of open.splice(0)) await pair.close()
})

/** A pair with the master keys of `secure-acts.ts`, closed after the test. */
export async function start(model: 'standard' | 'compact' = 'standard'): Promise<SecurePair> {
  const pair = await makeSecurePair(RIG_BINARY, MASTERS, model)
  open.push(pair)
  return pair
}

/** Does it to both, which show the same; gives what they showed. */
export async function same(pair: SecurePair, act: Act): Promise<Shown> {
  const { native, emulated } = await pair.act(act)
  expect(JSON.stringify(native), JSON.stringify(plain(act)).slice(0, 300)).toBe(JSON.stringify(emulated))
  return emulated
}
