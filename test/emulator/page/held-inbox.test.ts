import { expect, test } from 'vitest'
import type { InboxEvents, InboxPort } from '../../../emulator/device/ports.ts'
import { HELD_BYTES_MAX, heldInbox } from '../../../emulator/page/worker/held-inbox.ts'
import { makeOutbox } from '../../../emulator/page/worker/outbox.ts'

const events: InboxEvents = { online() {}, offline() {}, message() {} }

function makeHeld() {
  const saves: (() => void)[] = []
  const sent: string[] = []
  let answer: 'queued' | 'offline' | 'full' = 'queued'
  const port: InboxPort = {
    open: () => ({
      publish(topic, bytes, quality) {
        sent.push(`${topic} ${bytes.length} ${quality}`)
        return answer
      },
      close: () => sent.push('close'),
    }),
    fetch: async () => undefined,
  }
  const outbox = makeOutbox(
    () => new Promise((resolve) => saves.push(resolve)),
    () => undefined,
  )
  const held = heldInbox(port, outbox)
  return {
    ...{ outbox, sent, held, connection: held.open(events) },
    answers: (next: typeof answer) => {
      answer = next
    },
    async saved() {
      await Promise.resolve()
      saves.shift()?.()
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

test('nothing to be saved → sent at once, and the port’s own answer', () => {
  const { connection, sent, answers } = makeHeld()
  expect(connection.publish('get', new Uint8Array(3), 0)).toBe('queued')
  answers('full')
  expect(connection.publish('get', new Uint8Array(4), 1)).toBe('full')
  expect(sent).toEqual(['get 3 0', 'get 4 1'])
})

test('a message after a write leaves when the write is safe, not before, and in order with close', async () => {
  const { connection, outbox, sent, saved } = makeHeld()
  outbox.written()
  expect(connection.publish('state', new Uint8Array(9), 1)).toBe('queued')
  connection.close()
  expect(sent).toEqual([])
  await saved()
  expect(sent).toEqual(['state 9 1', 'close'])
})

test('what is held is bounded: full beyond 64 KiB, and room again once it has left', async () => {
  const { connection, outbox, saved } = makeHeld()
  outbox.written()
  expect(connection.publish('log', new Uint8Array(HELD_BYTES_MAX), 1)).toBe('queued')
  expect(connection.publish('log', new Uint8Array(1), 1)).toBe('full')
  await saved()
  expect(connection.publish('log', new Uint8Array(1), 1)).toBe('queued')
})

test('the second source is the port’s own', async () => {
  expect(await makeHeld().held.fetch?.(new Uint8Array(32), 0, 1)).toBeUndefined()
})
