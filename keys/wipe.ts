/**
 * Overwrites buffers that held a key, a PIN or a clear block, so that a later read of this memory (a heap dump, a
 * buffer handed on by mistake) finds nothing. JavaScript promises no more than that: the engine may have moved the
 * bytes before, and the key schedules inside a cipher package stay until they are collected.
 */
export function wipe(...buffers: readonly (Uint8Array | undefined)[]): void {
  for (const buffer of buffers) buffer?.fill(0)
}
