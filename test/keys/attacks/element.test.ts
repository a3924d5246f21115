import { expect, test } from 'vitest'
import { makeDevice } from '../../../emulator/device/device.ts'
import { PIN_BURST, PIN_COST_MS } from '../../../emulator/device/pin-limit.ts'
import { asPan } from '../../../host-link/wire/values.ts'
import { decryptEcb, encryptEcb } from '../../../keys/block-cipher.ts'
import { fromHex, toHex } from '../../../keys/hex.ts'
import { clearPinBlock } from '../../../keys/pin-block.ts'
import type { KeyUsage } from '../../../keys/store/key-slot.ts'
import type { KeyStore } from '../../../keys/store/key-store.ts'
import { tdes } from '../../../keys/tdes.ts'
import { keyBlocks, TEST_MASTER_KEY, TEST_SLOT } from '../../../terminal/device/conformance/keys.ts'
import { contract } from '../../../terminal/device/contract.ts'
import type { Key } from '../../../terminal/device/keypad.ts'
import type { PinRequest, PinResult, SlotState } from '../../../terminal/device/secure.ts'
import { makeBench } from '../../emulator/device/bench.ts'
import { balanceOf, codeOf, makeRig, OPENING, PAN } from '../../host-link/host/rig.ts'
import {
  kcv,
  keyBlock,
  loadedStore,
  MAK,
  master,
  NEXT_MAK,
  NEXT_PIK,
  NEXT_TDK,
  OTHER_TMK,
  PIK,
  STAGED,
  TDK,
  transaction,
} from '../store/loaded.ts'
import { hex } from '../vectors.ts'

// The attacker runs in the application, or holds the terminal: it has every call of the secure element, and the keys.

const OTHER_PAN = '6222600009876543210'
const master004 = tdes(fromHex(TEST_MASTER_KEY))

function makeUnit() {
  const bench = makeBench()
  const unit = makeDevice(bench.options, bench.chip)
  expect(unit.device.secure.loadWorkingKeys(TEST_SLOT, '004', fromHex(keyBlocks['004'])).kind).toBe('loaded')
  const type = (...keys: readonly string[]): void => {
    for (const key of keys) unit.operator.press(key as Key)
  }
  return { bench, type, ...unit }
}

const ask: PinRequest = {
  ...{ slot: TEST_SLOT, pan: PAN, prompt: 'enter', locale: 'zh', bypass: false, timeoutMs: 60_000 },
}

/** The clear PIN block inside what the element gave out. */
function cleared(result: PinResult): string {
  if (result.kind !== 'entered') throw new Error(result.kind)
  const pik = decryptEcb(master004, fromHex(keyBlocks['004']).slice(0, 16))
  return toHex(decryptEcb(tdes(pik), result.block))
}
const clear = (pin: string, pan: string): string =>
  toHex(clearPinBlock(Uint8Array.from(pin, Number), asPan(pan)))

test('A01 PIN block translation: the secure element has a call that makes a block and none that opens, re-formats or compares one', () => {
  expect(Object.keys(contract.secure).sort()).toEqual(
    [
      ...['cancel', 'changePin', 'deviceTag', 'encryptTrack', 'enterPin', 'inject', 'loadWorkingKeys', 'mac'],
      ...['random', 'renewMaster', 'slot', 'verifyMac'],
      ...['floor', 'hash', 'raiseFloor', 'reportKey', 'sign', 'verify'],
    ].sort(),
  )
})

test('A01 PIN block translation: another PAN said while the PIN is typed → the block is for the PAN of the prompt', async () => {
  const { device, type } = makeUnit()
  const request = { ...ask }
  const asked = device.secure.enterPin(request)
  type('1', '2', '3', '4')
  Object.assign(request, { pan: OTHER_PAN })
  type('enter')
  expect(cleared(await asked)).toBe(clear('1234', PAN))
})

