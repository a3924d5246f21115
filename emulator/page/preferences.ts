import type { PaperLine } from '../device/ports.ts'
import type { Choice } from './protocol.ts'

/** What the page remembers between visits; the terminal's own memory is the worker's (`worker/vault.ts`). */
export interface Preferences extends Choice {
  readonly sound: boolean
  /** WebSocket address of the injection station last used. */
  readonly station: string
  /** Serial number of the terminal last used. */
  readonly serial: string | undefined
}

/** A slip torn off, newest last. */
export interface Slip {
  readonly id: number
  /** Milliseconds since 1970. */
  readonly at: number
  readonly columns: number
  readonly lines: readonly PaperLine[]
}

/** Paper hanging from the printer. */
export interface Roll {
  readonly lines: readonly PaperLine[]
  readonly columns: number
}

export interface Paper {
  readonly roll: Roll
  readonly slips: readonly Slip[]
}

/** Slips kept; the oldest go. */
export const SLIPS_MAX = 40

/** A station of this machine: `shuaka keys station run --ws 127.0.0.1:8092`. */
const STATION = 'ws://127.0.0.1:8092'

const PREFERENCES = 'shuaka.preferences'
const paperKey = (serial: string) => `shuaka.paper.${serial}`

/** As kept, else as a terminal leaves the box: standard, Chinese, ISO 8583. */
export function loadPreferences(storage: Storage): Preferences {
  const kept = read<Partial<Preferences>>(storage, PREFERENCES) ?? {}
  return {
    model: kept.model === 'compact' ? 'compact' : 'standard',
    locale: kept.locale === 'en' ? 'en' : 'zh',
    dialect: kept.dialect === 'cbor' ? 'cbor' : 'cup',
    sound: kept.sound ?? true,
    station: kept.station ?? STATION,
    serial: kept.serial,
  }
}

export function savePreferences(storage: Storage, preferences: Preferences): void {
  storage.setItem(PREFERENCES, JSON.stringify(preferences))
}

export function loadPaper(storage: Storage, serial: string): Paper {
  const kept = read<Paper>(storage, paperKey(serial))
  return kept ?? { roll: { lines: [], columns: 32 }, slips: [] }
}

export function savePaper(storage: Storage, serial: string, paper: Paper): void {
  storage.setItem(paperKey(serial), JSON.stringify(paper))
}

function read<T>(storage: Storage, key: string): T | undefined {
  try {
    const text = storage.getItem(key)
    return text === null ? undefined : (JSON.parse(text) as T)
  } catch {
    return undefined // written by another version: begin anew
  }
}
