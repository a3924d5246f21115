import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromHex } from '../../../keys/hex.ts'
import { keyBlocks, macs } from '../../../terminal/device/conformance/keys.ts'
import { pattern as suitePattern } from '../../../terminal/device/conformance/vector.ts'
import { anyAct, call, pattern, verifications } from './secure-acts.ts'
import type { Act } from './secure-pair.ts'
import { same, start } from './secure-same.ts'

const block = fromHex(keyBlocks['004'])
const request = {
  ...{ slot: 1, pan: '6222600001234567890', prompt: 'enter', locale: 'zh', bypass: false, timeoutMs: 60_000 },
}
const pin = ['1', '2', '3', '4', 'enter'] as const

describe('the native secure element', () => {
  test.each(['standard', 'compact'] as const)(
    'whatever is asked of it, in whatever order → result, picture and beep for each as the emulated one, %s',
    async (model) => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyAct, { minLength: 30, maxLength: 70 }), async (acts) => {
          const pair = await start(model)
          await same(pair, call('loadWorkingKeys', 1, '004', block))
          for (const act of acts) await same(pair, act)
        }),
        { numRuns: 6, endOnFailure: true },
      )
    },
  )

  test('the MACs of the conformance suite, which a second implementation has checked', async () => {
    for (const kind of ['001', '003', '004'] as const) {
      const pair = await start()
      await same(pair, call('loadWorkingKeys', 1, kind, fromHex(keyBlocks[kind])))
      for (const { algorithm, mac } of macs.filter((row) => row.kind === kind)) {
        const made = await same(pair, call('mac', 1, algorithm, suitePattern(40)))
        expect(made.results[0]?.[1], algorithm).toEqual({ kind: 'mac', mac: { hex: mac } })
      }
    }
  })

  test('Ed25519: S + L, every key of small order in every encoding, y ≥ p, other sizes → false, and the right one true', async () => {
    const pair = await start()
    const [right, ...wrong] = verifications()
    expect((await same(pair, call('verify', ...(right ?? [])))).results[0]?.[1]).toBe(true)
    for (const args of wrong) expect((await same(pair, call('verify', ...args))).results[0]?.[1]).toBe(false)
  })

  test('20 PINs in a row, then none for 10 s; a restart gives none back', async () => {
    const pair = await start()
    await same(pair, call('loadWorkingKeys', 1, '004', block))
    for (let count = 0; count < 20; count++) {
      await same(pair, call('enterPin', request))
      const shown = await same(pair, { kind: 'press', keys: pin })
      expect(shown.results[0]?.[1]).toMatchObject({ kind: 'entered' })
    }
    const refused = [[expect.any(Number), { kind: 'tooOften', waitMs: 10_000 }]]
    expect((await same(pair, call('enterPin', request))).results).toEqual(refused)
    await same(pair, { kind: 'restart' })
    expect((await same(pair, call('enterPin', request))).results).toEqual(refused)
    await same(pair, { kind: 'time', ms: 10_000 })
    expect((await same(pair, call('enterPin', request))).results).toEqual([])
    await same(pair, call('cancel'))
    const { pan, locale, timeoutMs } = request
    await same(pair, call('changePin', { slot: 1, pan, again: false, locale, timeoutMs }))
  })

  test.each(['standard', 'compact'] as const)(
    'every screen of a PIN and of a change, in both languages, with fewer, more and differing digits, %s',
    async (model) => {
      const pair = await start(model)
      await same(pair, call('loadWorkingKeys', 1, '004', block))
      for (const locale of ['zh', 'en']) {
        for (const given of [
          { bypass: true },
          { prompt: 'again', amountFen: 5 },
          { amountFen: 999_999_999_999, bypass: true },
        ]) {
          await same(pair, call('enterPin', { ...request, locale, ...given }))
          await same(pair, { kind: 'press', keys: ['1', '2', 'enter', '3', 'clear', '00', 'f1', 'menu'] })
          await same(pair, {
            kind: 'press',
            keys: ['9', '8', '7', '6', '5', '4', '3', '2', '1', '0', '9', '8', '7'],
          })
          await same(pair, { kind: 'press', keys: ['enter'] })
        }
        const { pan, slot, timeoutMs } = request
        await same(pair, call('changePin', { pan, slot, timeoutMs, locale, again: locale === 'en' }))
        await same(pair, { kind: 'press', keys: ['enter', '1', '2', 'enter', '3', '4', 'enter'] })
        for (const end of ['5', '6'] as const) {
          await same(pair, {
            kind: 'press',
            keys: ['1', '1', '1', '1', 'enter', '2', '2', '2', end, 'enter'],
          })
        }
        const last = await same(pair, {
          kind: 'press',
          keys: ['1', '1', '1', '1', 'enter', '2', '2', '2', '2', 'enter'],
        })
        expect(last.results[0]?.[1]).toEqual({ kind: 'different' })
      }
    },
  )

  test('a change counts as two PINs: ten in a row, then none for 20 s', async () => {
    const pair = await start()
    await same(pair, call('loadWorkingKeys', 1, '004', block))
    const { pan, slot, locale, timeoutMs } = request
    const change = call('changePin', { pan, slot, locale, timeoutMs, again: false })
    for (let count = 0; count < 10; count++) {
      await same(pair, change)
      const shown = await same(pair, { kind: 'press', keys: [...pin, ...pin, ...pin] })
      expect(shown.results[0]?.[1]).toMatchObject({ kind: 'entered' })
    }
    const refused = await same(pair, change)
    expect(refused.results[0]?.[1]).toEqual({ kind: 'tooOften', waitMs: 20_000 })
  })

  test('storage that does not save → storageFailed, noKey for a PIN, storage for a floor; the old keys work on', async () => {
    const pair = await start()
    await same(pair, call('loadWorkingKeys', 1, '003', fromHex(keyBlocks['003'])))
    await same(pair, { kind: 'storage', saves: false })
    expect((await same(pair, call('loadWorkingKeys', 1, '004', block))).results[0]?.[1]).toEqual({
      kind: 'storageFailed',
    })
    expect((await same(pair, call('raiseFloor', 0, 5, pattern(4)))).results[0]?.[1]).toBe('storage')
    expect((await same(pair, call('floor', 0, pattern(4)))).results[0]?.[1]).toBe(0)
    await same(pair, call('enterPin', request))
    expect((await same(pair, { kind: 'press', keys: pin })).results[0]?.[1]).toEqual({ kind: 'noKey' })
    await same(pair, call('slot', 1))
    await same(pair, { kind: 'storage', saves: true })
    expect((await same(pair, call('loadWorkingKeys', 1, '004', block))).results[0]?.[1]).toMatchObject({
      version: 2,
    })
  })

  test('the case is opened while a PIN is typed → cancelled, no key, another report key; floors, tags and that stay over a restart', async () => {
    const pair = await start()
    await same(pair, call('loadWorkingKeys', 1, '004', block))
    await same(pair, call('raiseFloor', 2, 9, pattern(4)))
    const before = await same(pair, call('reportKey'))
    await same(pair, call('enterPin', request))
    await same(pair, { kind: 'press', keys: ['1', '2'] })
    expect((await same(pair, { kind: 'tamper' })).results[0]?.[1]).toEqual({ kind: 'cancelled' })
    for (const again of [false, true]) {
      if (again) await same(pair, { kind: 'restart' })
      expect((await same(pair, call('slot', 1))).results[0]?.[1]).toEqual({ version: 0, tampered: true })
      expect((await same(pair, call('mac', 1, 'cmac', pattern(9)))).results[0]?.[1]).toEqual({
        kind: 'noKey',
      })
      expect((await same(pair, call('loadWorkingKeys', 1, '004', block))).results[0]?.[1]).toEqual({
        kind: 'noKey',
      })
      await same(pair, call('deviceTag', pattern(5)))
      expect((await same(pair, call('floor', 2, pattern(4)))).results[0]?.[1]).toBe(9)
      expect((await same(pair, call('reportKey'))).results[0]?.[1]).not.toEqual(before.results[0]?.[1])
      await same(pair, call('renewMaster', 1, 5))
    }
  })

  test.each(['zh', 'en'] as const)(
    'keys from a station, %s: says that there is no certificate until a key',
    async (locale) => {
      const pair = await start()
      expect((await same(pair, call('inject', { locale }))).results).toEqual([])
      const after = await same(pair, { kind: 'press', keys: ['3'] })
      expect(after.results[0]?.[1]).toEqual({ kind: 'noIdentity' })
    },
  )

  test('busy while a PIN is typed, and noIdentity for a renewal', async () => {
    const pair = await start()
    await same(pair, call('loadWorkingKeys', 1, '004', block))
    expect((await same(pair, call('renewMaster', 1, 5))).results[0]?.[1]).toEqual({ kind: 'noIdentity' })
    await same(pair, call('enterPin', request))
    for (const act of [
      call('inject', { locale: 'zh' }),
      call('renewMaster', 1, 5),
      call('enterPin', request),
    ])
      expect((await same(pair, act)).results[0]?.[1]).toEqual({ kind: 'busy' })
  })

  test.each<readonly [string, Act]>([
    ['a PAN of 12 digits', call('enterPin', { ...request, pan: '123456789012' })],
    ['a PAN with a letter', call('enterPin', { ...request, pan: '123456789012A' })],
    ['an amount of 13 digits', call('enterPin', { ...request, amountFen: 1_000_000_000_000 })],
    ['half a fen', call('enterPin', { ...request, amountFen: 0.5 })],
    ['600,001 ms for a PIN', call('enterPin', { ...request, timeoutMs: 600_001 })],
    ['600,001 ms for a renewal', call('renewMaster', 1, 600_001)],
    ['4097 bytes for a MAC', call('mac', 1, 'x9.19', pattern(4097))],
    ['4097 bytes for a MAC without a key', call('verifyMac', 9, 'x9.19', pattern(4097), pattern(8))],
    ['a track of 16', call('encryptTrack', 1, '1234567890123456')],
    ['a track of 105', call('encryptTrack', 1, '1'.repeat(105))],
    ['a track with a sentinel', call('encryptTrack', 1, ';1234567890123456')],
    ['no random bytes', call('random', 0)],
    ['65 random bytes', call('random', 65)],
    ['a tag over 257 bytes', call('deviceTag', pattern(257))],
    ['a hash over 65,537 bytes', call('hash', pattern(65_537))],
    ['floor 8', call('floor', 8, pattern(4))],
    ['a scope of three bytes', call('floor', 0, pattern(3))],
    ['a floor of 2 ** 48', call('raiseFloor', 0, 2 ** 48, pattern(4))],
  ])('%s → the run is over', async (_, act) => {
    const pair = await start()
    await same(pair, call('loadWorkingKeys', 1, '004', block))
    expect((await same(pair, act)).stopped).toBe(true)
  })
})
