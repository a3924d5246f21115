import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { SECRET_BYTES } from '../seal.ts'
import { causeOf, HostError } from './host-error.ts'

/**
 * The secret that the working keys in a file of books are sealed under: `FILE.secret`, 32 bytes, readable by its owner
 * only, made with new books. It keeps a copy of the books alone from telling keys; who can read the host's disk
 * reads both. A host for real money has a hardware security module here. Throws `HostError`.
 */
export function secretBeside(file: string): Uint8Array {
  checkPlace(file)
  return secretIn(`${file}.secret`, existsSync(file))
}

/** The secret in the file `path`; made there, unless books exist that it is missing for. Throws `HostError`, also where others may use it. */
export function secretIn(path: string, booksExist: boolean): Uint8Array {
  checkPlace(path)
  try {
    if (!existsSync(path)) {
      if (booksExist) throw new HostError(`${path}: the secret of these books is missing`)
      writeFileSync(path, randomBytes(SECRET_BYTES), { mode: 0o600, flag: 'wx', flush: true })
      flushFolder(dirname(path))
    }
    const secret = ownSecret(path)
    if (secret.length !== SECRET_BYTES)
      throw new HostError(`${path}: wants ${SECRET_BYTES} bytes, has ${secret.length}`)
    return secret
  } catch (error) {
    if (error instanceof HostError) throw error
    throw new HostError(`${path}: ${causeOf(error)}`)
  }
}

/** Windows has no such modes, and opens no folders. */
const HAS_MODES = process.platform !== 'win32'

function ownSecret(path: string): Uint8Array {
  const file = openSync(path, 'r')
  try {
    if (HAS_MODES && (fstatSync(file).mode & 0o077) !== 0)
      throw new HostError(`${path}: not its owner alone may use it; chmod 600 makes it so`)
    return Uint8Array.from(readFileSync(file))
  } finally {
    closeSync(file)
  }
}

/** The name of a new file is on the disk too: else books could outlive their secret. */
function flushFolder(folder: string): void {
  if (!HAS_MODES) return
  const opened = openSync(folder, 'r')
  try {
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
}

function checkPlace(file: string): void {
  const folder = dirname(file)
  if (!existsSync(folder)) throw new HostError(`${file}: the folder ${folder} does not exist`)
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory())
    throw new HostError(`${file}: it is a folder, not a file`)
}
