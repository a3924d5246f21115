import type { MessagePort } from 'node:worker_threads'
import type { Dial, Stream, StreamEvents } from '../device/ports.ts'

/**
 * A serial port between two threads. The native code of `serialport` waits in the event loop of the process's first
 * thread, whoever opened the port: opened in a worker, its first byte ends the process. So that thread holds the port,
 * and the worker has its end of this bridge.
 */

type ToPort =
  | { readonly kind: 'open'; readonly call: number }
  | { readonly kind: 'close'; readonly call: number }
  | { readonly kind: 'send'; readonly call: number; readonly bytes: Uint8Array }
type FromPort =
  | { readonly kind: 'opened'; readonly call: number; readonly there: boolean }
  | { readonly kind: 'bytes'; readonly call: number; readonly bytes: Uint8Array }
  | { readonly kind: 'closed'; readonly call: number }

/** The worker's end: opens the port at the other end as a stream. One call after the other, as a socket has one plug. */
export function bridgedDial(bridge: MessagePort): Dial {
  let calls = 0
  return (events) =>
    new Promise((resolve) => {
      const call = ++calls
      const say = (word: ToPort): void => bridge.postMessage(word)
      const stream: Stream = {
        send: (bytes) => say({ kind: 'send', call, bytes }),
        close() {
          bridge.off('message', hear)
          say({ kind: 'close', call })
        },
      }
      function hear(word: FromPort): void {
        if (word.call !== call) return
        if (word.kind === 'bytes') events.bytes(word.bytes)
        else if (word.kind === 'opened' && word.there) resolve(stream)
        else {
          bridge.off('message', hear)
          if (word.kind === 'opened') resolve(undefined)
          else events.closed()
        }
      }
      bridge.on('message', hear)
      say({ kind: 'open', call })
    })
}

/** The first thread's end: does what the worker says with `dial`. Lets go of the port when the worker is gone. */
export function serveBridge(bridge: MessagePort, dial: Dial): void {
  const streams = new Map<number, Promise<Stream | undefined>>()
  const say = (word: FromPort): void => bridge.postMessage(word)
  const close = (call: number): void => {
    void streams.get(call)?.then((stream) => stream?.close())
    streams.delete(call)
  }
  function open(call: number): void {
    const events: StreamEvents = {
      bytes: (bytes) => say({ kind: 'bytes', call, bytes }),
      closed: () => say({ kind: 'closed', call }),
    }
    const opening = dial(events)
    streams.set(call, opening)
    void opening.then((stream) => say({ kind: 'opened', call, there: stream !== undefined }))
  }
  bridge.on('message', (word: ToPort) => {
    if (word.kind === 'open') open(word.call)
    else if (word.kind === 'close') close(word.call)
    else void streams.get(word.call)?.then((stream) => stream?.send(word.bytes))
  })
  bridge.once('close', () => {
    for (const call of [...streams.keys()]) close(call)
  })
}
