import { readFileSync } from 'node:fs'
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WireError } from '../../../host-link/wire/message.ts'
import { inflate, WINDOW_BYTES } from '../../../terminal/update/inflate.ts'

const none = new Uint8Array(0)

/** Inflates at once; `undefined`: refused. Also says how many bytes came before that, and how many of the stream were read. */
function inflated(stream: Uint8Array, length: number, dictionary = none) {
  const window = new Uint8Array(WINDOW_BYTES)
  window.set(dictionary)
  const out: number[] = []
  let at = 0
  let rests = 0
  const next = () => {
    const byte = stream[at]
    if (byte === undefined) throw new WireError('stream', at, 'ends')
    at++
    return byte
  }
  const put = (byte: number) => out.push(byte) % 4096 === 0
  try {
    for (const _ of inflate(next, window, dictionary.length, length, put)) rests++
    return { bytes: Uint8Array.from(out), given: out.length, read: at, rests, why: undefined }
  } catch (error) {
    if (error instanceof WireError)
      return { bytes: undefined, given: out.length, read: at, rests, why: error.why }
    throw error
  }
}

const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))

/** What zlib makes of it, or nothing. */
function byZlib(stream: Uint8Array, dictionary = none): Uint8Array | undefined {
  try {
    return inflateRawSync(
      stream,
      dictionary.length > 0 ? { dictionary, maxOutputLength: 1 << 20 } : { maxOutputLength: 1 << 20 },
    )
  } catch {
    return undefined
  }
}

