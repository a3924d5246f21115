import { expect, test } from 'vitest'
import type { Conformance } from '../../scripts/conformance.ts'
import { conformanceJson, conformanceText, vectorLine } from '../../scripts/conformance-report.ts'

const chip = { sectorBytes: 4096, sectorCount: 64, unitBytes: 4 }
const report: Conformance = {
  port: 'native',
  model: 'compact',
  engine: 'QuickJS 1',
  bundles: { 'conformance.js': { bytes: 9, sha256: 'aa' } },
  lacks: ['inbox'],
  run: {
    starts: 3,
    heap: { used: 1, peak: 2, limit: 4 },
    results: [
      { id: 'a', title: 'A', result: 'passed', detail: '' },
      { id: 'b', title: 'B', result: 'failed', detail: 'wants 1, got 2' },
      { id: 'c', title: 'C', result: 'absent', detail: 'needs inbox' },
    ],
    facts: {
      ...{
        maker: 'M',
        model: 'compact',
        runtime: 'r 1.0.0',
        security: 'plain',
        paperColumns: 24,
        trace: 'FF',
      },
      ...{ display: { columns: 16, rows: 4 }, flash: chip, slots: { ...chip, sectorCount: 0 } },
      ...{ program: { bytes: 9, sha256: 'AA' }, callMs: { slow: 12.3456 }, longestCall: 'slow' },
      ...{ crossingMicroseconds: 0.1, keyToPictureMs: Number.NaN },
    },
  },
}

test('a vector is one line: its mark, its name, and what the port did instead or lacks', () => {
  expect(report.run.results.map(vectorLine)).toEqual([
    '✓ a  A',
    '✗ b  B: wants 1, got 2',
    '– c  C: declared absent: needs inbox',
  ])
})

test('the text names port, device, engine, hashes, limits and the three totals', () => {
  expect(conformanceText(report)).toEqual([
    'port native, device compact, r 1.0.0, QuickJS 1',
    'conformance.js: 9 bytes, SHA-256 aa',
    'lacks: inbox',
    'heap: 4 bytes, 1 used by the suite at its end, 2 at most',
    'display: 16 × 4 cells; paper: 24 columns; line: plain',
    'flash: 64 sectors of 4096 bytes, units of 4; program chip: none',
    'longest instant call: slow, 12.3 ms',
    'key to picture: not measured; one crossing: 0.100 µs',
    'trace: FF',
    '1 passed, 1 failed, 1 declared absent, in 3 runs of the program',
  ])
})

test('the document has the same, each vector with its result; a suite that broke off has no facts', () => {
  expect(conformanceJson(report)).toMatchObject({
    format: 'shuaka-conformance 1',
    ...{ port: 'native', device: 'compact', passed: 1, failed: 1, absent: 1, starts: 3, lacks: ['inbox'] },
    limits: { heap: { limit: 4 }, longestCall: { call: 'slow', ms: 12.3456 } },
    results: report.run.results,
  })
  const broken = { ...report, run: { ...report.run, facts: undefined, heap: undefined } }
  expect(conformanceJson(broken)).toMatchObject({ runtime: null, trace: null, limits: { heap: null } })
  expect(conformanceText(broken).at(-2)).toBe('trace: none')
})
