import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aes } from '../../../keys/aes.ts'
import { cmac } from '../../../keys/cmac.ts'
import { fromHex, toHex } from '../../../keys/hex.ts'
import { unwrapKey, wrapKey } from '../../../keys/key-block/key-block.ts'
import { softKbpk } from '../../../keys/key-block/protection-key.ts'
import type { Pkcs11Options } from '../../../keys/station/station.ts'
import { openToken } from '../../../keys/station/token.ts'
import { findSoftHsm, makeSoftToken } from '../../../scripts/setup-softhsm.ts'
import {
  both,
  COMPONENTS,
  done,
  enrolTwo,
  fresh,
  logInTwo,
  makeZmk,
  row,
  stations,
  TestTerminal,
  tcpLine,
  trust,
  utf8,
} from './rig.ts'

const module = findSoftHsm()
const skipped =
  module === undefined ? ' (skipped: no SoftHSM2; install it or set SHUAKA_SOFTHSM to libsofthsm2.so)' : ''
const LABEL = 'shuaka test'
const PIN = '13572468'

const use = stations()
let folder = ''
const options = (more: Partial<Pkcs11Options> = {}): Pkcs11Options => ({
  ...{ module: module ?? '', label: LABEL, pin: utf8(PIN), ...more },
})

beforeAll(() => {
  if (module === undefined) return
  folder = mkdtempSync(join(tmpdir(), 'shuaka-hsm-'))
  process.env.SOFTHSM2_CONF = makeSoftToken(folder, LABEL, PIN)
})
afterAll(() => {
  if (folder !== '') rmSync(folder, { recursive: true, force: true })
})

describe('a token that is not there says what is missing', () => {
  it('a module that is no file → one sentence', async () => {
    await expect(openToken(options({ module: '/there/is/none.so' }))).rejects.toThrow(
      /module \/there\/is\/none.so cannot be loaded/,
    )
  })

  it.skipIf(module === undefined)(
    `a label or a slot that is none, a wrong PIN → one sentence without the PIN${skipped}`,
    async () => {
      await expect(openToken(options({ label: 'other' }))).rejects.toThrow(
        /has not a token other; it has .*shuaka test/,
      )
      await expect(openToken(options({ label: undefined, slot: 9 }))).rejects.toThrow(
        /has not a token in slot 9/,
      )
      const wrong = openToken(options({ pin: utf8('87654321') }))
      await expect(wrong).rejects.toThrow('the PKCS#11 token refuses this PIN (CKR_PIN_INCORRECT)')
    },
  )
})

describe.skipIf(module === undefined)(`a key in a SoftHSM2 token${skipped}`, () => {
  it('that was taken in makes the same CMAC and key blocks as in software, in both directions', async () => {
    const token = await openToken(options())
    try {
      const [key, id] = [fresh(32), fresh(8)]
      token.importAes(id, 'K', key)
      const inside = token.kbpk(id)
      if (inside === undefined) return expect.fail('the key is not there')
      for (const bytes of [fresh(1), fresh(8), fresh(16), fresh(33)])
        expect(toHex(inside.cmac(bytes))).toBe(toHex(cmac(aes(key), bytes)))
      const soft = softKbpk('AES', key)
      const header = {
        version: 'D',
        usage: 'K0',
        algorithm: 'T',
        mode: 'D',
        keyVersion: '01',
        exportability: 'N',
        context: '0',
        optional: [],
      } as const
      const tmk = fresh(16)
      for (const [from, to] of [
        [inside, soft],
        [soft, inside],
      ] as const) {
        const opened = unwrapKey(to, wrapKey(from, header, tmk, fresh))
        expect(opened.kind === 'opened' && toHex(opened.key)).toBe(toHex(tmk))
      }
      token.destroy(id)
      expect(token.kbpk(id)).toBeUndefined()
      token.destroy(id)
    } finally {
      token.close()
    }
  })

  it('does not come out: sensitive, not extractable, good for nothing but a MAC', async () => {
    const token = await openToken(options())
    const id = fresh(8)
    token.importAes(id, 'K', fresh(32))
    token.generateAes(fresh(8), 'G')
    token.close()
    const { default: pkcs11 } = await import('pkcs11js')
    const library = new pkcs11.PKCS11()
    library.load(module ?? '')
    library.C_Initialize()
    try {
      const session = library.C_OpenSession(
        slotOf(library),
        pkcs11.CKF_SERIAL_SESSION | pkcs11.CKF_RW_SESSION,
      )
      library.C_Login(session, pkcs11.CKU_USER, PIN)
      library.C_FindObjectsInit(session, [{ type: pkcs11.CKA_CLASS, value: pkcs11.CKO_SECRET_KEY }])
      const keys = library.C_FindObjects(session, 10)
      library.C_FindObjectsFinal(session)
      expect(keys.length).toBe(2)
      for (const key of keys) {
        expect(() => library.C_GetAttributeValue(session, key, [{ type: pkcs11.CKA_VALUE }])).toThrow(
          /SENSITIVE/,
        )
        const [extractable, sensitive] = library.C_GetAttributeValue(session, key, [
          { type: pkcs11.CKA_EXTRACTABLE },
          { type: pkcs11.CKA_SENSITIVE },
        ])
        expect([extractable?.value[0], sensitive?.value[0]]).toEqual([0, 1])
        const iv = Buffer.alloc(16)
        expect(() =>
          library.C_EncryptInit(session, { mechanism: pkcs11.CKM_AES_CBC, parameter: iv }, key),
        ).toThrow(/CKR_/)
        library.C_DestroyObject(session, key)
      }
    } finally {
      library.C_Finalize()
      library.close()
    }
  })
})

