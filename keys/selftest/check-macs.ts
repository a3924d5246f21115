import type { BlockCipher } from '../block-cipher.ts'
import { cbcMac, retailMac } from '../cbc-mac.ts'
import { cipherOf } from '../cipher.ts'
import { cmac } from '../cmac.ts'
import { cupMac } from '../cup-mac.ts'
import { equalBytes } from '../equal-bytes.ts'
import { toHex } from '../hex.ts'
import type { Padding } from '../padding.ts'
import { sm4 } from '../sm4.ts'
import { tdes } from '../tdes.ts'
import { type Answer, leading, members } from './answer.ts'
import { cipherName, sizedKey } from './check-keys.ts'
import type { Check } from './checks.ts'
import { ascii, bytesOf, dataOf, has, type SelfTestVector, textOf, VectorFault, wholeOf } from './vector.ts'

/** MACs, and the attacks on them that their forms allow. */
export const macChecks: readonly (readonly [string, Check])[] = [
  ['mac', mac],
  ['attack', attack],
]

function mac(vector: SelfTestVector): Answer {
  const algorithm = textOf(vector, 'algorithm')
  if (/UnionPay|CUP/i.test(algorithm)) return cup(vector, /SM4/i.test(algorithm))
  const named = /^CMAC-(.*)$/.exec(algorithm)
  if (named !== null) {
    const [, name = ''] = named
    const cipher = cipherOf(cipherName(name), sizedKey(name, bytesOf(vector, 'key')))
    return { expected: leading(cmac(cipher, dataOf(vector))) }
  }
  const make = /SM4/i.test(algorithm) ? sm4 : tdes
  if (/alg ?3/.test(algorithm)) {
    const [left, right] = retailKeys(vector)
    return { expected: leading(retailMac(make(left), make(right), dataOf(vector), paddingOf(vector))) }
  }
  if (/alg ?1/.test(algorithm)) {
    return { expected: leading(cbcMac(make(bytesOf(vector, 'key')), dataOf(vector), paddingOf(vector))) }
  }
  throw new VectorFault('"algorithm" is none of the known MACs')
}

/** K and K' as two keys, or as the halves of one. */
function retailKeys(vector: SelfTestVector): readonly [Uint8Array, Uint8Array] {
  if (has(vector, 'key1')) return [bytesOf(vector, 'key1'), bytesOf(vector, 'key2')]
  const key = bytesOf(vector, 'key')
  return [key.subarray(0, key.length / 2), key.subarray(key.length / 2)]
}

export function paddingOf(vector: SelfTestVector): Padding {
  const padding = wholeOf(vector, 'padding', 1)
  if (padding !== 1 && padding !== 2 && padding !== 3) throw new VectorFault('"padding" is none of 1, 2, 3')
  return padding
}

/** UnionPay's MAC step by step, as its worked examples print it; field 64 is what our own function gives. */
function cup(vector: SelfTestVector, national: boolean): Answer {
  const key = bytesOf(vector, 'mak')
  const cipher: BlockCipher = national ? sm4(key) : tdes(key)
  const size = cipher.blockBytes
  const bytes = bytesOf(vector, 'mab')
  const fold = new Uint8Array(size)
  bytes.forEach((byte, at) => {
    fold[at % size] = (fold[at % size] ?? 0) ^ byte
  })
  const text = ascii(toHex(fold))
  const first = cipher.encrypt(text.subarray(0, size))
  const second = cipher.encrypt(first.map((byte, at) => byte ^ (text[size + at] ?? 0)))
  const field64 = cupMac(cipher, bytes)
  if (!equalBytes(field64, ascii(toHex(second)).subarray(0, 8))) {
    throw new VectorFault('field 64 is not the text of the second encryption')
  }
  const steps = { xorStage: fold, hexText: text, firstEncryption: first, secondEncryption: second }
  return {
    expected: members({ ...steps, field64, field64Ascii: toHex(second).slice(0, 8) }),
    also: steps,
  }
}

/** What must not be relied on: these succeed by the nature of the method, and the better method is seen to hold. */
function attack(vector: SelfTestVector): Answer {
  if (has(vector, 'mabOriginal')) {
    const cipher = tdes(bytesOf(vector, 'mak'))
    const [one, two] = [bytesOf(vector, 'mabOriginal'), bytesOf(vector, 'mabSwapped')]
    if (equalBytes(one, two)) throw new VectorFault('the two messages are one')
    if (equalBytes(cmac(cipher, one), cmac(cipher, two))) throw new VectorFault('CMAC does not see the order')
    return { expected: members({ sameMac: equalBytes(cupMac(cipher, one), cupMac(cipher, two)) }) }
  }
  if (has(vector, 'dataA')) {
    const [left, right] = retailKeys(vector).map(tdes)
    if (left === undefined || right === undefined) throw new VectorFault('"key" has no two halves')
    const [one, two] = [bytesOf(vector, 'dataA'), bytesOf(vector, 'dataB')]
    const same = (padding: Padding) =>
      equalBytes(retailMac(left, right, one, padding), retailMac(left, right, two, padding))
    if (equalBytes(one, two)) throw new VectorFault('the two messages are one')
    if (same(2) || same(3)) throw new VectorFault('padding 2 or 3 does not see the end of the message')
    return { expected: members({ sameMac: same(1) }) }
  }
  const halves = (name: string): readonly Uint8Array[] => {
    const sealed = bytesOf(vector, name)
    return [sealed.subarray(0, 8), sealed.subarray(8)]
  }
  const others = halves('tdkCipher')
  const shared = halves('tpkCipher').find((half) => others.some((other) => equalBytes(half, other)))
  return { expected: members({ sharedHalf: shared ?? new Uint8Array(0) }) }
}
