import type { LoadProof, SignOnKind } from '../secure.ts'
import {
  checkValues,
  EMPTY_SLOT,
  ENCRYPTED_TRACK,
  keyBlocks,
  laterBlocks,
  macs,
  TEST_MASTER_CHECK_VALUE,
  TEST_SLOT,
  TEST_TRACK,
  type TestedKind,
} from './keys.ts'
import type { Port } from './port.ts'
import { fromHex, holds, Mismatch, pattern, same, toHex, type Vector, vector } from './vector.ts'

const message = pattern(40)

/**
 * Has the keys of a block in force, by the first of its blocks that is not an earlier one, and uses their MAK once, so that
 * no earlier key is accepted beside it any more. Gives the block.
 */
export function loadKeys({ device: { secure } }: Port, kind: TestedKind): Uint8Array {
  const blocks = [keyBlocks[kind], ...laterBlocks[kind]].map(fromHex)
  const taken = blocks.find((block) => secure.loadWorkingKeys(TEST_SLOT, kind, block).kind !== 'replayed')
  if (taken === undefined)
    throw new Mismatch(`the key blocks of sign-on ${kind} are all used up: load the test key anew`)
  same(secure.loadWorkingKeys(TEST_SLOT, kind, taken).kind, 'loaded', `load ${kind}`)
  const row = macs.find((each) => each.kind === kind)
  holds(
    row !== undefined && secure.verifyMac(TEST_SLOT, row.algorithm, message, fromHex(row.mac)),
    `first MAC of ${kind}`,
  )
  return taken
}
function keysOf({ device: { secure } }: Port): object {
  const { masterKey, pinKey, macKey, trackKey } = secure.slot(TEST_SLOT)
  return { masterKey, pinKey, macKey, trackKey }
}

/** A vector: this key block is refused with `kind`, and the keys stay as they were. */
function refuses(
  id: string,
  title: string,
  kind: string,
  slot: number,
  block: () => Uint8Array,
  signOn: SignOnKind = '004',
): Vector {
  return vector(id, title, async (port) => {
    loadKeys(port, '004')
    const before = port.device.secure.slot(TEST_SLOT)
    same(port.device.secure.loadWorkingKeys(slot, signOn, block()), { kind }, 'result')
    same(port.device.secure.slot(TEST_SLOT), before, 'slot')
  })
}
/** Block `004` with one bit of byte `at` changed. */
function damaged(at: number): Uint8Array {
  const block = fromHex(keyBlocks['004'])
  block[at] = (block[at] ?? 0) ^ 0x10
  return block
}

