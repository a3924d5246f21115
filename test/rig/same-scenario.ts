import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { playHeadless } from '../../emulator/console/headless.ts'
import {
  type ConsoleOptions,
  type ConsoleTerminal,
  makeConsoleTerminal,
} from '../../emulator/console/terminal.ts'
import type { TerminalSetup } from '../../emulator/console/worker-words.ts'
import type { Observer } from '../../emulator/device/ports.ts'
import { PROGRAM_CHIP } from '../../emulator/device/slots.ts'
import { makeNativeTerminal, type NativeRig } from '../../emulator/native/native-terminal.ts'
import { readCards, readProvision } from '../../scripts/provision.ts'
import { makeTerminalSetup } from '../../scripts/terminal-setup.ts'
import { VERSION } from '../../terminal/version.ts'

/** What a scenario left behind: all that a person, the host and a reader of the flash chip can tell. */
export interface Trace {
  readonly passed: boolean
  /** Of a scenario that failed: why. */
  readonly report: string
  /** Pictures, lines of paper and bytes on the line, in order; a picture that repeats the last one once. */
  readonly events: readonly string[]
  /** SHA-256 of the journal's chip, and of the program chip; where no file of the latter has been written, of an erased one. */
  readonly flash: string
  readonly programs: string
}

export interface Played {
  readonly file: string
  readonly device: 'compact' | 'standard'
  readonly dialect: 'cup' | 'cbor'
}

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url))
const cards = readCards(path('scripts/demo/cards.json'))

/** Plays a file of test/scenario on V8 or QuickJS in WebAssembly (`bundle`), with chance from a seed. */
export function onEmulator(played: Played, bundle?: string): Promise<Trace> {
  // The name that a native terminal shows under 版本 is the one thing that would differ.
  return trace(played, bundle, (given) =>
    makeConsoleTerminal({ ...given, runtime: `quickjs-native ${VERSION}` }),
  )
}

/** What a native terminal makes at its first start and needs no second time: its secret, and bytecode sealed under it. */
const MADE_ONCE = ['device.key', 'program.bc'] as const

/** The same on a native terminal. `made`: folder that keeps what the first terminal of this binary made, for the next ones. */
export function onNative(played: Played, rig: NativeRig, made: string): Promise<Trace> {
  const ends: string[] = []
  return trace(
    played,
    undefined,
    async (given) => {
      const folder = given.setup.flashFolder ?? ''
      copyMade(made, folder)
      const terminal = await makeNativeTerminal(given, rig, {
        onEnded: (status, complaint) => ends.push(`the process ended with ${status}: ${complaint}`),
      })
      return {
        ...terminal,
        close() {
          copyMade(folder, made)
          terminal.close()
        },
      }
    },
    ends,
  )
}

function copyMade(from: string, to: string): void {
  if (MADE_ONCE.some((name) => !existsSync(join(from, name)) || existsSync(join(to, name)))) return
  for (const name of MADE_ONCE) copyFileSync(join(from, name), join(to, name))
}

async function trace(
  { file, device, dialect }: Played,
  bundle: string | undefined,
  make: (given: ConsoleOptions) => Promise<ConsoleTerminal>,
  ends: readonly string[] = [],
): Promise<Trace> {
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-same-'))
  try {
    const events: string[] = []
    const spectator = { observer: recorder(events), began: () => undefined, ready: () => undefined }
    const setup = setupOf(file, { device, dialect, folder, bundle })
    let closed = Promise.resolve()
    const { passed, text } = await playHeadless(
      setup,
      readFileSync(path(`test/scenario/${file}`), 'utf8'),
      file,
      spectator,
      async (given) => {
        const terminal = await make({ ...given, random: chance('device'), hostRandom: chance('host') })
        return {
          ...terminal,
          close() {
            terminal.close()
            closed = terminal.started()
          },
        }
      },
    )
    await closed
    const flash = digest(readFileSync(join(folder, 'flash.bin')))
    const programs = digest(programImage(join(folder, 'programs.bin')))
    return { passed, report: [passed ? '' : text, ...ends].join('\n').trim(), events, flash, programs }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function programImage(file: string): Uint8Array {
  const { sectorBytes, sectorCount } = PROGRAM_CHIP
  return existsSync(file) ? readFileSync(file) : new Uint8Array(sectorBytes * sectorCount).fill(0xff)
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

interface Where {
  readonly device: 'compact' | 'standard'
  readonly dialect: 'cup' | 'cbor'
  readonly folder: string
  readonly bundle: string | undefined
}

function setupOf(file: string, { device, dialect, folder, bundle }: Where): TerminalSetup {
  const provision = readProvision(path(`scripts/demo/${file.includes('shop') ? 'shop' : 'mall'}.json`))
  const acquirer = file.includes('service-info') ? { acquirer: path('scripts/demo/acquirer.json') } : {}
  const engine = bundle === undefined ? ('v8' as const) : ('quickjs' as const)
  return makeTerminalSetup(provision, cards, {
    ...{ ...acquirer, dialect, device, engine, flash: folder, locale: 'zh', bundle: bundle ?? '' },
  })
}

function recorder(events: string[]): Observer {
  const note = (event: string): void => {
    if (event !== events.at(-1) || !event.startsWith('screen')) events.push(event)
  }
  return {
    screen(picture) {
      const seen = picture.lit ? picture : { lit: false }
      note(`screen ${JSON.stringify(seen)}`)
    },
    paper: (line) => note(`paper ${JSON.stringify(line)}`),
    slipEnd: () => note('tear'),
    wire: (direction, bytes) => note(`${direction} ${Buffer.from(bytes).toString('hex')}`),
  }
}

/** Bytes that look like chance and are the same in every run: SHA-256 of a counter. */
function chance(seed: string): (length: number) => Uint8Array {
  let count = 0
  return (length) => {
    const bytes = new Uint8Array(length)
    for (let at = 0; at < length; at += 32) {
      const block = createHash('sha256').update(`${seed} ${count++}`).digest()
      bytes.set(block.subarray(0, Math.min(32, length - at)), at)
    }
    return bytes
  }
}
