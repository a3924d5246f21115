import { describe, expect, test } from 'vitest'
import { recordTape, TAPE_SALES } from '../../../scripts/bench/native-tape.ts'
import { isMet, jsonOf } from '../../../scripts/bench/row.ts'
import { measurements } from '../../../scripts/bench.ts'
import { ensureNative } from '../../rig/native.ts'

/** The engine is compiled once more, for two processors, the first time. */
const MS_MAX = 180_000

const native = await ensureNative('x86-64')
const missing = 'missing' in native ? native.missing : undefined
if (missing !== undefined) console.warn(missing)

describe.skipIf(missing !== undefined)('the native runtime, on a tiny budget', () => {
  test(
    'rows with finite numbers; what it ships keeps its size',
    async () => {
      const rows = (await measurements.native?.measure({ budget: 0.001, progress: () => undefined })) ?? []
      expect(rows.length).toBeGreaterThan(8)
      for (const row of rows) {
        const { value, ratio = 0 } = jsonOf(row)
        expect([row.quantity, Number.isFinite(value), Number.isFinite(ratio)]).toEqual([
          row.quantity,
          true,
          true,
        ])
      }
      const shipped = rows.filter(({ quantity }) => quantity.endsWith(': runtime and bytecode'))
      expect(shipped.map(isMet)).not.toContain(false)
      for (const { note, beside, value, quantity } of rows)
        if (quantity.includes('the same engine on wasm32'))
          expect([note, value]).toEqual(['difference 0 B', beside?.value])
    },
    MS_MAX,
  )
})

test('the tape: calls in order, what waited, and the heap at three points', async () => {
  const { text, heap } = await recordTape()
  const lines = text.trimEnd().split('\n')
  expect(lines.filter((line) => line.startsWith('M '))).toEqual(['M boot', 'M one', 'M end'])
  expect(lines.filter((line) => line.startsWith('S ')).length).toBeGreaterThan(TAPE_SALES * 10)
  expect(lines.find((line) => line.includes('"hex"'))).toBeDefined()
  expect(heap.end.peak).toBeGreaterThan(heap.boot.used)
})
