import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openFlash } from '../../../emulator/console/flash-folder.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shuaka-flash-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('flash in a folder → each change is in the file when the call returns, and there at the next start', () => {
  const kept = openFlash(folder)
  expect(kept.chip.program(4096 * 3 + 8, new Uint8Array([1, 2, 3, 4]))).toBe('done')
  expect([...readFileSync(join(folder, 'flash.bin')).subarray(4096 * 3 + 8, 4096 * 3 + 12)]).toEqual([
    1, 2, 3, 4,
  ])
  kept.close()

  const again = openFlash(folder)
  expect([...again.chip.read(4096 * 3 + 7, 6)]).toEqual([0xff, 1, 2, 3, 4, 0xff])
  expect(again.chip.erase(3)).toBe('done')
  again.close()
  expect(readFileSync(join(folder, 'flash.bin')).every((byte) => byte === 0xff)).toBe(true)
})

test('state of the secure element in a folder → as last saved, whatever a cut save left beside it', () => {
  const kept = openFlash(folder)
  expect(kept.secureStorage.load()).toBeUndefined()
  expect(kept.secureStorage.save(new Uint8Array([1, 2]))).toBe(true)
  writeFileSync(join(folder, 'secure.bin.next'), 'torn')
  expect(kept.secureStorage.load()).toEqual(new Uint8Array([1, 2]))
  kept.close()
})

test('files with keys and journal → read and written by their owner alone, also those that were there', () => {
  const modes = () => readdirSync(folder).map((name) => statSync(join(folder, name)).mode & 0o777)
  const kept = openFlash(folder)
  writeFileSync(join(folder, 'secure.bin.next'), 'torn')
  chmodSync(join(folder, 'secure.bin.next'), 0o644)
  kept.secureStorage.save(new Uint8Array([1, 2]))
  kept.close()
  expect(modes()).toEqual([0o600, 0o600])

  chmodSync(join(folder, 'flash.bin'), 0o644)
  openFlash(folder).close()
  expect(modes()).toEqual([0o600, 0o600])
})

test('program chip in a folder → no file until it is written; then each change is in it, its owner alone reads it', () => {
  const programs = join(folder, 'programs.bin')
  const kept = openFlash(folder)
  expect(kept.programChip.read(0, 4)).toEqual(new Uint8Array(4).fill(0xff))
  expect(kept.programChip.geometry().sectorCount).toBe(256)
  expect(readdirSync(folder)).toEqual(['flash.bin'])
  kept.programChip.program(4096 * 255, new Uint8Array([1, 2, 3, 4]))
  expect(statSync(programs).size).toBe(1024 * 1024)
  expect(statSync(programs).mode & 0o777).toBe(0o600)
  kept.close()

  const again = openFlash(folder)
  expect([...again.programChip.read(4096 * 255, 5)]).toEqual([1, 2, 3, 4, 0xff])
  again.close()
  writeFileSync(programs, 'short')
  expect(() => openFlash(folder)).toThrow(/programs\.bin is no flash image: it has 5 bytes, not 1048576/)
})

test('a flash.bin of another size → refused with its size, and left as it is', () => {
  writeFileSync(join(folder, 'flash.bin'), 'short')
  expect(() => openFlash(folder)).toThrow(/flash\.bin is no flash image: it has 5 bytes, not 262144/)
  expect(readFileSync(join(folder, 'flash.bin'), 'utf8')).toBe('short')
})

test('flash without a folder → kept as long as the process', () => {
  const { chip, secureStorage } = openFlash(undefined)
  chip.program(0, new Uint8Array(4))
  expect([...chip.read(0, 5)]).toEqual([0, 0, 0, 0, 0xff])
  const bytes = new Uint8Array([7])
  secureStorage.save(bytes)
  bytes[0] = 8
  expect(secureStorage.load()).toEqual(new Uint8Array([7]))
})
