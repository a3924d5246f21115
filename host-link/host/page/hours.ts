import type { Hour } from './api.ts'
import type { Bar } from './bar.ts'
import { dashed, daysFrom } from './shown.ts'

/** One bar an hour, from the first to the last that has entries, the empty ones between them too. */
export function hourBars(hours: readonly Hour[]): readonly Bar[] {
  const [first] = hours
  const last = hours.at(-1)
  if (first === undefined || last === undefined) return []
  const found = new Map(hours.map((hour) => [`${hour.date} ${hour.hour}`, hour]))
  const bars: Bar[] = []
  let { date, hour } = first
  while (date < last.date || (date === last.date && hour <= last.hour)) {
    const one = found.get(`${date} ${hour}`)
    const two = String(hour).padStart(2, '0')
    const title = `${dashed(date)} ${two}:00–${String(hour + 1).padStart(2, '0')}:00`
    bars.push({ name: two, title, fen: one?.netFen ?? 0, count: one?.count ?? 0 })
    hour = (hour + 1) % 24
    if (hour === 0) date = daysFrom(date, 1)
    if (bars.length === HOURS_MAX) break
  }
  return bars
}

/** A business date has 24 hours; entries that were posted later make it longer. */
const HOURS_MAX = 72
