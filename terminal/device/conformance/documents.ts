import { fromHex, holds, pattern, refused, same, toHex, type Vector, vector } from './vector.ts'

/** 远程下载: the secure element's part, which others' documents and the device's own reports rest on. */

// biome-ignore format: one row a digest (FIPS 180-4 examples: the empty message and abc)
const digests: readonly (readonly [name: string, message: Uint8Array, digest: string])[] = [
  ['empty', new Uint8Array(0),     'E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855'],
  ['abc',   fromHex('616263'),     'BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD'],
]

/** RFC 8032, 7.1, TEST 2: key, message, signature. */
const KEY = fromHex('3D4017C3E843895A92B70AA74D1B7EBC9C982CCF2EC4968CC0CD55F12AF4660C')
const MESSAGE = fromHex('72')
const SIGNATURE = fromHex(
  '92A009A9F0D4CAB8720E820B5F642540A2B27B5416503F8FB3762223EBDB69DA085AC1E43E15996E458F3613D0F11D8C387B2EAEB4302AEEB00D291612BB0C00',
)
/** The same with S + L: right for whoever does not look. */
const MALLEATED = fromHex(
  '92A009A9F0D4CAB8720E820B5F642540A2B27B5416503F8FB3762223EBDB69DAF52DB7415978ABC61B2C2EB6AEEBFCA0387B2EAEB4302AEEB00D291612BB0C10',
)
/** The signature R = identity, S = 0, which is right for every message, or many, under a key of small order. */
const NO_SECRET = fromHex(`01${'00'.repeat(63)}`)
const SMALL_KEYS = [
  `01${'00'.repeat(31)}`,
  `00${'00'.repeat(31)}`,
  `EC${'FF'.repeat(30)}7F`,
  `EE${'FF'.repeat(30)}7F`, // 1, not in its one encoding
  `01${'00'.repeat(30)}80`,
].map(fromHex)

const SCOPE = fromHex('A1B2C3D4')
const OTHER_SCOPE = fromHex('A1B2C3D5')
/** Floors that no application of this device has raised: the suite cannot lower what it raises. */
const INDEX = 7

// biome-ignore format: one vector a paragraph
export const documentVectors: readonly Vector[] = [
  ...digests.map(([name, message, digest]) =>
    vector(`hash.${name}`, `SHA-256 of ${name}`, async ({ device: { secure } }) => {
      same(toHex(secure.hash(message)), digest, 'digest')
    })),
  vector('hash.limit', 'SHA-256 covers 0 to 65,536 bytes', async (port) => {
    const { secure } = port.device
    same(secure.hash(pattern(65_536)).length, 32, 'bytes')
    await refused(port, 'a hash of 65,537 bytes', () => secure.hash(pattern(65_537)))
  }),
  vector('verify', 'an Ed25519 signature is right, and for nothing else', async ({ device: { secure } }) => {
    holds(secure.verify(KEY, MESSAGE, SIGNATURE), 'the signature is refused')
    holds(!secure.verify(KEY, fromHex('73'), SIGNATURE), 'it is right for another message')
    for (let at = 0; at < 64; at += 9) {
      const wrong = SIGNATURE.slice()
      wrong[at] = (wrong[at] ?? 0) ^ 1
      holds(!secure.verify(KEY, MESSAGE, wrong), `bit 0 of byte ${at} does not count`)
    }
    holds(!secure.verify(KEY, MESSAGE, SIGNATURE.slice(0, 63)) && !secure.verify(KEY.slice(0, 31), MESSAGE, SIGNATURE), 'another size is right')
  }),
  vector('verify.malleated', 'the same signature with S + L is refused', async ({ device: { secure } }) => {
    holds(!secure.verify(KEY, MESSAGE, MALLEATED), 'S ≥ L is taken')
  }),
  vector('verify.small-order', 'no key of small order, in any encoding, has a right signature', async ({ device: { secure } }) => {
    for (const key of SMALL_KEYS) {
      for (let message = 0; message < 8; message++) {
        holds(!secure.verify(key, Uint8Array.of(message), NO_SECRET), `key ${toHex(key)} takes what nobody signed`)
      }
    }
  }),
  vector('sign', 'the report key signs what its public half verifies, and stays the same', async (port) => {
    const { secure } = port.device
    const key = secure.reportKey()
    same(key.length, 32, 'bytes of the key')
    for (const message of [new Uint8Array(0), pattern(65_536)]) {
      const signature = secure.sign(message)
      same(signature.length, 64, 'bytes of the signature')
      holds(secure.verify(key, message, signature), 'its own signature is refused')
    }
    same(secure.reportKey(), key, 'the key, again')
    await refused(port, 'a signature of 65,537 bytes', () => secure.sign(pattern(65_537)))
    same(secure.reportKey(), key, 'the key, after it')
  }),
  vector('floor', 'a floor rises and never falls under its scope; another scope begins at 0', async ({ device: { secure } }) => {
    const before = secure.floor(INDEX, SCOPE)
    same(secure.raiseFloor(INDEX, before + 5, SCOPE), 'raised', 'raise')
    same(secure.floor(INDEX, SCOPE), before + 5, 'floor')
    same(secure.raiseFloor(INDEX, before + 1, SCOPE), 'raised', 'raise to less')
    same(secure.floor(INDEX, SCOPE), before + 5, 'floor after it')
    same(secure.floor(INDEX, OTHER_SCOPE), 0, 'floor of another scope')
    same(secure.raiseFloor(INDEX, 1, OTHER_SCOPE), 'raised', 'raise in another scope')
    same(secure.floor(INDEX, OTHER_SCOPE), 1, 'floor of the other scope')
    same(secure.floor(INDEX, SCOPE), 0, 'floor of the scope before')
  }),
  vector('floor.limits', 'eight floors of 0 to 2^48 − 1, each by itself', async (port) => {
    const { secure } = port.device
    for (const index of [-1, 8, 0.5]) await refused(port, `floor ${index}`, () => secure.floor(index, SCOPE))
    await refused(port, 'a scope of 3 bytes', () => secure.floor(0, SCOPE.slice(1)))
    for (const value of [-1, 2 ** 48, 0.5]) await refused(port, `a floor of ${value}`, () => secure.raiseFloor(INDEX, value, SCOPE))
    const others = [0, 1, 2, 3, 4, 5, 6].map((index) => secure.floor(index, SCOPE))
    same(secure.raiseFloor(INDEX, 2 ** 48 - 1, fromHex('FFFFFFFF')), 'raised', 'the highest')
    same([0, 1, 2, 3, 4, 5, 6].map((index) => secure.floor(index, SCOPE)), others, 'the other floors')
  }),
]
