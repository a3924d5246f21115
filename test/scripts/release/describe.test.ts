import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { releaseDescribe } from '../../../scripts/release/describe.ts'
import { packRelease } from '../../../scripts/release/pack.ts'
import { saveFile } from '../../../scripts/release/signed-file.ts'
import { components, folder, removeFolders, signedRelease, signedRoot, words } from './rig.ts'

afterAll(removeFolders)

describe('release describe', () => {
  const place = folder()
  const at = (name: string): string => join(place, name)
  saveFile(at('a'), signedRelease())
  saveFile(at('root'), signedRoot())
  const [first, second] = components
  if (first === undefined || second === undefined) throw new Error('two components')
  const other = { name: 'terminal/new.ts', bytes: Buffer.from('new') }
  saveFile(
    at('b'),
    packRelease({ ...words, version: '1.2.4' }, [first, { ...second, bytes: Buffer.from('changed') }, other]),
  )

  it('a release → version, number, counter, models, both notices, windows, sizes, signers', () => {
    const text = releaseDescribe(at('a'), {})
    for (const part of [
      'release   1.2.3, number 7, counter 3, of shuaka\n',
      'models    SK-1, SK-2\n',
      'notice    新版本: 更快\n',
      '          New version: faster\n',
      'class     normal: from now, no deadline, with an empty batch\n',
      'journal   reads 1 to 2, writes 2, can be undone\n',
      'requires  any version\n',
      'parts     terminal/main.ts, 1840 bytes\n',
    ])
      expect(text).toContain(part)
    expect(text).toMatch(/signed {4}\w{16}, \w{16}\n/)
    expect(text).toMatch(/payload {3}\d+ bytes in full\n/)
  })

  it('against a base → what changed, what is new, what is gone', () => {
    const text = releaseDescribe(at('b'), { base: at('a') })
    expect(text).toContain('against   1.2.3: 1 changed, 1 new, 0 gone, 1 the same\n')
    expect(text).toContain('changed   terminal/flow/void.ts\nnew       terminal/new.ts\n')
    expect(text).toContain('signed    by nobody\n')
  })

  it('--json → the same as one document, hashes in hex', () => {
    const view: unknown = JSON.parse(releaseDescribe(at('b'), { base: at('a'), json: true }))
    expect(view).toMatchObject({
      ...{ version: '1.2.4', number: 7, object: null, signatures: [] },
      notice: words.notice,
      program: { hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
      changes: {
        base: '1.2.3',
        changed: ['terminal/flow/void.ts'],
        added: ['terminal/new.ts'],
        removed: [],
        same: 1,
      },
    })
  })

  it('a root → its roles and thresholds; --json → keys in hex', () => {
    expect(releaseDescribe(at('root'), {})).toMatch(/root {8}2 of 3: .*\nprogram {5}2 of 3: /)
    const view: unknown = JSON.parse(releaseDescribe(at('root'), { json: true }))
    expect(view).toMatchObject({ tenant: 'shuaka', seq: 1, keys: expect.arrayContaining([]) })
  })

  it('no file, a text, a release for a root → FileFault in one line', () => {
    expect(() => releaseDescribe(at('none'), {})).toThrow(/there is no such file/)
    expect(() => releaseDescribe('package.json', {})).toThrow(
      /it is no release and no root, or it is damaged/,
    )
    expect(() => releaseDescribe(at('a'), { base: at('root') })).toThrow(/it is a root, no release/)
  })
})
