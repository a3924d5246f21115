import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { programOf } from '../../../host-link/tms/payload.ts'
import { bytesToSign, releaseOf, type SignedFile } from '../../../host-link/tms/release-file.ts'
import { decodeRelease, encodeRelease } from '../../../host-link/wire/tms/release.ts'
import { decodeRoot, encodeRoot, rising } from '../../../host-link/wire/tms/root.ts'
import { releaseSign } from '../../../scripts/release/commands.ts'
import { makeKey } from '../../../scripts/release/key-file.ts'
import { packRelease, withDeltas } from '../../../scripts/release/pack.ts'
import { firstRoot } from '../../../scripts/release/root.ts'
import { loadRelease, saveFile, signedWith } from '../../../scripts/release/signed-file.ts'
import { payloadFindings, releaseFindings } from '../../../scripts/release/verify.ts'
import { releaseVerify, verifyText } from '../../../scripts/release/verify-command.ts'
import {
  components,
  folder,
  key,
  keys,
  NOW,
  removeFolders,
  rootWords,
  signedRelease,
  signedRoot,
  typing,
  words,
} from './rig.ts'

afterAll(removeFolders)
const root = decodeRoot(signedRoot().document)
const [p1, p2, p3] = keys.program

const wrongs = (file: SignedFile, by = root): readonly string[] =>
  releaseFindings('a', file, releaseOf(file), by, NOW)
    .filter(({ good }) => !good)
    .map(({ text }) => text)

describe('verify a release', () => {
  it('D02 signatures: none, one below the threshold, the threshold, all → wrong, wrong, right, right', () => {
    expect(wrongs(signedRelease([]))).toEqual([
      expect.stringMatching(/^a: 0 of 2 signatures; 2 more of (\w{16}(, )?){3}$/),
    ])
    expect(wrongs(signedRelease([p1]))).toEqual([expect.stringMatching(/^a: 1 of 2/)])
    expect(wrongs(signedRelease([p1, p3]))).toEqual([])
    expect(wrongs(signedRelease([p1, p2, p3]))).toEqual([])
  })

  it('one key that signed twice → one signature; the kid of another over an own signature → counts for nothing', () => {
    expect(signedRelease([p1, p1]).signatures).toHaveLength(1)
    const forged = signedRelease([p1, { kid: p2.kid, sign: p1.sign }])
    expect(wrongs(forged)).toEqual([
      expect.stringMatching(/^a: 1 of 2/),
      expect.stringContaining('is wrong, or by a key that the root does not have'),
    ])
  })

  it('a signature of a root as one of a release, and of another role’s key → counts for nothing', () => {
    const file = signedRelease([p1])
    const asRoot = { kid: p2.kid, sign: () => p2.sign(bytesToSign({ ...file, role: 'root' })) }
    expect(wrongs(signedWith(file, asRoot))).toHaveLength(2)
    expect(wrongs(signedWith(file, keys.root[0]))).toHaveLength(1)
    expect(wrongs(signedWith(file, key('program', 99)))).toHaveLength(2)
  })

  it('a manifest changed after signing → no signature counts', () => {
    const file = signedRelease()
    const manifest = decodeRelease(file.document)
    const changed = { ...file, document: encodeRelease({ ...manifest, counter: 4 }) }
    expect(wrongs(changed)[0]).toMatch(/^a: 0 of 2/)
  })

  it('another tenant, a counter below the floor, over → wrong, each by its own sentence', () => {
    expect(wrongs(signedRelease([p1, p2], { ...words, tenant: 'other' }))).toEqual([
      'a: of tenant other; the root is of shuaka',
    ])
    expect(wrongs(signedRelease([p1, p2], { ...words, counter: 2 }))).toEqual([
      'a: counter 2; the root wants 3 at least',
    ])
    expect(wrongs(signedRelease([p1, p2], { ...words, expires: NOW }))).toEqual([
      expect.stringMatching(/^a: good until 2027/),
    ])
  })

  it('keys for some models only → a release for others is wrong, and says for which', () => {
    const first = decodeRoot(firstRoot(rootWords).document)
    const vendor = {
      role: 2,
      threshold: 1,
      kids: [p3.kid],
      prefixes: ['SK-2'],
    }
    const roles = first.roles.map((entry) => (entry.role === 2 ? { ...entry, prefixes: ['SK-1'] } : entry))
    const split = decodeRoot(encodeRoot({ ...first, roles: [...roles, vendor] }))
    expect(rising(first.keys.map(({ kid }) => kid))).toBe(true)
    expect(wrongs(signedRelease([p1, p2]), split)).toEqual([expect.stringMatching(/^a for SK-2: 0 of 1/)])
    expect(wrongs(signedRelease([p1, p3]), split)).toEqual([])
    expect(wrongs(signedRelease([p1, p2], { ...words, models: ['XX'] }), split)).toEqual([
      'a: no key of the root signs for XX',
    ])
  })
})

