import { describe, expect, test } from 'vitest'
import type { Engine } from '../../../emulator/engine.ts'
import { makeMachine } from '../../../emulator/machine.ts'
import { fromHex, toHex } from '../../../keys/hex.ts'
import { keyBlocks, TEST_MASTER_CHECK_VALUE, TEST_SLOT } from '../../../terminal/device/conformance/keys.ts'
import type { Device } from '../../../terminal/device/device.ts'
import type { Key } from '../../../terminal/device/keypad.ts'
import { terminalCredential } from '../../rig/channel.ts'
import { type KeyStation, makeKeyStation } from '../../rig/key-station.ts'
import { makeBench } from './bench.ts'

/** Before: the old bytes are there after the cut; after: the new ones, but nobody was told. */
type Cut = { readonly save: number; readonly when: 'before' | 'after' } | undefined

/** A machine whose application is the test, with a storage that loses the power at one save. */
function makeRig(station: KeyStation, host: KeyStation) {
  const bench = makeBench()
  let device: Device | undefined
  const engine: Engine = {
    name: 'test',
    start(started) {
      device = started
      return { kill: () => undefined }
    },
  }
  let cut: Cut
  let saves = 0
  const { storage } = bench
  const machine = makeMachine({
    chip: bench.chip,
    engine,
    options: {
      ...bench.options,
      credential: terminalCredential,
      station: (events) => station.dial(events),
      dial: (events) => host.dial(events),
      secureStorage: {
        load: storage.load,
        save(bytes) {
          saves++
          const now = cut?.save === saves ? cut.when : undefined
          if (now !== 'before') storage.save(bytes)
          if (now !== undefined) throw Object.assign(new Error('cut'), { name: 'PowerCut' })
          return true
        },
      },
    },
  })
  machine.powerOn()
  const secure = () => {
    if (device === undefined) throw new Error('no device')
    return device.secure
  }
  return {
    bench,
    machine,
    secure,
    arm(next: Cut) {
      cut = next
      saves = 0
    },
    saves: () => saves,
    async inject(...passwords: readonly string[]) {
      void secure()
        .inject({ locale: 'zh' })
        .catch(() => undefined)
      for (const password of passwords)
        for (const key of [...password, 'enter']) machine.operator.press(key as Key)
      await bench.time.advance(500)
      machine.operator.press('enter')
      await bench.time.advance(0)
    },
    async renew() {
      const asked = secure().renewMaster(TEST_SLOT, 60_000)
      asked.catch(() => undefined)
      await bench.time.advance(500)
    },
    async reboot() {
      machine.powerOff()
      machine.powerOn()
      await bench.time.advance(100)
    },
  }
}

const PASSWORDS = ['2718281', '314159265'] as const
const MADE = ['2718281', '2718281', '314159265', '314159265'] as const

/** Either all of the old, with what hangs under it, or all of the new, with nothing; a staged key is neither. */
function slotIs(rig: ReturnType<typeof makeRig>, station: KeyStation): 'old' | 'new' {
  const { masterKey, pinKey, macKey, staged } = rig.secure().slot(TEST_SLOT)
  if (masterKey === TEST_MASTER_CHECK_VALUE) {
    expect(
      [pinKey, macKey].every((value) => value !== undefined),
      'the old key with all under it',
    ).toBe(true)
    return 'old'
  }
  expect({ pinKey, macKey, staged }).toEqual({ pinKey: undefined, macKey: undefined, staged: undefined })
  expect(masterKey).toMatch(/^[0-9A-F]{6}$/)
  // J03, J06: the old key is in nothing that is kept once the new one is in force.
  expect(toHex(rig.bench.storage.bytes ?? new Uint8Array(0))).not.toContain(
    '0123456789ABCDEFFEDCBA9876543210',
  )
  expect(station.given.state).not.toBe('meant')
  return 'new'
}

