import { equalBytes } from '../../keys/equal-bytes.ts'
import { PIN_DIGITS_MAX } from '../../keys/pin-block.ts'
import { wipe } from '../../keys/wipe.ts'
import type {
  PinChangeRequest,
  PinChangeResult,
  PinRequest,
  PinResult,
} from '../../terminal/device/secure.ts'
import type { PinDialogue } from './pin-entry.ts'

/** How often the new PIN and its repetition may differ. */
const DIFFERENCES_MAX = 3
/** What a change keeps between its screens: the old PIN, then the new one. */
export const CHANGE_BYTES = 2 * PIN_DIGITS_MAX

/** One PIN for a transaction. `encrypt` makes the block and overwrites the digits it is given. */
export function onePin(
  request: PinRequest,
  encrypt: (request: PinRequest, digits: Uint8Array) => PinResult,
): PinDialogue<PinResult> {
  const { prompt, amountFen, locale, bypass, timeoutMs } = request
  const bound = { ...request } // fixed before the first digit
  return {
    timeoutMs,
    page: () => ({ prompt, amountFen, locale, bypass }),
    ...(bypass ? { empty: { kind: 'bypassed' } } : {}),
    entered: (digits) => encrypt(bound, digits),
    drop: () => undefined,
  }
}

/**
 * 修改密码: the old PIN, the new one, the new one again. What was typed before waits in `memory` (`CHANGE_BYTES`) and nowhere
 * else; `encrypt` overwrites both parts.
 */
export function changedPin(
  request: PinChangeRequest,
  memory: Uint8Array,
  encrypt: (request: PinChangeRequest, old: Uint8Array, fresh: Uint8Array) => PinChangeResult,
): PinDialogue<PinChangeResult> {
  const { again, locale, timeoutMs } = request
  const bound = { ...request }
  let oldDigits = 0
  let freshDigits = 0
  let differences = 0
  const old = (): Uint8Array => memory.subarray(0, oldDigits)
  const fresh = (): Uint8Array => memory.subarray(PIN_DIGITS_MAX, PIN_DIGITS_MAX + freshDigits)

  function prompt() {
    if (oldDigits === 0) return again ? 'oldAgain' : 'old'
    if (freshDigits === 0) return differences > 0 ? 'differ' : 'new'
    return 'newAgain'
  }
  function entered(digits: Uint8Array): PinChangeResult | undefined {
    if (oldDigits === 0) {
      memory.set(digits)
      oldDigits = digits.length
    } else if (freshDigits === 0) {
      memory.set(digits, PIN_DIGITS_MAX)
      freshDigits = digits.length
    } else if (equalBytes(fresh(), digits)) {
      return encrypt(bound, old(), fresh())
    } else {
      wipe(fresh())
      freshDigits = 0
      if (++differences === DIFFERENCES_MAX) return { kind: 'different' }
    }
    return undefined
  }
  return {
    timeoutMs,
    page: () => ({ prompt: prompt(), locale, bypass: false }),
    entered,
    drop: () => wipe(memory),
  }
}