test('A01 PIN block oracle: a wrong PIN and every malformed block, of another format, PAN, length or fill → one answer of the host, nothing booked', async () => {
  const right = clearPinBlock(Uint8Array.from('123456', Number), asPan(PAN))
  const changed = (at: number, value: number): Uint8Array => right.map((b, i) => (i === at ? value : b))
  const faults: readonly (readonly [string, Uint8Array])[] = [
    ['a wrong PIN', clearPinBlock(Uint8Array.from('123457', Number), asPan(PAN))],
    ['for another PAN', clearPinBlock(Uint8Array.from('123456', Number), asPan(OTHER_PAN))],
    ['format 1', hex('1612345600000000')],
    ['format 3', changed(0, 0x36)],
    ['three digits', changed(0, 0x03)],
    ['thirteen digits', changed(0, 0x0d)],
    ['a wrong fill', changed(7, (right[7] ?? 0) ^ 0x01)],
    ['a letter for a digit', changed(1, (right[1] ?? 0) ^ 0xb0)],
    ['zeros', new Uint8Array(8)],
  ]
  const answers = []
  for (const [, block] of faults) {
    const rig = makeRig()
    const terminal = rig.terminal()
    await terminal.signOn()
    const sealed = encryptEcb(tdes(terminal.keys?.pik ?? new Uint8Array(16)), block)
    answers.push(await codeOf(terminal, terminal.saleMessage({ more: { 52: sealed } })))
    expect(await balanceOf(rig)).toBe(OPENING)
  }
  expect(answers).toEqual(faults.map(() => '55'))
})

test('A02 decimalisation-style guessing: PINs as fast as keys can be pressed → a burst, then one in ten seconds, and never an answer about a PIN', async () => {
  const { bench, device, type } = makeUnit()
  let blocks = 0
  for (let guess = 0; guess < PIN_BURST + 5; guess++) {
    const asked = device.secure.enterPin(ask)
    type(...String(1000 + guess), 'enter')
    const result = await asked
    if (result.kind === 'entered') blocks++
    else expect(result).toEqual({ kind: 'tooOften', waitMs: expect.any(Number) })
    expect(Object.keys(result).sort()).toEqual(
      result.kind === 'entered' ? ['block', 'kind'] : ['kind', 'waitMs'],
    )
  }
  expect(blocks).toBe(PIN_BURST)
  await bench.time.advance(PIN_COST_MS)
  const asked = device.secure.enterPin(ask)
  type('1', '2', '3', '4', 'enter')
  expect((await asked).kind).toBe('entered')
  expect((await device.secure.enterPin(ask)).kind).toBe('tooOften')
})

test('A02 guessing at the host: wrong PINs in a row → the card is stopped, and the right PIN does not help any more', async () => {
  const rig = makeRig()
  const terminal = rig.terminal()
  await terminal.signOn()
  const codes = []
  for (let guess = 0; guess < 6; guess++)
    codes.push(await codeOf(terminal, terminal.saleMessage({ pin: `00000${guess}` })))
  expect(codes.slice(-1)).toEqual(['75'])
  expect(await codeOf(terminal, terminal.saleMessage())).toBe('75')
  expect(await balanceOf(rig)).toBe(OPENING)
})

const usages: readonly KeyUsage[] = ['TMK', 'PIK', 'MAK', 'TDK']
const data = new Uint8Array(40).fill(0x5a)
/** Each operation that works with a key, as asked of a slot of any usage; says whether it worked. */
const operations: { readonly [name: string]: (store: KeyStore, usage: KeyUsage) => boolean } = {
  mac: (store, usage) => store.mac({ usage, number: 1 }, 'cmac', data).kind === 'ok',
  verifyMac(store, usage) {
    const made = store.mac({ usage: 'MAK', number: 1 }, 'cmac', data)
    const mac = made.kind === 'ok' ? made.mac : new Uint8Array(8)
    return store.verifyMac({ usage, number: 1 }, 'cmac', data, mac).kind === 'ok'
  },
  pinBlock: (store, usage) =>
    store.pinBlock({ usage, number: 1 }, Uint8Array.of(1, 2, 3, 4), asPan(PAN)).kind === 'ok',
  encryptTrack: (store, usage) =>
    store.encryptTrack({ usage, number: 1 }, `${PAN}D30122010000000000`).kind === 'ok',
  loadWorkingKeys(store, usage) {
    const block = keyBlock('004', NEXT_PIK, NEXT_MAK, NEXT_TDK)
    return store.loadWorkingKeys({ usage, number: 1 }, '004', block).kind === 'ok'
  },
  loadMaster: (store, usage) =>
    store.loadMaster({ usage, number: 1 }, hex(OTHER_TMK), kcv(OTHER_TMK)).kind === 'ok',
  stageMaster: (store, usage) =>
    store.stageMaster(
      { usage, number: 1 },
      { algorithm: 'TDES', bytes: hex(STAGED), keyVersion: '01' },
      { transaction: transaction(1), remote: false },
    ).kind === 'ok',
}

