import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { frameDeadline } from '../../../host-link/transport/frame-deadline.ts'
import { hostEnd, terminalEnd } from '../../rig/channel.ts'

const FRAME_MS = 1000

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A deadline, and whether it has struck. */
function watched() {
  let late = false
  const deadline = frameDeadline(
    FRAME_MS,
    () => false,
    () => {
      late = true
    },
  )
  return { take: deadline.take, late: () => late }
}

/** What a terminal says in a good handshake, part by part, and its next frame. */
function parts(): readonly [Uint8Array, Uint8Array, Uint8Array] {
  const terminal = terminalEnd()
  const host = hostEnd()
  const first = terminal.start()
  const [second = new Uint8Array()] = host.receive(first).send
  const [third = new Uint8Array()] = terminal.receive(second).send
  for (const bytes of host.receive(third).send) terminal.receive(bytes)
  return [first, third, terminal.seal(new Uint8Array(50))]
}

test('a hello and silence → late after the time of a frame', () => {
  const { take, late } = watched()
  take(parts()[0])
  vi.advanceTimersByTime(FRAME_MS - 1)
  expect(late()).toBe(false)
  vi.advanceTimersByTime(1)
  expect(late()).toBe(true)
})

test('a handshake that comes byte by byte, each in time → late all the same', () => {
  const { take, late } = watched()
  for (const byte of [...parts()[0], ...parts()[1]].slice(0, -1)) {
    take(Uint8Array.of(byte))
    vi.advanceTimersByTime(FRAME_MS / 100)
  }
  expect(late()).toBe(true)
})

test('a whole handshake, then silence → not late: only the idle time counts now', () => {
  const { take, late } = watched()
  const [first, third] = parts()
  take(first)
  take(third)
  vi.advanceTimersByTime(10 * FRAME_MS)
  expect(late()).toBe(false)
})

test('half a frame in a session, and one whole with half the next → late after the time of a frame', () => {
  const { take, late } = watched()
  const [first, third, frame] = parts()
  for (const bytes of [first, third, frame.slice(0, 20)]) take(bytes)
  vi.advanceTimersByTime(FRAME_MS - 1)
  take(Uint8Array.of(...frame.slice(20), ...frame.slice(0, 5)))
  vi.advanceTimersByTime(FRAME_MS - 1)
  expect(late()).toBe(false)
  vi.advanceTimersByTime(1)
  expect(late()).toBe(true)
})
