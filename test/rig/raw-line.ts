import type { Dial, Scheduler } from '../../emulator/device/ports.ts'
import type { Connection } from '../../host-link/host/connection.ts'

/** A line without frames, in virtual time: whatever one end sends arrives as one chunk, until the line is cut. */
export interface RawLine {
  readonly dial: Dial
  /** Chunks of both directions since the last call of `cutAfter`, those that were lost not among them. */
  carried: number
  /** So many chunks arrive, then the line drops, and every later one until the next call. */
  cutAfter(chunks: number): void
}

const LATENCY_MS = 20

export function makeRawLine(scheduler: () => Scheduler, accept: () => Connection): RawLine {
  let most = Number.POSITIVE_INFINITY
  const line: RawLine = {
    carried: 0,
    cutAfter(chunks) {
      most = chunks
      line.carried = 0
    },
    dial: async (events) => {
      const host = accept()
      let open = true
      const hangUp = () => {
        if (!open) return
        open = false
        host.closed?.()
      }
      const drop = () => {
        if (open) events.closed()
        hangUp()
      }
      const travel = (arrive: () => void) =>
        scheduler().after(LATENCY_MS, () => {
          if (!open) return
          if (line.carried >= most) return drop()
          line.carried++
          arrive()
        })
      const toHost = async (chunk: Uint8Array) => {
        const answers = await host.receive(chunk)
        for (const answer of answers) travel(() => events.bytes(answer))
        if (host.ended !== undefined) scheduler().after(2 * LATENCY_MS, drop)
      }
      return {
        send: (bytes) => travel(() => void toHost(bytes)),
        close: hangUp,
      }
    },
  }
  return line
}
