import { describe, expect, it } from 'vitest'
import type { InboxEvents } from '../../../emulator/device/ports.ts'
import { encodeWant } from '../../../host-link/wire/tms/talk.ts'
import { DAY, NOW } from '../../host-link/wire/tms/samples.ts'
import { makeUpdateTerminal } from '../../rig/update.ts'
import { sealOrder } from '../../rig/update-documents.ts'

describe('voice 问候', () => {
  it('T14 an order for eight zeros, pushed before the first hello could leave, expired or not → not taken, no command done', async () => {
    for (const expires of [NOW - DAY, NOW + DAY]) {
      const published: string[] = []
      let events: InboxEvents | undefined
      const terminal = makeUpdateTerminal({
        inbox: {
          open(own) {
            events = own
            return {
              publish(topic) {
                published.push(topic)
                return 'queued'
              },
              close: () => undefined,
            }
          },
        },
      })
      terminal.start()
      await terminal.time.advance(1_000)
      const unlock = { id: 7, kind: 3, argument: new Uint8Array(0) }
      const order = sealOrder({
        ...{ seq: 5, nonce: new Uint8Array(8), created: NOW - 3 * DAY, expires, commands: [unlock] },
      })
      events?.online()
      events?.message('want', encodeWant({ roots: [], order }))
      events?.offline()
      await terminal.time.advance(5_000)
      expect(published).toEqual([])
      expect(terminal.updater().order()).toBeUndefined()
      expect(terminal.commands).toEqual([])
    }
  })
})
