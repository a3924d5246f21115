import { expect, test } from 'vitest'
import { makeDevice } from '../../../emulator/device/device.ts'
import { readSecureState } from '../../../emulator/device/secure-state.ts'
import { readCertificate } from '../../../host-link/channel/certificate.ts'
import type { Credential } from '../../../host-link/channel/channel-end.ts'
import { TEST_SLOT } from '../../../terminal/device/conformance/keys.ts'
import { credentialOf, otherRoot, terminalCredential } from '../../rig/channel.ts'
import { makeKeyStation } from '../../rig/key-station.ts'
import { type Bench, makeBench } from './bench.ts'

/** Starts with this identity handed in, and says which one is kept. */
function keptAfter(bench: Bench, credential: Credential | undefined): Credential | undefined {
  makeDevice({ ...bench.options, ...(credential && { credential }) }, bench.chip)
  return readSecureState(bench.storage.bytes ?? new Uint8Array(0))?.state.credential
}

test('the identity of the first start is kept, and is the one that is used when none is handed in later', async () => {
  const bench = makeBench()
  expect(keptAfter(bench, terminalCredential)).toEqual(terminalCredential)
  expect(keptAfter(bench, undefined)).toEqual(terminalCredential)
  const host = makeKeyStation('rkl', { slot: TEST_SLOT })
  const { device } = makeDevice({ ...bench.options, dial: host.dial }, bench.chip)
  const asked = device.secure.renewMaster(TEST_SLOT, 60_000)
  await bench.time.advance(500)
  expect((await asked).kind).toBe('renewed')
  expect(keptAfter(bench, undefined)).toEqual(terminalCredential) // also after the element has saved something
})

test('a device that was made without one takes it at a later start', () => {
  const bench = makeBench()
  expect(keptAfter(bench, undefined)).toBeUndefined()
  expect(keptAfter(bench, terminalCredential)).toEqual(terminalCredential)
})

test('a certificate that ends later, for the same key → taken, and an earlier one does not come back', () => {
  const bench = makeBench()
  const longer = credentialOf(11, { notAfter: 20_351_231 })
  keptAfter(bench, terminalCredential)
  expect(keptAfter(bench, longer)).toEqual(longer)
  expect(keptAfter(bench, terminalCredential)).toEqual(longer)
})

test.each([
  ['of another key', credentialOf(44, { notAfter: 20_351_231 })],
  ['signed by another root', credentialOf(11, { notAfter: 20_351_231 }, otherRoot)],
  ['with another root', { ...credentialOf(11, { notAfter: 20_351_231 }), root: otherRoot.publicKey }],
])('a certificate that ends later, %s → not taken', (_, given) => {
  const bench = makeBench()
  keptAfter(bench, terminalCredential)
  expect(readCertificate(given.certificate)?.notAfter).toBe(20_351_231)
  expect(keptAfter(bench, given)).toEqual(terminalCredential)
})

test('a damaged secure element takes none', () => {
  const bench = makeBench()
  keptAfter(bench, terminalCredential)
  bench.storage.bytes = Uint8Array.of(1, 2, 3)
  expect(keptAfter(bench, terminalCredential)).toBeUndefined()
})
