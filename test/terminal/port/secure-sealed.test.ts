import { spawnSync } from 'node:child_process'
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { fromHex } from '../../../keys/hex.ts'
import { keyBlocks, TEST_MASTER_KEY } from '../../../terminal/device/conformance/keys.ts'
import { newFolder, RIG_BINARY } from './guest.ts'
import { call, MASTERS, pattern } from './secure-acts.ts'
import { makeSecurePair, type SecurePair } from './secure-pair.ts'

const open: SecurePair[] = []
afterEach(async () => {
  for (const pair of open.splice(0)) await pair.close()
})

/** A device that has been signed on, with what it says of itself. */
async function signedOn() {
  const pair = await makeSecurePair(RIG_BINARY, MASTERS)
  open.push(pair)
  await pair.act(call('loadWorkingKeys', 1, '004', fromHex(keyBlocks['004'])))
  const sealed = join(pair.folder, 'keys.sealed')
  const state = async () => ({
    slot: await told(pair, 'slot', 1),
    tag: await told(pair, 'deviceTag', pattern(4)),
  })
  return { pair, sealed, state, restart: () => pair.act({ kind: 'restart' }) }
}
async function told(pair: SecurePair, ...[name, ...args]: Parameters<typeof call>): Promise<unknown> {
  return (await pair.act(call(name, ...args))).native.results[0]?.[1]
}

/** Whether a device in this folder could start, and what it says on standard error. */
function check(folder: string) {
  writeFileSync(join(folder, 'guest.js'), 'globalThis.application = { running: new Promise(() => {}) }')
  const random = `random\t${'5A'.repeat(16)}\n`
  const { status, stderr } = spawnSync(
    RIG_BINARY,
    ['--folder', folder, '--program', join(folder, 'guest.js'), '--check'],
    { input: `time\t0\t0\n${random}`, encoding: 'utf8' },
  )
  return { status, stderr: stderr.replaceAll(folder, 'DIR') }
}
function withKeys(json: string): string {
  const folder = newFolder()
  writeFileSync(join(folder, 'keys.json'), json)
  return folder
}
/** The journal of this folder is no longer erased. */
function use(folder: string): void {
  const path = join(folder, 'flash.bin')
  const bytes = readFileSync(path)
  bytes[bytes.length - 1] = 0xfe
  writeFileSync(path, bytes)
}
const good = { slot: 1, key: TEST_MASTER_KEY, checkValue: '08D7B4' }

