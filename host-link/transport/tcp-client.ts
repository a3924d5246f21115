import { connect } from 'node:net'
import type { Dial } from '../../emulator/device/ports.ts'

/** Longest wait for a connection to be taken. */
const CONNECT_MS = 15_000

/** Dials a host over TCP. */
export function tcpDial(host: string, port: number): Dial {
  return (events) =>
    new Promise((resolve) => {
      const socket = connect({ host, port, noDelay: true, timeout: CONNECT_MS })
      const refused = () => {
        socket.destroy()
        resolve(undefined)
      }
      socket.once('error', refused).once('timeout', refused)
      socket.once('connect', () => {
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