test('A04 key type confusion: every operation on a slot of every usage → exactly the allowed cells work', () => {
  const allowed = Object.entries(operations).flatMap(([name, works]) =>
    usages.filter((usage) => works(loadedStore(), usage)).map((usage) => `${name} ${usage}`),
  )
  expect(allowed).toEqual([
    ...['mac MAK', 'verifyMac MAK', 'pinBlock PIK', 'encryptTrack TDK'],
    ...['loadWorkingKeys TMK', 'loadMaster TMK', 'stageMaster TMK'],
  ])
})

test('A04 key type confusion: a PIK sent once more as TDK, or the PIK and TDK of a sign-on exchanged → not loaded, no PIN block ever passes a track key', () => {
  const store = loadedStore()
  expect(store.loadWorkingKeys(master(1), '004', keyBlock('004', PIK, MAK, PIK))).toMatchObject({
    why: 'duplicateKey',
  })
  expect(store.loadWorkingKeys(master(1), '004', keyBlock('004', TDK, MAK, PIK)).kind).toBe('refused')
  expect(store.checkValue({ usage: 'TDK', number: 1 })).toMatchObject({ checkValue: kcv(TDK).slice(0, 3) })
})

test('A06 KCV leakage: whatever the device tells of its slots → six hex digits of a check value, of a MAK its CMAC form', () => {
  const { device } = makeUnit()
  for (let slot = 0; slot < 10; slot++) {
    const { version, ...values }: SlotState = device.secure.slot(slot)
    expect(version).toBe(slot === TEST_SLOT ? 1 : 0)
    for (const value of Object.values(values)) expect(value).toMatch(/^[0-9A-F]{6}$/)
  }
  const block = fromHex(keyBlocks['004'])
  const mak = decryptEcb(master004, block.slice(20, 36))
  const zeros = toHex(tdes(mak).encrypt(new Uint8Array(8)))
  expect(device.secure.slot(TEST_SLOT).macKey).not.toBe(zeros.slice(0, 6))
})

test('A06 KCV leakage: a MAC, a track or a tag over zeros → never the zero encryption of a key', () => {
  const { device } = makeUnit()
  const block = fromHex(keyBlocks['004'])
  const [pik, mak, tdk] = [0, 20, 40].map((at) => decryptEcb(master004, block.slice(at, at + 16)))
  const full = [pik, mak, tdk].map((key) => toHex(tdes(key ?? block).encrypt(new Uint8Array(8))))
  const said: string[] = []
  for (const algorithm of ['cup-ecb', 'x9.9', 'x9.19', 'cbc-mac', 'cmac'] as const)
    for (const length of [0, 1, 7, 8, 9, 16, 24]) {
      const made = device.secure.mac(TEST_SLOT, algorithm, new Uint8Array(length))
      if (made.kind === 'mac') said.push(toHex(made.mac))
    }
  for (const length of [17, 18, 32, 37]) {
    const made = device.secure.encryptTrack(TEST_SLOT, '0'.repeat(length))
    if (made.kind === 'track') said.push(made.digits)
  }
  expect(said.length).toBeGreaterThan(15)
  for (const value of full) expect(said.join(' ')).not.toContain(value)
})

test('A06 residual, KCV leakage: whoever may choose messages of a bound-to-nothing MAK computes with it by cbc-mac → its whole zero encryption', () => {
  const store = loadedStore()
  const mac = (bytes: Uint8Array) => {
    const made = store.mac({ usage: 'MAK', number: 1 }, 'cbc-mac', bytes)
    if (made.kind !== 'ok') throw new Error(made.why)
    return made.mac
  }
  const two = new Uint8Array(16)
  const three = Uint8Array.of(...two, ...mac(two)) // the third block cancels what is chained: zeros are encrypted
  expect(toHex(mac(three))).toBe(toHex(tdes(hex(MAK)).encrypt(new Uint8Array(8))))
})
