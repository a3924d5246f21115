import fc from 'fast-check'
import { checkValue } from '../../../keys/check-value.ts'
import { cipherOf } from '../../../keys/cipher.ts'
import { ed25519KeyPair, ed25519Sign } from '../../../keys/ed25519.ts'
import { fromHex, toHex } from '../../../keys/hex.ts'
import { type MacAlgorithm, macKeyFits, macOf } from '../../../keys/mac.ts'
import type { MasterAlgorithm } from '../../../keys/store/slot-report.ts'
import { sealWorkingKeys, type WorkingKeyKind } from '../../../keys/working-keys.ts'
import { TEST_MASTER_CHECK_VALUE, TEST_MASTER_KEY } from '../../../terminal/device/conformance/keys.ts'
import type { Key } from '../../../terminal/device/keypad.ts'
import type { Secure } from '../../../terminal/device/secure.ts'
import type { Act, Master } from './secure-pair.ts'

const OTHER_MASTER = 'A1B2C3D4E5F60718293A4B5C6D7E8F90'
const SM4_MASTER = '0F1E2D3C4B5A69788796A5B4C3D2E1F0'
const master = (slot: number, algorithm: MasterAlgorithm, key: string): Master => ({
  ...{ slot, algorithm, key },
  checkValue: toHex(checkValue(cipherOf(algorithm, fromHex(key)), 4)),
})

/** Slots 1 and 2 are TDES, 3 is SM4; the others have nothing. */
export const MASTERS: readonly Master[] = [
  { slot: 1, key: TEST_MASTER_KEY, checkValue: TEST_MASTER_CHECK_VALUE },
  master(2, 'TDES', OTHER_MASTER),
  master(3, 'SM4', SM4_MASTER),
]

export const call = (name: keyof Secure, ...args: readonly unknown[]): Act => ({
  kind: 'call',
  call: name,
  args,
})

const ALGORITHMS = ['cup-ecb', 'x9.9', 'x9.19', 'cbc-mac', 'cmac'] as const satisfies readonly MacAlgorithm[]
/** Few, so that the same ones come again; with a weak one, one of two equal halves, and one that is a master. */
const LONG_KEYS = [
  '1122334455667788990011223344556A',
  '2233445566778899AABBCCDDEEFF0011',
  '33445566778899AABBCCDDEEFF001122',
  '8899AABBCCDDEEFF0011223344556677',
  '01FE01FE01FE01FE2233445566778899',
  '22334455667788992233445566778899',
  'ABABABABABABABABABABABABABABABAB',
  OTHER_MASTER,
].map(fromHex)
const SHORT_KEYS = ['1122334455667788', '99AABBCCDDEEFF00', 'FEE0FEE0FEF1FEF1'].map(fromHex)
const longKey = fc.constantFrom(...LONG_KEYS)
const shortKey = fc.constantFrom(...SHORT_KEYS)

const bytes = fc.oneof(
  fc.constantFrom(0, 1, 7, 8, 9, 15, 16, 17, 24, 31).map((length) => pattern(length)),
  fc.uint8Array({ maxLength: 80 }),
)
const algorithm = fc.constantFrom(...ALGORITHMS)
const slot = fc.constantFrom(1, 1, 1, 2, 3, 3, 0, 9, 10, 1.5)

/** A MAC that a MAK of those above makes, or none. */
const madeMac = fc
  .tuple(algorithm, fc.oneof(longKey, shortKey), fc.constantFrom<MasterAlgorithm>('TDES', 'SM4'), bytes)
  .map(([name, key, cipher, data]) => ({ name, data, mac: macUnder(name, key, cipher, data) }))

