/** 清算日期: dates are `20261121`, times `220452`, both the host's local ones. */

/** Minutes after the cut-over within which an entry of the day before may still be on its way to the disk. */
export const MARGIN_MINUTES = 2

const DAY_MS = 86_400_000
const DAY_MINUTES = 1440

/** Whether text is a date that exists. */
export function isDate(text: string): boolean {
  return /^\d{8}$/.test(text) && Number.isFinite(msOf(text)) && textOf(msOf(text)) === text
}

/** Monday to Sunday around a date. */
export function weekOf(date: string): readonly string[] {
  const sinceMonday = (new Date(msOf(date)).getUTCDay() + 6) % 7
  return Array.from({ length: 7 }, (_, day) => daysFrom(date, day - sinceMonday))
}

/** All days of a month `202611`. */
export function monthOf(month: string): readonly string[] {
  const first = `${month}01`
  return Array.from({ length: 31 }, (_, day) => daysFrom(first, day)).filter((day) => day.startsWith(month))
}

/**
 * The last business date that has ended at a local date and time: the day's own once the cut-over `HH:MM` and the margin
 * are past, else that of the day before.
 */
export function lastEnded(
  { date, time }: { readonly date: string; readonly time: string },
  cutOver: string,
): string {
  const minutes = Number(time.slice(0, 2)) * 60 + Number(time.slice(2, 4))
  const ended = Number(cutOver.slice(0, 2)) * 60 + Number(cutOver.slice(3, 5)) + MARGIN_MINUTES
  if (minutes >= ended) return date
  // A cut-over within the margin of midnight: the day before has ended only when its margin has.
  return minutes + DAY_MINUTES >= ended ? daysFrom(date, -1) : daysFrom(date, -2)
}

/** So many days later, or earlier. */
export function daysFrom(date: string, days: number): string {
  return textOf(msOf(date) + days * DAY_MS)
}

function msOf(date: string): number {
  return Date.parse(`${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}T00:00:00Z`)
}

function textOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10).replaceAll('-', '')
}
