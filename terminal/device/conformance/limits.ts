import type { Device } from '../device.ts'
import { TIMEOUT_MS_MAX } from '../device.ts'
import { EMPTY_SLOT, LOADED_SLOT, TEST_PAN, TEST_SLOT } from './keys.ts'
import type { Capability } from './port.ts'
import { textLine } from './printer.ts'
import { loadKeys } from './secure.ts'
import { fromHex, holds, pattern, refused, same, type Vector, vector, watch, within } from './vector.ts'

/** Limits of docs/device.md, each with what is still inside and what is one beyond. */

const pin = { slot: TEST_SLOT, pan: TEST_PAN, prompt: 'enter', locale: 'en', bypass: true } as const
const change = { slot: TEST_SLOT, pan: TEST_PAN, again: false, locale: 'en' } as const

// biome-ignore format: one row a call
const timeouts: readonly (readonly [name: string, call: (device: Device, ms: number) => Promise<unknown>, ...needs: Capability[]])[] = [
  ['keypad.next',        ({ keypad }, ms) => keypad.next(ms)],
  ['reader.wait',        ({ reader }, ms) => reader.wait(ms)],
  ['link.open',          ({ link }, ms) => link.open(ms)],
  ['clock.sleep',        ({ clock }, ms) => clock.sleep(ms)],
  ['secure.enterPin',    ({ secure }, ms) => secure.enterPin({ ...pin, timeoutMs: ms })],
  ['secure.changePin',   ({ secure }, ms) => secure.changePin({ ...change, timeoutMs: ms })],
  ['inbox.next',         ({ inbox }, ms) => inbox.next(ms), 'inbox'],
  ['secure.renewMaster', ({ secure }, ms) => secure.renewMaster(LOADED_SLOT, ms), 'renewal'],
]

// biome-ignore format: one row a time that no calendar or clock has
const noTimes: readonly (readonly [part: string, values: readonly number[]])[] = [
  ['year',   [1969, 2100]],
  ['month',  [0, 13]],
  ['day',    [0, 32]],
  ['hour',   [-1, 24]],
  ['minute', [-1, 60]],
  ['second', [-1, 60]],
]
const noon = { year: 2026, month: 6, day: 15, hour: 12, minute: 0, second: 0 }

/** Calls of a secure element with keys that must do (`undefined`), and one beyond each. */
// biome-ignore format: one row a limit: name, title, calls inside, calls beyond
const bounds: readonly (readonly [id: string, title: string, inside: (device: Device) => readonly unknown[], beyond: readonly (readonly [string, (device: Device) => unknown])[]])[] = [
  ['random', 'random gives 1 to 64 bytes',
    ({ secure }) => [1, 2, 63, 64].map((length) => secure.random(length).length === length),
    [['0 random bytes', ({ secure }) => secure.random(0)], ['65 random bytes', ({ secure }) => secure.random(65)],
     ['−1 random bytes', ({ secure }) => secure.random(-1)], ['1.5 random bytes', ({ secure }) => secure.random(1.5)]]],
  ['tag', 'a device tag covers 0 to 256 bytes',
    ({ secure }) => [0, 1, 255, 256].map((length) => secure.deviceTag(pattern(length)).length === 16),
    [['a tag over 257 bytes', ({ secure }) => secure.deviceTag(pattern(257))]]],
  ['mac', 'a MAC covers 0 to 4,096 bytes',
    ({ secure }) => [9, 40, 4095, 4096].map((length) => secure.mac(TEST_SLOT, 'x9.19', pattern(length)).kind === 'mac'),
    [['a MAC over 4,097 bytes', ({ secure }) => secure.mac(TEST_SLOT, 'x9.19', pattern(4097))]]],
  ['verify-mac', 'a MAC is compared over 0 to 4,096 bytes',
    ({ secure }) => [0, 4096].map((length) => !secure.verifyMac(TEST_SLOT, 'x9.19', pattern(length), new Uint8Array(8))),
    [['a comparison over 4,097 bytes', ({ secure }) => secure.verifyMac(TEST_SLOT, 'x9.19', pattern(4097), new Uint8Array(8))]]],
  ['track', 'a track has 17 to 104 digits',
    ({ secure }) => [17, 18, 37, 103, 104].map((length) => {
      const made = secure.encryptTrack(TEST_SLOT, '1'.repeat(length))
      return made.kind === 'track' && made.digits.length === length
    }),
    [['a track of 16 digits', ({ secure }) => secure.encryptTrack(TEST_SLOT, '1'.repeat(16))],
     ['a track of 105 digits', ({ secure }) => secure.encryptTrack(TEST_SLOT, '1'.repeat(105))],
     ['a track with a letter', ({ secure }) => secure.encryptTrack(TEST_SLOT, `A${'1'.repeat(30)}`)],
     ['a track with its sentinel', ({ secure }) => secure.encryptTrack(TEST_SLOT, `;${'1'.repeat(30)}`)]]],
]

