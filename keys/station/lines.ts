import type { ChannelEnd } from '../../host-link/channel/channel-end.ts'
import { makeEphemerals } from '../../host-link/channel/ephemerals.ts'
import { causeOf } from '../../host-link/host/node/host-error.ts'
import { serveSerial } from '../../host-link/transport/serial-stream.ts'
import { listenTcp } from '../../host-link/transport/tcp-server.ts'
import { listenWebSocket } from '../../host-link/transport/web-socket-server.ts'
import { type Core, refused, timeOf } from './core.ts'
import { serving } from './serving.ts'
import type { Done, LineOrder, LineView, StationGiver } from './station.ts'

/** Terminals that one TCP or WebSocket line serves at once, each on a cable of its own. */
const TERMINALS_MAX = 32
/** Of one address, so that one computer does not take the whole line; emulators of one computer share theirs. */
const PER_ADDRESS_MAX = 8
/** A terminal that is silent for so long is hung up on. */
const SILENT_MS = 60_000

/** The ways for terminals to come in. */
export interface Lines {
  views(): readonly LineView[]
  open(order: LineOrder): Promise<Done<{ readonly address: string }>>
  close(address: string): Promise<Done>
  closeAll(): Promise<void>
}

type Changing = { -readonly [Name in keyof LineView]: LineView[Name] }

interface Line {
  view: LineView
  readonly serving: Map<object, string>
  close(): Promise<void>
}

export function lines(
  core: Core,
  giver: (session: NonNullable<ChannelEnd['session']>) => StationGiver | undefined,
  id: () => string | undefined,
): Lines {
  const open = new Map<string, Line>()
  const shared = { refusals: 0, ephemerals: makeEphemerals() }

  function tell(line: Line, change: Partial<LineView>, gone?: 'why' | 'full'): void {
    const serials = [...line.serving.values()]
    const view: Changing = { ...line.view, ...change, serials }
    if (gone !== undefined) delete view[gone]
    // What still comes of a line that has failed does not make it work again.
    if (view.state !== 'failed') view.state = serials.length > 0 ? 'busy' : 'waiting'
    line.view = view
    core.changed()
  }

  function handlerOf(line: Line, hangUp?: () => void) {
    const token = {} // of one stream: two may serve the same serial number
    return serving(
      {
        ...{ core, cable: hangUp === undefined, giver, id, address: line.view.address },
        ...(hangUp && { hangUp }),
        watched: {
          began(serial) {
            line.serving.set(token, serial)
            tell(line, {})
          },
          over(serial, over) {
            line.serving.delete(token)
            const latest = { serial, over, time: timeOf(core.nowMs()) }
            tell(line, { latest }, over === 'confirmed' ? 'why' : undefined)
          },
          fault: (why) => tell(line, { why }),
          closed() {
            if (line.view.full) tell(line, {}, 'full')
          },
        },
      },
      shared,
    )
  }

  async function listen(
    order: LineOrder,
    line: Line,
  ): Promise<{ readonly address: string; close(): Promise<void> }> {
    if (order.kind === 'serial') {
      const gone = () => {
        line.serving.clear()
        tell(line, { state: 'failed', why: 'the serial port is gone' })
      }
      const served = await serveSerial(order.path, () => handlerOf(line), gone, order.baudRate)
      return { address: order.path, close: () => served.close() }
    }
    const full = () => {
      if (!line.view.full) tell(line, { full: true })
    }
    const limits = { connectionsMax: TERMINALS_MAX, perAddressMax: PER_ADDRESS_MAX, idleMs: SILENT_MS, full }
    const way = order.kind === 'tcp' ? listenTcp : listenWebSocket
    const listening = await way(order.host, order.port, (hangUp) => handlerOf(line, hangUp), limits)
    return { address: `${order.host}:${listening.port}`, close: () => listening.close(0) }
  }

  return {
    views: () => [...open.values()].map(({ view }) => view),
    async open(order) {
      const address = order.kind === 'serial' ? order.path : `${order.host}:${order.port}`
      const before = open.get(address)
      if (before !== undefined && before.view.state !== 'failed')
        return refused('line', `${address} is open already`)
      await before?.close()
      const { kind } = order
      const serial = kind === 'serial' ? { baudRate: order.baudRate } : {}
      const view: LineView = { ...{ kind, address, ...serial }, state: 'waiting', serials: [] }
      const line: Line = { view, serving: new Map(), close: async () => undefined }
      try {
        const listening = await listen(order, line)
        line.view = { ...line.view, address: listening.address }
        line.close = () => listening.close()
        open.set(listening.address, line)
        core.record('line', { detail: `${kind} ${listening.address}`, result: 'opened' })
        return { kind: 'ok', address: listening.address }
      } catch (error) {
        const why = causeOf(error)
        if (before !== undefined) tell(before, { why })
        return refused('line', `${address}: ${why}`)
      }
    },
    async close(address) {
      const line = open.get(address)
      if (line === undefined) return refused('noLine')
      open.delete(address)
      await line.close()
      core.record('line', { detail: `${line.view.kind} ${address}`, result: 'closed' })
      return { kind: 'ok' }
    },
    async closeAll() {
      const all = [...open.values()]
      open.clear()
      await Promise.all(all.map((line) => line.close()))
    },
  }
}
