import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  nameOf,
  readReleaseFile,
  readRootFile,
  readSignedFile,
  writeSignedFile,
} from '../../../host-link/tms/release-file.ts'
import { encodeCbor } from '../../../host-link/wire/cbor.ts'
import { WireError } from '../../../host-link/wire/message.ts'
import { readEnvelope } from '../../../host-link/wire/tms/envelope.ts'
import { decodeRelease } from '../../../host-link/wire/tms/release.ts'
import { packRelease } from '../../../scripts/release/pack.ts'
import { components, keys, signedRelease, signedRoot, words } from '../../scripts/release/rig.ts'

const bytes = writeSignedFile(signedRelease())

describe('release file', () => {
  it('written and read → the same; every object under the SHA-256 of its bytes', () => {
    const release = readReleaseFile(bytes)
    expect(release.manifest).toEqual(decodeRelease(signedRelease().document))
    expect(release.objects.size).toBe(3) // envelope, payload, index
    for (const [name, object] of release.objects) expect(nameOf(object)).toBe(name)
    expect(readEnvelope(release.envelope ?? new Uint8Array(0), 32_768).signatures).toHaveLength(2)
    expect(writeSignedFile(readSignedFile(bytes))).toEqual(bytes)
  })

  it('the order of signing → the same bytes in the end', () => {
    const [one, two] = [keys.program[0], keys.program[1]]
    expect(writeSignedFile(signedRelease([two, one]))).toEqual(writeSignedFile(signedRelease([one, two])))
  })

  it('without a signature → read, with no envelope yet', () => {
    const release = readReleaseFile(writeSignedFile(packRelease(words, components)))
    expect(release).toMatchObject({ envelope: undefined, signatures: [] })
    expect(release.objects.size).toBe(2)
  })

  it('a root as a release, and a release as a root → WireError', () => {
    const root = writeSignedFile(signedRoot())
    expect(readRootFile(root).root.tenant).toBe('shuaka')
    expect(() => readReleaseFile(root)).toThrow(WireError)
    expect(() => readRootFile(bytes)).toThrow(WireError)
  })

  it('a payload less, a payload more, a payload of another release → WireError at the objects', () => {
    const file = signedRelease()
    const other = packRelease(words, components.slice(1)).objects
    for (const objects of [[], [...file.objects, ...file.objects], other])
      expect(() => readReleaseFile(writeSignedFile({ ...file, objects }))).toThrow(/file\.objects/)
  })

  it('every truncation, and every byte changed → WireError, or a signature that is another; never another program', () => {
    for (let cut = 0; cut < bytes.length; cut++)
      expect(() => readReleaseFile(bytes.slice(0, cut))).toThrow(WireError)
    const right = readReleaseFile(bytes)
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice()
      changed[at] = (changed[at] ?? 0) ^ 1
      try {
        const read = readReleaseFile(changed)
        // The manifest may be another (that is what signatures are for), but the payload is the one it names.
        expect(read.payloads[0]?.bytes).toEqual(right.payloads[0]?.bytes)
      } catch (error) {
        expect(error).toBeInstanceOf(WireError)
      }
    }
  })

  // biome-ignore format: one row a fault
  const faults: readonly [string, Uint8Array][] = [
    ['no array',                      encodeCbor(new Map([[1, 2]]))],
    ['another format',                encodeCbor([2, 'program', new Uint8Array(1), [], []])],
    ['an unknown role',               encodeCbor([1, 'report', new Uint8Array(1), [], []])],
    ['a document that is a text',     encodeCbor([1, 'program', 'x', [], []])],
    ['signatures that are no list',   encodeCbor([1, 'program', new Uint8Array(1), 1, []])],
    ['a signature of 63 bytes',       encodeCbor([1, 'program', new Uint8Array(1), [[new Uint8Array(8), new Uint8Array(63)]], []])],
    ['one kid twice',                 encodeCbor([1, 'program', new Uint8Array(1), [[new Uint8Array(8), new Uint8Array(64)], [new Uint8Array(8), new Uint8Array(64)]], []])],
    ['objects that are texts',        encodeCbor([1, 'program', new Uint8Array(1), [], ['x']])],
    ['33 objects',                    encodeCbor([1, 'program', new Uint8Array(1), [], Array.from({ length: 33 }, () => new Uint8Array(1))])],
  ]
  for (const [name, fault] of faults)
    it(`${name} → WireError`, () => {
      expect(() => readSignedFile(fault)).toThrow(WireError)
    })

  it('property: any bytes → WireError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        expect(() => readReleaseFile(noise)).toThrow(WireError)
      }),
    )
  })
})
