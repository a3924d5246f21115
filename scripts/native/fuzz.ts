import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { writeDeviceFolder } from '../../emulator/native/device-folder.ts'
import { CommandError, sentence } from '../command-error.ts'
import { readCards, readProvision } from '../provision.ts'
import { makeTerminalSetup } from '../terminal-setup.ts'
import { buildNative, type NativeBuild } from './build-native.ts'
import { faceRounds } from './fuzz-faces.ts'
import { FOUND, type FuzzEnd, type FuzzGround, firstStart, rounds } from './fuzz-rounds.ts'
import { makeChance } from './mutate.ts'

const WAYS = { ...rounds, ...faceRounds }
const USAGE = `npm run fuzz:native -- [--seconds N] [--seed N] [--only WAY]
  Gives the native runtime, built with sanitizers, what is strange, by these ways in: ${Object.keys(WAYS).join(', ')}. A round is the same
  for the same seed: what is found names its own, which --seed with --seconds 0 plays alone.`

export interface FuzzReport {
  readonly rounds: number
  /** One line each, with the seed of the round. */
  readonly findings: readonly string[]
}

export interface FuzzOptions {
  readonly seconds: number
  readonly seed: number
  /** One way in; absent: all in turn. */
  readonly only?: string
}

/** Ends that the port defines (docs/device.md); 0 too, where what was strange was refused without harm. */
const DEFINED = [0, 2, 3, 4, 5, 6, 7]
const AT_ONCE = 2

/** Plays rounds for so long, one at least; stops nothing at a finding. `build` is one with sanitizers. */
export async function fuzzNative(
  build: NativeBuild,
  { seconds, seed, only }: FuzzOptions,
): Promise<FuzzReport> {
  const ways = Object.entries(WAYS).filter(([way]) => only === undefined || way === only)
  if (ways.length === 0) throw new CommandError(`there is no way in named ${only}`, 2)
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-fuzz-'))
  const ground: FuzzGround = { device: build.device, folder }
  const endMs = performance.now() + seconds * 1000
  const findings: string[] = []
  let next = seed
  const worker = async (): Promise<void> => {
    do {
      const own = next++
      const [way, round] = ways[own % ways.length] ?? []
      if (way === undefined || round === undefined) return
      const fault = faultOf(await round(ground, makeChance(own)))
      if (fault !== undefined) findings.push(`seed ${own}, ${way}: ${fault}`)
    } while (performance.now() < endMs)
  }
  try {
    await prepare(build, ground)
    await Promise.all(Array.from({ length: seconds > 0 ? AT_ONCE : 1 }, worker))
    return { rounds: next - seed, findings }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A device that was started once, with the keys of its first start beside what has become of them. */
async function prepare(build: NativeBuild, { device, folder }: FuzzGround): Promise<void> {
  const demo = (name: string): string => fileURLToPath(new URL(`../demo/${name}`, import.meta.url))
  const given = { device: 'standard', locale: 'zh', dialect: 'cup', engine: 'v8', bundle: '' } as const
  const host = { host: '127.0.0.1', port: 9 }
  const cards = readCards(demo('cards.json'))
  writeDeviceFolder(
    folder,
    makeTerminalSetup(readProvision(demo('mall.json')), cards, { ...given, host }),
    'zh',
  )
  const kept = mkdtempSync(join(tmpdir(), 'shuaka-keys-'))
  cpSync(join(folder, 'keys.json'), join(kept, 'keys.json'))
  writeFileSync(join(folder, 'clock'), '0\n')
  cpSync(join(build.folder, 'program.js'), join(folder, 'program.js'))
  const first = await firstStart({ device, folder })
  if (first.status !== 0) throw new CommandError(`the terminal does not start: ${first.complaint}`)
  cpSync(join(kept, 'keys.json'), join(folder, 'keys.json'))
  rmSync(kept, { recursive: true, force: true })
}

/** What is wrong with an end: a sanitizer's finding, a signal, a code nobody defined, or no clear line. */
function faultOf({ status, complaint }: FuzzEnd): string | undefined {
  const said = complaint.split('\n').filter((line) => line !== '')
  const telling = said.find((line) => /runtime error|ERROR: AddressSanitizer|SUMMARY/.test(line))
  if (telling !== undefined || status === FOUND) return telling ?? `exit code ${FOUND}`
  if (typeof status === 'string') return `ended by ${status}`
  if (!DEFINED.includes(status)) return `exit code ${status}: ${said.at(-1)}`
  const odd = said.find((line) => !line.startsWith('shuaka-device: '))
  if (odd !== undefined) return `a line that is none of ours: ${odd}`
  if (status !== 0 && said.length === 0 && status !== 7) return `exit code ${status} without a line`
  return undefined
}

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: 'string' },
      seed: { type: 'string' },
      only: { type: 'string' },
      help: { type: 'boolean' },
    },
  })
  const seconds = Number(values.seconds ?? 60)
  const seed = Number(values.seed ?? 1)
  if (values.help || !(seconds >= 0) || !Number.isSafeInteger(seed)) {
    console.error(USAGE)
    return 2
  }
  const build = await buildNative('x86-64', { sanitize: true })
  if ('missing' in build) throw new CommandError(build.missing)
  const { only } = values
  const report = await fuzzNative(build, { seconds, seed, ...(only !== undefined && { only }) })
  for (const finding of report.findings) console.error(finding)
  console.log(`${report.rounds} rounds from seed ${seed}, ${report.findings.length} findings`)
  return report.findings.length > 0 ? 1 : 0
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    process.exitCode = await main(process.argv.slice(2))
  } catch (error) {
    console.error(`fuzz:native: ${error instanceof CommandError ? error.message : sentence(error)}`)
    process.exitCode = error instanceof CommandError ? error.exitCode : 2
  }
}
