import { describe, expect, test } from 'vitest'
import { makeDevice } from '../../../emulator/device/device.ts'
import { UNREAD_BYTES_MAX } from '../../../emulator/device/link.ts'
import type { Stream } from '../../../emulator/device/ports.ts'
import { type Bench, makeBench } from './bench.ts'

function start(bench: Bench) {
  return makeDevice(bench.options, bench.chip)
}

test('the observer sees the line: open, what goes out, what comes in, close', async () => {
  const bench = makeBench()
  const { device } = start(bench)
  await device.link.open(1000)
  await device.link.send(Uint8Array.of(1, 2))
  bench.line.events[0]?.bytes(Uint8Array.of(3))
  bench.line.events[0]?.bytes(Uint8Array.of(4))
  device.link.close()
  expect(bench.wire).toEqual(['open', 'out 0102', 'in 03', 'in 04', 'close'])
})

test('bytes that the application changes after sending → the host has them as they were', async () => {
  const bench = makeBench()
  const { device } = start(bench)
  await device.link.open(1000)
  const bytes = Uint8Array.of(1, 2)
  await device.link.send(bytes)
  bytes.fill(9)
  expect(bench.line.sent).toEqual([Uint8Array.of(1, 2)])
})

test('a host that sends more than is read → the link closes', async () => {
  const bench = makeBench()
  const { device } = start(bench)
  await device.link.open(1000)
  for (let sent = 0; sent <= UNREAD_BYTES_MAX; sent += 4096) bench.line.events[0]?.bytes(new Uint8Array(4096))
  expect(bench.line.closes).toBe(1)
  expect(await device.link.receive(1000)).toEqual({ kind: 'closed' })
})

describe('a stream that comes when nobody waits for it any more', () => {
  test.each([
    ['after the time-out', async (bench: Bench) => bench.time.advance(2000)],
    ['after cancel', async (_: Bench, unit: ReturnType<typeof start>) => unit.device.link.cancel()],
    ['after close', async (_: Bench, unit: ReturnType<typeof start>) => unit.device.link.close()],
    [
      'after the cable was pulled',
      async (_: Bench, unit: ReturnType<typeof start>) => unit.operator.cable(false),
    ],
    ['after the end of the power', async (_: Bench, unit: ReturnType<typeof start>) => unit.powerLost()],
  ])('%s → is closed, and its bytes go nowhere', async (_, meanwhile) => {
    const bench = makeBench()
    let accept: (stream: Stream) => void = () => {}
    bench.line.dial = (events) => {
      bench.line.events.push(events)
      return new Promise((resolve) => {
        accept = resolve
      })
    }
    const unit = start(bench)
    void unit.device.link.open(1000)
    await bench.time.advance(0)
    await meanwhile(bench, unit)
    let closes = 0
    accept({ send() {}, close: () => closes++ })
    await bench.time.advance(0)
    expect(closes).toBe(1)
    bench.line.events[0]?.bytes(Uint8Array.of(1))
    expect(bench.wire).toEqual([])
  })
})

test('the power lost with a stream open → the host sees it close', async () => {
  const bench = makeBench()
  const { device, powerLost } = start(bench)
  await device.link.open(1000)
  powerLost()
  expect(bench.line.closes).toBe(1)
})

test('a host that accepts and drops the line in one → refused, not a wait for the time-out', async () => {
  const bench = makeBench()
  bench.line.dial = async (events) => {
    events.closed()
    return { send() {}, close() {} }
  }
  expect(await start(bench).device.link.open(1000)).toEqual({ kind: 'refused' })
})
