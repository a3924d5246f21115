import { WireError } from '../../host-link/wire/message.ts'
import {
  algorithms,
  contexts,
  exportabilities,
  modes,
  optionalBlocks,
  usages,
  versions,
} from './header-table.ts'
import { type OptionalBlock, readOptional, writeOptional } from './optional-block.ts'

/**
 * Header of a key block, TR-31 / ANSI X9.143:
 *
 *     0 version   5 usage      8 mode of use    11 exportability           14 key context
 *     1 length    7 algorithm  9 key version    12 optional block count    15 reserved, 0
 *
 * then the optional blocks. What the letters mean is in `header-table.ts`.
 */
export interface KeyBlockHeader {
  /** B: TDES, CBC. D: AES, CBC. E (ISO 20038): AES, CTR; read, never written. */
  readonly version: 'B' | 'D' | 'E'
  readonly usage: string
  readonly algorithm: string
  readonly mode: string
  /** Two characters; `00` says nothing, `c` and a digit are a component. */
  readonly keyVersion: string
  readonly exportability: 'E' | 'N' | 'S'
  readonly context: '0' | '1' | '2'
  /** Without the padding block PB, which belongs to the form. */
  readonly optional: readonly OptionalBlock[]
}

/** A header as it was read: `blockLength` is what it says of the whole block, `headerLength` what it takes itself. */
export interface ParsedHeader {
  readonly header: KeyBlockHeader
  readonly blockLength: number
  readonly headerLength: number
}

export const FIXED_HEADER_LENGTH = 16
export const KEY_BLOCK_LENGTH_MAX = 9999

/**
 * The header at the start of a block, whatever follows it and whatever its length field says. Throws WireError for a
 * field that is none of its values, and for optional blocks that are not whole. Which usage, algorithm and mode go
 * together is not asked of what others wrote: ISO 20038's own example joins usage B0 and mode V.
 */
export function parseHeader(block: string): ParsedHeader {
  if (block.length < FIXED_HEADER_LENGTH) throw new WireError('keyBlock', block.length, 'ends in its header')
  const known = (path: string, at: number, length: number, table: ReadonlyMap<string, unknown>): string => {
    const letters = block.slice(at, at + length)
    if (!table.has(letters)) throw new WireError(path, at, 'is none of its values')
    return letters
  }
  const version = block.slice(0, 1)
  if (version !== 'B' && version !== 'D' && version !== 'E') {
    const variant = version === 'A' || version === 'C'
    throw new WireError(
      'version',
      0,
      variant ? 'A and C, the variant method, are not taken' : 'wants B, D or E',
    )
  }
  const blockLength = decimal('length', block, 1, 4)
  const usage = known('usage', 5, 2, usages)
  const algorithm = known('algorithm', 7, 1, algorithms)
  const mode = known('mode', 8, 1, modes)
  const keyVersion = block.slice(9, 11)
  if (!isKeyVersion(keyVersion)) throw new WireError('keyVersion', 9, 'wants two letters or digits')
  const exportability = block.slice(11, 12)
  if (!isExportability(exportability)) throw new WireError('exportability', 11, 'wants E, N or S')
  const count = decimal('optionalCount', block, 12, 2)
  const context = block.slice(14, 15)
  if (!isContext(context)) throw new WireError('context', 14, 'wants 0, 1 or 2')
  if (block[15] !== '0') throw new WireError('reserved', 15, 'wants 0')

  const { blocks, end } = readOptional(block, FIXED_HEADER_LENGTH, count, cipherBlockBytes(version))
  const header = {
    version,
    usage,
    algorithm,
    mode,
    keyVersion,
    exportability,
    context,
    optional: blocks,
  } as const
  return { header, blockLength, headerLength: end }
}

/**
 * What an operator may know of a block without any key. Throws WireError for a block whose header, length or form is
 * wrong; whether the block is genuine only `unwrapKey` can say.
 */
export function keyBlockHeader(block: string): KeyBlockHeader & { readonly length: number } {
  const { header } = parseBlock(block)
  return { ...header, length: block.length }
}

