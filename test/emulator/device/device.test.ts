import { expect, test } from 'vitest'
import { makeBody } from '../../../emulator/device/body.ts'
import { PowerLost } from '../../../emulator/device/bus.ts'
import { makeDevice } from '../../../emulator/device/device.ts'
import { contract } from '../../../terminal/device/contract.ts'
import type { Device } from '../../../terminal/device/device.ts'
import { makeBench } from './bench.ts'

test('without power every call of the contract throws PowerLost', () => {
  const bench = makeBench()
  const { device, powerLost } = makeDevice(bench.options, bench.chip)
  powerLost()
  for (const [name, calls] of Object.entries(contract)) {
    const peripheral = device[name as keyof Device] as unknown as { readonly [call: string]: () => unknown }
    for (const call of Object.keys(calls)) {
      expect(() => peripheral[call]?.(), `${name}.${call}`).toThrow(PowerLost)
    }
  }
})

test('the power lost → no pending wait ever settles, nothing more is printed or shown', async () => {
  const bench = makeBench()
  const { device, operator, powerLost } = makeDevice(bench.options, bench.chip)
  await device.link.open(1000)
  const settled: string[] = []
  const waits = {
    key: device.keypad.next(1000),
    card: device.reader.wait(1000),
    bytes: device.link.receive(1000),
    sleep: device.clock.sleep(1000),
    paper: device.printer.print([{ text: 'x', align: 'left', size: 'normal' }]),
  }
  for (const [name, wait] of Object.entries(waits)) void wait.then(() => settled.push(name))
  await bench.time.advance(0)
  powerLost()
  bench.pictures.length = 0
  operator.press('1')
  operator.swipe({ track2: ';1?' })
  await bench.time.advance(5000)
  expect(settled).toEqual([])
  expect(bench.paper).toEqual([])
  expect(bench.pictures).toEqual([])
  expect(bench.beeps).toEqual([])
})

test('a result on its way when the power goes → never arrives', async () => {
  const bench = makeBench()
  const { device, operator, powerLost } = makeDevice(bench.options, bench.chip)
  let arrived = false
  void device.keypad.next(1000).then(() => {
    arrived = true
  })
  operator.press('1')
  powerLost()
  await bench.time.advance(0)
  expect(arrived).toBe(false)
})

test('paper, cable and the set clock outlive the power; the monotonic clock starts again', async () => {
  const bench = makeBench()
  const body = makeBody()
  const first = makeDevice(bench.options, bench.chip, { body })
  first.device.clock.set({ year: 2030, month: 1, day: 1, hour: 0, minute: 0, second: 0 })
  await bench.time.advance(5000)
  first.powerLost()
  first.operator.paperOut()
  first.operator.cable(false)
  const { device } = makeDevice(bench.options, bench.chip, { body })
  expect(device.printer.paper()).toBe('out')
  expect(device.link.quality()).toBe(0)
  expect(device.clock.now()).toMatchObject({ year: 2030, second: 5 })
  expect(device.clock.monotonicMs()).toBe(0)
})

test('a time outside the contract’s ranges → RangeError; 30 February is the second of March', () => {
  const bench = makeBench()
  const { clock } = makeDevice(bench.options, bench.chip).device
  const good = { year: 2026, month: 2, day: 30, hour: 0, minute: 0, second: 0 }
  clock.set(good)
  expect(clock.now()).toMatchObject({ month: 3, day: 2 })
  const bad = [
    { year: 1969 },
    { year: 2100 },
    { month: 13 },
    { day: 0 },
    { hour: 24 },
    { minute: 60 },
    { second: -1 },
  ]
  for (const part of bad) expect(() => clock.set({ ...good, ...part })).toThrow(RangeError)
  expect(clock.now()).toMatchObject({ month: 3, day: 2 })
})

test('a track longer than its stripe can hold → unreadable', async () => {
  const bench = makeBench()
  const { device, operator } = makeDevice(bench.options, bench.chip)
  const waiting = device.reader.wait(1000)
  operator.swipe({ track2: `;${'1'.repeat(40)}` })
  expect(await waiting).toEqual({ kind: 'unreadable' })
})

test('a time-out beyond the contract, or one that is no number → RangeError', () => {
  const bench = makeBench()
  const { device } = makeDevice(bench.options, bench.chip)
  const { next } = device.keypad as { next: (ms: unknown) => unknown }
  const { sleep } = device.clock as { sleep: (ms: unknown) => unknown }
  for (const ms of [-1, 600_001, Number.NaN, '5', null, true]) {
    expect(() => next(ms)).toThrow(RangeError)
    expect(() => sleep(ms)).toThrow(RangeError)
  }
})
