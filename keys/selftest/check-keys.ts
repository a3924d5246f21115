import { type BlockCipher, type CipherName, decryptEcb, encryptEcb } from '../block-cipher.ts'
import { checkValue, checkValueBy } from '../check-value.ts'
import { cipherOf } from '../cipher.ts'
import { combineComponents, componentCheckValue } from '../component.ts'
import { isWeakDesKey, withOddParity } from '../des-key.ts'
import { equalBytes } from '../equal-bytes.ts'
import { sm4 } from '../sm4.ts'
import { tdes } from '../tdes.ts'
import { openWorkingKeys, type WorkingKeyKind } from '../working-keys.ts'
import { type Answer, list, members, type Value } from './answer.ts'
import type { Check } from './checks.ts'
import { bytesListOf, bytesOf, has, type SelfTestVector, textOf, VectorFault } from './vector.ts'

/** Check values, components, parity and weak keys, and the chains by which UnionPay wraps keys. */
export const keyChecks: readonly (readonly [string, Check])[] = [
  ['kcv', checkValues],
  ['components', components],
  ['components/des-odd-parity', oddParity],
  ['components/weak-key-list', weakList],
  ['components/semi-weak-list', semiWeakList],
  ['components/reject-key', degenerate],
  ['cn-signin', (vector) => (has(vector, 'field62') ? signOn(vector) : wrapped(vector))],
]

/** `tdes-legacy`, `aes-cmac`, `sm4-zero4`, …: the cipher, and what is done to a zero block. */
function checkValues(vector: SelfTestVector): Answer {
  const algorithm = textOf(vector, 'algorithm')
  const [name, key] = [cipherName(algorithm), sizedKey(algorithm, bytesOf(vector, 'key'))]
  const [, of = '', how = '', count] =
    /^(tdes|aes|sm4|cn|cup)-?(legacy|zero|cmac|tdes|sm4)-?(\d)?$/.exec(textOf(vector, 'method')) ?? []
  if (how === '') throw new VectorFault('"method" is none of the known ones')
  if ([of, how].some((word) => ['tdes', 'aes', 'sm4'].includes(word) && word !== name.toLowerCase())) {
    throw new VectorFault('"method" is of another algorithm')
  }
  if (how === 'cmac') return { expected: sized(checkValueBy('cmac', name, key), count, 5) }
  // UnionPay's own devices show all eight bytes; a check value out of our store has four at most.
  const zero = cipherOf(name, key)
  return { expected: sized(zero.encrypt(new Uint8Array(zero.blockBytes)), count, how === 'legacy' ? 3 : 4) }
}

/** As many bytes as the method says, or as it always has. */
function sized(value: Uint8Array, count: string | undefined, otherwise: number): Uint8Array {
  const bytes = count === undefined ? otherwise : Number(count)
  if (bytes < 3) throw new VectorFault('"method" wants 3 bytes at least')
  return value.slice(0, bytes)
}

function components(vector: SelfTestVector): Answer {
  const algorithm = textOf(vector, 'algorithm')
  const name = cipherName(algorithm)
  const parts = bytesListOf(vector, 'components').map((part) => sizedKey(algorithm, part))
  const [first] = parts
  if (first === undefined || parts.some(({ length }) => length !== first.length)) {
    throw new VectorFault('"components" are not of one size')
  }
  const sum = parts.reduce((all, part) => all.map((byte, at) => byte ^ (part[at] ?? 0)))
  const values = parts.map((part) => componentCheckValue(name, part))
  const combined = combineComponents(
    name,
    parts.map((part) => part.slice()),
  )
  if (combined.kind === 'refused') throw new VectorFault(`the components are refused: ${combined.why}`)
  // Ours comes out with odd parity, which changes no check value.
  const normal = name === 'TDES' ? withOddParity(sum) : sum
  if (!equalBytes(normal, combined.key)) throw new VectorFault('combined is another key than the sum')
  return {
    expected: members({ key: sum, kcv: combined.checkValue }),
    also: { componentKcv: list(values) },
  }
}

function oddParity(vector: SelfTestVector): Answer {
  const key = bytesOf(vector, 'key')
  const adjusted = withOddParity(key)
  if (!equalBytes(checkValue(tdes(key), 4), checkValue(tdes(adjusted), 4))) {
    throw new VectorFault('parity changes the check value')
  }
  return { expected: adjusted }
}

const ODD = [0x01, 0x1f, 0xe0, 0xfe] as const
const ODD_RIGHT = [0x01, 0x0e, 0xf1, 0xfe] as const

/** The key whose halves of the key schedule repeat two bits, NIST SP 800-67 3.4: sixteen of them. */
function patternKey(even: number, odd: number): Uint8Array {
  return Uint8Array.from({ length: 8 }, (_, at) => (at < 4 ? ODD : ODD_RIGHT)[at % 2 === 0 ? even : odd] ?? 0)
}

