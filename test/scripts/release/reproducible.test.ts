import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { folder, removeFolders } from './rig.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const SOURCES = [
  'terminal',
  'host-link',
  'keys',
  'scripts',
  'package.json',
  'package-lock.json',
  'rollup.config.mjs',
]
afterAll(removeFolders)

/** A copy of what the program is made of, in a place of its own. */
function checkout(from: string, name: string): string {
  const place = join(folder(), name)
  mkdirSync(place)
  for (const each of [...SOURCES, 'tsconfig.json'])
    cpSync(join(from, each), join(place, each), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(place, 'node_modules'))
  return place
}

/** The digest of its components, built by a process of its own. */
function built(place: string, environment: NodeJS.ProcessEnv): string {
  const script = join(place, 'print.ts')
  const print = 'process.stdout.write(JSON.stringify(all.map(({ name, bytes }) => [name, [...bytes]])))'
  writeFileSync(
    script,
    `import { cleanComponents } from './scripts/release/build.ts'\ncleanComponents(1e6).then((all) => ${print})\n`,
  )
  const out = execFileSync(process.execPath, ['--import', 'tsx', script], {
    cwd: place,
    env: { ...process.env, ...environment },
    maxBuffer: 1 << 24,
  })
  expect(out.length).toBeGreaterThan(500_000)
  return createHash('sha256').update(out).digest('hex')
}

describe('release build: reproducible', () => {
  it('two checkouts in different folders, other times, time zones and languages → the same components, bit for bit', () => {
    const one = checkout(root, 'one')
    const two = checkout(one, 'another-folder-with-a-long-name')
    const first = built(one, { TZ: 'UTC', LANG: 'C' })
    expect(built(two, { TZ: 'Asia/Shanghai', LANG: 'zh_CN.UTF-8', SOURCE_DATE_EPOCH: '1' })).toBe(first)
  }, 120_000)
})
