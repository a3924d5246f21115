import nacl from 'tweetnacl'
import { describe, expect, test } from 'vitest'
import { toHex } from '../../../../keys/hex.ts'
import { runConformance, vectors } from '../../../../terminal/device/conformance/run.ts'
import type { Device } from '../../../../terminal/device/device.ts'
import type { InjectResult, RenewResult, Secure } from '../../../../terminal/device/secure.ts'
import { emulatedPort } from './emulated.ts'

describe.each(['compact', 'standard'] as const)('the emulated device, %s', (model) => {
  test('passes every vector', async () => {
    const report = await runConformance(emulatedPort(model))
    expect(report.results.filter((result) => !result.passed)).toEqual([])
    expect(report.passed).toBe(vectors.length)
  })
})

test('a device that takes no programs passes every vector', async () => {
  const report = await runConformance(emulatedPort('compact', false), 'slots.')
  expect(report.results.filter((result) => !result.passed)).toEqual([])
})

test('every vector has an id of its own', () => {
  expect(new Set(vectors.map(({ id }) => id)).size).toBe(vectors.length)
})

test('only: the vectors of one group are run', async () => {
  const report = await runConformance(emulatedPort('compact'), 'charset.')
  expect(report.results.length).toBeGreaterThan(5)
  expect(report.results.every(({ id }) => id.startsWith('charset.'))).toBe(true)
})

type Fault = (device: Device) => Partial<Device>
const copy = (bytes: Uint8Array): Uint8Array => bytes.slice()

