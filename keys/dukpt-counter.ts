/** Bits of a transaction counter that may be set, and its largest value: ANSI X9.24-1:2009 A.2, X9.24-3:2017 6.3. */
export interface CounterRule {
  readonly onesMax: number
  readonly counterMax: number
}

/** 21 bits, at most ten set: 1,048,575 values. */
export const TDES_COUNTER: CounterRule = { onesMax: 10, counterMax: 0x1f_ffff }
/** 32 bits, at most sixteen set. */
export const AES_COUNTER: CounterRule = { onesMax: 16, counterMax: 0xffff_ffff }

/** Whether a device may have used this counter: 0 is the initial key's, and values with too many one-bits are left out. */
export function isCounter(rule: CounterRule, counter: number): boolean {
  const whole = Number.isInteger(counter) && counter >= 1 && counter <= rule.counterMax
  return whole && ones(counter) <= rule.onesMax
}

/**
 * The counter after this one (0 before the first); undefined after the last: the device is used up then, must say so,
 * and takes new keys only. It never begins anew. Throws RangeError for what is no counter.
 */
export function nextCounter(rule: CounterRule, counter: number): number | undefined {
  if (counter !== 0 && !isCounter(rule, counter))
    throw new RangeError('DUKPT counter: not one a device can hold')
  // With all bits spent, the next value is where the lowest one carries: what lies between has more one-bits.
  const step = ones(counter) < rule.onesMax ? 1 : lowestOne(counter)
  const next = counter + step
  return next > rule.counterMax ? undefined : next
}

function ones(value: number): number {
  let count = 0
  for (let rest = value >>> 0; rest !== 0; rest &= rest - 1) count++
  return count
}

function lowestOne(value: number): number {
  return (value & -value) >>> 0
}