// biome-ignore format: one vector a paragraph
export const secureVectors: readonly Vector[] = [
  ...(['001', '003', '004'] as const).map((kind) =>
    vector(`keys.load.${kind}`, `the key block of sign-on ${kind} loads: check values of all its keys, none of others`, async (port) => {
      loadKeys(port, kind)
      same(keysOf(port), { masterKey: TEST_MASTER_CHECK_VALUE, ...checkValues[kind] }, 'slot')
    })),
  vector('keys.version', 'the version counts loads of other keys', async (port) => {
    loadKeys(port, '003')
    const { version } = port.device.secure.slot(TEST_SLOT)
    loadKeys(port, '004')
    same(port.device.secure.slot(TEST_SLOT).version, version + 1, 'slot')
  }),
  refuses('keys.refused.first', 'a wrong first key refuses the whole block', 'wrongCheckValue', TEST_SLOT, () => damaged(0)),
  refuses('keys.refused.last', 'a wrong last key refuses the whole block: none is replaced', 'wrongCheckValue', TEST_SLOT, () => damaged(45)),
  refuses('keys.refused.fourth-byte', 'all four bytes of the check value count', 'wrongCheckValue', TEST_SLOT, () => damaged(59)),
  refuses('keys.refused.short', 'a block one byte short is refused', 'wrongLength', TEST_SLOT, () => fromHex(keyBlocks['004']).slice(1)),
  refuses('keys.refused.long', 'a block one byte long is refused', 'wrongLength', TEST_SLOT, () => fromHex(`${keyBlocks['004']}00`)),
  refuses('keys.refused.no-master', 'a slot without a master key loads nothing', 'noKey', EMPTY_SLOT, () => fromHex(keyBlocks['004'])),
  refuses('keys.refused.sm4', 'the key block of an SM4 sign-on is none for a TDES master key', 'wrongLength', TEST_SLOT, () => fromHex(keyBlocks['004']), '006'),
  vector('keys.replayed', 'an earlier block is refused, and the keys in force stay (K05)', async (port) => {
    const earlier = loadKeys(port, '004')
    const now = loadKeys(port, '003')
    const before = port.device.secure.slot(TEST_SLOT)
    same(port.device.secure.loadWorkingKeys(TEST_SLOT, '004', earlier), { kind: 'replayed' }, 'the earlier one')
    same(port.device.secure.slot(TEST_SLOT), before, 'slot')
    same(port.device.secure.loadWorkingKeys(TEST_SLOT, '003', now), { kind: 'loaded', version: before.version }, 'the one in force')
  }),
  vector('keys.proof', 'with a proof the new MAK must make that MAC, or nothing is loaded', async (port) => {
    loadKeys(port, '003')
    const { secure } = port.device
    const before = secure.slot(TEST_SLOT)
    const fresh = [keyBlocks['004'], ...laterBlocks['004']].map(fromHex)
    const mac = fromHex('1CC4EDE21E0954A4')
    /** What the blocks give that are not replayed. */
    const results = (proof: LoadProof) =>
      fresh.map((block) => secure.loadWorkingKeys(TEST_SLOT, '004', block, proof).kind).filter((kind) => kind !== 'replayed')
    const refused = (proof: LoadProof) => results(proof).every((kind) => kind === 'wrongProof')
    const wrong = mac.slice()
    wrong[7] = (wrong[7] ?? 0) ^ 1
    holds(refused({ algorithm: 'x9.19', bytes: message, mac: wrong }), 'one bit of the MAC does not count')
    holds(refused({ algorithm: 'x9.19', bytes: pattern(41), mac }), 'the MAC of another answer is right')
    holds(refused({ algorithm: 'cbc-mac', bytes: message, mac }), 'the algorithm does not count')
    same(secure.slot(TEST_SLOT), before, 'slot')
    holds(results({ algorithm: 'x9.19', bytes: message, mac }).includes('loaded'), 'the right MAC is refused')
    holds(secure.verifyMac(TEST_SLOT, 'x9.19', message, mac), 'the first MAC under it')
    same(secure.mac(TEST_SLOT, 'cbc-mac', message), { kind: 'noKey' }, 'a MAK that was proved serves another algorithm too')
    loadKeys(port, '003') // a MAK bound to its algorithm does not stay
  }),
  vector('keys.empty', 'an empty slot has no check values, and nothing works in it', async ({ device: { secure } }) => {
    same(secure.slot(EMPTY_SLOT), { version: 0 }, 'slot')
    same(secure.mac(EMPTY_SLOT, 'x9.19', message), { kind: 'noKey' }, 'mac')
    same(secure.encryptTrack(EMPTY_SLOT, TEST_TRACK), { kind: 'noKey' }, 'encryptTrack')
    holds(!secure.verifyMac(EMPTY_SLOT, 'x9.19', message, new Uint8Array(8)), 'a MAC of no key is right')
  }),
  ...macs.map(({ kind, algorithm, mac }) =>
    vector(`mac.${algorithm}.${kind}`, `MAC ${algorithm} under the MAK of sign-on ${kind}`, async (port) => {
      loadKeys(port, kind)
      same(port.device.secure.mac(TEST_SLOT, algorithm, message), { kind: 'mac', mac: fromHex(mac) }, 'mac')
      holds(port.device.secure.verifyMac(TEST_SLOT, algorithm, message, fromHex(mac)), 'its own MAC is refused')
    })),
  vector('limit.mac', 'an algorithm that the MAK does not fit is noKey, and x9.9, x9.19 and cbc-mac over 8 bytes or fewer: that would be a check value', async (port) => {
    const { secure } = port.device
    loadKeys(port, '001')
    for (const algorithm of ['x9.19', 'cbc-mac', 'cmac'] as const) same(secure.mac(TEST_SLOT, algorithm, message), { kind: 'noKey' }, `${algorithm} with 8 bytes`)
    for (const length of [0, 1, 8]) same(secure.mac(TEST_SLOT, 'x9.9', pattern(length)), { kind: 'noKey' }, `x9.9 over ${length}`)
    same(secure.mac(TEST_SLOT, 'x9.9', pattern(9)).kind, 'mac', 'x9.9 over 9')
    loadKeys(port, '004')
    same(secure.mac(TEST_SLOT, 'x9.9', message), { kind: 'noKey' }, 'x9.9 with 16 bytes')
    for (const algorithm of ['x9.19', 'cbc-mac'] as const) {
      for (const length of [0, 1, 8]) same(secure.mac(TEST_SLOT, algorithm, pattern(length)), { kind: 'noKey' }, `${algorithm} over ${length}`)
      same(secure.mac(TEST_SLOT, algorithm, pattern(9)).kind, 'mac', `${algorithm} over 9`)
    }
  }),
  vector('mac.verify.bits', 'a MAC with any one bit wrong, or cut, is refused', async (port) => {
    loadKeys(port, '004')
    const mac = fromHex('1CC4EDE21E0954A4')
    for (let bit = 0; bit < 64; bit++) {
      const wrong = mac.slice()
      wrong[bit >> 3] = (wrong[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      holds(!port.device.secure.verifyMac(TEST_SLOT, 'x9.19', message, wrong), `bit ${bit} does not count`)
    }
    holds(!port.device.secure.verifyMac(TEST_SLOT, 'x9.19', message, mac.slice(0, 4)), 'half a MAC is right')
  }),
  vector('track', 'a track is encrypted in place: same length, the last block', async (port) => {
    loadKeys(port, '004')
    same(port.device.secure.encryptTrack(TEST_SLOT, TEST_TRACK), { kind: 'track', digits: ENCRYPTED_TRACK }, 'track')
  }),
  vector('track.no-key', 'a sign-on without a track key leaves none from before', async (port) => {
    loadKeys(port, '004')
    loadKeys(port, '003')
    same(port.device.secure.encryptTrack(TEST_SLOT, TEST_TRACK), { kind: 'noKey' }, 'track')
  }),
  vector('random', 'random bytes have the length asked for and do not repeat', async ({ device: { secure } }) => {
    const seen = new Set(Array.from({ length: 100 }, () => toHex(secure.random(16))))
    same(seen.size, 100, 'different values of 100')
  }),
  vector('tag', 'the device tag is 16 bytes, the same for the same bytes, another for others', async ({ device: { secure } }) => {
    const tag = secure.deviceTag(message)
    same(tag.length, 16, 'bytes')
    same(secure.deviceTag(message), tag, 'again')
    holds(toHex(secure.deviceTag(pattern(41))) !== toHex(tag), 'one byte more does not count')
    holds(toHex(secure.deviceTag(new Uint8Array(0))) !== toHex(secure.deviceTag(new Uint8Array(1))), 'a zero byte does not count')
  }),
]
