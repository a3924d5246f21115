import type { StationView } from '../keys/station/station.ts'
import type { ConsoleWords } from './keys-station-console-words.ts'

const BAR = 30

/** `[###---] 12/200 loaded · 1 failed · 187 left · POS-0013`. */
export function progressLine({ counts, lines }: StationView, words: ConsoleWords): string {
  const left = counts.expected + counts.sent + counts.proven
  const total = left + counts.loaded + counts.failed
  const done = total === 0 ? 0 : Math.floor((counts.loaded * BAR) / total)
  const bar = `[${'#'.repeat(done)}${'-'.repeat(BAR - done)}]`
  const busy = lines.flatMap(({ serials }) => serials).slice(0, 2)
  const parts = [`${counts.loaded}/${total} ${words.loaded}`, `${counts.failed} ${words.failed}`]
  return `${bar} ${[...parts, `${left} ${words.left}`, ...busy].join(' · ')}`
}
