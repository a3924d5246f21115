import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lockFolder } from '../emulator/console/folder-lock.ts'
import { writeDeviceFolder } from '../emulator/native/device-folder.ts'
import type { HostServer } from '../host-link/host/node/host-server.ts'
import type { Card } from '../host-link/host/provision.ts'
import { CommandError } from './command-error.ts'
import { runHost } from './host.ts'
import { makeFolder } from './make-folder.ts'
import { buildNative } from './native/build-native.ts'
import type { Arch } from './native/tools.ts'
import { readCards, readProvision } from './provision.ts'
import { makeTerminalSetup } from './terminal-setup.ts'

const OWNER_ONLY = 0o600
/** The books of the host in this process, beside the terminal whose batch and keys they know. */
const BOOKS = 'host.db'

export interface DeviceRun {
  /** The device's folder, with the books of the host in this process; absent: a new one, which is removed at the end. */
  readonly folder?: string
  readonly provision: string
  readonly cards: string
  /** Absent: a reference host in this process. */
  readonly host?: { readonly host: string; readonly port: number }
  readonly dialect: 'cup' | 'cbor'
  readonly device: 'compact' | 'standard'
  readonly locale: 'zh' | 'en'
  readonly arch: Arch
  readonly printer?: string
  readonly reader?: string
  readonly heap?: string
}

/**
 * `shuaka device`: builds the runtime where it is older than its sources, writes the device's folder, and gives the console to
 * the native terminal until the person leaves.
 *
 * @returns its exit code (docs/device.md).
 */
export async function runDevice(run: DeviceRun): Promise<number> {
  const cards = readCards(run.cards)
  if (run.folder !== undefined) makeFolder('device', run.folder)
  const built = await buildNative(run.arch)
  if ('missing' in built) throw new CommandError(`device: ${built.missing}`)
  const folder = run.folder ?? mkdtempSync(join(tmpdir(), 'shuaka-device-'))
  const release = lockFolder(folder)
  let server: HostServer | undefined
  try {
    server = run.host === undefined ? await hostIn(folder, run) : undefined
    const host = run.host ?? { host: '127.0.0.1', port: server?.tcpPort ?? 0 }
    const setup = makeTerminalSetup(readProvision(run.provision), cards, {
      ...{
        host,
        dialect: run.dialect,
        device: run.device,
        locale: run.locale,
        engine: 'quickjs',
        bundle: '',
      },
    })
    writeDeviceFolder(folder, setup, run.locale)
    const reader = run.reader ?? writeWallet(folder, cards)
    const { command, args } = built.device
    const words = [...args, '--folder', folder, '--locale', run.locale, ...optional({ ...run, reader })]
    const child = spawn(command, words, { stdio: 'inherit' })
    const ignored = (): void => undefined // the terminal decides what Ctrl-C means
    const end = (): void => void child.kill() // and gives the console back before this process goes
    process.on('SIGINT', ignored).on('SIGTERM', end).on('SIGHUP', end)
    try {
      return await new Promise<number>((resolve, reject) => {
        child.once('error', reject)
        child.once('exit', (code) => resolve(code ?? 1))
      })
    } finally {
      process.off('SIGINT', ignored).off('SIGTERM', end).off('SIGHUP', end)
    }
  } finally {
    await server?.close()
    release()
    if (run.folder === undefined) rmSync(folder, { recursive: true, force: true })
  }
}

/** The reference host of a device that keeps its folder: its books are kept there too, so that the next start meets the same. */
function hostIn(folder: string, { provision, cards }: DeviceRun): Promise<HostServer> {
  return runHost({
    listen: 'tcp://127.0.0.1:0',
    db: join(folder, BOOKS),
    provision: [provision],
    cards,
    log: () => undefined,
  })
}

/** The cards as a file for the reader, a line each: tracks, name, PIN. The terminal offers them by number. */
function writeWallet(folder: string, cards: readonly Card[]): string {
  const path = join(folder, 'cards.txt')
  const lines = cards.map(
    ({ name, track2, pin }) => `;${track2}? ${name}${pin === undefined ? '' : ` ${pin}`}`,
  )
  writeFileSync(path, `${lines.join('\n')}\n`, { mode: OWNER_ONLY })
  return path
}

function optional({ printer, reader, heap }: DeviceRun): string[] {
  const given = { printer, reader, heap }
  return Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]))
}
