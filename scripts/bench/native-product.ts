import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { writeDeviceFolder } from '../../emulator/native/device-folder.ts'
import { createHost } from '../../host-link/host/host.ts'
import { memoryStore } from '../../host-link/host/memory-store.ts'
import { localTime } from '../../host-link/host/node/host-server.ts'
import { hostCard, hostTerminal } from '../../host-link/host/provision.ts'
import { listenTcp } from '../../host-link/transport/tcp-server.ts'
import type { NativeBuild } from '../native/build-native.ts'
import { makeTerminalSetup } from '../terminal-setup.ts'
import { bytesFrom } from './bank.ts'
import { IDLE, shop } from './joined.ts'

/** One start of the product, up to the main menu. */
export interface ProductBoot {
  readonly ms: number
  readonly cpuMs: number
  /** VmRSS, and of that what is in no file and so no other process's: RssAnon. */
  readonly residentBytes: number
  readonly privateBytes: number
}

/** Runs `work` with a device's folder whose host is the reference host, over TCP on loopback in this process. */
export async function withHost<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const { provision, cards } = shop()
  const host = createHost({
    store: memoryStore(),
    terminals: [hostTerminal(provision)],
    cards: cards.map(hostCard),
    clock: { now: localTime },
    random: bytesFrom(1),
    secret: new Uint8Array(32).fill(7),
  })
  const server = await listenTcp('127.0.0.1', 0, () => host.connection())
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-product-'))
  try {
    const given = { device: 'standard', locale: 'zh', dialect: 'cup', engine: 'v8', bundle: '' } as const
    const address = { host: '127.0.0.1', port: server.port }
    writeDeviceFolder(folder, makeTerminalSetup(provision, cards, { ...given, host: address }), 'zh')
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
    await server.close()
  }
}

/** Starts the product headless, looks at it when the main menu has been on the screen for `restMs`, and ends it. */
export async function bootedProduct(native: NativeBuild, folder: string, restMs = 0): Promise<ProductBoot> {
  const { command, args } = native.device
  const before = performance.now()
  const child = spawn(command, [...args, '--folder', folder, '--pipe'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((resolve, reject) => {
    child.once('close', () => resolve())
    child.once('error', reject)
  })
  let boot: ProductBoot | undefined
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('screen ') || !IDLE.test(line) || boot !== undefined) continue
    const ms = performance.now() - before
    const pid = child.pid ?? 0
    const cpuMs = onProcessor(pid)
    boot = { ms, cpuMs, residentBytes: 0, privateBytes: 0 }
    await pause(restMs)
    boot = { ms, cpuMs, ...memoryOf(pid) }
    child.stdin.end('quit\n')
  }
  await ended
  if (boot === undefined) throw new Error('bench: the native terminal has shown no menu')
  return boot
}

/** Processor time so far of the process whose command line names `folder`, in milliseconds. */
export function cpuMsOf(folder: string): number {
  const pid = readdirSync('/proc').find((name) => /^\d+$/.test(name) && isOf(name, folder))
  if (pid === undefined) throw new Error('bench: the native terminal is not running')
  return onProcessor(Number(pid))
}

function isOf(pid: string, folder: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(folder)
  } catch {
    return false // gone since
  }
}

/** The kernel's own account, in nanoseconds: Linux, Documentation/scheduler/sched-stats.rst. */
function onProcessor(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6
}

function memoryOf(pid: number): Pick<ProductBoot, 'residentBytes' | 'privateBytes'> {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const kilobytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0)
  return { residentBytes: kilobytes('VmRSS') * 1024, privateBytes: kilobytes('RssAnon') * 1024 }
}
