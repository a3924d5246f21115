import type { Fen } from '../../host-link/wire/values.ts'

/** `1,234.56`: fen as yuan with grouping; the engine has no `Intl`. */
export function yuan(amount: Fen | number): string {
  const sign = amount < 0 ? '-' : ''
  const digits = String(Math.abs(amount)).padStart(3, '0')
  const whole = digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ',')
  return `${sign}${whole}.${digits.slice(-2)}`
}