// biome-ignore format: one vector a paragraph
export const limitVectors: readonly Vector[] = [
  ...timeouts.map(([name, call, ...needs]) =>
    vector(`limit.timeout.${name}`, `${name} takes 0 to 600,000 ms and no other time`, async (port) => {
      if (name.startsWith('secure.')) loadKeys(port, '004')
      const zero = watch(() => call(port.device, 0))
      await port.rig.pass(0)
      holds(zero.result !== undefined || name === 'clock.sleep', '0 ms: it waits')
      const longest = watch(() => call(port.device, TIMEOUT_MS_MAX))
      await port.rig.pass(0)
      const { result } = longest as { readonly result: { readonly kind?: string } | undefined }
      holds(result?.kind !== 'threw', '600,000 ms: threw')
      if (name !== 'clock.sleep') port.device[name.split('.')[0] as 'keypad'].cancel()
      await refused(port, '−1 ms', () => call(port.device, -1))
      await refused(port, '600,001 ms', () => call(port.device, TIMEOUT_MS_MAX + 1))
    }, ...needs)),
  vector('limit.timeout.link.receive', 'link.receive takes 0 to 600,000 ms and no other time', async (port) => {
    const { device, rig } = port
    for (const ms of [-1, TIMEOUT_MS_MAX + 1]) {
      same(await within(rig, 1000, () => device.link.open(1000)), { kind: 'open' }, 'open')
      await refused(port, `${ms} ms`, () => device.link.receive(ms))
    }
  }),
  ...noTimes.map(([part, values]) =>
    vector(`limit.clock.${part}`, `clock.set takes no ${part} ${values.join(' or ')}`, async (port) => {
      const { clock } = port.device
      if (port.life === undefined || port.life.stage === 0) clock.set(noon)
      for (const value of values) {
        await refused(port, `${part} ${value}`, () => clock.set({ ...noon, [part]: value }))
        same(clock.now().year, 2026, 'the year after it')
      }
    })),
  ...bounds.map(([id, title, inside, beyond]) =>
    vector(`limit.secure.${id}`, title, async (port) => {
      loadKeys(port, '004')
      inside(port.device).forEach((done, at) => {
        holds(done === true, `length ${at + 1} of those that it must take is refused`)
      })
      for (const [what, call] of beyond) await refused(port, what, () => call(port.device))
    })),
  vector('limit.secure.pan', 'a PIN wants a PAN of 13 to 19 digits', async (port) => {
    loadKeys(port, '004')
    const { secure } = port.device
    for (const pan of ['4'.repeat(13), '4'.repeat(19)]) {
      const asked = watch(() => secure.enterPin({ ...pin, pan, timeoutMs: 1000 }))
      await port.rig.pass(0)
      same(asked.result, undefined, `a PAN of ${pan.length} digits`)
      secure.cancel()
      await port.rig.pass(0)
    }
    for (const pan of ['4'.repeat(12), '4'.repeat(20), '', '622260000123456789X'])
      await refused(port, `a PAN of ${pan.length} characters`, () => secure.enterPin({ ...pin, pan, timeoutMs: 1000 }))
    holds(!port.rig.screen().secure, 'the secure element took the screen')
  }),
  vector('limit.secure.slots', 'there are slots 0 to 9: another has no key', async ({ device: { secure } }) => {
    for (const slot of [-1, 10]) {
      same(secure.mac(slot, 'x9.19', pattern(40)), { kind: 'noKey' }, `mac in slot ${slot}`)
      same(secure.slot(slot).masterKey, undefined, `slot ${slot}`)
      same(secure.loadWorkingKeys(slot, '001', new Uint8Array(24)).kind, 'noKey', `load into slot ${slot}`)
    }
    for (const slot of [0, EMPTY_SLOT]) same(secure.slot(slot).masterKey, undefined, `slot ${slot}`)
  }),
  ...(['001', '003', '004'] as const).map((kind) =>
    vector(`limit.key-block.${kind}`, `the key block of sign-on ${kind} has one length: one byte more or less is wrongLength`, async ({ device: { secure } }) => {
      const length = { '001': 24, '003': 40, '004': 60 }[kind]
      for (const other of [0, length - 1, length + 1])
        same(secure.loadWorkingKeys(TEST_SLOT, kind, new Uint8Array(other)), { kind: 'wrongLength' }, `${other} bytes`)
    })),
  vector('limit.verify', 'verify takes messages of 0 to 65,536 bytes', async (port) => {
    const { secure } = port.device
    const key = fromHex('3D4017C3E843895A92B70AA74D1B7EBC9C982CCF2EC4968CC0CD55F12AF4660C')
    for (const length of [0, 65_536]) holds(!secure.verify(key, pattern(length), new Uint8Array(64)), `${length} bytes of a signature that is none`)
    await refused(port, 'a message of 65,537 bytes', () => secure.verify(key, pattern(65_537), new Uint8Array(64)))
  }),
  vector('limit.print', '200 lines are printed, 201 are not', async (port) => {
    const lines = (count: number) => new Array(count).fill(textLine('x'))
    same(await within(port.rig, 60_000, () => port.device.printer.print(lines(200))), { kind: 'printed' }, '200 lines')
    same(port.rig.paper().length, 200, 'lines on the paper')
    await refused(port, 'printing 201 lines', () => port.device.printer.print(lines(201)))
    same(port.rig.paper().length, 0, 'lines on the paper after it')
  }),
  vector('limit.feed', 'a feed is 1 to 20 lines', async (port) => {
    for (const feed of [1, 20]) {
      same(await within(port.rig, 60_000, () => port.device.printer.print([{ feed }])), { kind: 'printed' }, `feed ${feed}`)
      same(port.rig.paper().length, feed + 1, `lines of feed ${feed}, and the end`)
    }
    for (const feed of [0, 21, -1, 1.5]) {
      await refused(port, `feed ${feed}`, () => port.device.printer.print([{ feed }]))
      same(port.rig.paper().length, 0, `lines on the paper after feed ${feed}`)
    }
  }),
  vector('limit.send', '1 to 4,096 bytes are sent', async (port) => {
    const { device, rig } = port
    const open = async () => same(await within(rig, 1000, () => device.link.open(1000)), { kind: 'open' }, 'open')
    await open()
    for (const length of [1, 2, 4095, 4096]) {
      same(await within(rig, 5000, () => device.link.send(pattern(length))), { kind: 'sent' }, `${length} bytes`)
      same(rig.host.received(), pattern(length), `${length} bytes at the host`)
    }
    for (const length of [0, 4097]) {
      await open()
      await refused(port, `sending ${length} bytes`, () => device.link.send(pattern(length)))
      same(rig.host.received().length, 0, 'bytes at the host after it')
    }
  }),
]
