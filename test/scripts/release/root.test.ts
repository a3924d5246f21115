import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { rootOf, type SignedFile } from '../../../host-link/tms/release-file.ts'
import type { Signer } from '../../../host-link/wire/tms/envelope.ts'
import { decodeRoot, type RootDocument } from '../../../host-link/wire/tms/root.ts'
import { CommandError } from '../../../scripts/command-error.ts'
import { rootExport, rootMake, rootRotate } from '../../../scripts/release/commands.ts'
import { firstRoot, nextRoot, type Rotation } from '../../../scripts/release/root.ts'
import { loadRoot, saveFile, signedWith } from '../../../scripts/release/signed-file.ts'
import { hexes, rootFindings } from '../../../scripts/release/verify.ts'
import { allKeys, folder, key, keys, NOW, removeFolders, rootWords, signedRoot } from './rig.ts'

afterAll(removeFolders)

const rootIn = (file: SignedFile): RootDocument => decodeRoot(file.document)
const wrongs = (...files: readonly SignedFile[]): readonly string[] =>
  rootFindings(
    files.map((file, at) => ({ path: `${at + 1}.root`, file, root: rootOf(file) })),
    NOW,
  )
    .filter(({ good }) => !good)
    .map(({ text }) => text)
const by = (file: SignedFile, ...signers: readonly Signer[]): SignedFile => signers.reduce(signedWith, file)

const rotation: Rotation = {
  ...{ add: [], remove: [], thresholds: {} },
  ...{ created: NOW, expires: NOW + 2_000_000, counterFloor: undefined },
}
const [r1, r2, r3] = keys.root
const fresh = key('root', 21)

describe('root make', () => {
  it('three keys of root, three of program, one of each other → two of three, two of three, one of one', () => {
    const root = rootIn(firstRoot(rootWords))
    expect(root.roles.map(({ role, threshold, kids }) => [role, threshold, kids.length])).toEqual([
      [1, 2, 3],
      [2, 2, 3],
      [3, 1, 1],
      [4, 1, 1],
    ])
    expect(root).toMatchObject({ tenant: 'shuaka', seq: 1, counterFloor: 3 })
  })

  it('one key in two roles → once among the keys, in both roles', () => {
    const both = { ...keys.director[0], role: 'parameters' } as const
    const root = rootIn(firstRoot({ ...rootWords, keys: [...allKeys, both] }))
    expect(root.keys).toHaveLength(allKeys.length)
    expect(root.roles[2]?.kids).toHaveLength(2)
  })

  it('a role without a key, a key twice, a threshold above the keys, an end before the beginning → CommandError', () => {
    const rows: readonly [Partial<typeof rootWords>, RegExp][] = [
      [{ keys: allKeys.filter(({ role }) => role !== 'director') }, /no key of director/],
      [{ keys: [...allKeys, keys.program[0]] }, /key of program is given twice/],
      [{ thresholds: { program: 4 } }, /4 of program must sign, and 3 can/],
      [{ expires: rootWords.created }, /over when it begins/],
      [{ tenant: 'a tenant with a long name' }, /tenant/],
    ]
    for (const [said, why] of rows) expect(() => firstRoot({ ...rootWords, ...said })).toThrow(why)
  })

  it('D02 threshold −1, the threshold, all → wrong, right, right', () => {
    expect(wrongs(signedRoot([r1]))).toEqual([
      expect.stringMatching(
        /^1\.root by its own keys: 1 of 2 signatures \(\w{16}\); 1 more of \w{16}, \w{16}$/,
      ),
    ])
    expect(wrongs(signedRoot([r1, r2]))).toEqual([])
    expect(wrongs(signedRoot([r1, r2, r3]))).toEqual([])
  })

  it('signed by a key of another role → counts for nothing', () => {
    expect(wrongs(signedRoot([r1, keys.program[0]]))).toHaveLength(1)
  })

  it('after its end → wrong', () => {
    expect(wrongs(signedRoot([r1, r2], { ...rootWords, expires: NOW }))).toEqual([
      expect.stringContaining('good until'),
    ])
  })
})

describe('root rotate', () => {
  const before = signedRoot()
  const next = nextRoot(rootIn(before), { ...rotation, add: [fresh], remove: [hexes([r3.kid])] })

  it('a key out and one in → the next number, the other keys, roles and thresholds as before', () => {
    const root = rootIn(next)
    expect(root).toMatchObject({ seq: 2, tenant: 'shuaka', counterFloor: 3 })
    expect(hexes(root.keys.map(({ kid }) => kid))).not.toContain(hexes([r3.kid]))
    expect(root.roles.map(({ threshold, kids }) => [threshold, kids.length])).toEqual([
      [2, 3],
      [2, 3],
      [1, 1],
      [1, 1],
    ])
  })

  it('signed by two of both → right; by the new key and one old one → right by itself, not by the root before', () => {
    expect(wrongs(before, by(next, r1, r2))).toEqual([])
    expect(wrongs(before, by(next, r1, fresh))).toEqual([expect.stringMatching(/^2\.root by root 1: 1 of 2/)])
  })

  it('signed by two old keys, one of which is out → right by the root before, not by itself', () => {
    expect(wrongs(before, by(next, r1, r3))).toEqual([
      expect.stringMatching(/^2\.root by its own keys: 1 of 2/),
    ])
    expect(wrongs(before, by(next, r1, r3, fresh))).toEqual([])
  })

  it('a root left out, another tenant, a floor that falls → wrong', () => {
    const third = by(nextRoot(rootIn(next), rotation), r1, r2)
    expect(wrongs(before, third)).toContainEqual('2.root: it is root 3; after root 1 comes 2')
    const other = signedRoot([r1, r2], { ...rootWords, tenant: 'other', counterFloor: 2 })
    expect(wrongs(before, other)).toEqual(
      expect.arrayContaining([
        '2.root: of tenant other, not shuaka',
        '2.root: its counter floor 2 is below 3',
      ]),
    )
    expect(() => nextRoot(rootIn(before), { ...rotation, counterFloor: 2 })).toThrow(/never falls/)
  })

  it('a key to remove that is not there, and the last one of a role → CommandError', () => {
    expect(() => nextRoot(rootIn(before), { ...rotation, remove: ['0011223344556677'] })).toThrow(
      CommandError,
    )
    const last = hexes([keys.director[0].kid])
    expect(() => nextRoot(rootIn(before), { ...rotation, remove: [last] })).toThrow(/no key of director/)
  })
})

describe('root commands', () => {
  it('make, sign, export; rotate → files; export without enough signatures → CommandError', () => {
    const place = folder()
    const at = (name: string): string => join(place, name)
    saveFile(at('1.root'), signedRoot([r1]))
    expect(() => rootExport(at('1.root'), at('1.cbor'))).toThrow(/1 of 2 signatures/)
    saveFile(at('1.root'), signedRoot(), true)
    expect(rootExport(at('1.root'), at('1.cbor'))).toMatch(/root 1 of shuaka, \d+ bytes/)
    expect(() => rootExport(at('1.root'), at('1.cbor'))).toThrow(/exists already/)
    const text = rootRotate(
      at('1.root'),
      { expires: '2040-01-01', threshold: { root: 3 }, out: at('2.root') },
      NOW,
    )
    expect(text).toContain('root        3 of 3')
    expect(text).toContain('wants the signatures of root 1 and its own')
    expect(loadRoot(at('2.root')).root.root.created).toBe(NOW)
    expect(() =>
      rootMake({ tenant: 'x', key: [at('none.pub')], expires: '2040-01-01', out: at('3.root') }),
    ).toThrow(/no such file/)
  })
})
