/** How figures and dates are written. Money is integer fen, dates are `20261121`, times `220452`. */

/** `-1,234.50`. */
export function yuan(fen: number): string {
  const digits = String(Math.abs(fen)).padStart(3, '0')
  const whole = digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ',')
  return `${fen < 0 ? '-' : ''}${whole}.${digits.slice(-2)}`
}

/** `1,234`. */
export function counted(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** `2026-11-21`. */
export function dashed(date: string): string {
  return date.replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3')
}

/** `22:04:52`. */
export function clock(time: string): string {
  return time.replace(/^(\d\d)(\d\d)(\d\d)$/, '$1:$2:$3')
}

/** Round figures for an axis: `1.2万`, `12k`. */
export function roughly(fen: number, locale: 'zh' | 'en'): string {
  const [unit, name] = locale === 'zh' ? [1_000_000, '万'] : [100_000, 'k']
  if (Math.abs(fen) < unit) return String(Math.round(fen / 100))
  return `${String(Math.round((fen / unit) * 10) / 10)}${name}`
}

/** 0 is Sunday. */
export function weekday(date: string): number {
  return new Date(`${dashed(date)}T00:00:00Z`).getUTCDay()
}

/** So many days later, or earlier; `20261121`. */
export function daysFrom(date: string, days: number): string {
  const day = new Date(Date.parse(`${dashed(date)}T00:00:00Z`) + days * 86_400_000)
  return day.toISOString().slice(0, 10).replaceAll('-', '')
}

/** So many months later, or earlier; `2026-11`. */
export function monthsFrom(month: string, months: number): string {
  const count = Number(month.slice(0, 4)) * 12 + Number(month.slice(5, 7)) - 1 + months
  return `${String(Math.floor(count / 12)).padStart(4, '0')}-${String((count % 12) + 1).padStart(2, '0')}`
}

/** All days of a month `2026-11`, as `20261101`. */
export function daysOf(month: string): readonly string[] {
  const first = `${month.replace('-', '')}01`
  return Array.from({ length: 31 }, (_, day) => daysFrom(first, day)).filter((day) =>
    day.startsWith(first.slice(0, 6)),
  )
}