async function rigWithKeys(purpose: 'inject' | 'rkl') {
  const station = makeKeyStation('inject', { slot: TEST_SLOT })
  const host = makeKeyStation('rkl', { slot: TEST_SLOT })
  const rig = makeRig(station, host)
  rig.secure().loadWorkingKeys(TEST_SLOT, '004', fromHex(keyBlocks['004']))
  if (purpose === 'inject') {
    station.silent = true
    await rig.inject(...MADE)
    rig.secure().cancel()
    station.silent = false
  }
  const giver = purpose === 'inject' ? station : host
  const load = () => (purpose === 'inject' ? rig.inject(...PASSWORDS) : rig.renew())
  return { rig, giver, load }
}

describe.each(['inject', 'rkl'] as const)('J01, power cut at every save of a loading, %s', (purpose) => {
  test.each(['before', 'after'] as const)(
    '%s the bytes are written → old key or new key, and both sides agree after another go',
    async (when) => {
      const seen: string[] = []
      for (let save = 1; ; save++) {
        const { rig, giver, load } = await rigWithKeys(purpose)
        rig.arm({ save, when })
        await load()
        const reached = rig.saves() >= save
        rig.arm(undefined)
        await rig.reboot()
        const now = slotIs(rig, giver)
        seen.push(now)
        if (giver.given.state === 'confirmed') expect(now).toBe('new') // never told done before it is
        await load()
        expect(slotIs(rig, giver), `cut ${when} save ${save}`).toBe('new')
        expect(giver.given.state, `cut ${when} save ${save}`).toBe('confirmed')
        if (!reached) break
      }
      expect(seen.at(-1)).toBe('new')
      expect(seen.length).toBeGreaterThan(2)
      expect(seen).toContain('old')
    },
  )

  test('the line cut after every payload of the giver → the same', async () => {
    for (let payload = 0; payload < 3; payload++) {
      const { rig, giver, load } = await rigWithKeys(purpose)
      giver.tamper = (bytes, number) => (number === payload ? 'close' : bytes)
      await load()
      slotIs(rig, giver)
      giver.tamper = undefined
      await rig.reboot()
      await load()
      expect(slotIs(rig, giver), `cut at payload ${payload}`).toBe('new')
      expect(giver.given.state).toBe('confirmed')
    }
  })

  test('J04 what was recorded of one session opens nothing in another: the old key stays', async () => {
    const { rig, giver, load } = await rigWithKeys(purpose)
    giver.tamper = (bytes, number) => (number === 1 ? 'close' : bytes)
    await load()
    const old = giver.wire.filter(({ from }) => from === 'giver').map(({ bytes }) => bytes.slice())
    await rig.reboot()
    const replaying: KeyStation['dial'] = async (events) => {
      queueMicrotask(() => {
        for (const bytes of old) events.bytes(bytes)
      })
      return { send: () => undefined, close: () => undefined }
    }
    Object.assign(giver, { dial: replaying })
    await load()
    expect(slotIs(rig, giver)).toBe('old')
  })
})

test('J06 leak: no key and no password in screens, on the wire, in what is beeped, printed or thrown', async () => {
  const { rig, giver, load } = await rigWithKeys('inject')
  await load()
  expect(giver.given.state).toBe('confirmed')
  const wire = giver.wire.map(({ bytes }) => toHex(bytes)).join('')
  const screens = rig.bench.pictures.flatMap(({ rows }) => rows.map(({ text }) => text)).join('\n')
  const rest = [screens, wire, ...rig.bench.wire, ...rig.bench.beeps].join('\n').toUpperCase()
  const key = toHex(giver.given.key)
  const nibbles = [...key].reverse().join('')
  const base64 = Buffer.from(giver.given.key).toString('base64').toUpperCase()
  for (const secret of [
    key,
    nibbles,
    base64,
    ...PASSWORDS,
    ...PASSWORDS.map((one) => toHex(Buffer.from(one))),
  ])
    expect(rest).not.toContain(secret)
  for (const password of PASSWORDS) expect(wire).not.toContain(toHex(Uint8Array.from(password, Number)))
})
