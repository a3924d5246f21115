import nacl from 'tweetnacl'
import { toHex } from '../../../../keys/hex.ts'
import type { Device } from '../../../../terminal/device/device.ts'
import type { InjectResult, RenewResult, Secure } from '../../../../terminal/device/secure.ts'
import type { Fault } from './fault.ts'

const copy = (bytes: Uint8Array): Uint8Array => bytes.slice()

/** The secure element 安全模块. */
// biome-ignore format: one fault a paragraph
export const secureFaults: readonly Fault[] = [
  ['65 random bytes are 64', 'limit.secure.random', ({ secure }) => ({
    secure: { ...secure, random: (length) => secure.random(Math.min(64, length)) } })],
  ['a MAC over 4,097 bytes is over 4,096', 'limit.secure.mac', ({ secure }) => ({
    secure: { ...secure, mac: (slot, algorithm, bytes) => secure.mac(slot, algorithm, bytes.subarray(0, 4096)) } })],
  ['a track of 16 digits is filled up', 'limit.secure.track', ({ secure }) => ({
    secure: { ...secure, encryptTrack: (slot, digits) => secure.encryptTrack(slot, digits.padStart(17, '0')) } })],
  ['a PAN of 12 digits is filled up', 'limit.secure.pan', ({ secure }) => ({
    secure: { ...secure, enterPin: (request) => secure.enterPin({ ...request, pan: request.pan.padStart(13, '0') }) } })],
  ['a slot 10 is slot 1', 'limit.secure.slots', ({ secure }) => ({
    secure: { ...secure, mac: (slot, algorithm, bytes) => secure.mac(slot === 10 ? 1 : slot, algorithm, bytes),
      slot: (slot) => secure.slot(slot === 10 ? 1 : slot) } })],
  ['a key block that is short is filled up', 'limit.key-block.004', ({ secure }) => ({
    secure: { ...secure, loadWorkingKeys(slot, kind, block, proof) {
      const filled = new Uint8Array(kind === '004' ? 60 : block.length)
      filled.set(block.subarray(0, filled.length))
      return secure.loadWorkingKeys(slot, kind, filled, proof)
    } } })],
  ['a MAC of one block gives a check value away', 'limit.mac', ({ secure }) => ({
    secure: { ...secure, mac: (slot, algorithm, bytes) =>
      bytes.length <= 8 ? { kind: 'mac', mac: new Uint8Array(8) } : secure.mac(slot, algorithm, bytes) } })],
  ['a digit of a PIN reaches who polls', 'pin.isolation.poll', ({ keypad }) => ({
    keypad: { ...keypad, next: async (ms) => (ms === 0 ? { kind: 'key', key: '1' } : keypad.next(ms)) } })],
  ['flush ends a PIN entry', 'pin.isolation.flush', ({ keypad, secure }) => ({
    keypad: { ...keypad, flush() {
      keypad.flush()
      secure.cancel()
    } } })],
  ['the PIN request is read when the PIN is there', 'pin.isolation.request', ({ secure }) => ({
    secure: { ...secure, async enterPin(request) {
      const result = await secure.enterPin(request)
      return request.pan.startsWith('6222600009') && result.kind === 'entered' ? { kind: 'entered', block: new Uint8Array(8) } : result
    } } })],
  ['a slot tells a key', 'pin.isolation.keys', ({ secure }) => ({
    secure: { ...secure, slot: (slot) => ({ ...secure.slot(slot), pinKeyBytes: '00' }) } })],
  ['an identity that is there is none', 'inject.identity', ({ secure }) => ({
    secure: { ...secure, inject: async () => ({ kind: 'noIdentity' }) } })],
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
]

function injecting(secure: Secure, change: (result: InjectResult) => InjectResult): Partial<Device> {
  return { secure: { ...secure, inject: async (request) => change(await secure.inject(request)) } }
}
function renewing(secure: Secure, change: (result: RenewResult) => RenewResult): Partial<Device> {
  return {
    secure: { ...secure, renewMaster: async (slot, ms) => change(await secure.renewMaster(slot, ms)) },
  }
}
