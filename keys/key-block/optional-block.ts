import { WireError } from '../../host-link/wire/message.ts'

/** One optional block of a key block's header, ANSI X9.143: two letters or digits, and printable ASCII. */
export interface OptionalBlock {
  readonly id: string
  readonly data: string
}

/** Id and length of the short form; of the long one, whose length is 4 digits. */
const SHORT_HEADER = 4
const LONG_HEADER = 10
const SHORT_LENGTH_MAX = 255
const OPTIONAL_COUNT_MAX = 99

/**
 * Reads `count` optional blocks from `at`; `end` is where they end.
 *
 *     id (2)  length (2 hex digits, of the whole optional block in characters)      data
 *     id (2)  00  04  length (4 hex digits), where it is over 255                   data
 *
 * X9.143 counts the length of that length in characters, `04`; some write `02` and mean bytes. Only the former is
 * read. Together the blocks fill whole cipher blocks, with one PB as the last; under CTR (`blockBytes` is then not
 * asked) ISO 20038 does not need that, and a block has one meaning either way. No id occurs twice. Throws WireError.
 */
export function readOptional(
  text: string,
  at: number,
  count: number,
  blockBytes: 8 | 16,
): { readonly blocks: readonly OptionalBlock[]; readonly end: number } {
  const blocks: OptionalBlock[] = []
  let end = at
  for (let index = 0; index < count; index++) {
    const { block, length } = readOne(text, end)
    if (blocks.some(({ id }) => id === block.id)) throw new WireError(block.id, end, 'occurs twice')
    if (block.id === 'PB' && index !== count - 1) throw new WireError('PB', end, 'is not the last')
    blocks.push(block)
    end += length
  }
  const aligned = text[0] === 'E' || (end - at) % blockBytes === 0
  if (!aligned) throw new WireError('optional', end, 'is no whole number of cipher blocks')
  return { blocks: blocks.filter(({ id }) => id !== 'PB'), end }
}

function readOne(text: string, at: number): { readonly block: OptionalBlock; readonly length: number } {
  const id = text.slice(at, at + 2)
  if (!/^[0-9A-Z]{2}$/.test(id)) throw new WireError('optional', at, 'an id is two letters or digits')
  const short = hexNumber(id, text, at + 2, 2)
  const long = short === 0
  if (long && text.slice(at + 4, at + 6) !== '04') throw new WireError(id, at + 4, 'wants 04')
  const length = long ? hexNumber(id, text, at + 6, 4) : short
  const headerLength = long ? LONG_HEADER : SHORT_HEADER
  if (length < headerLength || (long && length <= SHORT_LENGTH_MAX)) {
    throw new WireError(id, at + 2, 'is shorter than its own header')
  }
  if (at + length > text.length) throw new WireError(id, at + 2, 'ends after the block')
  const data = text.slice(at + headerLength, at + length)
  const bad = data.search(/[^ -~]/)
  if (bad >= 0) throw new WireError(id, at + headerLength + bad, 'wants printable ASCII')
  return { block: { id, data }, length }
}

/**
 * The blocks as text, with a PB where they do not fill cipher blocks of `blockBytes`. Throws RangeError for a block of
 * more than 255 characters (readers differ on the long form), for an id that occurs twice, and for too many.
 */
export function writeOptional(
  blocks: readonly OptionalBlock[],
  blockBytes: 8 | 16,
): { readonly text: string; readonly count: number } {
  let text = ''
  for (const { id, data } of blocks) {
    const length = SHORT_HEADER + data.length
    if (length > SHORT_LENGTH_MAX) throw new RangeError(`optional block ${id}: wants 251 characters at most`)
    text += `${id}${hexDigits(length)}${data}`
  }
  if (new Set(blocks.map(({ id }) => id)).size !== blocks.length) {
    throw new RangeError('optional block: one occurs twice')
  }
  let count = blocks.length
  if (text.length % blockBytes !== 0) {
    const missing = blockBytes - (text.length % blockBytes)
    const length = missing < SHORT_HEADER ? missing + blockBytes : missing
    text += `PB${hexDigits(length)}${'0'.repeat(length - SHORT_HEADER)}`
    count++
  }
  if (count > OPTIONAL_COUNT_MAX) throw new RangeError('optional block: too many')
  return { text, count }
}

function hexDigits(length: number): string {
  return length.toString(16).toUpperCase().padStart(2, '0')
}

function hexNumber(path: string, text: string, at: number, digits: number): number {
  const found = text.slice(at, at + digits)
  if (found.length !== digits || !/^[0-9A-F]+$/.test(found))
    throw new WireError(path, at, 'wants a length in hex')
  return Number.parseInt(found, 16)
}