describe('what the native secure element keeps', () => {
  test('keys.sealed and device.key are the owner’s alone, and no file of the folder has a key in it', async () => {
    const { pair } = await signedOn()
    for (const name of ['keys.sealed', 'device.key'])
      expect(statSync(join(pair.folder, name)).mode & 0o777).toBe(0o600)
    const [master = ''] = MASTERS.map(({ key }) => key)
    for (const name of readdirSync(pair.folder)) {
      const bytes = readFileSync(join(pair.folder, name))
      expect(bytes.includes(Buffer.from(fromHex(master))), name).toBe(false)
      expect(bytes.toString('latin1').toUpperCase().includes(master), name).toBe(false)
    }
  })

  test('any one byte of keys.sealed damaged → all keys or none, the device goes on with its secret, and the file is mended', async () => {
    const { sealed, state, restart } = await signedOn()
    const saved = readFileSync(sealed)
    const before = await state()
    let lost = 0
    for (let at = 0; at < saved.length; at += 61) {
      const bytes = Uint8Array.from(saved)
      bytes[at] = (bytes[at] ?? 0) ^ 4
      writeFileSync(sealed, bytes)
      await restart()
      const now = await state()
      expect([before.slot, { version: 0 }], `byte ${at}`).toContainEqual(now.slot)
      expect(now.tag, `byte ${at}`).toEqual(before.tag)
      await restart()
      expect(await state(), `byte ${at}, mended`).toEqual(now)
      if (JSON.stringify(now.slot) === '{"version":0}') lost++
    }
    expect(lost).toBeGreaterThan(40)
    expect(lost).toBeLessThan(62)
  })

  test('both copies of the device’s part, its end, or device.key lost → damaged, no key, one and the same new secret from then on', async () => {
    const { pair, sealed, state, restart } = await signedOn()
    const saved = readFileSync(sealed)
    const before = await state()
    const harms = [
      () =>
        writeFileSync(
          sealed,
          saved.map((byte, at) => (at === 20 || at === saved.length - 20 ? byte ^ 1 : byte)),
        ),
      () => writeFileSync(sealed, saved.subarray(0, 100)),
      () => rmSync(join(pair.folder, 'device.key')),
    ]
    for (const harm of harms) {
      writeFileSync(sealed, saved)
      harm()
      await restart()
      const damaged = await state()
      expect(damaged.slot).toEqual({ version: 0, damaged: true })
      expect(damaged.tag).not.toEqual(before.tag)
      await restart()
      expect(await state()).toEqual(damaged)
    }
  })

  test('keys.sealed gone from a device that was in use → damaged, one line, no keys.json taken', async () => {
    const { pair, sealed, state, restart } = await signedOn()
    const before = await state()
    rmSync(sealed)
    writeFileSync(join(pair.folder, 'keys.json'), JSON.stringify([good]))
    use(pair.folder)
    await restart()
    const after = await state()
    expect(after.slot).toEqual({ version: 0, damaged: true })
    expect(after.tag).not.toEqual(before.tag)
    await restart()
    expect(await state()).toEqual(after)
    const folder = withKeys(JSON.stringify([good]))
    check(folder)
    use(folder)
    rmSync(join(folder, 'keys.sealed'))
    expect(check(folder)).toEqual({ status: 0, stderr: 'shuaka-device: keys.sealed: gone: no keys\n' })
  })

  test.each<readonly [string, (folder: string) => void]>([
    ['device.key, and a journal still erased: a first start that was cut', () => undefined],
    [
      'a journal that was brought here, and no device.key',
      (folder) => {
        rmSync(join(folder, 'device.key'))
        use(folder)
      },
    ],
  ])('factory-new: no keys.sealed, %s → takes keys.json without a word', (_, make) => {
    const folder = withKeys(JSON.stringify([good]))
    check(folder)
    make(folder)
    rmSync(join(folder, 'keys.sealed'))
    writeFileSync(join(folder, 'keys.json'), JSON.stringify([good]))
    expect(check(folder)).toEqual({ status: 0, stderr: '' })
    expect(existsSync(join(folder, 'keys.json'))).toBe(false)
  })

  test.each([0, 31, 33])('device.key of %i bytes → exit 4 with a line, and no file is touched', (bytes) => {
    const folder = withKeys(JSON.stringify([good]))
    check(folder)
    const sealed = readFileSync(join(folder, 'keys.sealed'))
    writeFileSync(join(folder, 'device.key'), new Uint8Array(bytes).fill(7))
    expect(check(folder)).toEqual({
      status: 4,
      stderr: `shuaka-device: DIR/device.key: ${bytes} bytes, not 32: put back a copy; without one send the device in\n`,
    })
    expect(readFileSync(join(folder, 'device.key'))).toEqual(Buffer.alloc(bytes, 7))
    expect(readFileSync(join(folder, 'keys.sealed'))).toEqual(sealed)
  })

  test('the same state kept twice → not one block of bytes the same', async () => {
    const { pair, sealed } = await signedOn()
    const saved = readFileSync(sealed)
    await pair.act(call('raiseFloor', 0, 1, pattern(4)))
    const again = readFileSync(sealed)
    expect(again.length).toBe(saved.length)
    for (let at = 0; at + 8 <= saved.length; at += 8)
      expect(again.includes(saved.subarray(at, at + 8)), `bytes ${at} on`).toBe(false)
  })

  test('a damaged file is one line on standard error that names it', async () => {
    const folder = withKeys(JSON.stringify([good]))
    expect(check(folder)).toEqual({ status: 0, stderr: '' })
    writeFileSync(join(folder, 'keys.sealed'), 'nothing')
    expect(check(folder).stderr).toBe('shuaka-device: keys.sealed: damaged: no keys\n')
    expect(check(folder)).toEqual({ status: 0, stderr: '' })
  })

  test('keys.json is overwritten and deleted once its keys are kept', () => {
    const folder = withKeys(
      JSON.stringify([
        good,
        {
          ...good,
          slot: 3,
          algorithm: 'SM4',
          key: '0F1E2D3C4B5A69788796A5B4C3D2E1F0',
          checkValue: MASTERS[2]?.checkValue,
        },
      ]),
    )
    linkSync(join(folder, 'keys.json'), join(folder, 'seen'))
    expect(check(folder)).toEqual({ status: 0, stderr: '' })
    expect(existsSync(join(folder, 'keys.json'))).toBe(false)
    expect(readFileSync(join(folder, 'seen')).every((byte) => byte === 0)).toBe(true)
  })

  test('the power went between keeping and deleting → the next start deletes it, and has the keys', async () => {
    const { pair, state, restart } = await signedOn()
    const before = await state()
    writeFileSync(join(pair.folder, 'keys.json'), JSON.stringify([{ ...good, slot: 2 }]))
    await restart()
    expect(existsSync(join(pair.folder, 'keys.json'))).toBe(false)
    expect(await state()).toEqual(before)
  })

  test.each([
    [
      'a check value of another key',
      JSON.stringify([{ ...good, checkValue: '08D7B5' }]),
      'master key of slot 1: checkValue',
    ],
    [
      'four bytes of which the last is wrong',
      JSON.stringify([{ ...good, checkValue: '08D7B400' }]),
      'master key of slot 1: checkValue',
    ],
    [
      'two bytes of check value',
      JSON.stringify([{ ...good, checkValue: '08D7' }]),
      'master key of slot 1: checkValue',
    ],
    [
      'a weak key',
      JSON.stringify([{ slot: 1, key: '01'.repeat(16), checkValue: '8CA64D' }]),
      'master key of slot 1: weakKey',
    ],
    ['one key twice', JSON.stringify([good, { ...good, slot: 2 }]), 'master key of slot 2: duplicateKey'],
    ['slot 10', JSON.stringify([{ ...good, slot: 10 }]), 'master key of slot 10: slot'],
    [
      '15 bytes',
      JSON.stringify([{ ...good, key: TEST_MASTER_KEY.slice(2) }]),
      'master key of slot 1: length',
    ],
    [
      'AES',
      JSON.stringify([{ slot: 1, algorithm: 'AES', key: good.key, checkValue: '08D7B4' }]),
      'master key of slot 1: not as it must be written',
    ],
    [
      '17 bytes',
      JSON.stringify([{ ...good, key: `${TEST_MASTER_KEY}00` }]),
      'master key of slot 1: not as it must be written',
    ],
    ['half of it', JSON.stringify([good]).slice(0, 30), 'master key of slot 1: not as it must be written'],
    ['no end', JSON.stringify([good]).slice(0, -1), 'master key of slot -1: not as it must be written'],
    ['no list', '{}', 'not a list of master keys'],
    ['nothing', '', 'not a list of master keys'],
  ])('%s in keys.json → exit 2 with a line, and the file is left as it was', (_, json, why) => {
    const folder = withKeys(json)
    expect(check(folder)).toEqual({ status: 2, stderr: `shuaka-device: DIR/keys.json: ${why}\n` })
    expect(readFileSync(join(folder, 'keys.json'), 'utf8')).toBe(json)
    expect(existsSync(join(folder, 'keys.sealed'))).toBe(false)
  })

  test('a folder that takes no file at the first start → exit 6, and keys.json is left', () => {
    const folder = withKeys(JSON.stringify([good]))
    mkdirSync(join(folder, 'keys.sealed.next'))
    expect(check(folder).status).toBe(6)
    expect(existsSync(join(folder, 'keys.json'))).toBe(true)
    rmSync(join(folder, 'keys.sealed.next'), { recursive: true })
    expect(check(folder)).toEqual({ status: 0, stderr: '' })
  })

  test('the case is opened without power, and closed by the maker → as the emulated one; then keys.json is taken once more', async () => {
    const { pair, state } = await signedOn()
    const tag = (await state()).tag
    await pair.act(call('raiseFloor', 1, 7, pattern(4)))
    for (const does of ['service', 'tamper', 'service'] as const) {
      await pair.act({ kind: 'without power', does })
      for (const act of [call('slot', 1), call('deviceTag', pattern(4)), call('floor', 1, pattern(4))]) {
        const { native, emulated } = await pair.act(act)
        expect(native, does).toEqual(emulated)
      }
    }
    expect(await state()).toEqual({ slot: { version: 0 }, tag })
    writeFileSync(join(pair.folder, 'keys.json'), JSON.stringify([good]))
    await pair.act({ kind: 'restart' })
    expect(await told(pair, 'slot', 1)).toEqual({ version: 0, masterKey: '08D7B4' })
    expect(existsSync(join(pair.folder, 'keys.json'))).toBe(false)
  })

  test('an opened case takes no keys.json', async () => {
    const { pair } = await signedOn()
    await pair.act({ kind: 'tamper' })
    writeFileSync(join(pair.folder, 'keys.json'), JSON.stringify([good]))
    await pair.act({ kind: 'restart' })
    expect(await told(pair, 'slot', 1)).toEqual({ version: 0, tampered: true })
    expect(existsSync(join(pair.folder, 'keys.json'))).toBe(false)
  })

  test('a damaged element takes no keys.json: only its maker can help', async () => {
    const { pair, sealed, restart } = await signedOn()
    writeFileSync(sealed, 'nothing')
    writeFileSync(join(pair.folder, 'keys.json'), JSON.stringify([good]))
    await restart()
    expect(await told(pair, 'slot', 1)).toEqual({ version: 0, damaged: true })
    expect(existsSync(join(pair.folder, 'keys.json'))).toBe(false)
  })

  test('the case is opened while nothing can be saved → no key now, and none after a restart that can save', async () => {
    const { pair } = await signedOn()
    await pair.act({ kind: 'storage', saves: false })
    await pair.act({ kind: 'tamper' })
    expect(await told(pair, 'slot', 1)).toEqual({ version: 0, tampered: true })
  })
})
