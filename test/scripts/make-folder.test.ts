import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { makeFolder } from '../../scripts/make-folder.ts'

describe('makeFolder', () => {
  const root = mkdtempSync(join(tmpdir(), 'shuaka-make-folder-'))
  afterAll(() => rmSync(root, { recursive: true, force: true }))

  test("folders that are not there → made one in the other, their owner's alone; again → nothing", () => {
    const folder = join(root, 'shop', 'till')
    makeFolder('device', folder)
    makeFolder('device', folder)
    for (const path of [join(root, 'shop'), folder]) expect(statSync(path).mode & 0o777).toBe(0o700)
  })

  test('a system that has no place for it, as below /proc → one sentence, and never a wait without end', () => {
    const refused = { name: 'CommandError', exitCode: 1 }
    expect(() => makeFolder('device', `/proc/${process.pid}/x/y`)).toThrow(
      expect.objectContaining({
        ...refused,
        message: expect.stringMatching(/^device: the folder cannot be made: \/proc\/\d+\/x: [^\n]*\.$/),
      }),
    )
    const file = join(root, 'file')
    writeFileSync(file, '')
    expect(() => makeFolder('device', join(file, 'till'))).toThrow(expect.objectContaining(refused))
  })
})
