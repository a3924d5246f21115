import { fromHex } from '../keys/hex.ts'
import { TEST_MASTER_CHECK_VALUE, TEST_MASTER_KEY, TEST_SLOT } from '../terminal/device/conformance/keys.ts'
import type { HostAnswer, Printed, RigHost, RigService, Shown } from '../terminal/device/conformance/port.ts'
import type { Setup } from '../terminal/device/info.ts'
import type { Dial, InboxEvents, InboxPort, Observer, StreamEvents } from './device/ports.ts'

/** The world around a device under the conformance suite, whichever port it is: eyes, a host, a download service. */

export const CONFORMANCE_SERIAL = 'CONFORMANCE1'
/** Local wall clock at the start. */
export const CONFORMANCE_WALL_MS = Date.UTC(2026, 0, 1)

export const conformanceSetup: Setup = {
  terminalId: '10000001',
  merchantId: '898320153110001',
  merchantName: '示例家居广场',
  tpdu: '6000030000',
  profile: 'mall',
  dialect: 'cup',
  keySlot: TEST_SLOT,
  parameters: {},
  stores: [],
}

export const conformanceKeys = [
  { slot: TEST_SLOT, key: fromHex(TEST_MASTER_KEY), checkValue: TEST_MASTER_CHECK_VALUE },
] as const

/** What a person sees of the device. */
export interface Eyes {
  readonly observer: Observer
  screen(): Shown
  /** What has come out of the printer since the last call. */
  paper(): readonly Printed[]
}

export function makeEyes(): Eyes {
  let shown: Shown = { rows: [], secure: false }
  let printed: Printed[] = []
  return {
    observer: {
      screen(picture) {
        shown = { rows: picture.rows, secure: picture.secure }
      },
      paper({ text, size }) {
        printed.push({ text, size })
      },
      slipEnd() {
        printed.push('tear')
      },
      wire() {},
    },
    screen: () => shown,
    paper() {
      const lines = printed
      printed = []
      return lines
    },
  }
}

/** Two ends of a line: what the device dials, and the rig's host. */
export function makeLine(): { readonly dial: Dial; readonly host: RigHost } {
  let how: HostAnswer = 'accept'
  let received: Uint8Array[] = []
  const connections = new Set<StreamEvents>()
  const dial: Dial = (events) => {
    if (how === 'refuse') return Promise.resolve(undefined)
    if (how === 'silent') return new Promise(() => {})
    connections.add(events)
    let left = how === 'accept' ? Infinity : how.reset
    return Promise.resolve({
      send(bytes) {
        received.push(bytes.slice(0, left))
        left -= bytes.length
        if (left <= 0 && connections.delete(events)) events.closed()
      },
      close() {
        connections.delete(events)
      },
    })
  }
  return {
    dial,
    host: {
      answer(next) {
        how = next
      },
      received() {
        const parts = received
        received = []
        const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
        let at = 0
        for (const part of parts) {
          bytes.set(part, at)
          at += part.length
        }
        return bytes
      },
      send(bytes) {
        for (const events of connections) events.bytes(bytes)
      },
      close() {
        for (const events of connections) events.closed()
        connections.clear()
      },
      open: () => connections.size,
    },
  }
}

/** Two ends of an inbox: what the device connects to, and the rig's download service. */
export function makeService(): { readonly port: InboxPort; readonly service: RigService } {
  let isThere = false
  let object: Uint8Array | undefined = new Uint8Array(0)
  let received: ReturnType<RigService['received']>[number][] = []
  let connection: InboxEvents | undefined
  const port: InboxPort = {
    open(events) {
      connection = events
      if (isThere) events.online()
      return {
        publish(topic, bytes) {
          if (!isThere) return 'offline'
          received.push({ topic, bytes })
          return 'queued'
        },
        close() {
          if (connection === events) connection = undefined
        },
      }
    },
    fetch: (_, offset, length) =>
      object === undefined ? new Promise(() => {}) : Promise.resolve(object.slice(offset, offset + length)),
  }
  return {
    port,
    service: {
      there(next) {
        if (isThere === next) return
        isThere = next
        if (next) connection?.online()
        else connection?.offline()
      },
      send: (topic, bytes) => connection?.message(topic, bytes),
      received() {
        const messages = received
        received = []
        return messages
      },
      objects(bytes) {
        object = bytes
      },
    },
  }
}
