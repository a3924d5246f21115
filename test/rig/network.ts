import type { Dial, Scheduler, StreamEvents } from '../../emulator/device/ports.ts'
import { encodeFrame, FrameDecoder } from '../../host-link/wire/frame.ts'

/**
 * A network between an emulated terminal and a host in the same process, in virtual time. Every frame has a fate,
 * decided by the test when it enters the network; what has no fate is delivered once after the latency.
 */
export type Direction = 'toHost' | 'toTerminal'

/** One frame on its way: its number counts all frames of its direction from 1. */
export interface Passing {
  readonly direction: Direction
  readonly number: number
  readonly body: Uint8Array
}

export type Fate =
  | { readonly kind: 'deliver' }
  | { readonly kind: 'lose' }
  /** Delivered `times` times, one latency apart. */
  | { readonly kind: 'repeat'; readonly times: number }
  | { readonly kind: 'delay'; readonly ms: number }
  /** Other bytes in its place (garbled, forged, of somebody else). */
  | { readonly kind: 'replace'; readonly body: Uint8Array }
  /** Delivered, and another frame right behind it. */
  | { readonly kind: 'also'; readonly body: Uint8Array }
  /** The first `bytes` of the frame with its length, then the line drops. */
  | { readonly kind: 'truncate'; readonly bytes: number }
  /** Delivered one byte at a time. */
  | { readonly kind: 'trickle' }
  /** Not delivered, and the line drops. */
  | { readonly kind: 'drop' }

export interface HostEnd {
  /** What arrives on one connection, also after the terminal has hung up: a frame that was on its way arrives.
   *; resolves with the framed answers. Rejects or gives undefined: it hangs up. */
  receive(chunk: Uint8Array): Promise<readonly Uint8Array[] | undefined>
}

export interface Network {
  readonly dial: Dial
  /** Decides what becomes of a frame; may also look. Set by the test. */
  fate: (frame: Passing) => Fate
  /** Whether new connections are refused. */
  refuses: boolean
  /** Every frame that entered the network, in order. */
  readonly passed: Passing[]
  /** Puts a frame on every open connection to the terminal, as an attacker or a confused host would. */
  inject(body: Uint8Array): void
  /** Puts bytes on every open connection to the terminal, as one read. */
  injectBytes(bytes: Uint8Array): void
}

export const LATENCY_MS = 20
const CONNECT_MS = 5

/** `watch` sees each frame when it enters, before its fate is decided. */
export function makeNetwork(
  scheduler: Scheduler,
  accept: () => HostEnd,
  watch?: (frame: Passing) => void,
): Network {
  const counts = { toHost: 0, toTerminal: 0 }
  const lines = new Set<Line>()
  const network: Network = {
    fate: () => ({ kind: 'deliver' }),
    refuses: false,
    passed: [],
    inject(body) {
      network.injectBytes(encodeFrame(body))
    },
    injectBytes(bytes) {
      for (const line of lines) line.toTerminal(bytes)
    },
    dial: (events) =>
      new Promise((resolve) => {
        scheduler.after(CONNECT_MS, () => {
          if (network.refuses) return resolve(undefined)
          const line = makeLine(scheduler, events, accept(), (direction, body) => {
            counts[direction]++
            const passing = { direction, number: counts[direction], body }
            network.passed.push(passing)
            watch?.(passing)
            return network.fate(passing)
          })
          lines.add(line)
          resolve({
            send: (bytes) => line.send(bytes),
            close() {
              line.hangUp()
              lines.delete(line)
            },
          })
        })
      }),
  }
  return network
}

interface Line {
  send(bytes: Uint8Array): void
  toTerminal(bytes: Uint8Array): void
  hangUp(): void
}

function makeLine(
  scheduler: Scheduler,
  events: StreamEvents,
  host: HostEnd,
  enter: (direction: Direction, body: Uint8Array) => Fate,
): Line {
  const cutter = new FrameDecoder()
  let open = true
  function drop(): void {
    if (!open) return
    open = false
    events.closed()
  }
  function toTerminal(bytes: Uint8Array): void {
    if (open) events.bytes(bytes)
  }
  /** The host works on whatever reaches it, whether or not somebody still listens for the answer. */
  function toHost(bytes: Uint8Array): void {
    host.receive(bytes).then(
      (answers) => {
        if (answers === undefined) return drop()
        for (const answer of answers)
          for (const body of new FrameDecoder().push(answer)) travel('toTerminal', body)
      },
      () => drop(),
    )
  }
  function travel(direction: Direction, body: Uint8Array): void {
    const arrive = direction === 'toHost' ? toHost : toTerminal
    const fate = enter(direction, body)
    const frame = encodeFrame(body)
    switch (fate.kind) {
      case 'deliver':
        scheduler.after(LATENCY_MS, () => arrive(frame))
        return
      case 'lose':
        return
      case 'repeat':
        for (let time = 1; time <= fate.times; time++) scheduler.after(LATENCY_MS * time, () => arrive(frame))
        return
      case 'delay':
        scheduler.after(fate.ms, () => arrive(frame))
        return
      case 'replace':
        scheduler.after(LATENCY_MS, () => arrive(encodeFrame(fate.body)))
        return
      case 'also':
        scheduler.after(LATENCY_MS, () => arrive(frame))
        scheduler.after(LATENCY_MS, () => arrive(encodeFrame(fate.body)))
        return
      case 'truncate':
        scheduler.after(LATENCY_MS, () => {
          arrive(frame.slice(0, fate.bytes))
          drop()
        })
        return
      case 'trickle':
        for (let at = 0; at < frame.length; at++)
          scheduler.after(LATENCY_MS + at, () => arrive(frame.slice(at, at + 1)))
        return
      case 'drop':
        scheduler.after(LATENCY_MS, drop)
        return
    }
  }
  return {
    send(bytes) {
      for (const body of cutter.push(bytes)) travel('toHost', body)
    },
    toTerminal,
    hangUp() {
      open = false
    },
  }
}