/** Whether one key undoes the other. */
function undoes(a: Uint8Array, b: Uint8Array): boolean {
  const sample = Uint8Array.of(0x4e, 0x6f, 0x77, 0x20, 0x69, 0x73, 0x20, 0x74)
  return equalBytes(tdes(a).encrypt(tdes(b).encrypt(sample)), sample)
}

function checkedWeak(key: Uint8Array, partner: Uint8Array): Uint8Array {
  if (!undoes(key, partner)) throw new VectorFault('a weak key does not undo its partner')
  if (!isWeakDesKey(key)) throw new VectorFault('a weak key is not refused')
  return key
}

function weakList(): Answer {
  const found = [0, 1, 2, 3].map((index) => patternKey(index, index))
  return {
    expected: list(
      found.map((key) => checkedWeak(key, key)),
      false,
    ),
  }
}

function semiWeakList(): Answer {
  const pairs: Value[] = []
  for (let a = 0; a < 4; a++) {
    for (let b = a + 1; b < 4; b++) {
      const [one, two] = [patternKey(a, b), patternKey(b, a)]
      pairs.push(list([checkedWeak(one, two), checkedWeak(two, one)], false))
    }
  }
  return { expected: list(pairs, false) }
}

/** A TDES key that is single DES must be refused as weak. */
function degenerate(vector: SelfTestVector): Answer {
  const key = bytesOf(vector, 'key')
  const zero = new Uint8Array(8)
  const whole = tdes(key).encrypt(zero)
  const single = [key.subarray(0, 8), key.subarray(-8)].some((half) =>
    equalBytes(tdes(half).encrypt(zero), whole),
  )
  const weak = isWeakDesKey(key)
  if (single && !weak) throw new VectorFault('single DES in the form of TDES is not refused')
  return { expected: members({ singleDesEquivalent: single, weak, rejected: weak }) }
}

const kinds: { readonly [bytes: number]: WorkingKeyKind } = { 24: '001', 40: '003', 60: '004' }

/** Field 62 of a sign-on, opened as a terminal's key store opens it. */
function signOn(vector: SelfTestVector): Answer {
  const block = bytesOf(vector, 'field62')
  const kind = kinds[block.length]
  if (kind === undefined) throw new VectorFault('"field62" has another size than a key block')
  const opened = openWorkingKeys(kind, block, tdes(bytesOf(vector, 'tmk')))
  if (opened.kind === 'refused') throw new VectorFault(`the key block is refused: ${opened.why}`)
  const { pik, mak, tdk } = opened.keys
  const check = (key: Uint8Array) => checkValue(tdes(key), 4)
  const track = tdk === undefined ? {} : { tdk, tdkCheck: check(tdk) }
  return { expected: members({ pik, pikCheck: check(pik), mak, makCheck: check(mak), ...track }) }
}

/** A key under another by bare ECB, from the side that the vector gives. */
function wrapped(vector: SelfTestVector): Answer {
  const mode = /^(SM4|TDES)-ECB(,|$)/.exec(textOf(vector, 'mode'))
  if (mode === null) throw new VectorFault('"mode" is none of TDES-ECB, SM4-ECB')
  const national = mode[1] === 'SM4'
  const cipherUnder = (key: Uint8Array): BlockCipher => (national ? sm4(key) : tdes(key))
  const wrapping = cipherUnder(bytesOf(vector, 'wrappingKey'))
  const given = has(vector, 'key') ? bytesOf(vector, 'key') : undefined
  const sealed = given === undefined ? bytesOf(vector, 'cipher') : encryptEcb(wrapping, given)
  const key = decryptEcb(wrapping, sealed)
  if (given !== undefined && !equalBytes(given, key)) throw new VectorFault('decrypted is another key')
  const zero = cipherUnder(key).encrypt(new Uint8Array(wrapping.blockBytes))
  return {
    expected: members({ key, cipher: sealed, checkValue4: zero.slice(0, 4), checkValue8: zero.slice(0, 8) }),
    also: { cipher: sealed },
  }
}

/** `TDES-2`, `AES-256`, `SM4`, `DES`: cipher and size; either size may be left out. */
const algorithmForm = /^(?:(TDES)(?:-([123]))?|(DES)|(AES)(?:-(128|192|256))?|(SM4)(?:-128)?)$/

export function cipherName(algorithm: string): CipherName {
  const found = algorithmForm.exec(algorithm)
  if (found === null) throw new VectorFault('"algorithm" is none of TDES, AES, SM4 with a size of theirs')
  return found[4] !== undefined ? 'AES' : found[6] !== undefined ? 'SM4' : 'TDES'
}

/** The key itself, where it has the size that the algorithm says. Throws VectorFault. */
export function sizedKey(algorithm: string, key: Uint8Array): Uint8Array {
  const [, , parts, single, , bits] = algorithmForm.exec(algorithm) ?? []
  const bytes = parts ? Number(parts) * 8 : single ? 8 : bits ? Number(bits) / 8 : key.length
  if (key.length !== bytes) throw new VectorFault(`a key has not the size of ${algorithm}`)
  return key
}
