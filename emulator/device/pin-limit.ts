/**
 * How often PINs may be encrypted. Without a limit, whoever holds the terminal and a card could have every PIN
 * encrypted in an afternoon and compare. A full bucket holds 20 blocks and gains one every 10 s: a cashier with a
 * sale every 20 s and a wrong PIN now and then never meets the limit; 10,000 PINs take 28 hours. PCI PTS POI (B10 in
 * v5) asks for one in 30 s on average over 120; that average is laxer here, so that a queue of customers with two
 * tries each is not stopped.
 *
 * Credit is counted on the monotonic clock, is saved with every block and gains nothing while the power is off: no
 * restart and no setting of the clock refills it.
 */
export const PIN_COST_MS = 10_000
export const PIN_BURST = 20
export const PIN_CREDIT_MS_MAX = PIN_COST_MS * PIN_BURST

export interface PinLimit {
  /** Milliseconds until this many blocks are allowed; 0: now. */
  waitMs(blocks: number): number
  /** Takes the cost of this many blocks. Call it, and save `creditMs()`, before they are made. */
  spend(blocks: number): void
  creditMs(): number
}

export function makePinLimit(creditMs: number, monotonicMs: () => number): PinLimit {
  let credit = Math.min(creditMs, PIN_CREDIT_MS_MAX)
  let atMs = monotonicMs()

  function current(): number {
    const now = monotonicMs()
    credit = Math.min(PIN_CREDIT_MS_MAX, credit + Math.max(0, now - atMs))
    atMs = now
    return credit
  }
  return {
    waitMs: (blocks) => Math.max(0, Math.ceil(blocks * PIN_COST_MS - current())),
    spend(blocks) {
      credit = Math.max(0, current() - blocks * PIN_COST_MS)
    },
    creditMs: () => Math.floor(current()),
  }
}
