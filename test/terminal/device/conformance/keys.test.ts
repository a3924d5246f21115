import { createCipheriv, createDecipheriv } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  checkValues,
  ENCRYPTED_TRACK,
  keyBlocks,
  laterBlocks,
  macs,
  pinBlocks,
  TEST_MASTER_CHECK_VALUE,
  TEST_MASTER_KEY,
  TEST_PAN,
  TEST_TRACK,
  type TestedKind,
} from '../../../../terminal/device/conformance/keys.ts'
import { pattern } from '../../../../terminal/device/conformance/vector.ts'

/** TDES-ECB of OpenSSL, which shares no code with the one that made the vectors. 8-byte keys are doubled. */
function tdes(key: Buffer, bytes: Buffer, decrypting = false): Buffer {
  const long = key.length === 8 ? Buffer.concat([key, key]) : key
  const make = decrypting ? createDecipheriv : createCipheriv
  const cipher = make('des-ede', long, null).setAutoPadding(false)
  return Buffer.concat([cipher.update(bytes), cipher.final()])
}
function hex(bytes: Buffer): string {
  return bytes.toString('hex').toUpperCase()
}
const master = Buffer.from(TEST_MASTER_KEY, 'hex')

/** The keys in a block, in clear: [PIK, MAK, TDK]. */
function keysOf(kind: TestedKind, text = keyBlocks[kind]): Buffer[] {
  const size = kind === '001' ? 8 : 16
  const block = Buffer.from(text, 'hex')
  const keys = []
  for (let at = 0; at < block.length; at += size + 4)
    keys.push(tdes(master, block.subarray(at, at + size), true))
  return keys
}

test('the test master key has the check value that is given', () => {
  expect(hex(tdes(master, Buffer.alloc(8)).subarray(0, 3))).toBe(TEST_MASTER_CHECK_VALUE)
})

test.each(['001', '003', '004'] as const)(
  'the keys of block %s have the check values that are given',
  (kind) => {
    const value = (key: Buffer, at: number) =>
      at === 1 && key.length === 16 ? cmacOfZeros(key) : tdes(key, Buffer.alloc(8))
    const values = keysOf(kind).map((key, at) => hex(value(key, at).subarray(0, 3)))
    expect(values).toEqual(Object.values(checkValues[kind]))
  },
)

/** NIST SP 800-38B over one block of zeros. */
function cmacOfZeros(key: Buffer): Buffer {
  const low = tdes(key, Buffer.alloc(8)).readBigUInt64BE()
  const subkey = BigInt.asUintN(64, (low << 1n) ^ (low >> 63n ? 0x1bn : 0n))
  const block = Buffer.alloc(8)
  block.writeBigUInt64BE(subkey)
  return tdes(key, block)
}

test.each(['001', '003', '004'] as const)(
  'the later blocks %s bring the same keys in other bytes',
  (kind) => {
    const odd = (key: Buffer) => hex(Buffer.from(key.map((byte) => byte | 1)))
    const blocks = [keyBlocks[kind], ...laterBlocks[kind]]
    for (const block of blocks) expect(keysOf(kind, block).map(odd)).toEqual(keysOf(kind).map(odd))
    expect(new Set(blocks).size).toBe(8)
  },
)

test.each(pinBlocks)('PIN $pin gives the block that is given', ({ pin, block }) => {
  const digits = Buffer.from(`0${pin.length.toString(16)}${pin}`.padEnd(16, 'F'), 'hex')
  const pan = Buffer.from(`0000${TEST_PAN.slice(-13, -1)}`, 'hex')
  const clear = digits.map((byte, at) => byte ^ (pan[at] ?? 0))
  expect(hex(tdes(keysOf('004')[0] ?? master, Buffer.from(clear)))).toBe(block)
})

test('the encrypted track is the one that is given', () => {
  const end = TEST_TRACK.length - 1
  const block = tdes(keysOf('004')[2] ?? master, Buffer.from(TEST_TRACK.slice(end - 16, end), 'hex'))
  expect(TEST_TRACK.slice(0, end - 16) + hex(block) + TEST_TRACK.slice(end)).toBe(ENCRYPTED_TRACK)
})

/** ISO/IEC 9797-1 algorithm 1 and 3, zero padding; the message is whole blocks. */
function cbc(key: Buffer, bytes: Uint8Array): Buffer {
  let chain: Buffer = Buffer.alloc(8)
  for (let at = 0; at < bytes.length; at += 8) {
    chain = tdes(key, Buffer.from(chain.map((byte, i) => byte ^ (bytes[at + i] ?? 0))))
  }
  return chain
}
test.each(
  macs.filter(({ algorithm }) => algorithm === 'x9.9' || algorithm === 'x9.19' || algorithm === 'cbc-mac'),
)('MAC $algorithm under block $kind is the one that is given', ({ kind, algorithm, mac }) => {
  const mak = keysOf(kind)[1] ?? master
  const [left, right] = [mak.subarray(0, 8), mak.subarray(8)]
  const single = cbc(algorithm === 'cbc-mac' ? mak : left, pattern(40))
  const made = algorithm === 'x9.19' ? tdes(left, tdes(right, single, true)) : single
  expect(hex(made)).toBe(mac)
})
