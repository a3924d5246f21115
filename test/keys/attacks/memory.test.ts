import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { asPan } from '../../../host-link/wire/values.ts'
import { bytesOfTypedHex, combineComponents } from '../../../keys/component.ts'
import { HostKeys } from '../../../keys/host-keys.ts'
import { KeyStore } from '../../../keys/store/key-store.ts'
import { bytesFrom } from '../../rig/channel.ts'
import { makeSearcher, type Secret } from '../../rig/leak.ts'
import { kcv, loadedStore, master, OTHER_TMK, STAGED, stage, TMK, transaction } from '../store/loaded.ts'
import { hex } from '../vectors.ts'
import { filesOf } from './story-lines.ts'

// The attacker has the process: what it wrote, and its memory as a crash report would carry it away.

const text = (letters: string) => Buffer.from(letters, 'latin1')
/** Handed to the process as bytes; nothing of them is said to it in words. */
const given = {
  'pass-1': text('a longer passphrase of An'),
  'pass-2': text('and quite another of Bo'),
  'component-1': text('5D3B5D7990A2C4E6183A5C7E9FB1D3F51F3B5D7990A2C4E6183A5C7E9FB1D3F6'),
  'component-2': text('70712233445566778899AABBCCDDEEFF0F1E2D3C4B5A69788796A5B4C3D2E1F0'),
  pin: Buffer.from([8, 4, 0, 6, 2, 9, 5, 1, 7, 3, 9, 6]),
  control: Buffer.from('3C6EF372A54FF53A510E527F9B05688C', 'hex'),
} as const

let folder = ''
let run: ReturnType<typeof spawnSync>
const secrets: Secret[] = []
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'shuaka-memory-'))
  for (const [name, bytes] of Object.entries(given)) writeFileSync(join(folder, `given-${name}`), bytes)
  run = spawnSync(process.execPath, [
    '--import',
    'tsx',
    join(import.meta.dirname, 'memory-victim.ts'),
    folder,
  ])
  const components = [given['component-1'], given['component-2']].map((digits) =>
    hex(digits.toString('latin1')),
  )
  const zmk = components.reduce((sum, part) => sum.map((byte, at) => byte ^ (part[at] ?? 0)))
  secrets.push(
    { name: 'passphrase', value: given['pass-1'] },
    { name: 'passphrase', value: given['pass-2'] },
    ...components.map((value) => ({ name: 'component', value })),
    { name: 'ZMK', value: zmk },
    { name: 'TMK', value: readFileSync(join(folder, 'learned-key')) },
    { name: 'PIN', value: [...given.pin].join('') },
  )
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('A20 memory: a heap snapshot in the middle of an injection → no key, component, passphrase or PIN is among its strings', () => {
  expect(run.stdout.toString()).toBe('staged 1, control 32\n')
  const heap = { name: 'heap', bytes: readFileSync(join(folder, 'heap')) }
  expect(heap.bytes.length).toBeGreaterThan(1_000_000)
  expect(makeSearcher(secrets).search([heap])).toEqual([])
  const control = makeSearcher([{ name: 'control', value: given.control }]).search([heap])
  expect(control.length).toBeGreaterThan(0) // a string that is one is found
})

test('A20 the same process is killed while a key is staged → its files and what it said hold none of them', () => {
  expect(run.signal).toBe('SIGKILL')
  const files = filesOf('killed station', join(folder, 'station'), /^$/)
  expect(files.some(({ bytes }) => bytes.length > 50_000)).toBe(true)
  const said = Buffer.concat([run.stdout, run.stderr].map((part) => Buffer.from(part)))
  expect(makeSearcher(secrets).search([...files, { name: 'said', bytes: said }])).toEqual([])
})

test('A20 memory: every buffer with a key or a PIN that is handed to a store, taken or refused → overwritten when the call returns', () => {
  const pan = asPan('6222607315946820472')
  const zero = (bytes: Uint8Array) => bytes.every((byte) => byte === 0)
  const rows: readonly (readonly [string, (bytes: Uint8Array) => unknown, () => Uint8Array])[] = [
    ['a master', (bytes) => new KeyStore().loadMaster(master(1), bytes, kcv(TMK)), () => hex(TMK)],
    [
      'a master with a wrong check value',
      (bytes) => new KeyStore().loadMaster(master(1), bytes, hex('000000')),
      () => hex(TMK),
    ],
    [
      'a master for no slot',
      (bytes) => new KeyStore().loadMaster({ usage: 'TMK', number: 12 }, bytes, kcv(TMK)),
      () => hex(TMK),
    ],
    ['a staged key that is there', (bytes) => tryStage(loadedStore(), bytes, 1), () => hex(TMK)],
    ['a staged key', (bytes) => tryStage(loadedStore(), bytes, 1), () => hex(STAGED)],
    ['a staged key with no transaction', (bytes) => tryStage(loadedStore(), bytes, 0), () => hex(STAGED)],
    [
      'a PIN',
      (bytes) => loadedStore().pinBlock({ usage: 'PIK', number: 1 }, bytes, pan),
      () => Uint8Array.of(1, 2, 3, 4),
    ],
    [
      'a PIN without a key',
      (bytes) => new KeyStore().pinBlock({ usage: 'PIK', number: 1 }, bytes, pan),
      () => Uint8Array.of(1, 2, 3, 4),
    ],
    [
      'no PIN',
      (bytes) => loadedStore().pinBlock({ usage: 'PIK', number: 1 }, bytes, pan),
      () => Uint8Array.of(1, 2, 3),
    ],
    ['the host’s master', (bytes) => HostKeys.create(bytes), () => hex(OTHER_TMK)],
    ['the host’s weak master', (bytes) => HostKeys.create(bytes), () => new Uint8Array(16).fill(1)],
    ['a component', (bytes) => combineComponents('AES', [bytes, bytesFrom(8, 32)]), () => bytesFrom(9, 32)],
    ['a component that is refused', (bytes) => combineComponents('AES', [bytes]), () => bytesFrom(9, 32)],
    ['typed digits', (bytes) => bytesOfTypedHex(bytes), () => Uint8Array.from(text('0123ABCD'))],
    [
      'typed digits that are none',
      (bytes) => bytesOfTypedHex(bytes),
      () => Uint8Array.from(text('0123ABCx')),
    ],
  ]
  for (const [what, act, make] of rows) {
    const bytes = make()
    expect(zero(bytes), what).toBe(false)
    act(bytes)
    expect(zero(bytes), what).toBe(true)
  }
  const store = loadedStore()
  stage(store, 1)
  expect(store.commitStaged(transaction(1)).kind).toBe('ok')
})

function tryStage(store: KeyStore, bytes: Uint8Array, transactionBytes: number): void {
  try {
    const stage = { transaction: bytesFrom(1, 8 * transactionBytes), remote: false }
    store.stageMaster(master(2), { algorithm: 'TDES', bytes, keyVersion: '01' }, stage)
  } catch (error) {
    expect(error).toBeInstanceOf(RangeError)
  }
}
