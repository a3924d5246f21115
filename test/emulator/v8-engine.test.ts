import { expect, test } from 'vitest'
import { makeDevice } from '../../emulator/device/device.ts'
import { v8Engine } from '../../emulator/v8-engine.ts'
import type { Device } from '../../terminal/device/device.ts'
import { makeBench } from './device/bench.ts'

/** The engine with `start` on a device of its own. */
function run(start: (device: Device) => Promise<never>) {
  const bench = makeBench()
  const unit = makeDevice(bench.options, bench.chip)
  const stops: string[] = []
  const running = v8Engine(start).start(unit.device, { stopped: (why) => stops.push(why) })
  return { ...bench, ...unit, running, stops }
}

test('nothing of the application has run when start returns', async () => {
  let ran = false
  const { time } = run(async () => {
    ran = true
    return new Promise<never>(() => {})
  })
  expect(ran).toBe(false)
  await time.advance(0)
  expect(ran).toBe(true)
})

test('killed before its first step → it never runs', async () => {
  let ran = false
  const { time, running, stops } = run(async () => {
    ran = true
    throw new Error('ran')
  })
  running.kill()
  await time.advance(0)
  expect([ran, stops]).toEqual([false, []])
})

test('an application that throws → one line that says why', async () => {
  const { time, stops } = run(async () => {
    throw new RangeError('first line\nsecond line')
  })
  await time.advance(0)
  expect(stops).toEqual(['RangeError: first line'])
})

test('an application that throws null → a line all the same', async () => {
  const { time, stops } = run(() => Promise.reject(null))
  await time.advance(0)
  expect(stops).toEqual(['null'])
})

test('after kill its waits never settle, its calls throw, its end is not reported', async () => {
  const steps: string[] = []
  let own: Device | undefined
  const { time, running, operator, stops, screen } = run(async (device) => {
    own = device
    device.display.draw(0, 0, 'alive', 'normal')
    const key = await device.keypad.next(10_000)
    steps.push(key.kind)
    throw new Error('went on')
  })
  await time.advance(0)
  running.kill()
  operator.press('1')
  await time.advance(20_000)
  expect([steps, stops]).toEqual([[], []])
  expect(() => own?.display.draw(0, 0, 'ghost', 'normal')).toThrow('the application was ended')
  await time.advance(0)
  expect(screen()[0]).toBe('alive')
})
