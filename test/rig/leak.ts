/**
 * A searcher for secrets in whatever a run leaves behind: it knows the forms in which bytes and digits survive a copy,
 * a log line, a dump or a hand-made encoder, and looks for all of them in one pass.
 */
export interface Secret {
  readonly name: string
  /** Key bytes; or digits, of a PIN, a card number, a track (`0`–`9`, `D` or `=`). */
  readonly value: Uint8Array | string
}

/** One thing that was written: a file, a log, a screen, what passed on a line. */
export interface Sink {
  readonly name: string
  readonly bytes: Uint8Array
  /** Names of the secrets that belong there, and nowhere else; each with its reason where it is given. */
  readonly allowed?: readonly string[]
}

export interface Leak {
  readonly secret: string
  readonly form: string
  readonly sink: string
  readonly at: number
}

/** A form of a secret: bytes to be found as they are. */
export interface Needle {
  readonly secret: string
  readonly form: string
  readonly bytes: Buffer
}

/** Shortest needle: what is shorter is found everywhere by chance. */
export const NEEDLE_BYTES_MIN = 5
/** A key of this size or more is looked for by its halves, so that half a key is a leak too. */
const HALVED_BYTES = 16

/** Every form of every secret. Throws RangeError for a secret too short to be told from chance. */
export function needlesOf(secrets: readonly Secret[]): readonly Needle[] {
  return secrets.flatMap(({ name, value }) => {
    const all = typeof value === 'string' ? digitForms(value) : keyForms(Buffer.from(value))
    return all.map(([form, bytes]) => {
      if (bytes.length < NEEDLE_BYTES_MIN) throw new RangeError(`${name}: ${form} is too short to search for`)
      return { secret: name, form, bytes }
    })
  })
}

type Form = readonly [form: string, bytes: Buffer]

function keyForms(key: Buffer): readonly Form[] {
  const half = key.length / 2
  const parts = key.length < HALVED_BYTES ? [key] : [key.subarray(0, half), key.subarray(half)]
  return parts.flatMap((part, at) => {
    const where = parts.length === 1 ? '' : at === 0 ? ' first half' : ' second half'
    return byteForms(part).map(([form, bytes]): Form => [`${form}${where}`, bytes])
  })
}

function byteForms(part: Buffer): readonly Form[] {
  const reversed = Buffer.from(part).reverse()
  const swapped = part.map((byte) => ((byte << 4) | (byte >>> 4)) & 0xff)
  const mirrored = Buffer.from(swapped).reverse()
  return [
    ['bytes', part],
    ...hexForms('hex', part),
    ...base64Forms(part),
    ['reversed bytes', reversed],
    ...hexForms('hex of reversed bytes', reversed),
    ['reversed nibbles', Buffer.from(swapped)],
    ...hexForms('hex of reversed nibbles', Buffer.from(swapped)),
    ...hexForms('hex backwards', mirrored),
    ['decimal list', text([...part].join(','))],
    ['decimal list as printed', text([...part].join(', '))],
    ['object of numbers', text(objectOf(part))],
  ]
}

/** `"0":18,"1":52` as JSON makes it of a Uint8Array; the numbers of its places are not known for a second half. */
function objectOf(part: Buffer): string {
  return [...part].map((byte, at) => `"${at}":${byte}`).join(',')
}

function digitForms(digits: string): readonly Form[] {
  const values = Buffer.from(digits, 'latin1')
  const packed = digits.replaceAll('=', 'D')
  const backwards = [...packed].reverse().join('')
  return [
    ['characters', values],
    ['characters backwards', Buffer.from(values).reverse()],
    ...hexForms('hex of characters', values),
    ...base64Forms(values),
    ...packedForms('packed', packed),
    ...packedForms('packed backwards', backwards),
    ...packedForms('packed, nibbles reversed', nibblesSwapped(packed)),
    // Digit values one a byte, as a keypad's buffer holds them.
    ['digit values', Buffer.from([...packed].map((digit) => Number.parseInt(digit, 16)))],
  ]
}

