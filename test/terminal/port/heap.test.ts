import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { describeNative } from './guest.ts'

const FOUND = 70
const folder = mkdtempSync(join(tmpdir(), 'shuaka-heap-'))
const binary = join(folder, 'heap-rig')

/** heap.c as the Makefile compiles it with SANITIZE=1, and the driver beside this file. */
beforeAll(() => {
  const port = resolve('terminal/port')
  const flags = ['-std=c11', '-g', '-Wall', '-Werror', '-fsanitize=address', `-I${port}/posix`, `-I${port}`]
  const words = [...flags, '-isystem', `${port}/quickjs`]
  const object = join(folder, 'heap.o')
  const heap = ['-fno-sanitize=address', '-DHEAP_WATCHED', '-c', '-o', object, `${port}/posix/heap.c`]
  execFileSync('gcc', [...words, ...heap], { stdio: 'pipe' })
  execFileSync('gcc', [...words, '-o', binary, resolve('test/terminal/port/heap-rig.c'), object], {
    stdio: 'pipe',
  })
})

function run(way: string, bytes: number): { status: number | null; says: string } {
  const env = { ...process.env, ASAN_OPTIONS: `exitcode=${FOUND}:detect_leaks=0` }
  const { status, stderr } = spawnSync(binary, [way, String(bytes)], { env, encoding: 'utf8' })
  return { status, says: stderr }
}

describeNative('AddressSanitizer sees inside of the block of heap.c', () => {
  const sizes = [1, 8, 88, 96, 3000]
  test.each(sizes)('%i bytes: all that were asked for may be touched, grown and shrunk too', (bytes) => {
    expect(run('inside', bytes)).toEqual({ status: 0, says: '' })
  })
  test.each(sizes)('%i bytes: one byte more is found, and what was given back is gone', (bytes) => {
    for (const way of ['over', 'under', 'freed', 'next-run'])
      expect(run(way, bytes), way).toEqual({
        status: FOUND,
        says: expect.stringContaining('use-after-poison'),
      })
  })
})
