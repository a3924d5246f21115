import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { join, posix, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { covered } from './check-tree/coverage.ts'
import { links } from './check-tree/links.ts'
import * as rules from './check-tree/rules.ts'
import { type Finding, type Source, source } from './check-tree/source.ts'
import { walls } from './check-tree/walls.ts'

/**
 * What neither the compiler nor the linter can see: import walls, brands, determinism, dead links, empty tests.
 * Prints one line a finding, `file:line: what, what to do`; exit code 1 when there is any.
 */

const SKIPPED = new Set(['node_modules', 'build', 'coverage', '.git', '.shuaka', 'vectors'])
const TEXT = /\.(ts|tsx|mjs|js|css|html|json|md|txt|c|h|yml)$|(^|\/)run$/
const NOT_OURS = new Set(['package-lock.json'])
/** Somebody else's sources, which we carry as they are: only our README beside them is checked. */
const VENDORED = /^terminal\/port\/quickjs\/.*\.[ch]$/

const perFile: readonly rules.Rule[] = [
  walls,
  rules.ambient,
  rules.brands,
  rules.words,
  rules.size,
  rules.globals,
  rules.machinePaths,
  rules.modules,
  rules.tests,
]

/** All findings in `tree`, by path and line. `exists` tells of files and folders that the tree does not hold. */
export function checkTree(tree: readonly Source[], exists: (path: string) => boolean): Finding[] {
  const found = tree.flatMap((file) => [
    ...perFile.flatMap((rule) => rule(file, tree)),
    ...links(file, tree, exists),
  ])
  found.push(...covered(tree))
  return found.sort((a, b) => (a.path === b.path ? a.line - b.line : a.path < b.path ? -1 : 1))
}

/** The text files under `root`, without what is built or installed. */
export function readTree(root: string): Source[] {
  const files: Source[] = []
  const walk = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (SKIPPED.has(entry.name) || NOT_OURS.has(entry.name)) continue
      const full = join(folder, entry.name)
      const path = relative(root, full).split('\\').join(posix.sep)
      if (entry.isDirectory()) walk(full)
      else if (TEXT.test(entry.name) && !VENDORED.test(path))
        files.push(source(path, readFileSync(full, 'utf8')))
    }
  }
  walk(root)
  return files
}

function main(): void {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const tree = readTree(root)
  const found = checkTree(tree, (path) => existsSync(join(root, path)))
  for (const { path, line, what } of found) console.log(`${path}:${line}: ${what}`)
  console.log(`${tree.length} files, ${found.length} findings`)
  process.exitCode = found.length === 0 ? 0 : 1
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) main()
