import { createCipheriv, createDecipheriv } from 'node:crypto'
import { macInput } from '../../host-link/wire/dialect.ts'
import { asPan } from '../../host-link/wire/values.ts'
import { macOf } from '../../keys/mac.ts'
import { clearPinBlock, decodePinBlock } from '../../keys/pin-block.ts'
import { tdes } from '../../keys/tdes.ts'
import { saleMessage } from './guest/sale-message.ts'
import { median, type Row, rounds, type Work } from './row.ts'

const RUNS = 7
const ROUNDS = 2000
const PAN = asPan('6222600001234567890')
const BLOCK_BYTES = 8

const MAK = Uint8Array.from({ length: 16 }, (_, at) => 0x13 + 11 * at)
const PIK = Uint8Array.from({ length: 16 }, (_, at) => 0x21 + 7 * at)
const ISSUER = Uint8Array.from({ length: 16 }, (_, at) => 0x35 + 5 * at)

/** What the host does with keys for one sale, beside the same on OpenSSL as Node calls it. */
export async function benchHostKeys(work: Work): Promise<readonly Row[]> {
  const sale = saleMessage()
  const [cup, cbor] = [macInput(sale, 'cup'), macInput(sale, 'cbor')]
  const pin = tdes(PIK).encrypt(clearPinBlock(Uint8Array.of(1, 2, 3, 4, 5, 6), PAN))
  // biome-ignore format: one row a quantity
  const pairs = [
    ['MAC of a sale, cup-ecb',     () => macOf('cup-ecb', MAK, cup),  () => nodeCupMac(cup)],
    ['MAC of a sale, TDES-CMAC',   () => macOf('cmac', MAK, cbor),    () => nodeCmac(cbor)],
    ['PIN translate, format 0',    () => translated(pin),             () => nodeTranslated(pin)],
  ] as const
  return pairs.map(([quantity, ours, node]) => {
    const times: { readonly ours: number[]; readonly node: number[] } = { ours: [], node: [] }
    const count = rounds(work, ROUNDS, 2)
    for (let run = 0; run < rounds(work, RUNS, 3); run++) {
      times.ours.push(perSecond(ours, count))
      times.node.push(perSecond(node, count))
    }
    const value = median(times.ours.slice(1)) // the first run compiles
    return { quantity, value, unit: '/s', beside: { what: 'OpenSSL', value: median(times.node.slice(1)) } }
  })
}

function perSecond(once: () => Uint8Array, count: number): number {
  const begin = performance.now()
  for (let round = 0; round < count; round++) once()
  return (count * 1000) / (performance.now() - begin)
}

/** The host's keys open the block and hold the PIN only as digits; then it is closed under the issuer's key. */
function translated(block: Uint8Array): Uint8Array {
  const pin = decodePinBlock(tdes(PIK).decrypt(block), PAN)
  if (pin.kind !== 'pin') throw new Error('bench: no PIN')
  return tdes(ISSUER).encrypt(clearPinBlock(pin.digits, PAN))
}

function nodeTranslated(block: Uint8Array): Uint8Array {
  const decipher = createDecipheriv('des-ede', PIK, null).setAutoPadding(false)
  const pin = decodePinBlock(Uint8Array.from(decipher.update(block)), PAN)
  if (pin.kind !== 'pin') throw new Error('bench: no PIN')
  const cipher = createCipheriv('des-ede', ISSUER, null).setAutoPadding(false)
  return cipher.update(clearPinBlock(pin.digits, PAN))
}

/** UnionPay's MAC: XOR of all blocks as 16 hex digits; E of the first half, XOR the second, E again. */
function nodeCupMac(bytes: Uint8Array): Uint8Array {
  const fold = new Uint8Array(BLOCK_BYTES)
  for (const [at, byte] of bytes.entries()) fold[at % BLOCK_BYTES] = (fold[at % BLOCK_BYTES] ?? 0) ^ byte
  const digits = Buffer.from(Buffer.from(fold).toString('hex').toUpperCase(), 'latin1')
  const first = encrypted(digits.subarray(0, BLOCK_BYTES))
  const second = encrypted(xor(first, digits.subarray(BLOCK_BYTES)))
  return Buffer.from(second.toString('hex').toUpperCase(), 'latin1').subarray(0, BLOCK_BYTES)
}

function encrypted(block: Uint8Array): Buffer {
  return createCipheriv('des-ede', MAK, null).setAutoPadding(false).update(block)
}

/** NIST SP 800-38B over OpenSSL's CBC, for it gives Node no CMAC of TDES. */
function nodeCmac(bytes: Uint8Array): Uint8Array {
  const first = doubled(encrypted(new Uint8Array(BLOCK_BYTES)))
  const whole = bytes.length > 0 && bytes.length % BLOCK_BYTES === 0
  const input = Buffer.alloc(
    whole ? bytes.length : (Math.floor(bytes.length / BLOCK_BYTES) + 1) * BLOCK_BYTES,
  )
  input.set(bytes)
  if (!whole) input[bytes.length] = 0x80
  const last = input.subarray(-BLOCK_BYTES)
  last.set(xor(last, whole ? first : doubled(first)))
  const cipher = createCipheriv('des-ede-cbc', MAK, new Uint8Array(BLOCK_BYTES)).setAutoPadding(false)
  return cipher.update(input).subarray(-BLOCK_BYTES)
}

function doubled(block: Uint8Array): Uint8Array {
  const out = block.map((byte, at) => (byte << 1) | ((block[at + 1] ?? 0) >> 7))
  if ((block[0] ?? 0) & 0x80) out[BLOCK_BYTES - 1] = (out[BLOCK_BYTES - 1] ?? 0) ^ 0x1b
  return out
}

function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, at) => byte ^ (b[at] ?? 0))
}

/** Both sides of each row give the same bytes: what is measured is one thing. For the test. */
export function benchedPairs(): readonly (readonly [Uint8Array, Uint8Array])[] {
  const bytes = macInput(saleMessage(), 'cup')
  const pin = tdes(PIK).encrypt(clearPinBlock(Uint8Array.of(1, 2, 3, 4, 5, 6), PAN))
  return [
    [macOf('cup-ecb', MAK, bytes), nodeCupMac(bytes)],
    [macOf('cmac', MAK, bytes), nodeCmac(bytes)],
    [macOf('cmac', MAK, bytes.slice(0, 16)), nodeCmac(bytes.slice(0, 16))],
    [translated(pin), nodeTranslated(pin)],
  ]
}
