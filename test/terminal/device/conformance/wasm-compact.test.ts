import { expect, test } from 'vitest'
import { vectors } from '../../../../terminal/device/conformance/vectors.ts'
import { runWasm } from './wasm.ts'

test('wasm, compact → every vector passes inside the engine, and nothing is declared absent', async () => {
  const { results, facts, heap } = await runWasm({ model: 'compact' })
  expect(results.filter(({ result }) => result !== 'passed')).toEqual([])
  expect(results.map(({ id }) => id)).toEqual(vectors.map(({ id }) => id))
  expect(facts?.trace).toMatch(/^[0-9A-F]{64}$/)
  expect(heap?.used).toBeLessThan(1_048_576) // the suite fits the device class
})
