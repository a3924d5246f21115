import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const root = fileURLToPath(new URL('..', import.meta.url))

interface Built {
  /** Folder of `index.html`. */
  readonly entry: string
  /** Folders whose files end up in the page. */
  readonly sources: readonly string[]
  readonly folder: string
}

/** Where the built page of the emulator is. */
export const PAGE_FOLDER = join(root, 'build', 'page')
/** Where the built page of the host is. */
export const HOST_PAGE_FOLDER = join(root, 'build', 'host-page')
/** Where the built page of the injection station is. */
export const STATION_PAGE_FOLDER = join(root, 'build', 'station-page')
/** Where the built console page of the download service is. */
export const TMS_PAGE_FOLDER = join(root, 'build', 'tms-page')

/** Style sheets of the host's, the station's and the download service's page. */
const SHARED = 'page'

const emulator: Built = {
  entry: 'emulator/page',
  sources: [
    'emulator',
    'terminal/device',
    'terminal/screen',
    'host-link/wire',
    'host-link/transport',
    'keys',
  ],
  folder: PAGE_FOLDER,
}
const host: Built = {
  entry: 'host-link/host/page',
  sources: [SHARED, 'host-link/host/page', 'host-link/host/clearing', 'host-link/wire'],
  folder: HOST_PAGE_FOLDER,
}
const station: Built = {
  entry: 'keys/station/page',
  sources: [SHARED, 'keys/station/page', 'keys/station/why.ts', 'keys/hex.ts', 'keys/wipe.ts'],
  folder: STATION_PAGE_FOLDER,
}
const tms: Built = {
  entry: 'host-link/tms/page',
  sources: [
    ...[SHARED, 'host-link/tms/page'],
    ...['access', 'api', 'audit', 'filter', 'said', 'states'].map((name) => `host-link/tms/${name}.ts`),
    ...['host-link/tms/parameters/layer.ts', 'host-link/wire/tms/states.ts'],
  ],
  folder: TMS_PAGE_FOLDER,
}

/** Builds the browser emulator into `build/page`, when a source is newer than what is there. True: it built. */
export function buildPage(force = false): Promise<boolean> {
  return built(emulator, force)
}

/** The same of the host's page, into `build/host-page`. */
export function buildHostPage(force = false): Promise<boolean> {
  return built(host, force)
}

/** The same of the injection station's page, into `build/station-page`. */
export function buildStationPage(force = false): Promise<boolean> {
  return built(station, force)
}

/** The same of the download service's console page, into `build/tms-page`. */
export function buildTmsPage(force = false): Promise<boolean> {
  return built(tms, force)
}

async function built({ entry, sources, folder }: Built, force: boolean): Promise<boolean> {
  const index = join(folder, 'index.html')
  const newest = Math.max(
    ...sources.map((source) => newestIn(join(root, source))),
    newestIn(join(root, 'package.json')),
  )
  if (!force && existsSync(index) && statSync(index).mtimeMs > newest) return false
  // Aside and then moved: a server or another build may have the old one open.
  const fresh = `${folder}-${process.pid}`
  await build({
    configFile: false,
    logLevel: 'error',
    root: join(root, entry),
    base: './',
    publicDir: false,
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    worker: { format: 'es' },
    build: {
      outDir: fresh,
      emptyOutDir: true,
      target: 'es2022',
      sourcemap: true,
      chunkSizeWarningLimit: 1024,
    },
  })
  rmSync(folder, { recursive: true, force: true })
  try {
    renameSync(fresh, folder)
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true })
    if (!existsSync(index)) throw error // else another build came first, from the same sources
  }
  return true
}

/** When the youngest file of a folder was changed, in milliseconds since 1970. */
function newestIn(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return 0
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(0, ...readdirSync(path).map((name) => newestIn(join(path, name))))
}
