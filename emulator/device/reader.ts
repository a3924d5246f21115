import type { CardResult, Reader, Stripe } from '../../terminal/device/reader.ts'
import { type Bus, makeWait } from './bus.ts'

/** Characters that a track can hold at its density, ISO/IEC 7811-6, sentinels and LRC included. */
const TRACK_CHARACTERS_MAX = { track1: 79, track2: 40, track3: 107 } as const
const tracks = ['track1', 'track2', 'track3'] as const

/** The stripe reader and the hand that swipes. */
export interface ReaderUnit {
  readonly reader: Reader
  swipe(stripe: Stripe): void
  swipeBadly(): void
}

export function makeReader(bus: Bus): ReaderUnit {
  const wait = makeWait<CardResult>(bus)
  return {
    reader: {
      wait(timeoutMs) {
        bus.show()
        if (wait.pending) return Promise.resolve({ kind: 'busy' })
        return wait.begin(timeoutMs, { kind: 'timeout' })
      },
      cancel() {
        wait.settle({ kind: 'cancelled' })
      },
    },
    swipe(stripe) {
      wait.settle(read(stripe))
    },
    swipeBadly() {
      wait.settle({ kind: 'unreadable' })
    },
  }
}

/** Blank tracks are left out; a card with none, or with more than a track can hold, cannot be read. */
function read(stripe: Stripe): CardResult {
  const found: { track1?: string; track2?: string; track3?: string } = {}
  for (const name of tracks) {
    const text = stripe[name]
    if (text === undefined || text === '') continue
    if (text.length > TRACK_CHARACTERS_MAX[name]) return { kind: 'unreadable' }
    found[name] = text
  }
  return Object.keys(found).length === 0 ? { kind: 'unreadable' } : { kind: 'stripe', ...found }
}