// biome-ignore format: one fault a paragraph
const faults: readonly (readonly [what: string, vector: string, fault: Fault])[] = [
  ['the display wraps at the right edge', 'display.clip.no-wrap', ({ display }) => ({
    display: { ...display, draw(row, column, text, style) {
      const { columns } = display.size()
      display.draw(row, column, text, style)
      display.draw(row + 1, 0, text.slice(columns - column), style)
    } } })],
  ['the display draws what starts left of the grid', 'display.outside.column', ({ display }) => ({
    display: { ...display, draw: (row, column, text, style) => display.draw(row, Math.max(0, column), text, style) } })],
  ['the display takes every character for one cell', 'display.width.wide', ({ display }) => ({
    display: { ...display, draw: (row, column, text, style) =>
      Array.from(text).forEach((letter, at) => { display.draw(row, column + at, letter, style) }) } })],
  ['the display knows no inverse', 'display.style.inverse', ({ display }) => ({
    display: { ...display, draw: (row, column, text) => display.draw(row, column, text, 'normal') } })],
  ['clear does nothing', 'display.clear', ({ display }) => ({ display: { ...display, clear() {} } })],
  ['flush does nothing', 'keypad.flush', ({ keypad }) => ({ keypad: { ...keypad, flush() {} } })],
  ['a wait that times out says that it was cancelled', 'wait.keypad.deadline', ({ keypad }) => ({
    keypad: { ...keypad, async next(ms) {
      const result = await keypad.next(ms)
      return result.kind === 'timeout' ? { kind: 'cancelled' } : result
    } } })],
  ['time-outs are in units of 10 ms', 'wait.reader.deadline', ({ reader }) => ({
    reader: { ...reader, wait: (ms) => reader.wait(Math.min(600_000, ms * 10)) } })],
  ['cancel does not reach the reader', 'wait.reader.cancel', ({ reader }) => ({ reader: { ...reader, cancel() {} } })],
  ['an absent track is an empty one', 'reader.tracks.absent', ({ reader }) => ({
    reader: { ...reader, async wait(ms) {
      const result = await reader.wait(ms)
      return result.kind === 'stripe' ? { track1: '', ...result } : result
    } } })],
  ['sentinels are stripped', 'reader.tracks', ({ reader }) => ({
    reader: { ...reader, async wait(ms) {
      const result = await reader.wait(ms)
      return result.kind === 'stripe' && result.track2 ? { ...result, track2: result.track2.slice(1) } : result
    } } })],
  ['the printer counts the line that did not come out', 'printer.paper.ends', ({ printer }) => ({
    printer: { ...printer, async print(lines) {
      const result = await printer.print(lines)
      return result.kind === 'paperOut' ? { ...result, printedLines: result.printedLines + 1 } : result
    } } })],
  ['the printer resolves before the paper has come out', 'printer.late', ({ printer }) => ({
    printer: { ...printer, async print(lines) {
      void printer.print(lines)
      return { kind: 'printed' }
    } } })],
  ['the printer prints its last line again', 'printer.order', ({ printer }) => ({
    printer: { ...printer, print: (lines) => printer.print([...lines, ...lines.slice(-1)]) } })],
  ['programming sets bits in the slots', 'slots.clears-only', ({ slots }) => ({
    slots: { ...slots, program(address, bytes) {
      const sector = Math.floor(address / slots.geometry().sectorBytes)
      slots.erase(sector)
      return slots.program(address, bytes)
    } } })],
  ['a hash is over the whole sector', 'slots.hash', ({ slots }) => ({
    slots: { ...slots, hash: (address) => slots.hash(address, 4096) } })],
  ['a hash goes over the end of the chip', 'slots.hash', ({ slots }) => ({
    slots: { ...slots, hash(address, length) {
      const { sectorBytes, sectorCount } = slots.geometry()
      return slots.hash(address, Math.min(length, sectorBytes * sectorCount - address))
    } } })],
  ['what runs changes', 'slots.running', ({ slots }) => {
    let calls = 0
    return { slots: { ...slots, running: () => ({ ...slots.running(), trial: calls++ % 2 === 0 }) } }
  }],
  ['the program built in is another', 'slots.factory', ({ slots }) => ({
    slots: { ...slots, readFactory: (offset, length) => slots.readFactory(offset, length).fill(0, 0, 1).fill(9, 0, 1) } })],
  ['a read over the end of the program built in is cut short', 'slots.factory.bounds', ({ slots }) => ({
    slots: { ...slots, readFactory: (offset, length) =>
      slots.readFactory(offset, Math.min(length, slots.factory().length - offset)) } })],
  ['programming sets bits', 'flash.clears-only', ({ flash }) => ({
    flash: { ...flash, program(address, bytes) {
      const { sectorBytes } = flash.geometry()
      const sector = Math.floor(address / sectorBytes)
      const whole = flash.read(sector * sectorBytes, sectorBytes)
      whole.set(bytes, address % sectorBytes)
      flash.erase(sector)
      return flash.program(sector * sectorBytes, whole)
    } } })],
  ['erasing takes the next sector with it', 'flash.sector.only', ({ flash }) => ({
    flash: { ...flash, erase(sector) {
      const result = flash.erase(sector)
      if (sector + 1 < flash.geometry().sectorCount) flash.erase(sector + 1)
      return result
    } } })],
  ['a read over the end is filled with zeros', 'flash.bounds.chip', ({ flash }) => ({
    flash: { ...flash, read(address, length) {
      try { return flash.read(address, length) } catch { return new Uint8Array(length) }
    } } })],
  ['the link loses the end of long messages', 'limit.send', ({ link }) => ({
    link: { ...link, send: (bytes) => link.send(bytes.length > 1000 ? bytes.slice(0, 1000) : bytes) } })],
  ['the link takes a refusal for silence', 'link.refused', ({ link }) => ({
    link: { ...link, async open(ms) {
      const result = await link.open(ms)
      return result.kind === 'refused' ? { kind: 'timeout' } : result
    } } })],
  ['the link forgets what came before the host closed', 'link.closed.by-host', ({ link }) => ({
    link: { ...link, async receive(ms) {
      const result = await link.receive(ms)
      if (result.kind !== 'bytes') return result
      const after = await link.receive(0)
      return after.kind === 'closed' ? after : result
    } } })],
  ['the monotonic clock follows the wall clock', 'clock.back', ({ clock }) => ({
    clock: { ...clock, monotonicMs: () => clock.now().year * 31_536_000_000 } })],
  ['the wall clock stands still', 'clock.runs', ({ clock }) => {
    let time = clock.now()
    return { clock: { ...clock, set(next) { time = next }, now: () => time } }
  }],
  ['an unknown character is left out', 'charset.unknown', ({ charset }) => ({
    charset: { ...charset, encodeGbk: (text) => charset.encodeGbk(text.replace(/[\u{10000}-\u{10ffff}]/gu, '')) } })],
  ['a wrong MAC is right when it begins well', 'mac.verify.bits', ({ secure }) => ({
    secure: { ...secure, verifyMac(slot, algorithm, bytes, mac) {
      const made = secure.mac(slot, algorithm, bytes)
      secure.verifyMac(slot, algorithm, bytes, mac)
      return made.kind === 'mac' && made.mac.subarray(0, 4).every((byte, at) => byte === mac[at])
    } } })],
  ['the tag ignores zero bytes at the end', 'tag', ({ secure }) => ({
    secure: { ...secure, deviceTag(bytes) {
      const padded = new Uint8Array(256)
      padded.set(bytes.subarray(0, 256))
      return secure.deviceTag(bytes.length > 256 ? copy(bytes) : padded)
    } } })],
  ['the PIN block is made without the PAN', 'pin.pan-bound', ({ secure }) => ({
    secure: { ...secure, enterPin: (request) => secure.enterPin({ ...request, pan: '6222600001234567890' }) } })],
  ['bypass is always allowed', 'pin.bypass.not', ({ secure }) => ({
    secure: { ...secure, enterPin: (request) => secure.enterPin({ ...request, bypass: true }) } })],
  ['the amount is not shown', 'pin.screen.amount', ({ secure }) => ({
    secure: { ...secure, enterPin({ amountFen: _, ...request }) { return secure.enterPin(request) } } })],
  ['a result tells how many digits there were', 'pin.result.digits', ({ secure }) => ({
    secure: { ...secure, async enterPin(request) {
      const result = await secure.enterPin(request)
      return result.kind === 'entered' ? { ...result, digits: 6 } : result
    } } })],
  ['PINs are not limited', 'pin.too-often', ({ secure }) => ({
    secure: { ...secure, async enterPin(request) {
      const result = await secure.enterPin(request)
      return result.kind === 'tooOften' ? { kind: 'entered', block: new Uint8Array(8) } : result
    } } })],
  ['the new block of a change is made for another PAN', 'pin.change.pan-bound', ({ secure }) => ({
    secure: { ...secure, changePin: (request) => secure.changePin({ ...request, pan: '6222600001234567890' }) } })],
  ['the prompt of a wrong old PIN is that of the first try', 'pin.change.prompts', ({ secure }) => ({
    secure: { ...secure, changePin: (request) => secure.changePin({ ...request, again: false }) } })],
  ['the time of a change begins anew with each PIN', 'pin.change.timeout', ({ secure }) => ({
    secure: { ...secure, changePin: (request) => secure.changePin({ ...request, timeoutMs: 3 * request.timeoutMs }) } })],
  ['a change gives its blocks in the wrong order', 'pin.change', ({ secure }) => ({
    secure: { ...secure, async changePin(request) {
      const result = await secure.changePin(request)
      return result.kind === 'entered' ? { ...result, oldBlock: result.newBlock, newBlock: result.oldBlock } : result
    } } })],
  ['an earlier key block is loaded once more', 'keys.replayed', ({ secure }) => ({
    secure: { ...secure, loadWorkingKeys(slot, kind, block, proof) {
      const result = secure.loadWorkingKeys(slot, kind, block, proof)
      return result.kind === 'replayed' ? { kind: 'loaded', version: 1 } : result
    } } })],
  ['the proof of a sign-on answer is not looked at', 'keys.proof', ({ secure }) => ({
    secure: { ...secure, loadWorkingKeys: (slot, kind, block) => secure.loadWorkingKeys(slot, kind, block) } })],
  ['an SM4 sign-on is taken for a TDES one', 'keys.refused.sm4', ({ secure }) => ({
    secure: { ...secure, loadWorkingKeys: (slot, kind, block, proof) =>
      secure.loadWorkingKeys(slot, kind === '006' ? '004' : kind, block, proof) } })],
  ['an injection tells another check value', 'inject.loads', ({ secure }) => injecting(secure, (result) =>
    result.kind === 'loaded' ? { ...result, slots: [{ slot: 4, checkValue: '000000' }] } : result)],
  ['a loaded key is said to be staged', 'inject.loads', ({ secure }) => ({
    secure: { ...secure, slot: (slot) => ({ ...secure.slot(slot), staged: '000000' }) } })],
  ['the digits of an injection reach the application', 'inject.screen', ({ keypad }) => ({
    keypad: { ...keypad, next: async (ms) => (ms > 0 ? { kind: 'key', key: '7' } : keypad.next(ms)) } })],
  ['a password of six digits is an answer', 'inject.digits', ({ secure }) => ({
    secure: { ...secure, inject: async () => ({ kind: 'noStation' }) } })],
  ['a wrong pair opens the injection', 'inject.wrong', ({ secure }) => injecting(secure, (result) =>
    result.kind === 'loaded' ? { kind: 'locked', waitMs: 1 } : result)],
  ['cancel() does not reach an injection', 'inject.cancel', ({ secure }) => ({ secure: { ...secure, cancel() {} } })],
  ['the idle minute of an injection is an error', 'inject.idle', ({ secure }) => injecting(secure, (result) =>
    result.kind === 'timeout' ? { kind: 'failed', why: 'line' } : result)],
  ['an injection has no end', 'inject.total', ({ secure }) => ({
    secure: { ...secure, inject: async (request) => {
      const result = await secure.inject(request)
      return result.kind === 'timeout' ? new Promise(() => {}) : result
    } } })],
  ['a second injection cancels the first', 'inject.busy', ({ secure }) => ({
    secure: { ...secure, inject(request) {
      secure.cancel()
      return secure.inject(request)
    } } })],
  ['no station is an error', 'inject.none', ({ secure }) => injecting(secure, (result) =>
    result.kind === 'noStation' ? { kind: 'failed', why: 'line' } : result)],
  ['a refusal has no word', 'inject.refused', ({ secure }) => injecting(secure, (result) =>
    result.kind === 'refused' ? { ...result, why: '' } : result)],
  ['a foreign message is a refusal', 'inject.foreign', ({ secure }) => injecting(secure, (result) =>
    result.kind === 'failed' ? { ...result, kind: 'refused' } : result)],
  ['a station of another root is a refusal', 'inject.stranger', ({ secure }) => injecting(secure, (result) =>
    result.kind === 'failed' ? { ...result, kind: 'refused' } : result)],
  ['the lock of the passwords opens after a minute', 'inject.locked', ({ secure }) => injecting(secure, (result) =>
    result.kind === 'locked' ? { ...result, waitMs: 60_000 } : result)],
  ['a renewal leaves the old check value', 'renew.loads', ({ secure }) => {
    const { masterKey = '' } = secure.slot(1)
    return { secure: { ...secure, slot: (slot) => ({ ...secure.slot(slot), masterKey }) } }
  }],
  ['a refused renewal says that it went well', 'renew.refused', ({ secure }) => renewing(secure, (result) =>
    result.kind === 'refused' ? { kind: 'renewed', checkValue: '000000' } : result)],
  ['a strange host is a dead line', 'renew.stranger', ({ secure }) => renewing(secure, (result) =>
    result.kind === 'failed' ? { kind: 'noLine' } : result)],
  ['a dead line is an error', 'renew.no-line', ({ secure }) => renewing(secure, (result) =>
    result.kind === 'noLine' ? { kind: 'failed', why: 'line' } : result)],
  ['a renewal takes ten times as long as it may', 'renew.timeout', ({ secure }) => ({
    secure: { ...secure, renewMaster: (slot, ms) => secure.renewMaster(slot, 10 * ms) } })],
  ['the digest is of another algorithm', 'hash.abc', ({ secure }) => ({
    secure: { ...secure, hash: (bytes) => secure.hash(Uint8Array.of(...bytes, 0)) } })],
  ['signatures are compared by their first half', 'verify', ({ secure }) => {
    const right = '92A009A9F0D4CAB8720E820B5F642540A2B27B5416503F8FB3762223EBDB69DA'
    return { secure: { ...secure, verify: (_key, message, signature) =>
      message[0] === 0x72 && toHex(signature).startsWith(right) } }
  }],
  ['S ≥ L is taken, as the package does', 'verify.malleated', ({ secure }) => ({
    secure: { ...secure, verify: (key, message, signature) => nacl.sign.detached.verify(message, signature, key) } })],
  ['keys of small order are taken, as the package does', 'verify.small-order', ({ secure }) => ({
    secure: { ...secure, verify: (key, message, signature) => nacl.sign.detached.verify(message, signature, key) } })],
  ['a report key a call', 'sign', ({ secure }) => ({ secure: { ...secure, reportKey: () => secure.random(32) } })],
  ['a floor falls', 'floor', ({ secure }) => {
    const floors = new Map<string, number>()
    return { secure: { ...secure,
      floor: (index, scope) => floors.get(`${index} ${scope}`) ?? 0,
      raiseFloor(index, value, scope) {
        floors.set(`${index} ${scope}`, value)
        return 'raised'
      } } }
  }],
  ['floors know no scope', 'floor', ({ secure }) => ({
    secure: { ...secure,
      floor: (index) => secure.floor(index, new Uint8Array(4)),
      raiseFloor: (index, value) => secure.raiseFloor(index, value, new Uint8Array(4)) } })],
  ['there is one floor for all', 'floor.limits', ({ secure }) => ({
    secure: { ...secure,
      floor: (_, scope) => secure.floor(0, scope),
      raiseFloor: (_, value, scope) => secure.raiseFloor(0, value, scope) } })],
  ['the inbox is online before the service is there', 'inbox.online', ({ inbox }) => ({
    inbox: { ...inbox, state: () => 'online' } })],
  ['publish cuts long messages', 'inbox.publish', ({ inbox }) => ({
    inbox: { ...inbox, publish: (topic, bytes, quality) => inbox.publish(topic, bytes.slice(0, 32_768), quality) } })],
  ['the topic of a message is lost', 'inbox.message', ({ inbox }) => ({
    inbox: { ...inbox, async next(ms) {
      const result = await inbox.next(ms)
      return result.kind === 'message' ? { ...result, topic: 'blk' } : result
    } } })],
  ['unread messages are dropped', 'inbox.queue', ({ inbox }) => ({
    inbox: { ...inbox, async next(ms) {
      const result = await inbox.next(ms)
      return ms === 0 && result.kind === 'message' ? { kind: 'timeout' } : result
    } } })],
  ['of a row of comings and goings the last is not told', 'inbox.flapping', ({ inbox }) => ({
    inbox: { ...inbox, async next(ms) {
      const result = await inbox.next(ms)
      return result.kind === 'offline' ? { kind: 'timeout' } : result
    } } })],
  ['the cable says nothing to the inbox', 'inbox.cable', ({ inbox }) => ({
    inbox: { ...inbox, async next(ms) {
      const result = await inbox.next(ms)
      return result.kind === 'offline' ? { kind: 'timeout' } : result
    } } })],
  ['the second source is always at the beginning', 'inbox.fetch', ({ inbox }) => ({
    inbox: { ...inbox, fetch: (object, _, length, ms) => inbox.fetch(object, 0, length, ms) } })],
  ['cancel() does not reach a fetch', 'inbox.fetch.waits', ({ inbox }) => ({ inbox: { ...inbox, cancel() {} } })],
]

function injecting(secure: Secure, change: (result: InjectResult) => InjectResult): Partial<Device> {
  return { secure: { ...secure, inject: async (request) => change(await secure.inject(request)) } }
}
function renewing(secure: Secure, change: (result: RenewResult) => RenewResult): Partial<Device> {
  return {
    secure: { ...secure, renewMaster: async (slot, ms) => change(await secure.renewMaster(slot, ms)) },
  }
}

describe('a device with a fault', () => {
  test.each(faults)('%s → %s fails', async (_, id, fault) => {
    const { device, rig } = emulatedPort('compact')
    const port = { device: { ...device, ...fault(device) }, rig }
    const report = await runConformance(port, id)
    expect(report.results.find((result) => result.id === id)).toMatchObject({ passed: false })
  })
})
