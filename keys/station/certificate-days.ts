const DAY_MS = 86_400_000

/** Days from the day of the clock (UTC) to a day as YYYYMMDD: 0 on that day, below 0 after it. */
export function daysUntil(date: number, nowMs: number): number {
  const end = Date.UTC(Math.floor(date / 10_000), (Math.floor(date / 100) % 100) - 1, date % 100)
  return Math.round(end / DAY_MS) - Math.floor(nowMs / DAY_MS)
}
