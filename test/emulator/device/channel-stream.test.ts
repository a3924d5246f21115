import { expect, test } from 'vitest'
import { openChannel } from '../../../emulator/device/channel-stream.ts'
import { hostEnd, terminalEnd } from '../../rig/channel.ts'
import { settle } from './bench.ts'

test('a random source that fails → the dialling ends, the stream is closed, and nothing was sent', async () => {
  const done = { sent: 0, closed: 0, progressed: 0 }
  const { line } = openChannel(
    async () => ({
      send: () => void done.sent++,
      close: () => void done.closed++,
    }),
    terminalEnd({ random: (length) => new Uint8Array(length) }),
    { message() {}, closed() {}, progressed: () => void done.progressed++ },
  )
  const waiting = Symbol('waiting')
  expect(await Promise.race([line, settle().then(() => waiting)])).toBeUndefined()
  expect(done).toEqual({ sent: 0, closed: 1, progressed: 0 })
})

test('noise is no progress; an answer that leads to one of ours is', async () => {
  let progressed = 0
  let say: (bytes: Uint8Array) => void = () => {}
  const sent: Uint8Array[] = []
  openChannel(
    async ({ bytes }) => {
      say = bytes
      return { send: (chunk) => void sent.push(chunk), close() {} }
    },
    terminalEnd({ peerId: '' }),
    { message() {}, closed() {}, progressed: () => void progressed++ },
  )
  await settle()
  say(Uint8Array.of(0x53, 0, 0xff))
  expect(progressed).toBe(0)
  for (const answer of hostEnd().receive(sent[0] ?? new Uint8Array(0)).send) say(answer)
  expect([progressed, sent.length]).toEqual([1, 2])
})
