import { posix } from 'node:path'
import type { Finding, Source } from './source.ts'

/** TypeScript files that no tsconfig.json includes: nothing would check them behind their wall. */
export function covered(tree: readonly Source[]): Finding[] {
  const walls = tree.filter((file) => posix.basename(file.path) === 'tsconfig.json').map(wall)
  if (walls.length === 0) return []
  return tree
    .filter((file) => /\.tsx?$/.test(file.path) && !walls.some((includes) => includes(file.path)))
    .map((file) => ({ path: file.path, line: 1, what: 'no tsconfig.json includes it: add it to its wall' }))
}

/** What one tsconfig.json includes: in this tree the lists hold files, folders and `*.ts`. */
function wall(file: Source): (path: string) => boolean {
  const folder = posix.dirname(file.path)
  const config: unknown = JSON.parse(file.text)
  const list = (name: string): string[] => {
    const value: unknown =
      config !== null && typeof config === 'object' ? Reflect.get(config, name) : undefined
    return Array.isArray(value) ? value.map((entry) => posix.join(folder, String(entry))) : []
  }
  const include = list('include')
  const exclude = list('exclude')
  const holds = (path: string, entry: string): boolean =>
    entry === '.' || path === entry || path.startsWith(`${entry}/`) || isStar(path, entry)
  return (path) => include.some((entry) => holds(path, entry)) && !exclude.some((entry) => holds(path, entry))
}

/** `emulator/*.ts`: the files of the folder itself. */
function isStar(path: string, entry: string): boolean {
  return (
    posix.basename(entry) === '*.ts' && path.endsWith('.ts') && posix.dirname(path) === posix.dirname(entry)
  )
}
