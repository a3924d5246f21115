import { connect, type Socket } from 'node:net'
import type { Dial } from '../../emulator/device/ports.ts'

/** Longest wait for a connection to be taken. */
export const CONNECT_MS = 15_000

/** Dials a host over TCP. */
export function tcpDial(host: string, port: number): Dial {
  return socketDial('connect', () => connect({ host, port, noDelay: true, timeout: CONNECT_MS }))
}

/** Dials with a socket that `open` makes, and that says with `ready` that it may be used. */
export function socketDial(ready: 'connect' | 'secureConnect', open: () => Socket): Dial {
  return (events) =>
    new Promise((resolve) => {
      const socket = open()
      const refused = () => {
        socket.destroy()
        resolve(undefined)
      }
      socket.once('error', refused).once('timeout', refused)
      socket.once(ready, () => {
        socket.setTimeout(0)
        socket.off('error', refused).off('timeout', refused)
        socket.on('error', () => socket.destroy()) // `close` follows, and tells
        socket.on('data', (bytes) => events.bytes(Uint8Array.from(bytes)))
        socket.once('close', () => events.closed())
        resolve({
          send: (bytes) => void socket.write(bytes),
          close: () => void socket.destroy(),
        })
      })
    })
}
