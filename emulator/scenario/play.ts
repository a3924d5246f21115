import type { Observer, Operator, Picture } from '../device/ports.ts'
import type { Line, Locale, Step, Swiped } from './scenario.ts'

/**
 * Plays a scenario on a terminal. It sees and touches the terminal only as a person does, so the same player runs
 * in the console, in tests and in the page; time is whatever the stage makes of it.
 */

/** The terminal as the player has it. The stage's device must report to the witness's observer. */
export interface Stage {
  readonly operator: Operator
  /** Switches the power; on while on, or off while off, does nothing. */
  power(on: boolean): void
  /** The language for the terminal's next start; a terminal that is on restarts with it. */
  locale(locale: Locale): void
  /** Lets `ms` pass, virtual or real, or less when `done` holds earlier; says whether `done` holds then. */
  pass(ms: number, done: () => boolean): Promise<boolean>
  /** Track 2 of the wallet's card of this name. */
  card(name: string): string | undefined
  /** Names of the wallet, for the message when there is no such card. */
  readonly cardNames: readonly string[]
}

/** Somebody who looks on while a scenario is played, such as the writer of the manual. */
export interface Spectator {
  /** What the witness sees, the spectator sees too. */
  readonly observer: Observer
  /** A step begins. */
  began(line: Line): void
  /** A hand is about to act on what the screen shows now. */
  ready(): void
}

export type Played =
  | { readonly kind: 'passed'; readonly steps: number }
  | { readonly kind: 'failed'; readonly line: Line; readonly why: string }

/** `expect` and `pin` wait this long. */
export const EXPECT_MS = 10_000
/** A quick person: time before each key, swipe and look. */
export const HAND_MS = 60

/** Plays all lines in order, from a terminal that is off; switches it on before the first step but `locale`. */
export async function play(
  lines: readonly Line[],
  given: Stage,
  witness: Witness,
  spectator?: Spectator,
): Promise<Played> {
  const stage = spectator === undefined ? given : watched(given, spectator)
  let on = false
  for (const line of lines) {
    spectator?.began(line)
    if (!on && line.step.kind !== 'locale') {
      on = true
      if (line.step.kind !== 'power') stage.power(true)
    }
    if (ACTS.includes(line.step.kind)) witness.acted()
    const why = await playStep(line.step, stage, witness)
    if (why !== undefined) return { kind: 'failed', line, why }
  }
  await now(stage)
  return { kind: 'passed', steps: lines.length }
}

/** The stage, with the spectator told before each act of a hand. */
function watched(stage: Stage, spectator: Spectator): Stage {
  const { operator } = stage
  const told =
    <Given extends readonly unknown[]>(act: (...given: Given) => void) =>
    (...given: Given): void => {
      spectator.ready()
      act(...given)
    }
  return {
    ...stage,
    power: told(stage.power),
    operator: {
      press: told(operator.press),
      swipe: told(operator.swipe),
      swipeBadly: told(operator.swipeBadly),
      paperOut: told(operator.paperOut),
      paperIn: told(operator.paperIn),
      cable: told(operator.cable),
      tamper: told(operator.tamper),
      service: told(operator.service),
    },
  }
}

/** Steps after which a new receipt may begin. */
const ACTS: readonly Step['kind'][] = ['press', 'type', 'pin', 'swipe', 'power', 'paper', 'locale']

/** Undefined when the step went well, else why it did not. */
async function playStep(step: Step, stage: Stage, witness: Witness): Promise<string | undefined> {
  switch (step.kind) {
    case 'press':
      await hand(stage)
      stage.operator.press(step.key)
      return undefined
    case 'type':
      return typeDigits(step.digits, stage)
    case 'pin':
      if (!(await stage.pass(EXPECT_MS, () => witness.secure()))) return 'nobody asked for a PIN in 10 s'
      await typeDigits(step.digits, stage)
      await hand(stage)
      stage.operator.press('enter')
      return undefined
    case 'swipe':
      return swipe(step.card, stage)
    case 'expect':
      await hand(stage)
      return expectation(step, stage, witness)
    case 'wait':
      await stage.pass(step.seconds * 1000, never)
      return undefined
    case 'power':
      stage.power(step.on)
      return undefined
    case 'link':
      await now(stage)
      stage.operator.cable(step.up)
      return undefined
    case 'paper':
      await now(stage)
      if (step.present) stage.operator.paperIn()
      else stage.operator.paperOut()
      return undefined
    case 'tamper':
      await now(stage)
      stage.operator.tamper()
      return undefined
    case 'service':
      stage.operator.service()
      return undefined
    case 'locale':
      stage.locale(step.locale)
      return undefined
    case 'unsupported':
      return `${step.word}: this device has no chip or contactless reader yet`
    default:
      return step satisfies never
  }
}

