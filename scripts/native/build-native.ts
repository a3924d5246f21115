import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureBuilt } from '../build.ts'
import { CommandError } from '../command-error.ts'
import { NATIVE_FOLDER } from './build-info.ts'
import { writeContractHeader } from './contract-header.ts'
import { locked } from './lock.ts'
import { type Arch, lacking, sysroot } from './tools.ts'

const PORT_FOLDER = fileURLToPath(new URL('../../terminal/port/posix', import.meta.url))
const TARGETS = { device: 'shuaka-device', rig: 'shuaka-device-rig', minimal: 'minimal' } as const

/** How a native binary is started: under an emulator of its processor where that is not this one. */
export interface Launch {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: { readonly [name: string]: string }
}

export interface NativeBuild {
  readonly arch: Arch
  readonly folder: string
  /** The product, and the same with the driver in the place of time, chance and line. */
  readonly device: Launch
  readonly rig: Launch
  /** The example of docs/device.md, where it was asked for: as a device, and in the rig. */
  readonly minimal: Launch
  readonly minimalRig: Launch
}

export interface NativeOptions {
  /** With AddressSanitizer and UndefinedBehaviorSanitizer, in a folder of its own; x86-64 alone. */
  readonly sanitize?: boolean
  /** The example of docs/device.md as well. */
  readonly minimal?: boolean
}

/** The runtime, built or fresh; or one sentence on what is missing here. CommandError when it does not compile. */
export async function buildNative(
  arch: Arch,
  { sanitize = false, minimal = false }: NativeOptions = {},
): Promise<NativeBuild | { readonly missing: string }> {
  const missing = lacking(arch)
  if (missing !== undefined) return { missing }
  return locked(NATIVE_FOLDER, async () => {
    await ensureBuilt()
    writeContractHeader()
    const words = [`ARCH=${arch}`, ...(sanitize ? ['SANITIZE=1'] : []), `SYSROOT=${sysroot()}`]
    await make([...words, TARGETS.device, TARGETS.rig, ...(minimal ? [TARGETS.minimal] : [])])
    return binaries(arch, join(NATIVE_FOLDER, sanitize ? `${arch}-sanitize` : arch))
  })
}

function binaries(arch: Arch, folder: string): NativeBuild {
  const launch = (name: string): Launch => {
    const path = join(folder, name)
    return arch === 'arm'
      ? { command: 'qemu-arm', args: ['-L', sysroot(), path] }
      : { command: path, args: [] }
  }
  return {
    arch,
    folder,
    device: launch('shuaka-device'),
    rig: launch('shuaka-device-rig'),
    minimal: launch('shuaka-device-minimal'),
    minimalRig: launch('shuaka-device-minimal-rig'),
  }
}

function make(words: readonly string[]): Promise<void> {
  const child = spawn('make', ['-C', PORT_FOLDER, '-j2', ...words], { stdio: ['ignore', 'ignore', 'pipe'] })
  let complaint = ''
  child.stderr.on('data', (bytes: Buffer) => {
    complaint += bytes.toString()
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) return resolve()
      const why = complaint.split('\n').find((line) => /error|undefined reference|\*\*\*/i.test(line))
      reject(new CommandError(`the native runtime does not build: ${why ?? `make ended with ${code}`}`))
    })
  })
}
