/** 读卡器. This release reads the magnetic stripe; chip and contactless join the result union when they come. */
export interface Reader {
  /** Waits up to `timeoutMs` for a card. A swipe while nobody waits is lost, as on a real reader. */
  wait(timeoutMs: number): Promise<CardResult>
  /** Ends a pending `wait`. Instant. */
  cancel(): void
}

export type CardResult =
  | ({ readonly kind: 'stripe' } & Stripe)
  /** A swipe that could not be read: swipe again. */
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'timeout' | 'cancelled' | 'busy' }

/**
 * Tracks as read, ISO/IEC 7811: with sentinels (`;…?`, `%…?`) and, where the reader gives it, the LRC character
 * after the end sentinel. A track that is absent or blank is left out. At most 79, 40 and 107 characters.
 */
export interface Stripe {
  readonly track1?: string
  readonly track2?: string
  readonly track3?: string
}
