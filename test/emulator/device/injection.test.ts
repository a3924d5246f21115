import { describe, expect, test } from 'vitest'
import { makeDevice } from '../../../emulator/device/device.ts'
import { IDLE_MS, TOTAL_MS } from '../../../emulator/device/injection.ts'
import type { Dial } from '../../../emulator/device/ports.ts'
import { fromHex, toHex } from '../../../keys/hex.ts'
import { keyBlocks, TEST_MASTER_CHECK_VALUE, TEST_SLOT } from '../../../terminal/device/conformance/keys.ts'
import { credentialOf, otherRoot, stationEnd, terminalCredential } from '../../rig/channel.ts'
import { makeKeyStation } from '../../rig/key-station.ts'
import { makeBench } from './bench.ts'
import { FIRST, madeUnit, makeUnit, SECOND } from './injection-unit.ts'

describe('密钥注入: how it ends', () => {
  test('one key, proved and committed on both sides; the screen says slot and check value', async () => {
    const unit = await madeUnit()
    unit.device.secure.loadWorkingKeys(TEST_SLOT, '004', fromHex(keyBlocks['004']))
    const asked = unit.inject()
    await unit.type(FIRST, SECOND)
    await unit.bench.time.advance(100)
    expect(unit.station.given.state).toBe('confirmed')
    const { masterKey } = unit.device.secure.slot(3)
    expect(unit.screen()).toMatch(new RegExp(`成功 密钥槽 3[\\s\\S]*校验值 ${masterKey}`))
    expect(asked.result).toBeUndefined()
    await unit.press('enter')
    expect(asked.result).toEqual({ kind: 'loaded', slots: [{ slot: 3, checkValue: masterKey }] })
    expect(unit.device.secure.slot(TEST_SLOT).pinKey).toBeDefined() // another slot keeps what it has
    expect(unit.bench.pictures.at(-1)?.secure).toBe(false)
  })

  test('over a key that is there → that key and all under it are gone when success is said (J03)', async () => {
    const unit = await madeUnit({ station: makeKeyStation('inject', { slot: TEST_SLOT }) })
    unit.device.secure.loadWorkingKeys(TEST_SLOT, '004', fromHex(keyBlocks['004']))
    void unit.inject()
    await unit.type(FIRST, SECOND)
    await unit.bench.time.advance(100)
    expect(unit.screen()).toContain('成功')
    const { masterKey, version, ...rest } = unit.device.secure.slot(TEST_SLOT)
    expect(masterKey).not.toBe(TEST_MASTER_CHECK_VALUE)
    expect(rest).toEqual({})
    expect(version).toBe(0)
    const saved = toHex(unit.bench.storage.bytes ?? new Uint8Array(0))
    expect(saved).not.toContain('0123456789ABCDEFFEDCBA9876543210')
  })

  test('an SM4 master key is loaded as one', async () => {
    const unit = await madeUnit({ station: makeKeyStation('inject', { algorithm: 'SM4' }) })
    void unit.inject()
    await unit.type(FIRST, SECOND)
    await unit.bench.time.advance(100)
    expect(unit.station.given.state).toBe('confirmed')
    expect(unit.screen()).toContain('成功')
  })

  test.each([
    ['at a password', []],
    ['at the second one', [FIRST]],
    ['while the station is sought', [FIRST, SECOND]],
  ])('60 s without a key or a message, %s → timeout, the screen is the application’s', async (_, typed) => {
    const unit = await madeUnit()
    unit.station.silent = true
    const asked = unit.inject()
    await unit.type(...typed)
    await unit.bench.time.advance(IDLE_MS - 1)
    expect(asked.result).toBeUndefined()
    await unit.bench.time.advance(1)
    expect(asked.result).toEqual({ kind: 'timeout' })
    expect(unit.bench.pictures.at(-1)?.secure).toBe(false)
  })

  test('15 minutes in all, whatever is typed', async () => {
    const unit = await madeUnit()
    const asked = unit.inject()
    for (let s = 0; s < TOTAL_MS / 1000 - 30; s += 30) {
      await unit.bench.time.advance(30_000)
      await unit.press('1', 'clear')
    }
    await unit.bench.time.advance(29_999)
    expect(asked.result).toBeUndefined()
    await unit.bench.time.advance(1)
    expect(asked.result).toEqual({ kind: 'timeout' })
  })

  test.each([
    ['password', 0],
    ['second password', 1],
    ['cable', 2],
  ])('CANCEL at the %s → cancelled at once', async (_, typed) => {
    const unit = await madeUnit()
    unit.station.silent = true
    const asked = unit.inject()
    await unit.type(...[FIRST, SECOND].slice(0, typed))
    await unit.press('5', 'cancel')
    expect(asked.result).toEqual({ kind: 'cancelled' })
    expect(unit.bench.pictures.at(-1)?.secure).toBe(false)
  })

  test('secure.cancel() ends it; enterPin, changePin, renewMaster and a second inject are busy meanwhile', async () => {
    const unit = await madeUnit()
    const { secure } = unit.device
    const asked = unit.inject()
    const pin = { slot: TEST_SLOT, pan: '6222600001234567890', locale: 'zh', timeoutMs: 1000 } as const
    expect(await secure.enterPin({ ...pin, prompt: 'enter', bypass: false })).toEqual({ kind: 'busy' })
    expect(await secure.changePin({ ...pin, again: false })).toEqual({ kind: 'busy' })
    expect(await secure.renewMaster(TEST_SLOT, 1000)).toEqual({ kind: 'busy' })
    expect(await secure.inject({ locale: 'zh' })).toEqual({ kind: 'busy' })
    secure.cancel()
    await unit.press()
    expect(asked.result).toEqual({ kind: 'cancelled' })
  })

  test.each([
    ['unknownSerial', '序列号未登记'],
    ['alreadyLoaded', '本机已注入'],
    ['notExpected', '不在计划内'],
    ['notNow', '注入站未就绪'],
  ] as const)('the station refuses, %s → 注入站拒绝, %s', async (code, words) => {
    const unit = await madeUnit()
    unit.station.refusal = code
    const asked = unit.inject()
    await unit.type(FIRST, SECOND)
    await unit.bench.time.advance(100)
    expect(unit.screen()).toMatch(new RegExp(`注入站拒绝[\\s\\S]*${words}`))
    await unit.press('enter')
    expect(asked.result).toEqual({ kind: 'refused', why: code })
  })

  test('nobody at the socket → 未接注入站', async () => {
    const unit = await madeUnit()
    unit.station.absent = true
    const asked = unit.inject()
    await unit.type(FIRST, SECOND)
    expect(unit.screen()).toContain('未接注入站')
    await unit.press('enter')
    expect(asked.result).toEqual({ kind: 'noStation' })
  })

  test.each([
    ['no credential', { station: makeKeyStation('inject').dial }, 'noIdentity'],
    ['no socket', { credential: terminalCredential }, 'noStation'],
  ])('%s → %s, said before anybody is asked for a password', async (_, has, kind) => {
    const bench = makeBench()
    const { device, operator } = makeDevice({ ...bench.options, ...has }, bench.chip)
    const asked = device.secure.inject({ locale: 'zh' })
    await bench.time.advance(0)
    expect(bench.screen().join()).toMatch(kind === 'noIdentity' ? /本机无身份证书/ : /未接注入站/)
    operator.press('enter')
    expect(await asked).toEqual({ kind })
  })

  test('a station of another root → 身份验证失败, no key, nothing staged', async () => {
    const rogue = credentialOf(40, { role: 'station', purposes: ['inject'], id: 'STATION-1' }, otherRoot)
    const unit = await madeUnit({
      station: makeKeyStation('inject', {}, () =>
        stationEnd({ credential: { ...rogue, root: terminalCredential.root } }),
      ),
    })
    const asked = unit.inject()
    await unit.type(FIRST, SECOND)
    await unit.bench.time.advance(100)
    expect(unit.screen()).toContain('身份验证失败')
    await unit.press('enter')
    expect(asked.result).toEqual({ kind: 'failed', why: 'identity' })
    expect(unit.device.secure.slot(3)).toEqual({ version: 0 })
  })

  test('a host’s certificate is none of a station', async () => {
    const host = credentialOf(41, { role: 'host', purposes: ['host', 'rkl'], id: 'STATION-1' })
    const unit = await madeUnit({
      station: makeKeyStation('inject', {}, () => stationEnd({ credential: host })),
    })
    void unit.inject()
    await unit.type(FIRST, SECOND)
    await unit.bench.time.advance(100)
    expect(unit.screen()).toContain('身份验证失败')
  })

  test('a foreign message leaves: 报文异常, the line is closed, the old key stays', async () => {
    const unit = await madeUnit({ station: makeKeyStation('inject', { slot: TEST_SLOT }) })
    unit.station.tamper = () => Uint8Array.of(0xa1, 0x00, 0x09)
    const asked = unit.inject()
    await unit.type(FIRST, SECOND)
    await unit.bench.time.advance(100)
    expect(unit.screen()).toContain('报文异常')
    await unit.press('enter')
    expect(asked.result).toEqual({ kind: 'failed', why: 'message' })
    expect(unit.device.secure.slot(TEST_SLOT).masterKey).toBe(TEST_MASTER_CHECK_VALUE)
  })

  test('the cable pulled before the commit → 连接中断; the next session commits what was proved, and loads nothing twice', async () => {
    const unit = await madeUnit({ station: makeKeyStation('inject', { slot: TEST_SLOT }) })
    unit.station.tamper = (payload, number) => (number === 1 ? 'close' : payload)
    const asked = unit.inject()
    await unit.type(FIRST, SECOND)
    await unit.bench.time.advance(100)
    expect(unit.screen()).toContain('连接中断')
    await unit.press('enter')
    expect(asked.result).toEqual({ kind: 'failed', why: 'line' })
    const between = unit.device.secure.slot(TEST_SLOT)
    expect(between.masterKey).toBe(TEST_MASTER_CHECK_VALUE)
    expect(between.staged).toMatch(/^[0-9A-F]{6}$/)
    unit.station.tamper = undefined
    void unit.inject()
    await unit.type(FIRST, SECOND)
    await unit.bench.time.advance(100)
    expect(unit.device.secure.slot(TEST_SLOT)).toEqual({ version: 0, masterKey: between.staged })
    expect(unit.station.given.state).toBe('confirmed')
  })

  test('nobody listened on the cable at first → the hello is said again until somebody answers', async () => {
    const unit = await madeUnit()
    unit.station.silent = true
    void unit.inject()
    await unit.type(FIRST, SECOND)
    await unit.bench.time.advance(5_000)
    unit.station.silent = false
    await unit.bench.time.advance(3_000)
    expect(unit.screen()).toContain('成功')
    expect(unit.station.connections).toBe(2) // with the one when the passwords were made
  })

  test('noise on the cable before anybody listens does not stop the hello', async () => {
    const unit = await madeUnit()
    unit.station.silent = true
    void unit.inject()
    await unit.type(FIRST, SECOND)
    for (const noise of [0x00, 0x53, 0xff]) {
      unit.station.noise(Uint8Array.of(noise))
      await unit.bench.time.advance(5_000)
    }
    expect(unit.station.wire.filter(({ from }) => from === 'terminal').length).toBeGreaterThan(6)
    unit.station.silent = false
    await unit.bench.time.advance(3_000)
    expect(unit.screen()).toContain('成功')
  })

  test('a cable that sends later, and loses on closing what it has not sent → the last word arrives all the same', async () => {
    const station = makeKeyStation('inject')
    const bench = makeBench()
    const slow: Dial = async (events) => {
      const stream = await station.dial(events)
      let open = true
      return (
        stream && {
          send: (bytes) => void bench.time.after(200, () => open && stream.send(bytes)),
          close() {
            open = false
            stream.close()
          },
        }
      )
    }
    const unit = await makeUnit({ bench, station: { ...station, dial: slow } })
    void unit.inject()
    await unit.passwords()
    await bench.time.advance(5_000)
    expect(unit.screen()).toContain('成功')
    expect(station.given.state).toBe('confirmed')
  })

  test('a random source that is stuck → no handshake is waited for: 身份验证失败 at once', async () => {
    const bench = makeBench()
    const stuck = { ...bench, options: { ...bench.options, random: (n: number) => new Uint8Array(n) } }
    const unit = await makeUnit({ bench: stuck })
    void unit.inject()
    await unit.passwords()
    await bench.time.advance(0)
    expect(unit.screen()).toContain('身份验证失败')
  })

  test('English, on the compact screen', async () => {
    const unit = await madeUnit({ model: 'compact', locale: 'en' })
    void unit.inject()
    await unit.press('1')
    expect(unit.bench.screen()).toEqual([' Key injection', '   Password 1', '       *', 'Enter Clear Canc'])
    await unit.press('clear')
    await unit.type(FIRST, SECOND)
    await unit.bench.time.advance(100)
    expect(unit.bench.screen()[1]).toContain('Loaded: slot 3')
  })
})
