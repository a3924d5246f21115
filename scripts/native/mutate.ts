/** Numbers that look like chance, and are the same for the same seed. */
export interface Chance {
  /** 0 to `end` - 1. */
  below(end: number): number
}

/** xorshift32 (Marsaglia 2003) of a seed, whose bits are mixed first so that neighbours differ. */
export function makeChance(seed: number): Chance {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) | 1
  return {
    below(end) {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      return (state >>> 0) % end
    },
  }
}

const TELLING = [0x00, 0x01, 0x09, 0x0a, 0x22, 0x3b, 0x3f, 0x5c, 0x7f, 0x80, 0xc0, 0xfe, 0xff] as const
const LONGER_MAX = 9_000

/** `bytes` with a few of them changed, taken out, repeated, or put in; or cut off, or filled. */
export function mutated(bytes: Uint8Array, chance: Chance): Uint8Array<ArrayBuffer> {
  let now = Uint8Array.from(bytes)
  for (let count = 1 + chance.below(4); count > 0; count--) now = once(now, chance)
  return now
}

function once(bytes: Uint8Array<ArrayBuffer>, chance: Chance): Uint8Array<ArrayBuffer> {
  const at = chance.below(bytes.length + 1)
  const some = 1 + chance.below(16)
  const byte = TELLING[chance.below(TELLING.length)] ?? 0
  switch (chance.below(8)) {
    case 0:
    case 1: {
      if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << chance.below(8))
      return bytes
    }
    case 2:
      return bytes.fill(byte, at, at + some)
    case 3:
      return joined(bytes.subarray(0, at), bytes.subarray(at + some))
    case 4:
      return joined(bytes.subarray(0, at), new Uint8Array(some).fill(byte), bytes.subarray(at))
    case 5:
      return joined(bytes.subarray(0, at), bytes.subarray(Math.max(0, at - some), at), bytes.subarray(at))
    case 6:
      return bytes.slice(0, at)
    default:
      return chance.below(4) > 0
        ? bytes
        : joined(
            bytes.subarray(0, at),
            new Uint8Array(chance.below(LONGER_MAX)).fill(byte),
            bytes.subarray(at),
          )
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** A line changed in the same ways; bytes as latin1. */
export function mutatedLine(line: string, chance: Chance): string {
  return Buffer.from(mutated(Buffer.from(line, 'latin1'), chance)).toString('latin1')
}

const DEEP = 20_000
const VALUES: readonly string[] = [
  ...[
    'null',
    'true',
    '-1',
    '0',
    '1',
    '1.5',
    '1e308',
    '-1e999',
    '2147483648',
    '4294967296',
    '18446744073709551616',
  ],
  ...[
    '""',
    '"0"',
    `"${'x'.repeat(5_000)}"`,
    `"${'0'.repeat(64)}"`,
    '"\\u0000"',
    '"\\ud800"',
    '"中文"',
    '"zz"',
    '[]',
    '{}',
    '[1,2,3]',
    '{"a":1}',
  ],
  ...[
    '['.repeat(DEEP),
    `${'[1,'.repeat(DEEP)}1${']'.repeat(DEEP)}`,
    '"AES"',
    '"SM4"',
    '"TDES"',
    '9',
    '10',
    '65535',
  ],
]

/** A JSON text in which a value, or a name, has become another one. */
export function mutatedJson(bytes: Uint8Array, chance: Chance): string {
  const tokens = Buffer.from(bytes)
    .toString()
    .split(/("(?:[^"\\]|\\.)*"|-?\d+)/)
  for (let count = 1 + chance.below(3); count > 0 && tokens.length > 1; count--)
    tokens[1 + 2 * chance.below(tokens.length >> 1)] = VALUES[chance.below(VALUES.length)] ?? 'null'
  return tokens.join('')
}
