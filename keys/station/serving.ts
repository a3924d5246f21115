import { type ChannelEnd, PAYLOAD_BYTES_MAX } from '../../host-link/channel/channel-end.ts'
import type { Ephemerals } from '../../host-link/channel/ephemerals.ts'
import { responder } from '../../host-link/channel/responder.ts'
import type { StreamHandler } from '../../host-link/transport/serve-stream.ts'
import { type Core, dayOf } from './core.ts'
import type { StationGiver } from './station.ts'

/** What a line tells of the terminal that it serves. */
export interface Watched {
  began(serial: string): void
  over(serial: string, over: 'confirmed' | 'failed' | 'refused' | 'ended'): void
  /** The station itself cannot: one sentence. */
  fault(why: string): void
  /** The stream is closed. */
  closed(): void
}

export interface ServingOptions {
  readonly core: Core
  /** Name of the line, for the audit. */
  readonly address: string
  /** A cable without an end of a connection: one terminal after another on one stream. */
  readonly cable: boolean
  /** Ends the connection; a cable has none. */
  readonly hangUp?: () => void
  readonly giver: (session: NonNullable<ChannelEnd['session']>) => StationGiver | undefined
  readonly id: () => string | undefined
  readonly watched: Watched
}

/** Records of handshakes that failed, in one process; whoever tries for ever does not fill the disk. */
const REFUSALS_RECORDED_MAX = 1000
/** A hello or frame that is not whole so long after its last byte has lost some: the next byte begins anew. */
const QUIET_MS = 1500

/** What all streams of a station have together. */
export interface Shared {
  /** Handshakes that failed and are in the audit. */
  refusals: number
  readonly ephemerals: Ephemerals
}

/** Serves the terminals on one stream: the channel, and in it the giver. */
export function serving(options: ServingOptions, shared: Shared): StreamHandler {
  const { core, cable, watched } = options
  let end: ChannelEnd | undefined
  let giver: StationGiver | undefined
  let serial: string | undefined
  let ended: string | undefined
  let quiet: NodeJS.Timeout | undefined
  const { hangUp } = options
  // Strangers who say nothing would keep the terminals of a line out.
  const deadline = hangUp && setTimeout(hangUp, core.limits.handshakeMs).unref()

  function leave(over: 'confirmed' | 'failed' | 'refused' | 'ended'): void {
    if (serial !== undefined) watched.over(serial, over)
    giver = undefined
    serial = undefined
  }

  function restart(): void {
    leave('ended')
    end?.close()
    end = undefined
  }

  function open(): ChannelEnd | undefined {
    const { opened } = core
    const id = options.id()
    if (opened?.identity === undefined || id === undefined) return undefined
    return responder({
      ...{ credential: opened.identity, id, purposes: ['inject'], random: (bytes) => core.random(bytes) },
      accept: () => core.opened !== undefined,
      today: () => dayOf(core.nowMs()),
      ...{ oneSession: !cable, ephemerals: shared.ephemerals },
    })
  }

  async function work(chunk: Uint8Array): Promise<Uint8Array[]> {
    // What was sent while the station was open is brought to its end, so that both sides agree.
    if (core.opened === undefined && giver === undefined) restart()
    end ??= open()
    if (end === undefined) {
      if (!cable) ended = 'the station is closed'
      return []
    }
    const channel = end
    const received = channel.receive(chunk)
    if (received.restarted) leave('ended')
    const send = [...received.send]
    if (channel.session && giver === undefined && serial === undefined) begin(channel.session)
    for (const message of received.messages) {
      if (giver === undefined || received.restarted || message.length > PAYLOAD_BYTES_MAX) break
      const step = await giver.receive(message)
      if (step.send && channel.session) send.push(channel.seal(step.send))
      if (step.over !== undefined) {
        leave(step.over)
        if (!cable) ended = 'it is done'
        break
      }
    }
    if (received.ended !== undefined) refuse(received.ended)
    return send
  }

  function begin(session: NonNullable<ChannelEnd['session']>): void {
    clearTimeout(deadline)
    serial = session.peer.id
    watched.began(serial)
    giver = options.giver(session)
    if (giver === undefined) refuse('the station is not ready')
  }

  /** The channel is over; on a cable the next hello finds a new one. */
  function refuse(why: string): void {
    if (shared.refusals < REFUSALS_RECORDED_MAX) {
      shared.refusals++
      core.record('handshakeRefused', { result: why, detail: options.address, ...(serial && { serial }) })
    }
    restart()
    if (!cable) ended = why
  }

  return {
    get ended() {
      return ended
    },
    async receive(chunk) {
      clearTimeout(quiet)
      try {
        return await work(chunk)
      } catch (error) {
        // Of the disk or the token. The line is told nothing of it; whoever runs the station sees it.
        watched.fault(error instanceof Error ? error.message : String(error))
        restart()
        ended = 'a fault of the station'
        return []
      } finally {
        if (cable && end?.midFrame) quiet = setTimeout(restart, QUIET_MS).unref()
      }
    },
    closed() {
      clearTimeout(quiet)
      clearTimeout(deadline)
      restart()
      watched.closed()
    },
  }
}
