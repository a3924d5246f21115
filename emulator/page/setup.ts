import type { Stripe } from '../../terminal/device/reader.ts'
import type { TerminalSetup } from './protocol.ts'

/** A card of the wallet: demonstration cards only, so the PIN may be printed on it. */
export interface WalletCard {
  /** Names it in tests and scenarios. */
  readonly name: string
  /** What is printed on it. */
  readonly label: string
  readonly pan: string
  /** Track 2, with or without sentinels. */
  readonly track2: string
  /** Absent: a card that buys without. */
  readonly pin?: string
  readonly balanceFen: number
}

/** `GET /api/setup`: what the server knows of terminals and cards. */
export interface PageSetup {
  readonly terminals: readonly TerminalSetup[]
  readonly cards: readonly WalletCard[]
  /** Path of the host's WebSocket on this server. */
  readonly hostPath: string
  /** Path of the terminal's bundle on this server. */
  readonly programPath: string
  /** Path of QuickJS in WebAssembly on this server. */
  readonly enginePath: string
}

/** Track 2 as a reader gives it: ISO/IEC 7813, with sentinels. */
export function stripeOf(card: WalletCard): Stripe {
  return { track2: `;${card.track2.replace(/^;|\?.?$/g, '').replace(/D/i, '=')}?` }
}

/** Asks the server; an answer that is no success is an error with one sentence. */
export async function fetchJson<T>(path: string, method: 'GET' | 'POST' = 'GET'): Promise<T> {
  const response = await fetch(path, { method, cache: 'no-store' })
  if (!response.ok) throw new Error(`${path}: ${response.status} ${(await response.text()).slice(0, 200)}`)
  return (await response.json()) as T
}
