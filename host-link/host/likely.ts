import { textOfBytes } from '../wire/bytes.ts'
import type { Kind } from './ledger.ts'
import type { HostCard } from './registry.ts'
import { bytes, parts60, type Request, sixDigitNumber, text } from './request.ts'
import type { Likely } from './store.ts'

/**
 * What the books will be asked for a request: a guess, before anything of it was checked. Where it is wrong, the
 * transaction reads what it needs all the same, only later.
 */
export function likelyOf(
  { message: { fields } }: Request,
  kind: Kind | undefined,
  cards: ReadonlyMap<string, HostCard>,
): Likely | undefined {
  const terminalId = text(fields, 41)
  if (terminalId === undefined) return undefined
  const batch = sixDigitNumber(parts60(fields).batch)
  const trace = sixDigitNumber(text(fields, 11))
  const target = bytes(fields, 62)
  const numbers = [
    text(fields, 2),
    text(fields, 35)?.split('D')[0],
    target && target.length <= 19 ? textOfBytes(target) : undefined, // the other card of a transfer
  ]
  const accounts = numbers.map((pan) => cards.get(pan ?? '')?.name).filter((name) => name !== undefined)
  return {
    terminalId,
    accounts: [...new Set(accounts)],
    ...(kind && batch > 0 && trace > 0 && { key: { terminalId, batch, trace, kind } }),
  }
}
