import { createCipheriv } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { aes as aesCipher } from '../../../keys/aes.ts'
import { cmac } from '../../../keys/cmac.ts'
import type { KeyBlockHeader } from '../../../keys/key-block/header.ts'
import { sealBlock, unwrapKey, wrapKey } from '../../../keys/key-block/key-block.ts'
import { deriveBlockKeys, type SoftKbpk, softKbpk } from '../../../keys/key-block/protection-key.ts'
import { ascii, asHex, expected, hex, text, type Vector, vector, vectors } from '../vectors.ts'

const TDES_KBPK = hex('DD7515F2BFC17F85CE48F3CA25CB21F6')
const AES_KBPK = hex('88E1AB2A2E3DD38C1FA039A536500CC8A87AB9D62DC92C01058FA79F44657DE6')
const KEY = hex('3F419E1CB7079442AA37474C2EFBF8B8')
/** ANSI X9.143:2021 8.1 and TR-31:2018 A.7.2.2. */
const D_BLOCK = text(vector('tr31-wrap-11'), 'expected')
const B_BLOCK = text(vector('tr31-unwrap-3'), 'keyBlock')

const random = (seed: number) => (bytes: number) =>
  new Uint8Array(bytes).map((_, at) => (seed + 31 * at) % 251)

function kbpkOf(from: Vector): SoftKbpk {
  const block = String(from.keyBlock ?? from.header ?? from.version)
  return softKbpk(/^[DE]/.test(block) ? 'AES' : 'TDES', hex(text(from, 'kbpk')))
}

const header = (more: Partial<KeyBlockHeader> = {}): KeyBlockHeader => ({
  version: 'D',
  usage: 'K0',
  algorithm: 'T',
  mode: 'D',
  keyVersion: '00',
  exportability: 'N',
  context: '0',
  optional: [],
  ...more,
})

describe('key blocks: the published vectors', () => {
  const unwraps = vectors(21, ({ category, op }) => category === 'tr31' && op === 'unwrap')
  const isRead = (vector: Vector) => /^[BDE]/.test(text(vector, 'keyBlock'))

  test.each(unwraps.filter(isRead).map((vector) => [vector.name, vector] as const))(
    '%s → the key',
    (_, vector) => {
      const opened = unwrapKey(kbpkOf(vector), text(vector, 'keyBlock'))
      expect(opened.kind === 'opened' && asHex(opened.key)).toBe(expected(vector, 'key'))
    },
  )

  test.each(unwraps.filter((vector) => !isRead(vector)).map((vector) => [vector.name, vector] as const))(
    '%s, versions A and C → refused',
    (_, vector) => {
      expect(unwrapKey(kbpkOf(vector), text(vector, 'keyBlock'))).toEqual({ kind: 'refused' })
    },
  )

  test.each(
    vectors(6, ({ category, op }) => category === 'tr31' && op === 'reject').map(
      (one) => [one.name, one] as const,
    ),
  )('%s → refused', (_, vector) => {
    expect(unwrapKey(kbpkOf(vector), text(vector, 'keyBlock'))).toEqual({ kind: 'refused' })
  })

  test.each(
    vectors(8, ({ category, op }) => category === 'tr31' && op === 'wrap').map(
      (one) => [one.name, one] as const,
    ),
  )('%s → the same block', (_, vector) => {
    const block = sealBlock(
      kbpkOf(vector),
      text(vector, 'header'),
      hex(text(vector, 'key')),
      hex(text(vector, 'keyPad')),
    )
    expect(block).toBe(text(vector, 'expected'))
  })

  test.each(vectors(4, ({ op }) => op === 'derive-kbek-kbak').map((one) => [one.name, one] as const))(
    '%s → KBEK and KBAK',
    (_, vector) => {
      const keys = deriveBlockKeys(kbpkOf(vector), vector.version === 'E' ? 'CTR' : 'CBC')
      expect(asHex(keys.encryption)).toBe(expected(vector, 'kbek'))
      expect(asHex(keys.authentication)).toBe(expected(vector, 'kbak'))
    },
  )

  test.each([
    ['tr31-wrap-11', 'AES'],
    ['tr31-wrap-16', 'TDES'],
  ] as const)('%s, whose length is hidden → wrapKey makes the same block', (name, algorithm) => {
    const published = vector(name)
    const kbpk = softKbpk(algorithm, hex(text(published, 'kbpk')))
    const opened = unwrapKey(kbpk, text(published, 'expected'))
    if (opened.kind !== 'opened') throw new Error('refused')
    const block = wrapKey(kbpk, opened.header, opened.key, () => hex(text(published, 'keyPad')))
    expect(block).toBe(text(published, 'expected'))
  })
})

