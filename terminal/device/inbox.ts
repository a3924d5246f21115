/**
 * 下载信箱: messages to and from the download service 下载服务. The device keeps the connection by itself, for as long as it
 * has power and a line, and knows in whose name it speaks: no call names another terminal's topic. What is sent may be
 * lost, come twice or come late; documents are signed, blocks have hashes, and whatever counts is asked for again.
 */
export interface Inbox {
  /** `none`: this device has no download service, now or ever. Instant. */
  state(): InboxState
  /**
   * Hands 1 to 33,792 bytes to the connection. Quality 0 may be lost; 1 is sent again while this connection lasts, which
   * is no promise that the service has taken it. `full`: too much is on its way, try later; `offline`: nothing was
   * taken. Instant.
   */
  publish(topic: UpTopic, bytes: Uint8Array, quality: 0 | 1): 'queued' | 'offline' | 'full'
  /**
   * The next message, or that the connection came or went since this was last told: after `online` the service knows
   * nothing of before. What comes while nobody waits is queued, 128 KiB at most, the newest dropped beyond. Waits up to
   * `timeoutMs`.
   */
  next(timeoutMs: number): Promise<InboxResult>
  /** Ends a pending `next` or `fetch`. Instant. */
  cancel(): void
  /**
   * Second source: `length` bytes (1 to 32,768) from `offset` of the object with this SHA-256, over HTTPS. Not yet checked
   * against anything. `none`: this device has no second source. Waits up to `timeoutMs`.
   */
  fetch(object: Uint8Array, offset: number, length: number, timeoutMs: number): Promise<FetchResult>
}

export type InboxState = 'none' | 'offline' | 'online'

/** Towards the service: what runs here, blocks that are missing, 状态报告, log. */
export type UpTopic = 'hello' | 'get' | 'state' | 'log'
/** From the service: 指令 order, blocks, acknowledgements of reports. */
export type DownTopic = 'want' | 'blk' | 'ack'

export type InboxResult =
  | { readonly kind: 'message'; readonly topic: DownTopic; readonly bytes: Uint8Array }
  | { readonly kind: 'online' | 'offline' }
  | { readonly kind: 'timeout' | 'cancelled' | 'busy' | 'none' }

export type FetchResult =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** `failed`: refused, cut, of another length, or no line. */
  | { readonly kind: 'failed' | 'timeout' | 'cancelled' | 'busy' | 'none' }

/** The longest message, either way: a block of 32 KiB and what is around it. */
export const INBOX_BYTES_MAX = 33_792
/** The most that one `fetch` brings. */
export const FETCH_BYTES_MAX = 32_768
