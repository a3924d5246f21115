import { FRAME_BYTES_MAX } from './channel-end.ts'
import { type Hello, MAGIC, readHello } from './hello.ts'
import { joined } from './noise-cipher.ts'

/** Length (2 bytes, big endian) and the bytes of one Noise message, 1 to 16,384. */
export function frame(message: Uint8Array): Uint8Array {
  if (message.length < 1 || message.length > FRAME_BYTES_MAX)
    throw new RangeError(`frame: 1 to ${FRAME_BYTES_MAX} bytes, got ${message.length}`)
  return joined(Uint8Array.of(message.length >> 8, message.length & 0xff), message)
}

export type Item =
  | { readonly kind: 'hello'; readonly hello: Hello; readonly bytes: Uint8Array }
  | { readonly kind: 'frame'; readonly message: Uint8Array }
  | { readonly kind: 'more' }
  | { readonly kind: 'bad' }

/** What has arrived and is not used yet: one frame at most, beside the chunk that is worked on. */
export interface Input {
  push(chunk: Uint8Array): void
  /** The next hello; what stands before it is passed over. */
  hello(): Item
  /** What stands at this boundary: a frame, a hello, or neither. */
  frame(): Item
  readonly pending: number
}

export function makeInput(): Input {
  let bytes: Uint8Array = new Uint8Array(0)
  const taken = (length: number): Uint8Array => {
    const from = bytes.slice(0, length)
    bytes = bytes.subarray(length)
    return from
  }
  const helloHere = (): Item => {
    const read = readHello(bytes)
    if (read.kind === 'hello') return { kind: 'hello', hello: read.hello, bytes: taken(read.length) }
    return read.kind === 'more' ? { kind: 'more' } : { kind: 'bad' }
  }
  return {
    push(chunk) {
      bytes = joined(bytes, chunk)
    },
    hello() {
      for (;;) {
        const start = bytes.indexOf(MAGIC[0] ?? 0)
        bytes = start < 0 ? new Uint8Array(0) : bytes.subarray(start)
        const item: Item = start < 0 ? { kind: 'more' } : helloHere()
        if (item.kind !== 'bad') return item
        bytes = bytes.subarray(1)
      }
    },
    frame() {
      const [high, low] = bytes
      if (high === undefined || low === undefined) return { kind: 'more' }
      if (high === MAGIC[0] && low === MAGIC[1]) return helloHere()
      const length = high * 256 + low
      if (length < 1 || length > FRAME_BYTES_MAX) return { kind: 'bad' }
      return bytes.length < 2 + length
        ? { kind: 'more' }
        : { kind: 'frame', message: taken(2 + length).slice(2) }
    },
    get pending() {
      return bytes.length
    },
  }
}
