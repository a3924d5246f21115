import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Arch, lacking, PACKAGES, SYSROOT_PACKAGES, SYSROOT_VARIABLE, sysroot } from './tools.ts'

const INSTALL_MS = 10 * 60_000
/** Where the cross compiler has its libc, which the emulator of the processor needs beside libcrypto. */
const CROSS_LIBRARIES = '/usr/arm-linux-gnueabihf/lib'

export type Setup =
  | { readonly kind: 'found' | 'installed' }
  /** `why` is one sentence for a person. */
  | { readonly kind: 'none'; readonly why: string }

/**
 * Finds what the native runtime for `arch` is built with, or installs it: as root on Debian its packages. libcrypto for ARM is
 * unpacked into a folder of its own and not installed, where it would stand against the libcrypto of this machine.
 */
export function ensureTools(arch: Arch, say: (line: string) => void): Setup {
  if (lacking(arch) === undefined) return { kind: 'found' }
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return { kind: 'none', why: whyNot(arch) }
  say(`installing for ${arch}: the Debian packages ${PACKAGES[arch].join(', ')}`)
  if (arch === 'arm') run('dpkg', ['--add-architecture', 'armhf'])
  run('apt-get', ['update', '-q'])
  run('apt-get', ['install', '-q', '-y', '--no-install-recommends', ...PACKAGES[arch]])
  if (arch === 'arm') makeSysroot(say)
  return lacking(arch) === undefined ? { kind: 'installed' } : { kind: 'none', why: whyNot(arch) }
}

function whyNot(arch: Arch): string {
  return lacking(arch) ?? `no native runtime for ${arch} here.`
}

function makeSysroot(say: (line: string) => void): void {
  const root = sysroot()
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-armhf-'))
  say(`unpacking ${SYSROOT_PACKAGES.join(', ')} into ${root} (or set ${SYSROOT_VARIABLE})`)
  try {
    mkdirSync(root, { recursive: true })
    run('apt-get', ['download', '-q', ...SYSROOT_PACKAGES], folder)
    for (const name of readdirSync(folder)) run('dpkg', ['-x', join(folder, name), root])
    if (!existsSync(join(root, 'lib'))) symlinkSync(CROSS_LIBRARIES, join(root, 'lib'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What fails shows in what is lacking afterwards: a mirror that does not answer need not be one that is needed. */
function run(program: string, words: readonly string[], cwd?: string): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  spawnSync(program, words, { stdio: 'ignore', timeout: INSTALL_MS, env, ...(cwd && { cwd }) })
}