/** The three parts of a block: header text, payload and MAC in hex. Throws WireError where the form is wrong. */
export function parseBlock(block: string): ParsedHeader & { readonly payload: string; readonly mac: string } {
  if (block.length > KEY_BLOCK_LENGTH_MAX)
    throw new WireError('keyBlock', KEY_BLOCK_LENGTH_MAX, 'is too long')
  const parsed = parseHeader(block)
  const { headerLength, blockLength, header } = parsed
  if (blockLength !== block.length) throw new WireError('length', 1, 'is not the length of the block')

  const size = cipherBlockBytes(header.version)
  const macAt = block.length - 2 * size
  const payload = block.slice(headerLength, Math.max(headerLength, macAt))
  // CTR needs no padding (ISO 20038): any whole number of bytes.
  const unit = header.version === 'E' ? 2 : 2 * size
  if (payload.length === 0 || payload.length % unit !== 0) {
    throw new WireError('payload', headerLength, 'is no whole number of blocks')
  }
  const bad = block.slice(headerLength).search(/[^0-9A-F]/)
  if (bad >= 0) throw new WireError('payload', headerLength + bad, 'wants hex digits in upper case')
  return { ...parsed, payload, mac: block.slice(macAt) }
}

/** Why a header is not to be written: a word or two for a RangeError; undefined where all is well. */
export function headerFault(header: KeyBlockHeader): string | undefined {
  const { version, usage, algorithm, mode, optional } = header
  if (!versions.has(version)) return 'version: wants B or D'
  const row = usages.get(usage)
  if (row === undefined) return 'usage: no such usage'
  if (algorithm.length !== 1 || !row.algorithms.includes(algorithm)) {
    return `algorithm: usage ${usage} wants one of ${row.algorithms}`
  }
  if (mode.length !== 1 || !row.modes.includes(mode)) return `mode: usage ${usage} wants one of ${row.modes}`
  if (!isKeyVersion(header.keyVersion)) return 'key version: wants two digits or capitals, or c and a digit'
  if (!exportabilities.has(header.exportability)) return 'exportability: wants E, N or S'
  if (!contexts.has(header.context)) return 'key context: wants 0, 1 or 2'
  for (const { id, data } of optional) {
    const known = optionalBlocks.get(id)
    if (known === undefined || id === 'PB') return 'optional block: no such block to write'
    if (!known.pattern.test(data)) return `optional block ${id}: its data has another form`
  }
  const serial = usage === 'B1' ? (algorithm === 'T' ? 'KS' : 'IK') : undefined
  if (serial !== undefined && !optional.some(({ id }) => id === serial)) {
    return `optional block: a DUKPT initial key needs ${serial}` // X9.143, 6.3.6
  }
  return undefined
}

/** Header and optional blocks as text, for a payload of so many bytes. Throws RangeError where they are too long. */
export function headerText(header: KeyBlockHeader, payloadBytes: number): string {
  const size = cipherBlockBytes(header.version)
  const { text, count } = writeOptional(header.optional, size)
  const length = FIXED_HEADER_LENGTH + text.length + 2 * (payloadBytes + size)
  if (length > KEY_BLOCK_LENGTH_MAX) throw new RangeError('key block: its optional blocks are too long')
  const digits = (value: number, width: number) => String(value).padStart(width, '0')
  const { version, usage, algorithm, mode, keyVersion, exportability, context } = header
  return `${version}${digits(length, 4)}${usage}${algorithm}${mode}${keyVersion}${exportability}${digits(count, 2)}${context}0${text}`
}

/** Bytes of a cipher block, which are also those of the MAC: 8 under TDES, 16 under AES. */
export function cipherBlockBytes(version: KeyBlockHeader['version']): 8 | 16 {
  return version === 'B' ? 8 : 16
}

function decimal(path: string, block: string, at: number, length: number): number {
  const digits = block.slice(at, at + length)
  if (!/^[0-9]+$/.test(digits)) throw new WireError(path, at, 'wants decimal digits')
  return Number(digits)
}

function isKeyVersion(text: string): boolean {
  return /^([0-9A-Z]{2}|c[0-9])$/.test(text)
}

function isExportability(letter: string): letter is KeyBlockHeader['exportability'] {
  return exportabilities.has(letter)
}

function isContext(digit: string): digit is KeyBlockHeader['context'] {
  return contexts.has(digit)
}
