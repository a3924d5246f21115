import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FolderInUse, lockFolder } from '../../../emulator/console/folder-lock.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'shuaka-lock-'))
})
afterEach(() => rmSync(root, { recursive: true }))

test('a folder in use → its owner alone reads it; refused with who has it, free again once given back', () => {
  const folder = join(root, 'new', 'flash')
  const release = lockFolder(folder)
  expect(statSync(folder).mode & 0o777).toBe(0o700)
  expect(statSync(join(folder, 'lock')).mode & 0o777).toBe(0o600)
  expect(() => lockFolder(folder)).toThrow(FolderInUse)
  expect(() => lockFolder(folder)).toThrow(`flash is in use by another terminal (process ${process.pid}).`)
  release()
  lockFolder(folder)()
})

test('a lock that a dead process left, or that is no lock → taken over', () => {
  for (const left of ['4194304999\n', 'no number', '']) {
    writeFileSync(join(root, 'lock'), left)
    const release = lockFolder(root)
    expect(() => lockFolder(root)).toThrow(FolderInUse)
    release()
  }
})
