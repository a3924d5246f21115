import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeVirtualTime } from '../../emulator/virtual-time.ts'
import { settle } from './device/bench.ts'

const make = () => makeVirtualTime({ wallMs: 1_000_000, settle })

test('any events → they fire in order of (time, order asked), each at its time', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(50), fc.boolean()), { maxLength: 40 }), async (asked) => {
      const time = make()
      const fired: { order: number; at: number }[] = []
      asked.forEach(([ms, cancelled], order) => {
        const cancel = time.after(ms, () => fired.push({ order, at: time.monotonicMs() }))
        if (cancelled) cancel()
      })
      await time.advance(50)
      const wanted = asked
        .map(([at, cancelled], order) => ({ order, at, cancelled }))
        .filter((event) => !event.cancelled)
        .sort((a, b) => a.at - b.at || a.order - b.order)
        .map(({ order, at }) => ({ order, at }))
      expect(fired).toEqual(wanted)
      expect(time.due).toBe(0)
    }),
  )
})

test('advance stops at its end: what is due later stays due', async () => {
  const time = make()
  let fired = 0
  time.after(100, () => fired++)
  await time.advance(99)
  expect([fired, time.monotonicMs(), time.due]).toEqual([0, 99, 1])
  await time.advance(1)
  expect([fired, time.monotonicMs(), time.due]).toEqual([1, 100, 0])
})

test('promise reactions of an event run before the next event, also at the same instant', async () => {
  const time = make()
  const seen: string[] = []
  time.after(
    10,
    () =>
      void Promise.resolve()
        .then(() => Promise.resolve())
        .then(() => seen.push('reaction')),
  )
  time.after(10, () => seen.push('next'))
  await time.advance(10)
  expect(seen).toEqual(['reaction', 'next'])
})

test('runUntil stops the clock when its condition holds, or at its limit', async () => {
  const time = make()
  let fired = 0
  for (let ms = 10; ms <= 100; ms += 10) time.after(ms, () => fired++)
  expect(await time.runUntil(() => fired === 3, 1000)).toBe(true)
  expect(time.monotonicMs()).toBe(30)
  expect(await time.runUntil(() => fired === 99, 20)).toBe(false)
  expect(time.monotonicMs()).toBe(50)
})

test('runUntilIdle runs what events ask for in turn, and says when there is no end to it', async () => {
  const time = make()
  time.after(10, () => time.after(10, () => {}))
  expect(await time.runUntilIdle(1000)).toBe(true)
  expect(time.monotonicMs()).toBe(20)
  const again = (): void => void time.after(1, again)
  again()
  expect(await time.runUntilIdle(100)).toBe(false)
})

test('the wall clock starts where it is told, runs along, and can be moved alone', async () => {
  const time = make()
  await time.advance(500)
  expect(time.wallMs()).toBe(1_000_500)
  time.setWall(5)
  await time.advance(10)
  expect([time.wallMs(), time.monotonicMs()]).toEqual([15, 510])
})

test('a cancel after the event has fired does nothing', async () => {
  const time = make()
  const cancel = time.after(1, () => {})
  time.after(5, () => {})
  await time.advance(2)
  cancel()
  expect(time.due).toBe(1)
})
