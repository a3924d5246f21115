import type { Dial } from '../../emulator/device/ports.ts'

/** What is used of a WebSocket: the browser's, or the class of the package `ws`. */
export interface WebSocketLike {
  binaryType: string
  onopen: ((event: never) => void) | null
  onerror: ((event: never) => void) | null
  onclose: ((event: never) => void) | null
  onmessage: ((event: never) => void) | null
  send(bytes: Uint8Array<ArrayBuffer>): void
  close(): void
}

/** Frames travel in binary messages, cut anyhow: the stream is what counts. `open` makes the socket: `new WebSocket(url)`. */
export function webSocketDial(open: () => WebSocketLike): Dial {
  return (events) =>
    new Promise((resolve) => {
      const socket = open()
      let opened = false
      let closed = false
      const end = () => {
        if (closed) return
        closed = true
        if (opened) events.closed()
        else resolve(undefined)
      }
      socket.binaryType = 'arraybuffer'
      socket.onerror = end
      socket.onclose = end
      socket.onmessage = ({ data }: { readonly data: unknown }) => {
        if (data instanceof ArrayBuffer && !closed) events.bytes(new Uint8Array(data))
      }
      socket.onopen = () => {
        opened = true
        resolve({
          send(bytes) {
            if (!closed) socket.send(Uint8Array.from(bytes))
          },
          close: () => socket.close(),
        })
      }
    })
}