describe.skipIf(module === undefined)(`a station with a token${skipped}`, () => {
  it('keeps the ZMK of the ceremony inside, gives keys, and does not open without the token', async () => {
    const at = use.folder()
    const first = await use.open(at, { token: options() })
    await enrolTwo(first)
    const { rootSecret } = done(first.developmentIdentity('STATION-1'))
    const checkValue = await makeZmk(first)
    expect(first.view()).toMatchObject({
      zmk: { place: 'token', checkValue, tokenKey: expect.stringMatching(/^[0-9A-F]{16}$/) },
      token: { label: LABEL },
    })
    done(first.expect([row('SN1')]) as { kind: 'ok' })
    const terminal = new TestTerminal('SN1', trust(rootSecret).issue('terminal', 'SN1'))
    expect((await terminal.inject(await tcpLine(first))).kind).toBe('loaded')
    const block = JSON.parse(done(first.exportKeys()).json).keys[0].keyBlock
    const key = fromHex(COMPONENTS[0]).map((byte, index) => byte ^ (fromHex(COMPONENTS[1])[index] ?? 0))
    expect(unwrapKey(softKbpk('AES', key), block).kind).toBe('opened') // the host has the components
    expect(await first.beginKey({ label: 'K', algorithm: 'TDES', components: 2 }, both())).toMatchObject({
      why: 'keyToken',
    })
    await first.close()

    const without = await use.open(at)
    done(await without.logIn('An Na', utf8('first passphrase')))
    expect(await without.logIn('Bo Li', utf8('second passphrase'))).toMatchObject({
      why: 'token',
      detail: 'the ZMK is in a PKCS#11 token: start the station with it',
    })
    expect(without.view().state).toBe('closed')
    await without.close()

    const again = await use.open(at, { token: options() })
    await logInTwo(again)
    expect(again.view()).toMatchObject({ zmk: { place: 'token', checkValue }, missing: [] })
    const generated = done(await again.generateKey('made inside', both()))
    expect(generated.checkValue).not.toBe(checkValue)
    expect(JSON.parse(done(again.exportKeys()).json).keys[0].keyBlock).not.toBe(block)
    again.closeSession()
    await logInTwo(again)
    expect(again.view().zmk).toMatchObject({ checkValue: generated.checkValue, label: 'made inside' })
  })
})

function slotOf(library: import('pkcs11js').PKCS11): Buffer {
  const slots = library.C_GetSlotList(true)
  const slot = slots.find((handle) => library.C_GetTokenInfo(handle).label.startsWith(LABEL))
  if (slot === undefined) throw new Error('the token is not there')
  return slot
}
