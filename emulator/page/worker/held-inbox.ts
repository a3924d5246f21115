import type { InboxPort } from '../../device/ports.ts'
import type { Outbox } from './outbox.ts'

/** What may wait for the vault. */
export const HELD_BYTES_MAX = 65_536

/** The port, with what the terminal says held back until what it wrote before is safe. */
export function heldInbox(port: InboxPort, outbox: Outbox): InboxPort {
  return {
    ...port,
    open(events) {
      const connection = port.open(events)
      let held = 0
      return {
        publish(topic, bytes, quality) {
          if (held + bytes.length > HELD_BYTES_MAX) return 'full'
          let said: ReturnType<typeof connection.publish> | undefined
          held += bytes.length
          outbox.emit(() => {
            held -= bytes.length
            said = connection.publish(topic, bytes, quality)
          })
          return said ?? 'queued' // what is held and then finds no connection is lost, as on the way
        },
        close: () => outbox.emit(() => connection.close()),
      }
    },
  }
}
