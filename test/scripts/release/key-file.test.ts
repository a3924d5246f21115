import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { CommandError } from '../../../scripts/command-error.ts'
import { FileFault } from '../../../scripts/json-file.ts'
import { releaseKeys } from '../../../scripts/release/commands.ts'
import { kidOf, makeKey, readKey, readPublicKey } from '../../../scripts/release/key-file.ts'
import { folder, removeFolders, typing } from './rig.ts'

const COST = 16
const passphrase = (text = 'correct horse') => Uint8Array.from(Buffer.from(text))
afterAll(removeFolders)

async function made(name = 'ann') {
  const path = join(folder(), 'ann.key')
  const key = await makeKey(path, { role: 'program', name }, passphrase(), COST)
  return { path, key }
}
const changed = (path: string, from: string | RegExp, to: string) =>
  writeFileSync(path, readFileSync(path, 'utf8').replace(from, to))

describe('key file', () => {
  it('made and opened with its passphrase → the pair of its public key; files for the owner alone', async () => {
    const { path, key } = await made()
    const pair = await readKey(path).open(passphrase())
    expect(pair?.publicKey).toEqual(key.publicKey)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readPublicKey(`${path}.pub`)).toEqual(key)
    expect(readPublicKey(path)).toEqual(key)
    expect(kidOf(key.publicKey)).toHaveLength(8)
  })

  it('the public file → neither salt nor seal, and no key to open', async () => {
    const { path } = await made()
    expect(readFileSync(`${path}.pub`, 'utf8')).not.toMatch(/sealed|salt/)
    expect(() => readKey(`${path}.pub`)).toThrow(/public side/)
  })

  it('another passphrase → not opened; each passphrase is wiped', async () => {
    const { path } = await made()
    const typed = passphrase('wrong horse')
    expect(await readKey(path).open(typed)).toBeUndefined()
    expect(typed.every((byte) => byte === 0)).toBe(true)
  })

  it('role, name, public key or seal changed in the file → not opened with the right passphrase', async () => {
    const rows: readonly [RegExp, string][] = [
      [/"program"/, '"root"'],
      [/"ann"/, '"bob"'],
      [/"publicKey": "(..)/, '"publicKey": "00'],
      [/"sealed": "(..)/, '"sealed": "00'],
    ]
    for (const [from, to] of rows) {
      const { path } = await made()
      changed(path, from, to)
      expect(await readKey(path).open(passphrase()), String(from)).toBeUndefined()
    }
  })

  it('a passphrase of 7 characters → CommandError, no file, wiped', async () => {
    const path = join(folder(), 'k')
    const short = passphrase('abcdefg')
    await expect(makeKey(path, { role: 'root', name: 'a' }, short, COST)).rejects.toThrow(CommandError)
    expect(short.every((byte) => byte === 0)).toBe(true)
    expect(() => statSync(path)).toThrow()
  })

  it('a file that exists → FileFault, and it stays as it was', async () => {
    const { path } = await made()
    const before = readFileSync(path)
    await expect(makeKey(path, { role: 'root', name: 'a' }, passphrase(), COST)).rejects.toThrow(FileFault)
    expect(readFileSync(path).equals(before)).toBe(true)
  })

  it('a file of another kind, another role, a cost that is none → FileFault that names the place', async () => {
    for (const [from, to, place] of [
      [/release key 1/, 'release key 2', 'kind'],
      [/"program"/, '"printer"', 'role'],
      [/"scryptCost": 16/, '"scryptCost": 15', 'scryptCost'],
      [/"ann"/, '""', 'name'],
    ] as const) {
      const { path } = await made()
      changed(path, from, to)
      expect(() => readKey(path)).toThrow(new RegExp(place))
    }
  })
})

describe('release keys', () => {
  it('a passphrase typed twice → kid, role and name; no secret in what is printed', async () => {
    const out = join(folder(), 'k')
    const input = typing('correct horse', 'correct horse')
    const text = await releaseKeys(input, { role: 'root', name: 'Ann', out }, COST)
    expect(text).toMatch(/^key {7}[0-9a-f]{16}, root, Ann\n/)
    expect(input.prompts).toEqual(['Passphrase of root Ann: ', 'Once more: '])
    expect(text).not.toContain('horse')
  })

  it('two that differ → CommandError without either; a file that exists → refused before anybody types', async () => {
    const out = join(folder(), 'k')
    const differing = typing('correct horse', 'correct house')
    await expect(releaseKeys(differing, { role: 'root', name: 'Ann', out }, COST)).rejects.toThrow(
      'release keys: the two passphrases differ.',
    )
    const { path } = await made()
    const input = typing()
    await expect(releaseKeys(input, { role: 'root', name: 'Ann', out: path }, COST)).rejects.toThrow(
      FileFault,
    )
    expect(input.prompts).toEqual([])
  })

  it('a name with a line break → CommandError', async () => {
    const options = { role: 'root', name: 'Ann\nBob', out: join(folder(), 'k') } as const
    await expect(releaseKeys(typing(), options, COST)).rejects.toThrow(CommandError)
  })
})
