import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { checkValue } from '../../../keys/check-value.ts'
import { cipherOf } from '../../../keys/cipher.ts'
import { fromHex, toHex } from '../../../keys/hex.ts'
import { macOf } from '../../../keys/mac.ts'
import { sealWorkingKeys } from '../../../keys/working-keys.ts'
import { TEST_MASTER_CHECK_VALUE, TEST_MASTER_KEY } from '../../../terminal/device/conformance/keys.ts'
import { describeNative, newFolder, startGuest, testNative } from './guest.ts'
import { pattern } from './secure-acts.ts'

const pik = fromHex('1122334455667788990011223344556A')
const mak = fromHex('2233445566778899AABBCCDDEEFF0011')
const block = toHex(
  sealWorkingKeys('003', { pik, mak, tdk: undefined }, cipherOf('TDES', fromHex(TEST_MASTER_KEY))),
)
const proved = pattern(64)
const mac = toHex(macOf('cmac', mak, proved, 'TDES'))

/** What a program reports that has a master key in slot 1. */
async function reports(body: string): Promise<{ told: readonly unknown[]; stops: readonly string[] }> {
  const folder = newFolder()
  const master = { slot: 1, key: TEST_MASTER_KEY, checkValue: TEST_MASTER_CHECK_VALUE }
  writeFileSync(join(folder, 'keys.json'), JSON.stringify([master]))
  const guest = await startGuest(
    `const { secure } = device
    const hex = (text) => Uint8Array.from(text.match(/../g), (byte) => parseInt(byte, 16))
    const block = hex('${block}')
    ${body}`,
    { folder },
  )
  const seen = { told: guest.take(), stops: guest.told('stopped') }
  await guest.rig.kill()
  return seen
}
const request = `slot: 1, pan: '6222600001234567890', prompt: 'enter', locale: 'zh', bypass: false, timeoutMs: 60000`

describeNative('arguments of the native secure element that are read by getters', () => {
  testNative('a proof whose bytes nobody else holds → proved with these bytes', async () => {
    const { told } = await reports(`
      const proof = {
        get bytes() { return hex('${toHex(proved)}') },
        get mac() { const junk = []; for (let n = 0; n < 64; n++) junk.push(new Uint8Array(64).fill(n)); return hex('${mac}') },
        get algorithm() { return 'cm' + 'ac'.slice() },
      }
      report(secure.loadWorkingKeys(1, '003', block, proof).kind)
      report(secure.slot(1).macKey)`)
    const shown = toHex(macOf('cmac', mak, new Uint8Array(8), 'TDES')).slice(0, 6)
    expect(told).toEqual(['loaded', shown])
    expect(shown).not.toBe(toHex(checkValue(cipherOf('TDES', mak), 3)))
  })

  testNative(
    'a proof whose getter loads other keys first → it is proved against the keys as they are then',
    async () => {
      const { told } = await reports(`
      const proof = {
        algorithm: 'cmac', mac: hex('${mac}'),
        get bytes() { report(secure.loadWorkingKeys(1, '003', block).version); return hex('${toHex(proved)}') },
      }
      const { kind, version } = secure.loadWorkingKeys(1, '003', block, proof)
      report(kind, version)`)
      expect(told).toEqual([1, 'loaded', 1])
    },
  )

  testNative(
    'a PIN that is asked for by a getter of another → that one is busy, and the first goes on',
    async () => {
      const { told, stops } = await reports(`
      secure.loadWorkingKeys(1, '003', block)
      let first
      const second = secure.enterPin({ ${request}, get pan() { first = secure.enterPin({ ${request} }); return '6222600001234567891' } })
      report((await second).kind)
      secure.cancel()
      report((await first).kind)
      report((await secure.inject({ get locale() { first = secure.enterPin({ ${request} }); return 'zh' } })).kind)
      secure.cancel()
      report((await first).kind)`)
      expect({ told, stops }).toEqual({ told: ['busy', 'cancelled', 'busy', 'cancelled'], stops: [] })
    },
  )

  testNative.each(['slot', 'pan', 'amountFen', 'prompt', 'locale', 'bypass', 'timeoutMs'])(
    'a PIN whose %s throws → the run is over, and says why',
    async (name) => {
      const { told, stops } = await reports(`
        secure.loadWorkingKeys(1, '003', block)
        secure.enterPin({ ${request}, get ${name}() { throw new Error('of the getter') } })
        report('went on')`)
      expect(told).toEqual([])
      expect(stops).toEqual([expect.stringContaining('device.secure.enterPin: Error: of the getter')])
    },
  )
})
