import type { Pos } from '../../pos.ts'
import { goOnline } from './online.ts'

/**
 * A PIN block is good under the keys it was made with: a sign-on that is wanted comes before the PIN is typed, at any attempt.
 * Twice at most: what is owed goes with the first sign-on, its answer may ask for another, and after that nothing is owed.
 */
export async function signOnBeforePin(
  pos: Pos,
  title: string,
): Promise<{ readonly kind: 'signedOn' | 'refused' }> {
  for (let look = 1; look <= 2 && !pos.session.signedOn; look++) {
    const online = await goOnline(pos, title)
    if (online.kind !== 'ready') return online
    pos.device.link.close()
  }
  return { kind: 'signedOn' }
}
