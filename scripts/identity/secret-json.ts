import { closeSync, fstatSync, linkSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { wipe } from '../../keys/wipe.ts'
import { FileFault } from '../json-file.ts'

/**
 * JSON files with one secret in clear: the hex digits of `"secret"` are put in and taken out as bytes, so that the
 * secret is never a string, which could not be wiped.
 */

const FIELD = Buffer.from('"secret"')
const QUOTE = 0x22
/** Windows has no such modes. */
const HAS_MODES = process.platform !== 'win32'

/**
 * Writes a new file that its owner alone may read; `secret` goes into the property `secret`, the last one. Throws
 * FileFault where the file exists or cannot be written.
 */
export function writeSecretJson(path: string, values: object, secret: Uint8Array): void {
  const blank = '0'.repeat(2 * secret.length)
  const bytes = Buffer.from(`${JSON.stringify({ ...values, secret: blank }, undefined, 2)}\n`)
  const start = bytes.lastIndexOf(blank)
  for (const [at, byte] of secret.entries()) {
    bytes[start + 2 * at] = digit(byte >> 4)
    bytes[start + 2 * at + 1] = digit(byte & 15)
  }
  try {
    writeNew(path, bytes)
  } finally {
    wipe(bytes)
  }
}

/** Writes a new file, mode 600, whole or not at all. Throws FileFault. */
export function writeNew(path: string, bytes: Uint8Array): void {
  const draft = `${path}.${process.pid}.new`
  try {
    writeFileSync(draft, bytes, { mode: 0o600, flag: 'wx', flush: true })
    linkSync(draft, path) // refuses where it exists
  } catch (error) {
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined
    throw new FileFault(path, '', code === 'EEXIST' ? 'it exists already' : 'the file cannot be written')
  } finally {
    rmSync(draft, { force: true })
  }
}

/**
 * The values of such a file, without its secret, and the secret (`length` bytes), to be wiped by the caller. Throws
 * FileFault, also where others than the owner may read it.
 */
export function readSecretJson(path: string, length: number): { values: unknown; secret: Uint8Array } {
  const bytes = ownBytes(path)
  try {
    const secret = takenSecret(bytes, length)
    if (secret === undefined) throw new FileFault(path, 'secret', `wants ${2 * length} hex digits`)
    try {
      return { values: JSON.parse(bytes.toString('utf8')) as unknown, secret }
    } catch {
      wipe(secret)
      throw new FileFault(path, '', 'the file is not JSON')
    }
  } finally {
    wipe(bytes)
  }
}

function ownBytes(path: string): Buffer {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    const missing = error instanceof Error && Reflect.get(error, 'code') === 'ENOENT'
    throw new FileFault(path, '', missing ? 'there is no such file' : 'the file cannot be read')
  }
  try {
    if (HAS_MODES && (fstatSync(file).mode & 0o077) !== 0)
      throw new FileFault(path, '', 'not its owner alone may read it; chmod 600 makes it so')
    return readFileSync(file)
  } finally {
    closeSync(file)
  }
}

/** The secret, whose digits are overwritten with zeros in `bytes`. */
function takenSecret(bytes: Buffer, length: number): Uint8Array | undefined {
  const field = bytes.indexOf(FIELD)
  const start = field < 0 ? -1 : bytes.indexOf(QUOTE, field + FIELD.length)
  if (start < 0 || bytes[start + 1 + 2 * length] !== QUOTE) return undefined
  const secret = new Uint8Array(length)
  for (let at = 0; at < 2 * length; at++) {
    const here = start + 1 + at
    const value = nibbleOf(bytes[here] ?? 0)
    bytes[here] = 0x30
    if (value === undefined) return undefined
    secret[at >> 1] = ((secret[at >> 1] ?? 0) << 4) | value
  }
  return secret
}

function digit(value: number): number {
  return value < 10 ? 0x30 + value : 0x41 + value - 10
}

function nibbleOf(character: number): number | undefined {
  if (character >= 0x30 && character <= 0x39) return character - 0x30
  const letter = character & 0xdf
  return letter >= 0x41 && letter <= 0x46 ? letter - 0x41 + 10 : undefined
}
