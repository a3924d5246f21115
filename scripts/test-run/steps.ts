import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** One thing that is done and either holds or not; it counts as one test. */
export interface Step {
  readonly name: string
  run(): Promise<Ended>
}

export interface Ended {
  readonly ok: boolean
  /** What the program printed; shown when it failed. */
  readonly output: string
}

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const NOT_OURS = new Set(['node_modules', 'build', 'coverage', '.git', '.shuaka'])

/** Type check of every wall, lint and format, and the tree. */
export function checks(): Step[] {
  const bin = (name: string): string => join(ROOT, 'node_modules', name)
  const walls = configs(ROOT, '').map((config): Step => {
    const folder = dirname(config)
    const name = folder === '.' ? 'everything with Node' : folder
    return step(`types: ${name}`, [bin('typescript/bin/tsc'), '-p', config])
  })
  return [
    ...walls,
    step('lint and format', [bin('@biomejs/biome/bin/biome'), 'ci', '--colors=off', '.']),
    step('the tree', ['--import', 'tsx', 'scripts/check-tree.ts']),
  ]
}

/** Makes what the tests run: the terminal's bundle and the page. */
export function build(): Step {
  return step('build', ['scripts/shuaka.mjs', 'build'])
}

/**
 * Whether files with what the suite printed and reported hold a secret of its rigs. Of a run in which nothing failed: a
 * failed test quotes what it compares.
 */
export function leakSearch(...files: readonly string[]): Step {
  return step('no secret in what the tests printed', [
    '--import',
    'tsx',
    'test/rig/search-output.ts',
    ...files,
  ])
}

/** All tsconfig.json under `root`, relative to it. */
function configs(root: string, folder: string): string[] {
  const here = join(folder, 'tsconfig.json')
  const found = existsSync(join(root, here)) ? [here] : []
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true }))
    if (entry.isDirectory() && !NOT_OURS.has(entry.name))
      found.push(...configs(root, join(folder, entry.name)))
  return found
}

function step(name: string, words: readonly string[]): Step {
  return { name, run: () => node(words, {}) }
}

/** Runs Node on `words` in the root of the tree; `show` also passes on what it prints. */
export function node(
  words: readonly string[],
  { env = process.env, show = false }: { env?: NodeJS.ProcessEnv; show?: boolean },
): Promise<Ended> {
  return new Promise((resolve) => {
    // Its output goes through us, who keep it: a terminal's colours have to be asked for.
    const coloured = show && process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}
    const child = spawn(process.execPath, [...words], { cwd: ROOT, env: { ...coloured, ...env } })
    const output: Buffer[] = []
    for (const [from, to] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ] as const)
      from?.on('data', (part: Buffer) => {
        output.push(part)
        if (show) to.write(part)
      })
    child.on('error', (error) => resolve({ ok: false, output: error.message }))
    child.on('close', (code) => resolve({ ok: code === 0, output: Buffer.concat(output).toString() }))
  })
}
