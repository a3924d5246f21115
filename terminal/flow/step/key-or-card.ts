import type { Key } from '../../device/keypad.ts'
import type { Stripe } from '../../device/reader.ts'
import type { Pos } from '../../pos.ts'

export type IdleEvent =
  | { readonly kind: 'key'; readonly key: Key }
  | ({ readonly kind: 'stripe' } & Stripe)
  | { readonly kind: 'unreadable' | 'nothing' }

/**
 * The first of a key, a card and the time, while nobody is at the terminal: whoever comes is at it from then on
 * (`session.busy`), until `atRest`.
 */
export async function keyOrCard(pos: Pos, timeoutMs: number): Promise<IdleEvent> {
  atRest(pos)
  const event = await firstOf(pos, timeoutMs)
  if (event.kind === 'nothing') return event
  pos.session.busy = true
  pos.session.download.opportune = false
  return event
}

/** Whoever was at the terminal is done: from now on it is left alone, and downloads go on. */
export function atRest({ session, device, update }: Pos): void {
  if (session.busy) session.download.touchedMs = device.clock.monotonicMs()
  session.busy = false
  update?.wake()
}

async function firstOf({ device }: Pos, timeoutMs: number): Promise<IdleEvent> {
  const { keypad, reader } = device
  const key = keypad.next(timeoutMs)
  const card = reader.wait(timeoutMs)
  const first = await Promise.race([key, card])
  keypad.cancel()
  reader.cancel()
  // Both may have come in the same instant: the card is what a customer waits for.
  const [lastKey, lastCard] = await Promise.all([key, card])
  for (const event of [lastCard, lastKey, first]) {
    if (event.kind === 'stripe' || event.kind === 'unreadable')
      return event.kind === 'stripe' ? event : { kind: 'unreadable' }
    if (event.kind === 'key') return event
  }
  return { kind: 'nothing' }
}
