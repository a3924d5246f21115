import { type BlockCipher, encryptEcb } from '../block-cipher.ts'
import { cbcMac } from '../cbc-mac.ts'
import { cmac } from '../cmac.ts'
import { equalBytes } from '../equal-bytes.ts'
import { fromHex, toHex } from '../hex.ts'
import {
  SM2_DEFAULT_ID,
  sm2Decrypt,
  sm2Encrypt,
  sm2Identity,
  sm2PublicKey,
  sm2Sign,
  sm2Verify,
} from '../sm2.ts'
import { sm3 } from '../sm3.ts'
import { sm4 } from '../sm4.ts'
import { type Answer, leading, members } from './answer.ts'
import { paddingOf } from './check-macs.ts'
import type { Check } from './checks.ts'
import { bytesOf, dataOf, has, type SelfTestVector, textOf, VectorFault, wholeOf } from './vector.ts'

/** 国密 SM2, SM3, SM4. */
export const nationalChecks: readonly (readonly [string, Check])[] = [
  [
    'sm2',
    (vector) =>
      has(vector, 'dataAscii')
        ? has(vector, 'order')
          ? sm2Cipher(vector)
          : sm2Signature(vector)
        : sm2Pair(vector),
  ],
  ['sm3', (vector) => ({ expected: sm3(dataOf(vector)) })],
  ['sm4', sm4Mode],
]

/** A million encryptions are published; more is a mistake in the file. */
const ITERATIONS_MAX = 1_000_000

function sm4Mode(vector: SelfTestVector): Answer {
  const cipher = sm4(bytesOf(vector, 'key'))
  switch (textOf(vector, 'mode')) {
    case 'ECB':
      return ecb(vector, cipher)
    case 'CBC':
      return { expected: cbc(cipher, bytesOf(vector, 'iv'), bytesOf(vector, 'plaintext')) }
    case 'CMAC':
      return { expected: leading(cmac(cipher, dataOf(vector))) }
    case 'CBC-MAC':
      return { expected: leading(cbcMac(cipher, dataOf(vector), paddingOf(vector))) }
    default:
      throw new VectorFault('"mode" is none of ECB, CBC, CMAC, CBC-MAC')
  }
}

function ecb(vector: SelfTestVector, cipher: BlockCipher): Answer {
  const iterations = wholeOf(vector, 'iterations', 1)
  if (iterations < 1 || iterations > ITERATIONS_MAX)
    throw new VectorFault('"iterations" wants 1 to 1,000,000')
  const plain = bytesOf(vector, 'plaintext')
  let bytes = plain
  for (let round = 0; round < iterations; round++) {
    const next = encryptEcb(cipher, bytes)
    if (round === 0) checkBack(cipher, next, bytes)
    bytes = next
  }
  return { expected: bytes }
}

function checkBack(cipher: BlockCipher, sealed: Uint8Array, plain: Uint8Array): void {
  for (let at = 0; at < sealed.length; at += cipher.blockBytes) {
    const back = cipher.decrypt(sealed.subarray(at, at + cipher.blockBytes))
    if (!equalBytes(back, plain.subarray(at, at + cipher.blockBytes))) {
      throw new VectorFault('decryption does not undo encryption')
    }
  }
}

function cbc(cipher: BlockCipher, iv: Uint8Array, plain: Uint8Array): Uint8Array {
  const out = new Uint8Array(plain.length)
  let chain = iv
  for (let at = 0; at < plain.length; at += cipher.blockBytes) {
    const block = chain.map((byte, index) => byte ^ (plain[at + index] ?? 0))
    chain = cipher.encrypt(block)
    out.set(chain, at)
  }
  return out
}

function sm2Pair(vector: SelfTestVector): Answer {
  const point = sm2PublicKey(bytesOf(vector, 'd'))
  return { expected: members({ x: point.slice(1, 33), y: point.slice(33), publicKey: point }) }
}

/** Signed with the vector's nonce in place of chance; then verified, and refused when one bit is another. */
function sm2Signature(vector: SelfTestVector): Answer {
  const secret = bytesOf(vector, 'd')
  const message = dataOf(vector)
  const id = has(vector, 'id') ? textOf(vector, 'id') : SM2_DEFAULT_ID
  const signature = sm2Sign(secret, message, () => bytesOf(vector, 'k'), id)
  const publicKey = sm2PublicKey(secret)
  if (!sm2Verify(publicKey, message, signature, id))
    throw new VectorFault('our own signature is not verified')
  const other = signature.map((byte, at) => (at === 63 ? byte ^ 1 : byte))
  if (sm2Verify(publicKey, message, other, id)) throw new VectorFault('a wrong signature is verified')
  const za = sm2Identity(publicKey, id)
  return {
    expected: members({ za, e: sm3(joined(za, message)), r: signature.slice(0, 32), s: signature.slice(32) }),
  }
}

const ORDER = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n

/**
 * Encryption with the vector's nonce k, which our function does not take: the shared point k·P is (k·d)·G, as the
 * vector gives d. Then our own decryption must read it, in both orders, and what our own encryption makes.
 */
function sm2Cipher(vector: SelfTestVector): Answer {
  const [secret, k, message] = [bytesOf(vector, 'd'), bytesOf(vector, 'k'), dataOf(vector)]
  const point = sm2PublicKey(k)
  const product = (BigInt(`0x${toHex(k)}`) * BigInt(`0x${toHex(secret)}`)) % ORDER
  const shared = sm2PublicKey(fromHex(product.toString(16).padStart(64, '0')))
  const [x, y] = [shared.subarray(1, 33), shared.subarray(33)]
  const mask = derived(joined(x, y), message.length)
  const sealed = message.map((byte, at) => byte ^ (mask[at] ?? 0))
  const hash = sm3(joined(x, message, y))

  const publicKey = sm2PublicKey(secret)
  const opened = [
    sm2Decrypt(secret, joined(point, hash, sealed)),
    sm2Decrypt(secret, joined(point, sealed, hash), 'old'),
    sm2Decrypt(secret, sm2Encrypt(publicKey, message)),
  ]
  if (opened.some((each) => each === undefined || !equalBytes(each, message))) {
    throw new VectorFault('decryption does not undo encryption')
  }
  const forged = joined(
    point,
    hash.map((byte) => byte ^ 1),
    sealed,
  )
  if (sm2Decrypt(secret, forged) !== undefined) throw new VectorFault('a wrong C3 is taken')
  return { expected: members({ C1: point, C2: sealed, C3: hash }), also: { publicKey } }
}

/** KDF of GB/T 32918.4, 5.4.3. */
function derived(seed: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(Math.ceil(length / 32) * 32)
  for (let at = 0, counter = 1; at < length; at += 32, counter++) {
    out.set(sm3(joined(seed, Uint8Array.of(0, 0, counter >>> 8, counter))), at)
  }
  return out.slice(0, length)
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}
