import { expect, it } from 'vitest'
import { interruption } from '../../scripts/interrupted.ts'

const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length

it('the process lives until somebody asks for its end or the wait is released, and no longer', async () => {
  const before = [timers(), process.listenerCount('SIGTERM')]
  const end = interruption()
  expect([timers(), process.listenerCount('SIGTERM')]).toEqual(before.map((count) => count + 1))
  process.emit('SIGTERM')
  await end.asked
  end.release()
  expect([timers(), process.listenerCount('SIGTERM')]).toEqual(before)
})