describe('verify payloads', () => {
  const plain = packRelease(words, components)
  const base = Buffer.concat([programOf(components).subarray(0, 3000), Buffer.from('old')])
  const file = withDeltas(plain, decodeRelease(plain.document), components, [{ name: 'old', program: base }])
  const release = releaseOf(file)

  it('in full and as a delta → both give the program; without the base it says so', async () => {
    expect(await payloadFindings('a', release, [base])).toEqual([
      { good: true, text: expect.stringMatching(/^a: the delta from \w{16} gives the program$/) },
      { good: true, text: 'a: the payload in full gives the program' },
    ])
    expect((await payloadFindings('a', release, []))[0]?.text).toMatch(/not unpacked: --base/)
  })

  it('a payload that makes another program, a component with another hash, no payload in full → wrong', async () => {
    const manifest = decodeRelease(file.document)
    const withIt = (said: Partial<typeof manifest>) =>
      releaseOf({ ...file, document: encodeRelease({ ...manifest, ...said }) })
    const other = withIt({ program: { ...manifest.program, hash: new Uint8Array(32) } })
    expect((await payloadFindings('a', other, [base])).map(({ good }) => good)).toEqual([false, false])
    const [first, ...rest] = manifest.components
    if (first === undefined) throw new Error('no component')
    const parts = withIt({ components: [{ ...first, hash: new Uint8Array(32) }, ...rest] })
    expect((await payloadFindings('a', parts, [base])).filter(({ good }) => !good)).toEqual([
      { good: false, text: 'a: component terminal/main.ts is not as listed' },
    ])
    const noFull = {
      ...release,
      manifest: { ...manifest, payloads: manifest.payloads.slice(0, 1) },
      payloads: release.payloads.slice(0, 1),
    }
    expect((await payloadFindings('a', noFull, [base]))[0]).toMatchObject({ good: false })
  })
})

describe('two people on two machines', () => {
  it('each signs alone with a passphrase → 1 of 2, then 2 of 2; verify refuses between and takes it after', async () => {
    const place = folder()
    const at = (name: string): string => join(place, name)
    const people = await Promise.all(
      ['ann', 'bob', 'eve'].map((name) =>
        makeKey(at(`${name}.key`), { role: 'program', name }, Buffer.from('correct horse'), 16),
      ),
    )
    const named = [...keys.root, ...people.slice(0, 2), ...keys.parameters, ...keys.director]
    saveFile(at('1.root'), signedRoot(keys.root.slice(0, 2), { ...rootWords, keys: named }))
    saveFile(at('a.release'), packRelease(words, components))
    const sign = (name: string, passphrase = 'correct horse') =>
      releaseSign(typing(passphrase), at('a.release'), { key: at(`${name}.key`), root: [at('1.root')] })
    const verify = () => releaseVerify(at('a.release'), { root: [at('1.root')] }, NOW)

    expect(await sign('ann')).toMatch(/by root 1: 1 of 2 signatures, 1 more of \w{16}\n$/)
    expect((await verify()).good).toBe(false)
    await expect(sign('ann')).rejects.toThrow(/signed .* already; a key counts once/)
    await expect(sign('bob', 'wrong horse')).rejects.toThrow(/not the passphrase/)
    await expect(sign('eve')).rejects.toThrow(/root does not list/)
    await expect(releaseSign(typing(), at('1.root'), { key: at('ann.key') })).rejects.toThrow(
      /a key of program; a root is signed by keys of root/,
    )
    expect(loadRelease(at('a.release')).file.signatures).toHaveLength(1)
    expect(await sign('bob')).toMatch(/by root 1: 2 of 2 signatures, complete\n$/)
    const report = await verify()
    expect(verifyText(report)).toMatch(/terminals take it\n$/)
    expect(report.good).toBe(true)
    await expect(releaseVerify(at('a.release'), { root: [] }, NOW)).rejects.toThrow(/--root/)
  })
})
