import type { Host } from '../../host-link/host/host.ts'
import type { Dial, Scheduler } from '../device/ports.ts'

/** Time of a byte on its way to the embedded host, one way: as a good mobile line. */
export const LINE_MS = 40

/** The line to a host in this process. Bytes take `LINE_MS` each way of `scheduler`'s time. */
export function dialLocal(host: Host, scheduler: Scheduler): Dial {
  return (events) =>
    new Promise((resolve) => {
      const connection = host.connection()
      let open = true
      let turn = Promise.resolve()
      const arrive = (frames: readonly Uint8Array[]): void => {
        if (!open) return
        for (const frame of frames) events.bytes(frame)
        if (connection.ended === undefined) return
        open = false
        events.closed()
      }
      const receive = async (bytes: Uint8Array): Promise<void> => {
        const frames = await connection.receive(bytes)
        scheduler.after(LINE_MS, () => arrive(frames))
      }
      const stream = {
        // What was sent before the line was cut reaches the host: the terminal cannot know, and must reverse.
        send: (bytes: Uint8Array) => {
          scheduler.after(LINE_MS, () => {
            turn = turn.then(() => receive(bytes))
          })
        },
        close() {
          open = false
          connection.closed?.()
        },
      }
      scheduler.after(2 * LINE_MS, () => resolve(stream))
    })
}