describe('inflate: streams that a compressor made', () => {
  const levels = fc.constantFrom(0, 1, 6, 9)
  const strategies = fc.constantFrom(
    constants.Z_DEFAULT_STRATEGY,
    constants.Z_FIXED,
    constants.Z_HUFFMAN_ONLY,
    constants.Z_RLE,
  )
  const words = fc.array(fc.constantFrom('消费', 'sale', 'amount', '0000', 'a', '\0'), { maxLength: 400 })
  const inputs = fc.oneof(
    fc.uint8Array({ maxLength: 2000 }),
    words.map((each) => Uint8Array.from(Buffer.from(each.join('')))),
  )

  it('property: whatever zlib deflates, at every level and strategy, with and without dictionary → the same bytes', () => {
    fc.assert(
      fc.property(
        inputs,
        inputs,
        levels,
        strategies,
        fc.boolean(),
        (bytes, dictionary, level, strategy, with_) => {
          const used = with_ ? dictionary : none
          const options = used.length > 0 ? { level, strategy, dictionary: used } : { level, strategy }
          const stream = deflateRawSync(bytes, options)
          const run = inflated(stream, bytes.length, used)
          expect(run.bytes && Buffer.from(run.bytes).equals(bytes)).toBe(true)
          expect(run.read).toBe(stream.length)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('sources of this project as one stream of 300 kB, a dictionary of 32,768 bytes → the same, a rest every 4,096 bytes', () => {
    const names = ['package-lock.json', 'biome.json', 'README.md', 'ARCHITECTURE.md', 'CHANGELOG.md']
    const all = Buffer.concat(names.map((name) => readFileSync(name))).subarray(0, 300_000)
    const dictionary = all.subarray(0, WINDOW_BYTES)
    const run = inflated(deflateRawSync(all, { level: 9, dictionary }), all.length, dictionary)
    expect(Buffer.from(run.bytes ?? none).equals(all)).toBe(true)
    expect(run.rests).toBe(Math.floor(all.length / 4096))
  })

  it('matches that reach back 32,768 bytes, and that overlap themselves → as zlib has them', () => {
    const far = Buffer.concat([
      Buffer.from('shuaka'),
      deterministic(WINDOW_BYTES - 6 - 262),
      Buffer.from('shuaka'),
    ])
    const run = Buffer.concat([Buffer.alloc(70_000, 'ab'), far, Buffer.alloc(300, 'x')])
    expect(
      Buffer.from(inflated(deflateRawSync(run, { level: 9 }), run.length).bytes ?? none).equals(run),
    ).toBe(true)
  })
})

/** Bytes that do not compress, the same every time: xorshift32. */
function deterministic(length: number): Uint8Array {
  let state = 0x2545f491
  return Uint8Array.from({ length }, () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state & 255
  })
}

describe('inflate: streams by hand', () => {
  // biome-ignore format: one row a stream, bytes in hex; the refused ones are those of madler/zlib, test/infcover.c
  const rows: readonly [string, string, number, string][] = [
    ['nothing, one fixed block',               '0300',                         0, '= '              ],
    ['nothing, one stored block',              '010000ffff',                   0, '= '              ],
    ['three bytes stored',                     '010300fcff616263',             3, '= abc'           ],
    ['a fixed block of one letter',            '4b0400',                       1, '= a'             ],
    ['stored lengths that differ',             '0000000000',                   0, 'stored'          ],
    ['a block of type 3',                      '06',                           0, 'type'            ],
    ['too many codes',                         'fc0000',                       0, 'too many codes'  ],
    ['code lengths that leave codes out',      '0400feff',                     0, 'codes missing'   ],
    ['a repeat with nothing before',           '0400244900',                   0, 'nothing to repeat' ],
    ['a repeat beyond the last code',          '040024e9ffff',                 0, 'too many sizes'  ],
    ['no code for the end of the block',       '040024e9ff6d',                 0, 'no end'          ],
    ['literal codes with too many of one',     '048049922449922471ffff931100', 0, 'too many of a size'   ],
    ['distance codes that leave codes out',    '04804992244992240fb4ffffc384', 0, 'codes missing'   ],
    ['a literal code that was not given',      '04c0810800000000207feb0b0000', 99, 'code'           ],
    ['a distance code that means nothing',     '027effff',                     99, 'distance'       ],
    ['a distance before the beginning',        '0cc08100000000 0090ff6b0400',  99, 'too far'        ],
  ]
  for (const [name, hex, length, wanted] of rows)
    it(`${name} → ${wanted.startsWith('=') ? 'its bytes' : `refused, and by zlib, too: ${wanted}`}`, () => {
      const stream = bytesOf(hex.replace(' ', ''))
      const { bytes, why } = inflated(stream, length)
      expect(why ?? `= ${Buffer.from(bytes ?? none)}`).toBe(wanted)
      const theirs = byZlib(stream)
      expect(theirs && `= ${Buffer.from(theirs)}`).toBe(wanted.startsWith('=') ? wanted : undefined)
    })

  it('a distance beyond the dictionary → refused; one inside it → its bytes', () => {
    const dictionary = Buffer.from('0123456789abcdefghij')
    const stream = deflateRawSync(dictionary, { dictionary })
    expect(inflated(stream, 20, dictionary).bytes).toEqual(Uint8Array.from(dictionary))
    expect(inflated(stream, 20, dictionary.subarray(2)).bytes).toBeUndefined()
  })
})

describe('inflate: damage', () => {
  const clear = Buffer.from(
    '消费 sale 100.00; 退货 refund 100.00; 撤销 void sale; 消费 sale 100.00'.repeat(3),
  )
  for (const [name, strategy] of [
    ['fixed', constants.Z_FIXED],
    ['dynamic', constants.Z_DEFAULT_STRATEGY],
  ] as const) {
    const stream = deflateRawSync(clear, { level: 9, strategy })
    it(`every truncation of a ${name} stream → refused, never more than the length`, () => {
      for (let cut = 0; cut < stream.length; cut++) {
        const run = inflated(stream.subarray(0, cut), clear.length)
        expect(run.bytes, `${cut} bytes`).toBeUndefined()
        expect(run.given).toBeLessThanOrEqual(clear.length)
      }
    })

    it(`every flipped bit of a ${name} stream → what zlib makes of it, when it has the length; else refused`, () => {
      for (let bit = 0; bit < 8 * stream.length; bit++) {
        const flipped = Uint8Array.from(stream)
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        const run = inflated(flipped, clear.length)
        const theirs = byZlib(flipped)
        expect(run.given).toBeLessThanOrEqual(clear.length)
        expect(run.bytes && Buffer.from(run.bytes).toString('hex'), `bit ${bit}`).toBe(
          theirs?.length === clear.length ? Buffer.from(theirs).toString('hex') : undefined,
        )
      }
    })
  }

  it('property: any bytes at all → what zlib makes of them at this length, or refused by both', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.nat(3), (bytes, type) => {
        bytes[0] = ((bytes[0] ?? 0) & 0xf8) | (type << 1) | 1 // one block only, of each type
        const theirs = byZlib(bytes)
        const run = inflated(bytes, theirs?.length ?? 1000)
        if (theirs === undefined) expect(run.bytes === undefined || run.given === 1000).toBe(true)
        else expect(run.bytes && Buffer.from(run.bytes).equals(theirs)).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  it('ten million zeros in 10 kB 攻击 → refused at the declared length, after reading a fraction of the stream', () => {
    const stream = deflateRawSync(new Uint8Array(10_000_000), { level: 9 })
    const run = inflated(stream, 5000)
    expect(run).toMatchObject({ bytes: undefined, given: 5000 })
    expect(run.read).toBeLessThan(200)
  })

  it('endless empty stored blocks 攻击 → refused when the stream ends, nothing given', () => {
    const stream = Buffer.alloc(50_000)
    for (let at = 0; at < stream.length; at += 5) stream.set([0, 0, 0, 0xff, 0xff], at)
    expect(inflated(stream, 10)).toMatchObject({ bytes: undefined, given: 0 })
  })
})
