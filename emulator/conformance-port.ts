import { fromHex } from '../keys/hex.ts'
import { TEST_MASTER_CHECK_VALUE, TEST_MASTER_KEY, TEST_SLOT } from '../terminal/device/conformance/keys.ts'
import type { Port, Printed, RigHost, RigService, Shown } from '../terminal/device/conformance/port.ts'
import { pattern } from '../terminal/device/conformance/vector.ts'
import type { Flash } from '../terminal/device/flash.ts'
import { makeConformanceGiver } from './conformance-giver.ts'
import { makeDevice } from './device/device.ts'
import type { Dial, InboxEvents, InboxPort, Model, Observer, StreamEvents } from './device/ports.ts'
import { builtInProgram } from './device/slots.ts'
import { makeVirtualTime } from './virtual-time.ts'

const SERIAL = 'CONFORMANCE1'
/** Longer than `secure.hash` takes at once. */
const BUILT_IN = builtInProgram(pattern(70_001), 1, '0.1.0')

/** What plain ECMAScript does not have. */
export interface ConformanceHost {
  readonly flash: Flash
  /** The program chip; absent: a device that takes no programs. */
  readonly programs?: Flash
  /** Resolves when all promise reactions that are ready have run (see `virtual-time.ts`). */
  settle(): Promise<void>
  random(length: number): Uint8Array
  gbk(bytes: Uint8Array): string
}

/** The emulated device with a rig of code around it, for `runConformance`. */
export function makeConformancePort(model: Model, host: ConformanceHost): Port {
  const time = makeVirtualTime({ wallMs: Date.UTC(2026, 0, 1), settle: host.settle })
  const line = makeLine()
  const download = makeService()
  const giver = makeConformanceGiver(SERIAL, host.random)
  let shown: Shown = { rows: [], secure: false }
  let printed: Printed[] = []
  const observer: Observer = {
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
  }
  let stored: Uint8Array | undefined
  const { device, operator } = makeDevice(
    {
      model,
      identity: { maker: 'Shuaka', model, serial: SERIAL, runtime: 'emulator 0.1.0' },
      setup: {
        terminalId: '10000001',
        merchantId: '898320153110001',
        merchantName: '示例家居广场',
        tpdu: '6000030000',
        profile: 'mall',
        dialect: 'cup',
        keySlot: TEST_SLOT,
        parameters: {},
        stores: [],
      },
      scheduler: time,
      dial: (events) => (giver.dial('rkl') ?? line.dial)(events),
      station: async (events) => giver.dial('inject')?.(events),
      credential: giver.credential,
      secureStorage: {
        load: () => stored,
        save(bytes) {
          stored = bytes
          return true
        },
      },
      masterKeys: [{ slot: TEST_SLOT, key: fromHex(TEST_MASTER_KEY), checkValue: TEST_MASTER_CHECK_VALUE }],
      inbox: download.port,
      observer,
      random: host.random,
      gbk: host.gbk,
    },
    host.flash,
    { slots: { chip: host.programs, builtIn: () => BUILT_IN } },
  )
  return {
    device,
    rig: {
      ...operator,
      ...giver.rig,
      paperOut: (lines) => operator.paperOut(lines),
      pass: (ms) => time.advance(ms),
      screen: () => shown,
      paper() {
        const lines = printed
        printed = []
        return lines
      },
      host: line.host,
      service: download.service,
    },
  }
}

/** Two ends of a line: what the device dials, and the rig's host. */
function makeLine(): { readonly dial: Dial; readonly host: RigHost } {
  let how: 'accept' | 'refuse' | 'silent' = 'accept'
  let received: number[] = []
  const connections = new Set<StreamEvents>()
  const dial: Dial = (events) => {
    if (how === 'refuse') return Promise.resolve(undefined)
    if (how === 'silent') return new Promise(() => {})
    connections.add(events)
    return Promise.resolve({
      send(bytes) {
        received.push(...bytes)
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
        const bytes = Uint8Array.from(received)
        received = []
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
function makeService(): { readonly port: InboxPort; readonly service: RigService } {
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
