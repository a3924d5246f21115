import { describe, expect, test } from 'vitest'
import { runConformance } from '../../../../terminal/device/conformance/run.ts'
import { vectors } from '../../../../terminal/device/conformance/vectors.ts'
import { emulatedPort } from './emulated.ts'
import { handFaults } from './faults-hands.ts'
import { secureFaults } from './faults-secure.ts'
import { worldFaults } from './faults-world.ts'

describe.each(['compact', 'standard'] as const)('the emulated device, %s', (model) => {
  test('passes every vector', async () => {
    const report = await runConformance(emulatedPort(model))
    expect(report.results.filter(({ result }) => result === 'failed')).toEqual([])
    const absent = report.results.filter(({ result }) => result === 'absent')
    expect(absent.every(({ detail }) => /life|cuts|heap/.test(detail))).toBe(true) // nobody starts a run again here
    expect(report.passed + absent.length).toBe(vectors.length)
  })
})

test('a device that takes no programs passes what is left of them, and declares the others absent', async () => {
  const report = await runConformance(emulatedPort('compact', false), 'slots.')
  expect(report.failed).toBe(0)
  expect(report.results.filter(({ result }) => result === 'passed').map(({ id }) => id)).toEqual([
    'slots.none',
    'slots.running',
    'slots.factory',
    'slots.factory.bounds',
  ])
})

test('there are 250 vectors and more', () => {
  expect(vectors.length).toBeGreaterThanOrEqual(250)
})

test('every vector has an id of its own', () => {
  expect(new Set(vectors.map(({ id }) => id)).size).toBe(vectors.length)
})

test('only: the vectors of one group are run', async () => {
  const report = await runConformance(emulatedPort('compact'), 'charset.')
  expect(report.results.length).toBeGreaterThan(5)
  expect(report.results.every(({ id }) => id.startsWith('charset.'))).toBe(true)
})

describe('a device with a fault', () => {
  test.each([...handFaults, ...worldFaults, ...secureFaults])('%s → %s fails', async (_, id, instead) => {
    const { device, rig } = emulatedPort('compact')
    const port = { device: { ...device, ...instead(device) }, rig }
    const report = await runConformance(port, id)
    expect(report.results.find((result) => result.id === id)).toMatchObject({ result: 'failed' })
  })
})
