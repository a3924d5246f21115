import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { fromHex } from '../../../keys/hex.ts'
import { keyBlocks, TEST_MASTER_KEY } from '../../../terminal/device/conformance/keys.ts'
import { describeNative, newFolder, RIG_BINARY } from './guest.ts'
import { buildGuestDevice, type GuestDevice, removeFolder, runGuest } from './guest-device.ts'
import { inMemory, placesOf, processIn } from './memory.ts'
import { call, MASTERS } from './secure-acts.ts'
import { makeSecurePair, type SecurePair } from './secure-pair.ts'

const open: SecurePair[] = []
afterEach(async () => {
  for (const pair of open.splice(0)) await pair.close()
})

const digits = [9, 3, 8, 2, 7, 1, 6, 0, 5, 4, 9, 8]
const pin = Uint8Array.from(digits)
const request = {
  ...{ slot: 1, pan: '6222600001234567890', prompt: 'enter', locale: 'zh', bypass: false, timeoutMs: 60_000 },
}

/** A device that has been signed on, and the number of its process. */
async function signedOn() {
  const pair = await makeSecurePair(RIG_BINARY, MASTERS)
  open.push(pair)
  await pair.act(call('loadWorkingKeys', 1, '004', fromHex(keyBlocks['004'])))
  return { pair, pid: processIn(pair.folder) }
}

describeNative('what the native secure element has in memory', () => {
  test('of a PIN nothing is in memory when its entry is over, and of keys nothing when the case was opened', async () => {
    const { pair, pid } = await signedOn()
    for (const end of ['enter', 'clear', 'cancel'] as const) {
      await pair.act(call('enterPin', request))
      await pair.act({ kind: 'press', keys: digits.map((digit) => String(digit) as '0') })
      expect(inMemory(pid, pin), `before ${end}`).toBe(true)
      await pair.act({ kind: 'press', keys: [end] })
      expect(inMemory(pid, pin), `after ${end}`).toBe(false)
      await pair.act(call('cancel'))
    }
    const master = fromHex(TEST_MASTER_KEY)
    expect(inMemory(pid, master)).toBe(true)
    await pair.act({ kind: 'tamper' })
    expect(inMemory(pid, master)).toBe(false)
    expect(inMemory(pid, master.slice(0, 8))).toBe(false)
  })

  test('keys and digits lie in pages that no swap disk and no child gets', async () => {
    const { pair, pid } = await signedOn()
    await pair.act(call('enterPin', request))
    await pair.act({ kind: 'press', keys: digits.map((digit) => String(digit) as '0') })
    for (const secret of [pin, fromHex(TEST_MASTER_KEY)]) {
      const places = placesOf(pid, secret)
      expect(places.length).toBeGreaterThan(0)
      for (const flags of places) expect(flags).toEqual(expect.arrayContaining(['lo', 'dc']))
    }
  })

  test('pages that the system does not lock → one line, and the device starts', () => {
    const limited = ['--bounding-set=-ipc_lock', 'prlimit', '--memlock=0']
    if (spawnSync('setpriv', [...limited, 'true']).status !== 0)
      return console.warn('setpriv or prlimit is missing: pages that cannot be locked are not tried')
    const folder = newFolder()
    writeFileSync(join(folder, 'guest.js'), 'globalThis.application = { running: new Promise(() => {}) }')
    const words = ['--folder', folder, '--program', join(folder, 'guest.js'), '--check']
    const { status, stderr } = spawnSync('setpriv', [...limited, RIG_BINARY, ...words], {
      input: `time\t0\t0\nrandom\t${'5A'.repeat(16)}\n`,
      encoding: 'utf8',
    })
    expect({ status, lines: stderr.trim().split('\n') }).toEqual({
      status: 0,
      lines: [expect.stringMatching(/^shuaka-device: keys and PINs cannot be held in memory, /)],
    })
  })
})

describeNative('what its front and its reader have heard', () => {
  let binary = ''
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-heard-'))
  const folders: string[] = [folder]
  const fifo = join(folder, 'head')
  beforeAll(() => {
    binary = buildGuestDevice()
    execFileSync('mkfifo', [fifo])
  })
  afterAll(() => {
    removeFolder(binary.replace(/\/[^/]*$/, ''))
    for (const each of folders) removeFolder(each)
  })
  async function start(guest: string, options: { reader?: string } = {}) {
    const device = runGuest({ binary, guest, ...options })
    folders.push(device.folder)
    expect(await device.shown()).toBe('ready')
    return { device, pid: processIn(device.folder) }
  }
  async function end(device: GuestDevice): Promise<void> {
    device.say('quit')
    expect(await device.ended).toBe(0)
  }

  test('of words that were obeyed nothing is in memory: no key of a PIN, no track', async () => {
    const { device, pid } = await start(`show('ready'); for (;;) show([(await keypad.next(600000)).key])`)
    for (const key of ['9', '3', '8', '2', '1']) device.say('key', key)
    device.say('swipe', '', ';4321=9?', '')
    device.say('key', '0')
    while (String(await device.shown()) !== '0');
    for (const heard of ['key\t9', 'key\t8', 'key\t1', 'key\x000', ';4321=9'])
      expect(inMemory(pid, heard), heard).toBe(false)
    await end(device)
  })

  test('of a card that nobody waited for nothing is in memory, nor of the line that brought one', async () => {
    const guest = `show('ready'); for (;;) { await keypad.next(600000); show([(await reader.wait(600000)).track2]) }`
    const { device, pid } = await start(guest, { reader: fifo })
    writeFileSync(fifo, `%B${'4321'.repeat(15)}?;${'4321'.repeat(9)}?+${'4321'.repeat(25)}?\n`)
    writeFileSync(fifo, '\n')
    device.say('key', '1')
    await new Promise((settle) => setTimeout(settle, 200))
    writeFileSync(fifo, '%B77^A?;1=7?\n')
    expect(await device.shown()).toEqual([';1=7?'])
    for (const heard of ['43214321', '%B77^A?;1=7']) expect(inMemory(pid, heard), heard).toBe(false)
    await end(device)
  })
})
