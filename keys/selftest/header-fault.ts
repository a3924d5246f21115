/** What can be wrong with the optional blocks of a key block header, in the words of published tests. */
export const headerFaults: readonly string[] = [
  'count-not-decimal',
  'id-not-alphanumeric',
  'length-not-hex',
  'length-of-length-zero',
  'length-excludes-own-header',
  'data-truncated',
]

const COUNT_AT = 12
const BLOCKS_AT = 16
const OTHER = 'other'
/** Id and length of an optional block. */
const OWN_LENGTH = 4

/**
 * The first fault of a header, by a reading of its own: the reader of key blocks is not asked. `other` where it is none
 * of `headerFaults`: the header ends too early, or a long form is wrong.
 */
export function headerFault(header: string): string {
  const count = header.slice(COUNT_AT, COUNT_AT + 2)
  if (count.length < 2) return OTHER
  if (!/^[0-9]{2}$/.test(count)) return 'count-not-decimal'
  let at = BLOCKS_AT
  for (let index = 0; index < Number(count); index++) {
    const block = blockAt(header, at)
    if (typeof block === 'string') return block
    at += block
  }
  return OTHER
}

/** The length of the block there, or its fault. */
function blockAt(header: string, at: number): number | string {
  if (at + 4 > header.length) return OTHER
  if (!/^[0-9A-Z]{2}$/i.test(header.slice(at, at + 2))) return 'id-not-alphanumeric'
  const short = hexAt(header, at + 2, 2)
  if (short === undefined) return 'length-not-hex'
  if (short > 0) return shortFault(header, at, short)
  const digits = hexAt(header, at + 4, 2)
  if (digits === undefined) return OTHER
  if (digits === 0) return 'length-of-length-zero'
  const long = hexAt(header, at + 6, digits)
  const own = 6 + digits
  return long === undefined || long < own || at + long > header.length ? OTHER : long
}

function shortFault(header: string, at: number, length: number): number | string {
  if (length < OWN_LENGTH) return 'length-excludes-own-header'
  return at + length > header.length ? 'data-truncated' : length
}

function hexAt(text: string, at: number, digits: number): number | undefined {
  const found = text.slice(at, at + digits)
  return found.length === digits && /^[0-9A-Fa-f]+$/.test(found) ? Number.parseInt(found, 16) : undefined
}
