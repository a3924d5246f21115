import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Component } from '../../host-link/tms/payload.ts'
import { NO_MODULE, runsOf, type SourceMapLike } from '../bundle/size.ts'

/** Longest component, where its modules can be cut so; a longer module is cut where the source map allows it. */
export const COMPONENT_BYTES_MAX = 12_288
const COMPONENT_BYTES_MIN = 4_096

/**
 * A bundle in pieces at the boundaries of its modules, by its source map; joined they are the bundle. Each has the path
 * of its first module for a name, and a number where that one comes again. The same bundle gives the same pieces. A cut
 * depends on what is before it only as far as the last cut, so that a change moves few of them.
 */
export function componentsOf(code: string, map: SourceMapLike): Component[] {
  return componentsOfRuns(runsOf(code, map))
}

/**
 * The same of a program that `build` has written (its `file`): the runs of both scripts by their maps, with what is between
 * them. Throws Error where the program is not made of the scripts beside it.
 */
export function componentsOfProgram(file: string): Component[] {
  const program = readFileSync(file, 'utf8')
  const runs: Run[] = []
  let at = 0
  for (const name of ['terminal.js', 'update.js']) {
    const path = join(dirname(file), name)
    const code = readFileSync(path, 'utf8').trimEnd()
    const begins = program.indexOf(code, at)
    if (begins < 0) throw new Error(`${file} does not hold ${name}: build again`)
    runs.push({ module: NO_MODULE, text: program.slice(at, begins) })
    runs.push(...runsOf(code, JSON.parse(readFileSync(`${path}.map`, 'utf8')) as SourceMapLike))
    at = begins + code.length
  }
  return componentsOfRuns([...runs, { module: NO_MODULE, text: program.slice(at) }])
}

type Run = ReturnType<typeof runsOf>[number]

function componentsOfRuns(runs: readonly Run[]): Component[] {
  const components: Component[] = []
  const times = new Map<string, number>()
  let name = ''
  let text: string[] = []
  let length = 0
  const cut = () => {
    if (length === 0) return
    const time = (times.get(name) ?? 0) + 1
    times.set(name, time)
    components.push({ name: time === 1 ? name : `${name}#${time}`, bytes: Buffer.from(text.join('')) })
    text = []
    length = 0
  }
  let before = ''
  for (const { module, text: piece } of runs) {
    const bytes = Buffer.byteLength(piece)
    if (bytes === 0) continue
    const boundary = module !== before && module !== NO_MODULE
    const full = length + bytes > COMPONENT_BYTES_MAX
    if (full || (boundary && length >= COMPONENT_BYTES_MIN && isMark(module))) cut()
    if (length === 0) name = nameOf(module)
    text.push(piece)
    length += bytes
    before = module
  }
  cut()
  return components
}

/** Every fourth module, by its path alone: a place to cut that stays when others come and go. */
function isMark(module: string): boolean {
  let sum = 0
  for (const character of module) sum = (31 * sum + character.charCodeAt(0)) % 65_521
  return sum % 4 === 0
}

/** Printable ASCII, 70 characters at most: what a manifest takes, with a number behind it. */
function nameOf(module: string): string {
  return module.replace(/[^ -~]/g, '?').slice(-70)
}
