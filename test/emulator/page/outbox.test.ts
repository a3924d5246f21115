import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeOutbox } from '../../../emulator/page/worker/outbox.ts'

/** A disk whose writes end when the test lets them. */
function makeDisk() {
  const pending: { end(): void; fail(error: unknown): void }[] = []
  let memory = 0
  let disk = 0
  return {
    write: () => memory++,
    memory: () => memory,
    disk: () => disk,
    busy: () => pending.length,
    save: () => {
      const copied = memory
      return new Promise<void>((resolve, reject) => {
        pending.push({
          end() {
            disk = copied
            resolve()
          },
          fail: reject,
        })
      })
    },
    end: () => pending.shift()?.end(),
    fail: () => pending.shift()?.fail(new Error('quota')),
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))

test('outbox: nothing leaves before all that was written before it is on the disk, and all leaves in order', async () => {
  const action = fc.constantFrom('write', 'emit', 'end', 'turn')
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 60 }), async (actions) => {
      const disk = makeDisk()
      const outbox = makeOutbox(disk.save, (error) => expect.fail(String(error)))
      const left: number[] = []
      let emitted = 0
      for (const act of actions) {
        if (act === 'write') {
          disk.write()
          outbox.written()
        } else if (act === 'emit') {
          const number = emitted++
          const needs = disk.memory()
          outbox.emit(() => {
            expect(disk.disk()).toBeGreaterThanOrEqual(needs)
            left.push(number)
          })
        } else if (act === 'end') disk.end()
        else await settled()
      }
      for (let rest = 0; rest < 200 && left.length < emitted; rest++) {
        disk.end()
        await settled()
      }
      expect(left).toEqual(Array.from({ length: emitted }, (_, number) => number))
      expect(disk.busy()).toBeLessThanOrEqual(1)
    }),
    { numRuns: 150 },
  )
})

test('outbox: with nothing to wait for, it leaves at once', () => {
  const outbox = makeOutbox(
    () => Promise.resolve(),
    () => undefined,
  )
  let left = 0
  outbox.emit(() => left++)
  expect(left).toBe(1)
})

test('outbox: a disk that refuses → nothing leaves any more, and it is told once', async () => {
  const disk = makeDisk()
  const told: unknown[] = []
  const outbox = makeOutbox(disk.save, (error) => told.push(error))
  let left = 0
  disk.write()
  outbox.written()
  outbox.emit(() => left++)
  await settled()
  disk.fail()
  await settled()
  outbox.emit(() => left++)
  expect([left, told.length]).toEqual([0, 1])
})
