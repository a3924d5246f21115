/** 键盘. Keys pressed while the secure element takes a PIN never come here. */
export interface Keypad {
  /**
   * The next key. Keys pressed while nobody waits are queued, 32 at most, the newest dropped beyond.
   * Waits up to `timeoutMs`.
   */
  next(timeoutMs: number): Promise<KeyResult>
  /** Ends a pending `next`. Instant. */
  cancel(): void
  /** Forgets the queued keys: before a question whose answer must not have been typed ahead. Instant. */
  flush(): void
}

export type KeyResult =
  | { readonly kind: 'key'; readonly key: Key }
  | { readonly kind: 'timeout' | 'cancelled' | 'busy' }

export const KEYS = [
  '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '00',
  'enter', 'clear', 'cancel', 'menu', 'up', 'down', 'f1', 'f2', 'f3', 'f4',
] as const // biome-ignore format: one row a group
export type Key = (typeof KEYS)[number]
