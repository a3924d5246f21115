import type { StationView } from '../station.ts'
import type { StateAnswer } from './api.ts'
import type { Locale, Words } from './words.ts'

/** What every view is handed. */
export interface Ui {
  readonly locale: Locale
  readonly words: Words
  readonly state: StateAnswer
  readonly view: StationView
  /** Does something at the server, shows the sentence of what went wrong, and reads the state again. */
  readonly act: (work: () => Promise<unknown>) => Promise<boolean>
  /** Shows a sentence of what went well. */
  readonly say: (sentence: string) => void
}

/** `09:05`: minutes and seconds that are left; never below zero. */
export function left(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000))
  return `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`
}

/** `2026-11-22 12:11:28`, as the clock of this machine has it; empty for what is no time. */
export function moment(time: string): string {
  const date = new Date(time)
  if (Number.isNaN(date.getTime())) return ''
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

/** `2027-11-22` of 20271122. */
export function day(date: number): string {
  return String(date).replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3')
}

function two(part: number): string {
  return String(part).padStart(2, '0')
}
