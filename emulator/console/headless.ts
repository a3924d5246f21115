import { describeInput } from '../../host-link/wire/describe.ts'
import {
  makeWitness,
  type Played,
  play,
  type Spectator,
  type Stage,
  type WireEvent,
  type Witness,
} from '../scenario/play.ts'
import { type Line, parseScenario } from '../scenario/scenario.ts'
import { makeVirtualTime } from '../virtual-time.ts'
import { makeRealTime } from './real-time.ts'
import { type ConsoleOptions, type ConsoleTerminal, makeConsoleTerminal } from './terminal.ts'
import type { TerminalSetup } from './worker-words.ts'

/** How a scenario went, and what to print. */
export interface Report {
  readonly passed: boolean
  readonly text: string
}

/**
 * Plays `text` on a new terminal: in virtual time with the embedded host, so that no wait takes time, and in real
 * time with a host on the network. Rejects when there is no terminal (no engine, keys that do not fit). `make` puts the
 * terminal together: an emulated one where it is not given.
 *
 * @throws ScenarioError when `text` is no scenario.
 */
export async function playHeadless(
  setup: TerminalSetup,
  text: string,
  file: string,
  spectator?: Spectator,
  make: MakeTerminal = makeConsoleTerminal,
): Promise<Report> {
  const lines = parseScenario(text, file)
  const witness = makeWitness(spectator?.observer)
  const stops: string[] = []
  const onStopped = (why: string): void => {
    stops.push(why)
  }
  const seen = { setup, observer: witness.observer, onStopped }
  const { terminal, pass } =
    setup.host.kind === 'embedded' ? await inVirtualTime(seen, make) : await inRealTime(seen, make)
  try {
    const played = await play(lines, makeStage(setup, terminal, pass), witness, spectator)
    return { passed: played.kind === 'passed', text: reportOf(file, played, witness, stops) }
  } finally {
    terminal.close()
  }
}

type Pass = Stage['pass']
type Seen = Omit<ConsoleOptions, 'scheduler'>
/** Puts a terminal together: an emulated one, or a native one. */
type MakeTerminal = (given: ConsoleOptions) => Promise<ConsoleTerminal>

/** A scenario against the embedded host begins at 09:05 on 21 November 2026: a slip's date can be written into the file. */
const SCENARIO_START_MS = Date.UTC(2026, 10, 21, 9, 5)

async function inVirtualTime(
  seen: Seen,
  make: MakeTerminal,
): Promise<{ terminal: ConsoleTerminal; pass: Pass }> {
  let terminal: ConsoleTerminal | undefined
  const time = makeVirtualTime({
    wallMs: SCENARIO_START_MS,
    async settle() {
      await terminal?.started()
      await new Promise((resolve) => setImmediate(resolve))
    },
  })
  terminal = await make({ ...seen, scheduler: time })
  return { terminal, pass: (ms, done) => time.runUntil(done, ms) }
}

/** How often a wait in real time looks. */
const LOOK_MS = 10

async function inRealTime(
  seen: Seen,
  make: MakeTerminal,
): Promise<{ terminal: ConsoleTerminal; pass: Pass }> {
  const terminal = await make({ ...seen, scheduler: makeRealTime() })
  const pass: Pass = async (ms, done) => {
    const endMs = performance.now() + ms
    while (!done()) {
      const left = endMs - performance.now()
      if (left <= 0) return false
      await new Promise((resolve) => setTimeout(resolve, Math.min(LOOK_MS, left)))
    }
    return true
  }
  return { terminal, pass }
}

function makeStage(setup: TerminalSetup, terminal: ConsoleTerminal, pass: Pass): Stage {
  const { machine } = terminal
  return {
    operator: machine.operator,
    power(on) {
      if (on) machine.powerOn()
      else machine.powerOff()
    },
    locale(locale) {
      terminal.setLocale(locale)
      if (machine.state === 'off') return
      machine.powerOff()
      machine.powerOn()
    },
    pass,
    card: (name) => setup.wallet.find((card) => card.name === name)?.track2,
    cardNames: setup.wallet.map((card) => card.name),
  }
}

/** Frames at the end of a report. */
const FRAMES_SHOWN = 6

function reportOf(file: string, played: Played, witness: Witness, stops: readonly string[]): string {
  if (played.kind === 'passed') return `${file}: ${played.steps} steps passed`
  return [
    `${file}:${played.line.number}: ${shown(played.line)}`,
    `  ${played.why}`,
    ...stops.map((why) => `  the application stopped: ${why}`),
    'screen:',
    indented(witness.screen()),
    'receipt:',
    indented(witness.receipt()),
    'last frames:',
    ...witness
      .wire()
      .filter((event) => event.direction === 'out' || event.direction === 'in')
      .slice(-FRAMES_SHOWN)
      .map(frameText),
  ].join('\n')
}

/** A failing line as it stands in its file, without what it would not be good to print. */
function shown({ text, step }: Line): string {
  if (step.kind === 'pin') return 'pin …'
  return step.kind === 'swipe' && 'track2' in step.card ? 'swipe "…"' : text
}

function frameText({ direction, bytes }: WireEvent): string {
  const gbk = new TextDecoder('gbk')
  const { text, error } = describeInput(bytes, {
    mask: true,
    locale: 'both',
    charset: (part) => gbk.decode(part),
  })
  const failed = error === undefined ? '' : ` (${error.message})`
  return `  ${direction === 'out' ? '→' : '←'} ${bytes.length} bytes${failed}\n${indented(text)}`
}

function indented(text: string): string {
  const lines = text.trimEnd().split('\n')
  return lines.map((line) => `    ${line}`.trimEnd()).join('\n')
}