describe('key blocks: round trips', () => {
  const rows = [
    ['B', 'T', 'TDES', 16, 16, 96],
    ['B', 'T', 'TDES', 24, 16, 96],
    ['B', 'T', 'TDES', 24, 24, 96],
    ['B', 'D', 'TDES', 16, 8, 96],
    ['D', 'D', 'AES', 16, 8, 112],
    ['D', 'T', 'AES', 16, 16, 112],
    ['D', 'T', 'AES', 24, 24, 112],
    ['D', 'A', 'AES', 16, 16, 144],
    ['D', 'A', 'AES', 32, 16, 144],
    ['D', 'A', 'AES', 24, 24, 144],
    ['D', 'A', 'AES', 32, 32, 144],
    ['D', '4', 'AES', 16, 16, 112],
  ] as const
  const cases = fc.constantFrom(...rows)

  test('any symmetric key and header → the same key and header, in a block whose length tells neither', () => {
    const labels = fc
      .array(fc.constantFrom(...'ABCxyz 019-.'), { maxLength: 60 })
      .map((some) => some.join(''))
    fc.assert(
      fc.property(
        cases,
        fc.uint8Array({ minLength: 64, maxLength: 64 }),
        labels,
        fc.constantFrom('00', '01', 'A7', 'c2'),
        fc.constantFrom('E', 'N', 'S'),
        fc.constantFrom('0', '1', '2'),
        (
          [version, algorithm, by, kbpkBytes, keyBytes, blockLength],
          bytes,
          label,
          keyVersion,
          exportability,
          context,
        ) => {
          const kbpk = softKbpk(by, bytes.subarray(0, kbpkBytes))
          const key = bytes.slice(32, 32 + keyBytes)
          const optional = label === '' ? [] : [{ id: 'LB', data: label }]
          const wanted = header({
            version,
            usage: 'D0',
            algorithm,
            mode: 'B',
            keyVersion,
            exportability,
            context,
            optional,
          })
          const block = wrapKey(kbpk, wanted, key, random(1))
          expect(unwrapKey(kbpk, block)).toEqual({ kind: 'opened', header: wanted, key })
          if (label === '') expect(block).toHaveLength(blockLength)
        },
      ),
      { numRuns: 60 },
    )
  })

  test('the same key with other padding → another block', () => {
    const kbpk = softKbpk('AES', AES_KBPK)
    expect(wrapKey(kbpk, header(), KEY, random(1))).not.toBe(wrapKey(kbpk, header(), KEY, random(2)))
  })

  test('the key given in is not changed, and the one that comes out is a copy of its own', () => {
    const kbpk = softKbpk('AES', AES_KBPK)
    const key = KEY.slice()
    const block = wrapKey(kbpk, header(), key, random(1))
    expect(key).toEqual(KEY)
    const first = unwrapKey(kbpk, block)
    if (first.kind === 'opened') first.key.fill(0)
    const second = unwrapKey(kbpk, block)
    expect(second.kind === 'opened' && second.key).toEqual(KEY)
  })

  test('a protection key that gives only CMACs, as in a token → opens and makes blocks', () => {
    const soft = softKbpk('AES', AES_KBPK)
    const token = {
      algorithm: soft.algorithm,
      bytes: soft.bytes,
      cmac: (bytes: Uint8Array) => soft.cmac(bytes),
    }
    expect(unwrapKey(token, D_BLOCK).kind).toBe('opened')
    expect(wrapKey(token, header(), KEY, random(3))).toBe(wrapKey(soft, header(), KEY, random(3)))
  })

  test('the copy of the protection key is its own, and no use once it is wiped', () => {
    const key = AES_KBPK.slice()
    const kbpk = softKbpk('AES', key)
    key.fill(0)
    expect(unwrapKey(kbpk, D_BLOCK).kind).toBe('opened')
    kbpk.wipe()
    expect(() => unwrapKey(kbpk, D_BLOCK)).toThrow(RangeError)
  })
})