const block = fc
  .record({
    slot: fc.constantFrom(1, 1, 1, 2, 3, 3),
    kind: fc.constantFrom<WorkingKeyKind>('001', '003', '003', '004', '004', '006'),
    long: fc.tuple(longKey, longKey, longKey),
    short: fc.tuple(shortKey, shortKey),
    hasShortMak: fc.boolean(),
    spoiled: fc.option(fc.tuple(fc.nat(59), fc.constantFrom(1, 128)), { freq: 6 }),
    cut: fc.option(fc.constantFrom(0, 1, 23, 59), { freq: 12 }),
    proof: fc.option(fc.record({ algorithm, data: bytes, isWrong: fc.constantFrom(false, false, true) }), {
      freq: 2,
    }),
  })
  .map(({ slot: number, kind, long, short, hasShortMak, spoiled, cut, proof }) => {
    const keys =
      kind === '001'
        ? { pik: short[0], mak: short[1], tdk: undefined }
        : {
            pik: long[0],
            mak: hasShortMak && kind !== '006' ? short[1] : long[1],
            tdk: kind === '003' ? undefined : long[2],
          }
    const cipher = kind === '006' ? 'SM4' : 'TDES'
    const under = cipher === 'SM4' ? SM4_MASTER : number === 2 ? OTHER_MASTER : TEST_MASTER_KEY
    const sealed = sealWorkingKeys(kind, keys, cipherOf(cipher, fromHex(under)))
    if (spoiled !== null)
      sealed[spoiled[0] % sealed.length] = (sealed[spoiled[0] % sealed.length] ?? 0) ^ spoiled[1]
    const given = cut === null ? sealed : sealed.slice(0, cut)
    if (proof === null) return call('loadWorkingKeys', number, kind, given)
    const mac = macUnder(proof.algorithm, keys.mak, cipher, proof.data)
    if (proof.isWrong) mac[7] = (mac[7] ?? 0) ^ 1
    return call('loadWorkingKeys', number, kind, given, {
      algorithm: proof.algorithm,
      bytes: proof.data,
      mac,
    })
  })

const pan = fc.constantFrom('6222600001234567890', '4000123456789', '1234567890123456')
const locale = fc.constantFrom('zh', 'en')
const timeoutMs = fc.constantFrom(0, 1, 15_000, 60_000)
const enterPin = fc
  .record({
    ...{ slot, pan, locale, timeoutMs, bypass: fc.boolean(), prompt: fc.constantFrom('enter', 'again') },
    amountFen: fc.option(fc.constantFrom(0, 5, 99, 100, 123_456, 999_999_999_999), { nil: undefined }),
  })
  .map(({ amountFen, ...request }) =>
    call('enterPin', amountFen === undefined ? request : { ...request, amountFen }),
  )
const changePin = fc
  .record({ slot, pan, locale, timeoutMs, again: fc.boolean() })
  .map((request) => call('changePin', request))

const PINS: readonly (readonly Key[])[] = [
  ['1', '2', '3', '4', 'enter'],
  ['1', '2', '3', '5', 'enter'],
  ['9', '8', '7', '6', '5', '4', '3', '2', '1', '0', '9', '8', '7', 'enter'],
  ['1', '2', 'enter'],
  ['enter'],
  ['clear'],
  ['1', 'clear', '00', 'f1', 'up', 'menu'],
  ['cancel'],
]
const press = fc.constantFrom(...PINS).map((keys): Act => ({ kind: 'press', keys }))

const track = fc.constantFrom(
  '6222600001234567890D49121200000000',
  '6222600001234567890D4912120000000',
  '12345678901234567',
  '00000000000000000',
  '9900000000000000001',
  '123456789012345678901234567890123',
  `${'12345D7890'.repeat(10)}1234`,
)
const PRIME = 2n ** 255n - 19n
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n
const EIGHTH = number(fromHex('26E8958FC2B227B045C3F489F2EF98F0D5DFAC05D3C63339B13802886D53FC05'))
const OTHER_EIGHTH = number(fromHex('C7176A703D4DD84FBA3C0B760D10670F2A2053FA2C39CCC64EC7FD7792AC037A'))

const pair = ed25519KeyPair(new Uint8Array(32).fill(7))
const message = pattern(20)
const verify = fc.constantFrom(...verifications()).map((args) => call('verify', ...args))
const scope = fc.constantFrom('A0000000', '00000001', 'FFFFFFFF').map(fromHex)
const index = fc.constantFrom(0, 1, 7)

