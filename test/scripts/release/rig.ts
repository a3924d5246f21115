import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Component } from '../../../host-link/tms/payload.ts'
import type { SignedFile } from '../../../host-link/tms/release-file.ts'
import type { Signer } from '../../../host-link/wire/tms/envelope.ts'
import { ed25519KeyPair, ed25519Sign } from '../../../keys/ed25519.ts'
import { type KeyRole, kidOf, type PublicKey } from '../../../scripts/release/key-file.ts'
import { type ManifestWords, packRelease } from '../../../scripts/release/pack.ts'
import { firstRoot, type NewRoot } from '../../../scripts/release/root.ts'
import { signedWith } from '../../../scripts/release/signed-file.ts'
import type { SecretInput } from '../../../scripts/secret-input.ts'

/** A folder of its own, and how to be rid of all of them. */
export const folders: string[] = []
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'shuaka-release-test-'))
  folders.push(path)
  return path
}
export function removeFolders(): void {
  for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true })
}

/** Somebody who types these lines. */
export function typing(...lines: readonly string[]): SecretInput & { readonly prompts: string[] } {
  const prompts: string[] = []
  return {
    present: true,
    prompts,
    line: (prompt) => {
      prompts.push(prompt)
      return Promise.resolve(Uint8Array.from(Buffer.from(lines[prompts.length - 1] ?? '')))
    },
    close: () => undefined,
  }
}

/** A key by a number: public side and signer. */
export interface Key extends PublicKey, Signer {}
export function key(role: KeyRole, number: number): Key {
  const { publicKey, secretKey } = ed25519KeyPair(new Uint8Array(32).fill(number))
  return {
    ...{ role, name: `${role} ${number}`, publicKey, kid: kidOf(publicKey) },
    sign: (bytes) => ed25519Sign(secretKey, bytes),
  }
}

/** Two of three for root, two of three for program, one key of the others. */
export const keys = {
  root: [key('root', 1), key('root', 2), key('root', 3)],
  program: [key('program', 4), key('program', 5), key('program', 6)],
  parameters: [key('parameters', 7)],
  director: [key('director', 8)],
} as const
export const allKeys = [...keys.root, ...keys.program, ...keys.parameters, ...keys.director]

export const NOW = 1_800_000_000
export const rootWords: NewRoot = {
  ...{ tenant: 'shuaka', keys: allKeys, thresholds: {} },
  ...{ created: NOW - 1000, expires: NOW + 1_000_000, counterFloor: 3 },
}
export const signedRoot = (
  signers: readonly Signer[] = keys.root.slice(0, 2),
  words = rootWords,
): SignedFile => signers.reduce(signedWith, firstRoot(words))

export const words: ManifestWords = {
  ...{ tenant: 'shuaka', seq: 7, created: NOW - 500, expires: NOW + 500_000, version: '1.2.3', counter: 3 },
  models: ['SK-1', 'SK-2'],
  runtime: { min: 1, max: 1 },
  parameterSchema: { min: 1, max: 1 },
  journal: { readsMin: 1, readsMax: 2, writes: 2, reversible: true },
  policy: { class: 0, earliest: 0, deadline: 0, needsSettlement: false, allowOpenBatch: false },
  notice: { zh: '新版本: 更快', en: 'New version: faster' },
  required: [],
}

/** A little program of two components. */
export const components: readonly Component[] = [
  { name: 'terminal/main.ts', bytes: Buffer.from('const sale = "消费";\n'.repeat(80)) },
  { name: 'terminal/flow/void.ts', bytes: Buffer.from('const undo = "撤销";\n'.repeat(90)) },
]
export const signedRelease = (
  signers: readonly Signer[] = keys.program.slice(0, 2),
  said = words,
): SignedFile => signers.reduce(signedWith, packRelease(said, components))
