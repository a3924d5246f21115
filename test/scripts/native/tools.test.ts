import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { buildInfo, engineId } from '../../../scripts/native/build-info.ts'
import { locked } from '../../../scripts/native/lock.ts'
import { lacking, SYSROOT_VARIABLE, sysroot } from '../../../scripts/native/tools.ts'

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'shuaka-tools-'))
/** A PATH with these programs, each of which ends with `status`. */
function pathWith(names: readonly string[], status = 0): string {
  const folder = newFolder()
  for (const name of names) {
    writeFileSync(join(folder, name), `#!/bin/sh\ncat > /dev/null\nexit ${status}\n`)
    chmodSync(join(folder, name), 0o755)
  }
  return folder
}

describe('what a native build needs', () => {
  it('nothing in the PATH → one line that names all of it, and how to get it', () => {
    expect(lacking('x86-64', { PATH: newFolder() })).toBe(
      'no native runtime for x86-64 here: make, gcc not found; npm run build:native -- --setup installs it on Debian as root.',
    )
    expect(lacking('arm', { PATH: newFolder() })).toMatch(/make, arm-linux-gnueabihf-gcc, qemu-arm not found/)
  })

  it('a compiler without headers of libcrypto 3 → it says so', () => {
    const PATH = `${pathWith(['make', 'gcc'], 1)}:/bin:/usr/bin`
    expect(lacking('x86-64', { PATH })).toMatch(/: libcrypto 3 with its headers not found/)
    expect(lacking('x86-64', { PATH: `${pathWith(['make', 'gcc'])}:/bin:/usr/bin` })).toBeUndefined()
  })

  it('ARM without its libcrypto → it says so, whatever the compiler can do', () => {
    const PATH = `${pathWith(['make', 'arm-linux-gnueabihf-gcc', 'qemu-arm'])}:/bin:/usr/bin`
    const root = newFolder()
    expect(lacking('arm', { PATH, [SYSROOT_VARIABLE]: root })).toMatch(/headers for armhf not found/)
    mkdirSync(join(root, 'usr/lib/arm-linux-gnueabihf'), { recursive: true })
    writeFileSync(join(root, 'usr/lib/arm-linux-gnueabihf/libcrypto.so'), '')
    expect(lacking('arm', { PATH, [SYSROOT_VARIABLE]: root })).toBeUndefined()
  })

  it('the sysroot is where the variable says, else in the cache of this person', () => {
    expect(sysroot({ [SYSROOT_VARIABLE]: '/srv/armhf' })).toBe('/srv/armhf')
    expect(sysroot({ XDG_CACHE_HOME: '/var/cache' })).toBe('/var/cache/shuaka-armhf')
  })
})

describe('build_info.h', () => {
  it('names the program by its bytes, and the first stage as a string of C', () => {
    const text = buildInfo(new TextEncoder().encode('abc'), 'var a = "\\n??/"\nb()', new Uint8Array(32))
    expect(text).toContain('#define BUILD_PROGRAM_SHA256 {0xba,0x78,0x16,0xbf,')
    expect(text).toContain(String.raw`#define BUILD_BOOT "var a = \"\\n\?\?/\"\n" \
    "b()\n"`)
  })

  it('the engine is another one as soon as a byte of its sources is', () => {
    const folder = newFolder()
    writeFileSync(join(folder, 'quickjs.c'), 'int a;')
    const before = engineId(folder)
    expect(engineId(folder)).toEqual(before)
    writeFileSync(join(folder, 'quickjs.c'), 'int b;')
    expect(engineId(folder)).not.toEqual(before)
  })
})

describe('one build at a time', () => {
  it('the second waits for the first, and its failure lets the next one in', async () => {
    const folder = newFolder()
    const order: string[] = []
    const first = locked(folder, async () => {
      order.push('first')
      await new Promise((resolve) => setTimeout(resolve, 30))
      order.push('first ends')
      throw new Error('does not compile')
    })
    const second = locked(folder, async () => order.push('second'))
    await expect(first).rejects.toThrow('does not compile')
    await second
    expect(order).toEqual(['first', 'first ends', 'second'])
  })

  it('what a process that is gone has left is no lock', async () => {
    const folder = newFolder()
    writeFileSync(join(folder, 'building'), '4194304') // beyond the largest process number of Linux
    expect(await locked(folder, async () => 'built')).toBe('built')
  })
})