describe('key blocks: malformed ones → one and the same refusal', () => {
  const aes = softKbpk('AES', AES_KBPK)
  const tdes = softKbpk('TDES', TDES_KBPK)
  const blocks = [
    ['B', tdes, B_BLOCK],
    ['D', aes, D_BLOCK],
  ] as const

  test.each(blocks)('version %s: every truncation, and anything after it', (_, kbpk, block) => {
    expect(unwrapKey(kbpk, block).kind).toBe('opened')
    for (let end = 0; end < block.length; end++) {
      expect(unwrapKey(kbpk, block.slice(0, end)), `cut at ${end}`).toEqual({ kind: 'refused' })
    }
    for (const more of ['0', '00', '\n', 'FFFFFFFFFFFFFFFF', '0'.repeat(32)]) {
      expect(unwrapKey(kbpk, block + more)).toEqual({ kind: 'refused' })
    }
  })

  test.each(blocks)(
    'version %s: each character flipped, to another and to the other case',
    (_, kbpk, block) => {
      for (let at = 0; at < block.length; at++) {
        const was = block[at] ?? ''
        const others = new Set([
          was === '0' ? '1' : '0',
          was === 'A' ? 'B' : 'A',
          was.toLowerCase(),
          'Z',
          ' ',
          'é',
        ])
        others.delete(was)
        for (const other of others) {
          const flipped = block.slice(0, at) + other + block.slice(at + 1)
          expect(unwrapKey(kbpk, flipped), `character ${at}`).toEqual({ kind: 'refused' })
        }
      }
    },
  )

  // Blocks whose MAC is right: what remains to be checked is the form.
  const payloadPadding = hex('1C2965473CE206BB855B01533782')
  const signed = (text: string) => sealBlock(aes, text, KEY, payloadPadding)

  // biome-ignore format: one row a field
  const fields: readonly (readonly [string, string])[] = [
    ['a length one too short',        'D0111P0AE00E0000'],
    ['a length that is no number',    'D01l2P0AE00E0000'],
    ['an unknown usage',              'D0112Z9AE00E0000'],
    ['a usage in lower case',         'D0112p0AE00E0000'],
    ['an unknown algorithm',          'D0112P0XE00E0000'],
    ['a digit that is not ours',      'D0112P07E00E0000'],
    ['an unknown mode',               'D0112P0AZ00E0000'],
    ['a key version in lower case',   'D0112P0AEaaE0000'],
    ['a component of no number',      'D0112P0AEcXE0000'],
    ['an unknown exportability',      'D0112P0AE00X0000'],
    ['an optional count of letters',  'D0112P0AE00E0X00'],
    ['more optional blocks than are', 'D0112P0AE00E0100'],
    ['an unknown key context',        'D0112P0AE00E0030'],
    ['a reserved character',          'D0112P0AE00E0001'],
    ['a name every object has',       'D0112toAE00E0000'],
  ]
  test('the block that these are made from → opened', () => {
    expect(unwrapKey(aes, signed('D0112P0AE00E0000')).kind).toBe('opened')
  })
  test.each(fields)('%s, with a right MAC → refused', (_, text) => {
    const block = signed(text)
    expect(unwrapKey(aes, block)).toEqual({ kind: 'refused' })
  })

  test('another version letter → refused', () => {
    const block = signed('D0112P0AE00E0000')
    for (const version of 'ABCEFd01 ') {
      expect(unwrapKey(aes, version + block.slice(1))).toEqual({ kind: 'refused' })
      expect(unwrapKey(tdes, version + block.slice(1))).toEqual({ kind: 'refused' })
    }
  })

  // biome-ignore format: one row a form
  const forms: readonly (readonly [string, string])[] = [
    ['optional blocks that fill no cipher block', 'D0117P0AE00E0100LB05x'],
    ['padding that is not the last',              'D0144P0AE00E0200PB0A000000LB16000000000000000000'],
    ['one id twice',                              'D0144P0AE00E0200LB10000000000000LB10000000000000'],
    ['a block shorter than its own header',       'D0128P0AE00E0100LB03000000000000'],
    ['a length in lower case',                    'D0128P0AE00E0100LB1a000000000000'],
    ['a long form under 256 characters',          'D0128P0AE00E0100LB00040010000000'],
    ['a long form that counts bytes',             'D0128P0AE00E0100LB00020010000000'],
    ['a block beyond the end',                    'D0128P0AE00E0100LBFF000000000000'],
    ['a control character',                       'D0128P0AE00E0100LB100000000000\n0'],
    ['an id with a star',                         'D0128P0AE00E0100L*10000000000000'],
  ]
  test.each(forms)('%s, with a right MAC → refused', (_, text) => {
    expect(unwrapKey(aes, signed(text))).toEqual({ kind: 'refused' })
  })

  test('long data in the form of X9.143, 256 characters and more → opened, as it was written', () => {
    const data = 'x'.repeat(0x110 - 10)
    const text = `D${16 + 0x110 + 96}P0AE00E0100CT00040110${data}`.replace(/^D/, 'D0')
    const opened = unwrapKey(aes, signed(text))
    expect(opened.kind === 'opened' && opened.header.optional).toEqual([{ id: 'CT', data }])
    // The dialect that counts the bytes of the length, and other lengths of it.
    for (const digits of ['02', '00', '03', '05']) {
      expect(unwrapKey(aes, signed(text.replace('CT0004', `CT00${digits}`)))).toEqual({ kind: 'refused' })
    }
  })

  const lengths = [
    ['no key at all', '', 'AAAA'],
    ['8 bytes of AES', '0102030405060708', ''],
    ['20 bytes of AES', '01'.repeat(20), ''],
  ] as const
  test.each(lengths)('%s, with a right MAC → refused', (_, digits) => {
    const key = hex(digits)
    const block = sealBlock(aes, 'D0112P0AE00E0000', key, new Uint8Array(30 - key.length))
    expect(unwrapKey(aes, block)).toEqual({ kind: 'refused' })
  })

  test('a key that is longer than the payload, or of some bits, with a right MAC → refused', () => {
    const text = 'D0112P0AE00E0000'
    const withBits = (bits: number): string => {
      const payload = Uint8Array.of(bits >>> 8, bits & 0xff, ...KEY, ...payloadPadding)
      const { encryption, authentication } = deriveBlockKeys(aes, 'CBC')
      const mac = cmac(aesCipher(authentication), Uint8Array.of(...ascii(text), ...payload))
      const cbc = createCipheriv('aes-256-cbc', encryption, mac).setAutoPadding(false)
      return text + asHex(cbc.update(payload)) + asHex(mac)
    }
    expect(unwrapKey(aes, withBits(128)).kind).toBe('opened')
    for (const bits of [0, 3, 127, 129, 192, 256, 0xffff]) {
      const opened = unwrapKey(aes, withBits(bits))
      expect(opened, `${bits} bits`).toEqual(
        bits === 192 ? expect.objectContaining({ kind: 'opened' }) : { kind: 'refused' },
      )
    }
  })

  test('another key, and a key of the other algorithm → refused', () => {
    expect(unwrapKey(softKbpk('AES', TDES_KBPK), D_BLOCK)).toEqual({ kind: 'refused' })
    expect(unwrapKey(softKbpk('AES', TDES_KBPK), B_BLOCK)).toEqual({ kind: 'refused' })
    expect(unwrapKey(tdes, D_BLOCK)).toEqual({ kind: 'refused' })
  })

  test('a protection key weaker than the key → refused, though the MAC is right', () => {
    const weak = softKbpk('AES', TDES_KBPK)
    const block = sealBlock(weak, 'D0144P0AE00E0000', AES_KBPK, random(1)(14))
    expect(unwrapKey(weak, block)).toEqual({ kind: 'refused' })
    const two = softKbpk('TDES', TDES_KBPK)
    const three = sealBlock(two, 'B0096P0TE00E0000', AES_KBPK.slice(0, 24), random(1)(6))
    expect(unwrapKey(two, three)).toEqual({ kind: 'refused' })
  })

  test('any text → refused, never thrown', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200, unit: 'binary' }), (text) => {
        expect(unwrapKey(aes, text)).toEqual({ kind: 'refused' })
      }),
      { numRuns: 200 },
    )
  })
})
