import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'

export const ARCHES = ['x86-64', 'arm'] as const
/** Processors that the native runtime is built for: `arm` is 32 bits, ARMv7 with hardware floating point. */
export type Arch = (typeof ARCHES)[number]

/** Folder with libcrypto for ARM as `dpkg -x` leaves it; where `npm run build:native -- --setup` puts it unless this names another. */
export const SYSROOT_VARIABLE = 'SHUAKA_ARM_SYSROOT'
export const PACKAGES: { readonly [A in Arch]: readonly string[] } = {
  'x86-64': ['gcc', 'libc6-dev', 'make', 'libssl-dev'],
  arm: ['gcc', 'make', 'gcc-arm-linux-gnueabihf', 'libc6-dev-armhf-cross', 'qemu-user'],
}
/** Unpacked into the sysroot, never installed. */
export const SYSROOT_PACKAGES = ['libssl3:armhf', 'libssl-dev:armhf'] as const

export function sysroot(env: NodeJS.ProcessEnv = process.env): string {
  const named = env[SYSROOT_VARIABLE]
  if (named !== undefined && named !== '') return named
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'shuaka-armhf')
}

/** What a build for `arch` lacks here, as one sentence for a person; undefined: nothing. */
export function lacking(arch: Arch, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const cross = arch === 'arm'
  const compiler = cross ? 'arm-linux-gnueabihf-gcc' : 'gcc'
  const programs = ['make', compiler, ...(cross ? ['qemu-arm'] : [])].filter((name) => !inPath(name, env))
  const crypto = programs.includes(compiler) || hasCrypto(arch, compiler, env)
  const absent = [
    ...programs,
    ...(crypto ? [] : [`libcrypto 3 with its headers${cross ? ' for armhf' : ''}`]),
  ]
  if (absent.length === 0) return undefined
  return `no native runtime for ${arch} here: ${absent.join(', ')} not found; npm run build:native -- --setup installs it on Debian as root.`
}

/** `gcc` alone is not enough: its headers for libcrypto must be there, and be of version 3. */
function hasCrypto(arch: Arch, compiler: string, env: NodeJS.ProcessEnv): boolean {
  const root = sysroot(env)
  if (arch === 'arm' && !existsSync(join(root, 'usr/lib/arm-linux-gnueabihf/libcrypto.so'))) return false
  const folders = ['usr/include', 'usr/include/arm-linux-gnueabihf'].map(
    (folder) => `-I${join(root, folder)}`,
  )
  const input = '#include <openssl/opensslv.h>\n#if OPENSSL_VERSION_MAJOR < 3\n#error old\n#endif\n'
  const words = [...(arch === 'arm' ? folders : []), '-E', '-x', 'c', '-']
  return spawnSync(compiler, words, { input, env, stdio: ['pipe', 'ignore', 'ignore'] }).status === 0
}

function inPath(program: string, env: NodeJS.ProcessEnv): boolean {
  const path = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  return path.some((folder) => existsSync(join(folder, program)))
}
