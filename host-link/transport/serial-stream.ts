import { existsSync } from 'node:fs'
import type { SerialPort } from 'serialport'
import type { Dial } from '../../emulator/device/ports.ts'
import { type Served, type StreamHandler, served } from './serve-stream.ts'

/** 8N1 without flow control, as a bare three-wire cable has it. */
export const SERIAL_BAUD = 115_200
/** An adapter that is pulled out is missed within so long. */
const PULLED_MS = 1000

/** Whether an address names a serial port: a path of this system, or Windows' `COM3`. */
export function isSerialPath(address: string): boolean {
  return /^(\/|\\\\\.\\|COM\d+$)/.test(address)
}

/**
 * Opens a serial port as a stream. A port that is not there, or that another program holds, is a refused connection. What
 * was sent leaves before `close` lets go of the port.
 */
export function serialDial(path: string, baudRate = SERIAL_BAUD): Dial {
  return async (events) => {
    const port = await openPort(path, baudRate).catch(() => undefined)
    if (port === undefined) return undefined
    port.on('error', () => undefined) // `close` follows, and tells
    port.on('data', (bytes: Uint8Array) => events.bytes(Uint8Array.from(bytes)))
    port.once('close', () => events.closed())
    return {
      send(bytes) {
        if (port.isOpen) port.write(Uint8Array.from(bytes))
      },
      close: () => void closePort(port),
    }
  }
}

export interface ServedSerial {
  /** Lets what is under way leave, then lets go of the port. */
  close(): Promise<void>
}

/**
 * Serves `handlerOf()` on a serial port. A cable has no end of a connection: where a handler has ended, the next one takes
 * what comes from then on. `gone` is called when the port itself is (an adapter pulled out). Rejects with the system's
 * error where the port cannot be opened.
 */
export async function serveSerial(
  path: string,
  handlerOf: () => StreamHandler,
  gone: () => void,
  baudRate = SERIAL_BAUD,
): Promise<ServedSerial> {
  const port = await openPort(path, baudRate)
  let closing = false
  let handler = handlerOf()
  let serving = next()

  function next(): Served {
    return served(handler, {
      pause: () => void port.pause(),
      resume: () => void port.resume(),
      write: (bytes) =>
        new Promise((resolve) => {
          if (port.isOpen) port.write(Uint8Array.from(bytes), () => resolve())
          else resolve()
        }),
      end() {
        handler = handlerOf()
        serving = next()
      },
    })
  }
  // An adapter that is pulled out may show as a read that fails (EIO) and nothing else: no `close` follows by itself.
  port.on('error', () => {
    if (port.isOpen) port.close(() => undefined)
  })
  port.on('data', (bytes: Uint8Array) => serving.take(Uint8Array.from(bytes)))
  // A read of a device that has hung up may give no bytes for ever, and no event tells it: its file is gone then.
  const watch = setInterval(() => {
    if (path.startsWith('/') && !existsSync(path) && port.isOpen) port.close(() => undefined)
  }, PULLED_MS).unref()
  port.once('close', () => {
    clearInterval(watch)
    if (!closing) gone()
    handler.closed?.()
  })
  return {
    async close() {
      closing = true
      await serving.whenIdle()
      await closePort(port)
    },
  }
}

/** The package has native code: it is loaded when a port is wanted, and not before. */
async function openPort(path: string, baudRate: number): Promise<SerialPort> {
  const { SerialPort } = await import('serialport')
  const port = new SerialPort({ path, baudRate, autoOpen: false })
  return new Promise((resolve, reject) => {
    port.open((error) => (error ? reject(error) : resolve(port)))
  })
}

function closePort(port: SerialPort): Promise<void> {
  return new Promise((resolve) => {
    if (!port.isOpen) return resolve()
    port.drain(() => (port.isOpen ? port.close(() => resolve()) : resolve()))
  })
}
