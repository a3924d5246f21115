import type { VectorResult } from '../terminal/device/conformance/rig.ts'
import { reportOf } from '../terminal/device/conformance/run.ts'
import type { FlashGeometry } from '../terminal/device/flash.ts'
import type { Conformance } from './conformance.ts'

/** Form of the JSON document; the number is one higher where a field means something else than before. */
const FORMAT = 'shuaka-conformance 1'

/** The report as one JSON document (docs/device.md, "The report"). */
export function conformanceJson({ port, model, engine, bundles, lacks, run }: Conformance) {
  const { passed, failed, absent, results } = reportOf(run.results)
  const { facts, heap } = run
  return {
    format: FORMAT,
    ...{ port, device: model, engine, runtime: facts?.runtime ?? null, bundles, lacks },
    ...{ passed, failed, absent, starts: run.starts, trace: facts?.trace ?? null },
    limits: {
      heap: heap ?? null,
      ...(facts && {
        display: facts.display,
        paperColumns: facts.paperColumns,
        flash: facts.flash,
        slots: facts.slots,
        program: facts.program,
        security: facts.security,
        longestCall: { call: facts.longestCall, ms: facts.callMs[facts.longestCall] ?? null },
        callMs: facts.callMs,
        crossingMicroseconds: facts.crossingMicroseconds,
        keyToPictureMs: facts.keyToPictureMs,
      }),
    },
    results,
  }
}

const marks = { passed: '✓', failed: '✗', absent: '–' } as const

/** A vector as one line. */
export function vectorLine({ id, title, result, detail }: VectorResult): string {
  const more = result === 'absent' ? `declared absent: ${detail}` : detail
  return `${marks[result]} ${id}  ${title}${more === '' ? '' : `: ${more}`}`
}

/** What stands around the vectors: before them who was looked at, after them what was found. */
export function conformanceText(report: Conformance): readonly string[] {
  const { port, device, engine, runtime, bundles, lacks, passed, failed, absent, starts, trace, limits } =
    conformanceJson(report)
  const { heap, display, flash, slots, longestCall } = limits
  const lines = [
    `port ${port}, device ${device}, ${runtime ?? 'no runtime named'}, ${engine}`,
    ...Object.entries(bundles).map(
      ([file, { bytes, sha256 }]) => `${file}: ${bytes} bytes, SHA-256 ${sha256}`,
    ),
    `lacks: ${lacks.length === 0 ? 'nothing' : lacks.join(', ')}`,
  ]
  if (heap)
    lines.push(`heap: ${heap.limit} bytes, ${heap.used} used by the suite at its end, ${heap.peak} at most`)
  if (display && flash && slots && longestCall) {
    lines.push(
      `display: ${display.columns} × ${display.rows} cells; paper: ${limits.paperColumns} columns; line: ${limits.security}`,
      `flash: ${chip(flash)}; program chip: ${slots.sectorCount === 0 ? 'none' : chip(slots)}`,
      `longest instant call: ${longestCall.call}, ${figure(longestCall.ms, 'ms')}`,
      `key to picture: ${figure(limits.keyToPictureMs, 'ms')}; one crossing: ${figure(limits.crossingMicroseconds, 'µs')}`,
    )
  }
  lines.push(
    `trace: ${trace ?? 'none'}`,
    `${passed} passed, ${failed} failed, ${absent} declared absent, in ${starts} runs of the program`,
  )
  return lines
}

function chip({ sectorBytes, sectorCount, unitBytes }: FlashGeometry): string {
  return `${sectorCount} sectors of ${sectorBytes} bytes, units of ${unitBytes}`
}

function figure(value: number | null | undefined, unit: string): string {
  return typeof value === 'number' && Number.isFinite(value)
    ? `${value.toPrecision(3)} ${unit}`
    : 'not measured'
}