/** Packed two a byte, beginning in either half of a byte; half bytes at the ends are left out. */
function packedForms(form: string, digits: string): readonly Form[] {
  return [digits, digits.slice(1)].map((run, at): Form => {
    const even = run.slice(0, run.length & ~1)
    return [`${form}${at === 0 ? '' : ', shifted'}`, Buffer.from(even, 'hex')]
  })
}

function nibblesSwapped(digits: string): string {
  return digits.replace(/(.)(.)/g, '$2$1')
}

function hexForms(form: string, bytes: Buffer): readonly Form[] {
  const lower = bytes.toString('hex')
  const all: Form[] = [[`${form}, lower case`, text(lower)]]
  if (/[a-f]/.test(lower)) all.push([`${form}, upper case`, text(lower.toUpperCase())])
  return all
}

/** In both alphabets, at each of the three places where the bytes may begin in a group of three. */
function base64Forms(bytes: Buffer): readonly Form[] {
  return [0, 1, 2].flatMap((before): readonly Form[] => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replaceAll('=', '')
    const from = [0, 2, 3][before] ?? 0 // characters that also hold bits of what stands before
    const left = (before + bytes.length) % 3 === 0 ? 0 : 1 // and of what stands behind
    const own = encoded.slice(from, encoded.length - left)
    const url = own.replaceAll('+', '-').replaceAll('/', '_')
    const form = `base64 at ${before}`
    return own === url
      ? [[form, text(own)]]
      : [
          [form, text(own)],
          [`${form}, URL`, text(url)],
        ]
  })
}

const text = (characters: string): Buffer => Buffer.from(characters, 'latin1')

/** Looks through sinks for needles. */
export interface Searcher {
  search(sinks: readonly Sink[]): readonly Leak[]
}

/** Hash table of the needles' first four bytes: one pass over a sink, whatever the number of needles. */
export function makeSearcher(secrets: readonly Secret[]): Searcher {
  const first = new Map<number, Needle[]>()
  const marked = new Uint8Array(1 << 16)
  for (const needle of needlesOf(secrets)) {
    const word = needle.bytes.readUInt32BE(0)
    marked[mark(word)] = 1
    first.set(word, [...(first.get(word) ?? []), needle])
  }

  function found(sink: Sink, bytes: Buffer, how: string): readonly Leak[] {
    const leaks: Leak[] = []
    let word = 0
    for (let end = 0; end < bytes.length; end++) {
      word = ((word << 8) | (bytes[end] ?? 0)) >>> 0
      if (end < 3 || marked[mark(word)] === 0) continue
      const at = end - 3
      for (const { secret, form, bytes: wanted } of first.get(word) ?? [])
        if (!sink.allowed?.includes(secret) && bytes.subarray(at, at + wanted.length).equals(wanted))
          leaks.push({ secret, form: `${form}${how}`, sink: sink.name, at })
    }
    return leaks
  }
  return {
    search(sinks) {
      return sinks.flatMap((sink) => {
        const bytes = Buffer.from(sink.bytes.buffer, sink.bytes.byteOffset, sink.bytes.length)
        const plain = found(sink, bytes, '')
        return plain.length > 0 ? plain : found(sink, closedUp(bytes), ' in groups')
      })
    },
  }
}

function mark(word: number): number {
  return (Math.imul(word, 0x9e37_79b1) >>> 16) & 0xffff
}

/** Without blanks, line ends, colons and hyphens: `01:23 45` is `012345`. */
function closedUp(bytes: Buffer): Buffer {
  const kept = Buffer.alloc(bytes.length)
  let length = 0
  for (const byte of bytes)
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09 && byte !== 0x3a && byte !== 0x2d)
      kept[length++] = byte
  return kept.subarray(0, length)
}

/** A sink of what was said in words. */
export function textSink(name: string, said: string | readonly string[], allowed?: readonly string[]): Sink {
  const bytes = Buffer.from(typeof said === 'string' ? said : said.join('\n'), 'utf8')
  return { name, bytes, ...(allowed && { allowed }) }
}

/** An error with all that a crash report would show of it: message, stack, causes and own properties. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const own = JSON.stringify(error, Object.getOwnPropertyNames(error))
  return `${error.stack ?? error.message}\n${own}\n${error.cause === undefined ? '' : errorText(error.cause)}`
}
