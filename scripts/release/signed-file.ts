import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import {
  bytesToSign,
  RELEASE_FILE_BYTES_MAX,
  type ReleaseFile,
  type RootFile,
  readSignedFile,
  releaseOf,
  rootOf,
  type SignedFile,
  writeSignedFile,
} from '../../host-link/tms/release-file.ts'
import { WireError } from '../../host-link/wire/message.ts'
import type { Signer } from '../../host-link/wire/tms/envelope.ts'
import { ROLE, type RootDocument, same } from '../../host-link/wire/tms/root.ts'
import { ed25519Verify } from '../../keys/ed25519.ts'
import { FileFault } from '../json-file.ts'
import { kidOf } from './key-file.ts'

/** A release or a root, read from a file and checked in itself. */
export type Loaded =
  | { readonly kind: 'release'; readonly file: SignedFile; readonly release: ReleaseFile }
  | { readonly kind: 'root'; readonly file: SignedFile; readonly root: RootFile }

/** Throws FileFault: no such file, or why it is none of ours. */
export function loadFile(path: string): Loaded {
  let bytes: Uint8Array
  try {
    bytes = readFileSync(path)
  } catch (error) {
    const missing = error instanceof Error && Reflect.get(error, 'code') === 'ENOENT'
    throw new FileFault(path, '', missing ? 'there is no such file' : 'the file cannot be read')
  }
  if (bytes.length > RELEASE_FILE_BYTES_MAX)
    throw new FileFault(path, '', `more than ${RELEASE_FILE_BYTES_MAX} bytes: no release and no root`)
  try {
    const file = readSignedFile(bytes)
    if (file.role === 'root') return { kind: 'root', file, root: rootOf(file) }
    return { kind: 'release', file, release: releaseOf(file) }
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    if (error.path === 'cbor') throw new FileFault(path, '', 'it is no release and no root, or it is damaged')
    throw new FileFault(path, error.path, error.why)
  }
}

/** Throws FileFault, also where it is a root. */
export function loadRelease(path: string): { readonly file: SignedFile; readonly release: ReleaseFile } {
  const loaded = loadFile(path)
  if (loaded.kind !== 'release') throw new FileFault(path, '', 'it is a root, no release')
  return loaded
}

/** Throws FileFault, also where it is a release. */
export function loadRoot(path: string): { readonly file: SignedFile; readonly root: RootFile } {
  const loaded = loadFile(path)
  if (loaded.kind !== 'root') throw new FileFault(path, '', 'it is a release, no root')
  return loaded
}

/** Writes the file, whole or not at all; over an old one only where `replace`. Throws FileFault. */
export function saveFile(path: string, file: SignedFile, replace = false): void {
  const draft = `${path}.${process.pid}.new`
  try {
    writeFileSync(draft, writeSignedFile(file), { flag: 'wx', flush: true })
    if (!replace) writeFileSync(path, '', { flag: 'wx' }) // refuses where it exists
    renameSync(draft, path)
  } catch (error) {
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined
    throw new FileFault(path, '', code === 'EEXIST' ? 'it exists already' : 'the file cannot be written')
  } finally {
    rmSync(draft, { force: true })
  }
}

/** The file with one more signature; where this key has signed before, its new one instead. */
export function signedWith(file: SignedFile, { kid, sign }: Signer): SignedFile {
  const others = file.signatures.filter((one) => !same(one.kid, kid))
  return { ...file, signatures: [...others, { kid, signature: sign(bytesToSign(file)) }] }
}

/** Progress towards the threshold of one entry of a root. */
export interface Progress {
  readonly threshold: number
  /** Kids of the keys that signed rightly, and of those that may still. */
  readonly signed: readonly Uint8Array[]
  readonly missing: readonly Uint8Array[]
  /** Models that the entry is for; empty: all. */
  readonly prefixes: readonly string[]
}

/** For each entry of this role how far the file is, by the keys of `root`. Different keys count, not signatures. */
export function progressOf(file: SignedFile, root: RootDocument): Progress[] {
  const bytes = bytesToSign(file)
  const right = (kid: Uint8Array): boolean => {
    const key = root.keys.find((one) => same(one.kid, kid))
    const signature = file.signatures.find((one) => same(one.kid, kid))
    if (key === undefined || signature === undefined || !same(kidOf(key.key), kid)) return false
    return ed25519Verify(key.key, bytes, signature.signature)
  }
  return root.roles
    .filter(({ role }) => role === ROLE[file.role])
    .map(({ threshold, kids, prefixes }) => ({
      threshold,
      prefixes,
      signed: kids.filter(right),
      missing: kids.filter((kid) => !right(kid)),
    }))
}

/** Signatures of the file that are wrong, or by keys that `root` does not know: they count for nothing. */
export function strangersOf(file: SignedFile, roots: readonly RootDocument[]): readonly Uint8Array[] {
  const bytes = bytesToSign(file)
  return file.signatures
    .filter(({ kid, signature }) => {
      const key = roots.flatMap(({ keys }) => keys).find((one) => same(one.kid, kid))
      return key === undefined || !ed25519Verify(key.key, bytes, signature)
    })
    .map(({ kid }) => kid)
}