/** Anything that an application may ask, and that may happen to it, without what throws. */
export const anyAct: fc.Arbitrary<Act> = fc.oneof(
  { weight: 8, arbitrary: block },
  {
    weight: 4,
    arbitrary: madeMac.chain((made) =>
      slot.map((at) => call('verifyMac', at, made.name, made.data, made.mac)),
    ),
  },
  { weight: 3, arbitrary: fc.tuple(slot, algorithm, bytes).map((args) => call('mac', ...args)) },
  { weight: 3, arbitrary: slot.map((at) => call('slot', at)) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom(1, 2, 9), track).map((args) => call('encryptTrack', ...args)),
  },
  { weight: 5, arbitrary: enterPin },
  { weight: 3, arbitrary: changePin },
  { weight: 9, arbitrary: press },
  { weight: 2, arbitrary: fc.constantFrom(1, 5_000, 61_000).map((ms): Act => ({ kind: 'time', ms })) },
  { weight: 1, arbitrary: fc.constant(call('cancel')) },
  { weight: 1, arbitrary: fc.constantFrom(1, 16, 64).map((length) => call('random', length)) },
  { weight: 1, arbitrary: bytes.map((data) => call('deviceTag', data)) },
  { weight: 1, arbitrary: bytes.map((data) => call('hash', data)) },
  { weight: 1, arbitrary: verify },
  { weight: 1, arbitrary: bytes.map((data) => call('sign', data)) },
  { weight: 1, arbitrary: fc.constant(call('reportKey')) },
  { weight: 1, arbitrary: fc.tuple(index, scope).map((args) => call('floor', ...args)) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(index, fc.constantFrom(0, 1, 77, 2 ** 48 - 1), scope)
      .map((args) => call('raiseFloor', ...args)),
  },
  { weight: 2, arbitrary: fc.constant<Act>({ kind: 'restart' }) },
  { weight: 1, arbitrary: fc.boolean().map((saves): Act => ({ kind: 'storage', saves })) },
)

/** Signatures that are right, and all the ways in which a laxer library takes one that is not. */
export function verifications(): readonly (readonly [Uint8Array, Uint8Array, Uint8Array])[] {
  const signature = ed25519Sign(pair.secretKey, message)
  const identity = new Uint8Array(64)
  identity[0] = 1 // R = the neutral point, S = 0: right where [k]A is neutral
  const small = [1n, PRIME - 1n, 0n, EIGHTH, OTHER_EIGHTH]
    .flatMap((y) => [y, y + PRIME])
    .filter((y) => y < 2n ** 255n)
    .flatMap((y) => [little(y), little(y | (1n << 255n))])
  const other = signature.slice()
  other.set(little(number(signature.subarray(32)) + ORDER), 32)
  return [
    [pair.publicKey, message, signature],
    [pair.publicKey, pattern(21), signature],
    [pair.publicKey, message, other],
    [pair.publicKey, message, signature.slice(0, 63)],
    [pair.publicKey.slice(0, 31), message, signature],
    [little(PRIME + 3n), message, identity],
    ...[...Array(8).keys()].flatMap((at) => small.map((key) => [key, pattern(at), identity] as const)),
  ]
}

function number(text: Uint8Array): bigint {
  return text.reduceRight((value, byte) => value * 256n + BigInt(byte), 0n)
}
function little(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, at) => Number((value >> BigInt(8 * at)) & 0xffn))
}

/** Eight bytes, of zeros where that key makes no such MAC. */
function macUnder(
  name: MacAlgorithm,
  key: Uint8Array,
  cipher: MasterAlgorithm,
  data: Uint8Array,
): Uint8Array {
  return macKeyFits(name, key.length, cipher) ? macOf(name, key, data, cipher) : new Uint8Array(8)
}

export function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (7 * at + 3) & 0xff)
}
