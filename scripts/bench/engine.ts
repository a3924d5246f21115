import type { Row } from './row.ts'
import { benchVm } from './vm.ts'

/** The engine by itself, without our application. */
export async function benchEngine(): Promise<readonly Row[]> {
  const figures = await benchVm()
  return [
    {
      quantity: 'engine with an application that only waits: boot',
      value: figures.bootMs,
      unit: 'ms',
      beside: { what: 'the first', value: figures.firstBootMs },
    },
    { quantity: 'its heap', value: figures.heapAfterBoot, unit: 'B' },
    ...Object.entries(figures.callsPerSecond).map(([carries, value]) => ({
      quantity: `calls of the device that carry ${carries}`,
      value,
      unit: '/s',
    })),
  ]
}