const never = (): boolean => false

async function hand(stage: Stage): Promise<void> {
  await stage.pass(HAND_MS, never)
}

/** What has been done so far shows, before the next is done at the same instant. */
async function now(stage: Stage): Promise<void> {
  await stage.pass(0, never)
}

async function typeDigits(digits: string, stage: Stage): Promise<undefined> {
  for (const digit of digits) {
    await hand(stage)
    // Every character is a digit: the parser has seen to it.
    stage.operator.press(digit as '0')
  }
  return undefined
}

async function swipe(card: Swiped, stage: Stage): Promise<string | undefined> {
  const track2 = 'track2' in card ? card.track2 : stage.card(card.name)
  if (track2 === undefined)
    return `no card of this name in the wallet; there are: ${stage.cardNames.join(', ') || 'none'}`
  await hand(stage)
  stage.operator.swipe({ track2 })
  return undefined
}

async function expectation(
  step: Step & { kind: 'expect' },
  stage: Stage,
  witness: Witness,
): Promise<string | undefined> {
  const { where, pattern } = step
  switch (where) {
    case 'screen':
      return (await stage.pass(EXPECT_MS, () => pattern.test(witness.screen())))
        ? undefined
        : 'the screen did not show it in 10 s'
    case 'receipt': {
      const seen = await stage.pass(EXPECT_MS, () => pattern.test(witness.receipt()))
      if (seen) witness.readPaper()
      return seen ? undefined : 'the receipt did not show it in 10 s'
    }
    case 'no': {
      if (pattern.test(witness.newPaper())) return 'it is on the paper printed since the last expect receipt'
      const gone = await stage.pass(EXPECT_MS, () => !pattern.test(witness.screen()))
      if (pattern.test(witness.newPaper())) return 'it was printed'
      return gone ? undefined : 'the screen still showed it after 10 s'
    }
    default:
      return where satisfies never
  }
}

/** One event of the line, in order. */
export interface WireEvent {
  readonly direction: 'out' | 'in' | 'open' | 'close'
  readonly bytes: Uint8Array
}

/** What has been seen of the device so far, for the player and for the report of a failure. */
export interface Witness {
  readonly observer: Observer
  /** The rows of the screen joined with newlines; empty before the first picture and without power. */
  screen(): string
  /** True while the secure element asks for a PIN. */
  secure(): boolean
  /**
   * The receipt: what has been printed without anybody doing something in between, or, until the next begins, the
   * last one. Lines joined with newlines.
   */
  receipt(): string
  /** Somebody did something: what is printed after a finished slip is another receipt. */
  acted(): void
  /** The paper printed since `readPaper`. */
  newPaper(): string
  readPaper(): void
  /** The last events of the line, oldest first, `WIRE_EVENTS_MAX` at most. */
  wire(): readonly WireEvent[]
}

export const WIRE_EVENTS_MAX = 40
/** Lines of paper that a witness keeps. */
export const PAPER_LINES_MAX = 2000

/** A witness of one device. Whatever it sees it also passes on to `also`. */
export function makeWitness(also?: Observer): Witness {
  let picture: Picture | undefined
  let slipDone = false
  let acted = false
  let receipt: string[] = []
  let fresh: string[] = []
  const wire: WireEvent[] = []

  const observer: Observer = {
    screen(next) {
      picture = next
      also?.screen(next)
    },
    paper(line) {
      if (slipDone && acted) receipt = []
      slipDone = false
      acted = false
      receipt.push(line.text)
      fresh.push(line.text)
      if (fresh.length > PAPER_LINES_MAX) fresh.shift()
      if (receipt.length > PAPER_LINES_MAX) receipt.shift()
      also?.paper(line)
    },
    slipEnd() {
      slipDone = true
      also?.slipEnd()
    },
    wire(direction, bytes) {
      wire.push({ direction, bytes: bytes.slice() })
      if (wire.length > WIRE_EVENTS_MAX) wire.shift()
      also?.wire(direction, bytes)
    },
    beep(kind) {
      also?.beep?.(kind)
    },
  }
  return {
    observer,
    screen: () => (picture?.lit ? picture.rows.map((row) => row.text).join('\n') : ''),
    secure: () => picture?.secure ?? false,
    receipt: () => receipt.join('\n'),
    acted() {
      acted = true
    },
    newPaper: () => fresh.join('\n'),
    readPaper() {
      fresh = []
    },
    wire: () => wire,
  }
}
