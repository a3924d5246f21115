import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const root = fileURLToPath(new URL('..', import.meta.url))
/** Folders whose files end up in the page, `index.html` among them. */
const SOURCES = [
  'emulator',
  'terminal/device',
  'terminal/screen',
  'host-link/wire',
  'host-link/transport',
  'keys',
]

/** Where the built page is. */
export const PAGE_FOLDER = join(root, 'build', 'page')

/** Builds the browser emulator into `build/page`, when a source is newer than what is there. True: it built. */
export async function buildPage(force = false): Promise<boolean> {
  const built = join(PAGE_FOLDER, 'index.html')
  const newest = Math.max(
    ...SOURCES.map((folder) => newestIn(join(root, folder))),
    newestIn(join(root, 'package.json')),
  )
  if (!force && existsSync(built) && statSync(built).mtimeMs > newest) return false
  // Aside and then moved: a server or another build may have the old one open.
  const fresh = `${PAGE_FOLDER}-${process.pid}`
  await build({
    configFile: false,
    logLevel: 'error',
    root: join(root, 'emulator', 'page'),
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
  rmSync(PAGE_FOLDER, { recursive: true, force: true })
  try {
    renameSync(fresh, PAGE_FOLDER)
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true })
    if (!existsSync(built)) throw error // else another build came first, from the same sources
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
