import type { ProgramStart } from '../boot.ts'
import { models } from '../device/display.ts'
import type { Picture } from '../device/ports.ts'
import { ENTRIES_MAX, type LogEntry } from './frames.ts'
import { type Paper, SLIPS_MAX, type Slip } from './preferences.ts'
import type { Choice, FromWorker, KeyRow } from './protocol.ts'

/** All that the page shows of the terminal, besides the frames (`frames.ts`) and what the server says. */
export interface PageState {
  readonly picture: Picture | undefined
  readonly powered: boolean
  readonly cable: boolean
  readonly paperLoaded: boolean
  readonly paper: Paper
  readonly log: readonly LogEntry[]
  readonly keys: { readonly rows: readonly KeyRow[]; readonly tampered: boolean }
  /** Something is plugged into the service socket. */
  readonly station: boolean
  /** What the first stage started last. */
  readonly program: ProgramStart | undefined
  readonly memory: { readonly used: number; readonly peak: number } | undefined
  /** Why the application last ended by itself; gone with its next start. */
  readonly stopped: string | undefined
  /** Why the worker cannot go on. */
  readonly failed: string | undefined
}

export type Change =
  | { readonly kind: 'fromWorker'; readonly message: FromWorker; readonly choice: Choice }
  | { readonly kind: 'logged'; readonly entries: readonly LogEntry[] }
  | { readonly kind: 'logCleared' }
  | { readonly kind: 'cable'; readonly plugged: boolean }
  | { readonly kind: 'paperLoaded'; readonly loaded: boolean }
  | { readonly kind: 'station'; readonly plugged: boolean }
  | { readonly kind: 'torn'; readonly at: number }
  | { readonly kind: 'slipRemoved'; readonly id: number }

export function initialState(paper: Paper): PageState {
  return {
    picture: undefined,
    powered: false,
    cable: true,
    paperLoaded: true,
    paper,
    log: [],
    keys: { rows: [], tampered: false },
    station: false,
    program: undefined,
    memory: undefined,
    stopped: undefined,
    failed: undefined,
  }
}

export function changed(state: PageState, change: Change): PageState {
  switch (change.kind) {
    case 'fromWorker':
      return told(state, change.message, change.choice)
    case 'logged':
      return { ...state, log: [...state.log, ...change.entries].slice(-ENTRIES_MAX) }
    case 'logCleared':
      return { ...state, log: [] }
    case 'cable':
      return { ...state, cable: change.plugged }
    case 'paperLoaded':
      return { ...state, paperLoaded: change.loaded }
    case 'station':
      return { ...state, station: change.plugged }
    case 'torn':
      return { ...state, paper: torn(state.paper, change.at) }
    case 'slipRemoved': {
      const slips = state.paper.slips.filter((slip) => slip.id !== change.id)
      return { ...state, paper: { ...state.paper, slips } }
    }
    default:
      return change satisfies never
  }
}

function told(state: PageState, message: FromWorker, choice: Choice): PageState {
  switch (message.kind) {
    case 'screen':
      return { ...state, picture: message.picture }
    case 'paper': {
      const columns = models[choice.model].paperColumns
      const lines = [...state.paper.roll.lines, message.line]
      return { ...state, paper: { ...state.paper, roll: { ...state.paper.roll, lines, columns } } }
    }
    case 'power':
      return { ...state, powered: message.on, stopped: undefined, memory: undefined }
    case 'stopped':
      return { ...state, stopped: message.why }
    case 'keys':
      return { ...state, keys: { rows: message.rows, tampered: message.tampered } }
    case 'program': {
      const { place, version, attempt } = message
      return { ...state, program: { place, version, attempt } }
    }
    case 'memory':
      return { ...state, memory: { used: message.used, peak: message.peak } }
    case 'failed':
      return { ...state, failed: message.why }
    case 'wire':
    case 'beep':
      return state
    default:
      return message satisfies never
  }
}

/** Tears off all that hangs from the printer: one strip, as from a real one. */
function torn({ roll, slips }: Paper, at: number): Paper {
  const id = (slips.at(-1)?.id ?? 0) + 1
  const printed = roll.lines.some((line) => line.text.trim() !== '')
  const slip: Slip = { id, at, columns: roll.columns, lines: roll.lines }
  return {
    roll: { lines: [], columns: roll.columns },
    slips: (printed ? [...slips, slip] : slips).slice(-SLIPS_MAX),
  }
}
