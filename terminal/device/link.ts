/**
 * 通讯: one byte stream to the host (TCP, TLS or WebSocket by the address), opened for an exchange and closed after.
 * What arrives may be cut into any chunks.
 */
export interface Link {
  /** Opens the stream to the host of the device's set-up. Waits up to `timeoutMs`. An open stream is closed first. */
  open(timeoutMs: number): Promise<OpenResult>
  /** Hands all `bytes` (1–4096) to the stream. `closed` says nothing about how many of them left. */
  send(bytes: Uint8Array): Promise<{ readonly kind: 'sent' | 'closed' }>
  /** The next bytes, at least one. Waits up to `timeoutMs`. */
  receive(timeoutMs: number): Promise<ReceiveResult>
  /** Ends a pending `open` or `receive`. Instant. */
  cancel(): void
  /** Closes the stream; what has not been received is lost. Instant. */
  close(): void
  /** Line quality 0 (no line) to 4. Instant. */
  quality(): number
  /** What protects the stream to the host, of the device's set-up; the same while there is power. Instant. */
  security(): LineSecurity
}

/** `noise`: inside a channel whose both ends are authenticated; `open` is open only after its handshake. */
export type LineSecurity = 'plain' | 'tls' | 'noise'

export type OpenResult =
  | { readonly kind: 'open' }
  | { readonly kind: 'refused' | 'noLine' | 'timeout' | 'cancelled' | 'busy' }
export type ReceiveResult =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'timeout' | 'closed' | 'cancelled' | 'busy' }
