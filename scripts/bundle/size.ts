import { gzipSync } from 'node:zlib'
import Table from 'cli-table3'

/** Bytes of the bundle that came from one module. */
export interface ModuleSize {
  readonly module: string
  readonly bytes: number
}

export interface SizeReport {
  /** Size of the minified bundle, UTF-8. */
  readonly bytes: number
  readonly gzip: number
  readonly budget: number
  /** Largest first; they add up to `bytes`. */
  readonly modules: readonly ModuleSize[]
}

export interface SourceMapLike {
  readonly mappings: string
  readonly sources: readonly string[]
}

/** What no module is behind: the wrapper, and what the minifier joins things with. */
export const NO_MODULE = '(wrapper)'
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Measures `code` and shares its bytes out to the modules by its source map. */
export function measure(code: string, map: SourceMapLike, budget: number): SizeReport {
  const shares = new Map<string, number>()
  for (const { module, text } of runsOf(code, map))
    shares.set(module, (shares.get(module) ?? 0) + Buffer.byteLength(text))
  const modules = [...shares]
    .map(([module, bytes]) => ({ module, bytes }))
    .filter(({ bytes }) => bytes > 0)
    .sort((a, b) => b.bytes - a.bytes || (a.module < b.module ? -1 : 1))
  return { bytes: Buffer.byteLength(code), gzip: gzipSync(code, { level: 9 }).length, budget, modules }
}

/** The pieces of `code` in their order, each with the module that it came from; joined they are the code. */
export function runsOf(
  code: string,
  map: SourceMapLike,
): { readonly module: string; readonly text: string }[] {
  const runs: { module: string; text: string }[] = []
  const add = (source: number | undefined, text: string) => {
    const module = source === undefined ? NO_MODULE : (map.sources[source] ?? NO_MODULE)
    runs.push({ module, text })
  }
  const lines = code.split('\n')
  const segments = decode(map.mappings)
  lines.forEach((line, row) => {
    let source: number | undefined
    let from = 0
    for (const segment of segments[row] ?? []) {
      add(source, line.slice(from, segment.column))
      from = segment.column
      source = segment.source
    }
    add(source, line.slice(from))
    if (row < lines.length - 1) add(undefined, '\n')
  })
  return runs
}

/** The report as a table for a person. */
export function sizeTable(report: SizeReport): string {
  const table = new Table({ head: ['module', 'bytes', 'share'], style: { head: [], border: [] } })
  const share = (bytes: number) => `${((100 * bytes) / report.bytes).toFixed(1)} %`
  for (const { module, bytes } of report.modules) table.push([module, bytes, share(bytes)])
  table.push(['total', report.bytes, share(report.bytes)])
  table.push(['gzip', report.gzip, share(report.gzip)])
  table.push(['budget', report.budget, share(report.budget)])
  return table.toString()
}

/** Source map revision 3: lines by `;`, segments by `,`, base-64 VLQ numbers relative to the ones before. */
function decode(mappings: string): { column: number; source: number | undefined }[][] {
  let source = 0
  return mappings.split(';').map((line) => {
    let column = 0
    return line
      .split(',')
      .filter((segment) => segment !== '')
      .map((segment) => {
        const numbers = vlq(segment)
        column += numbers[0] ?? 0
        if (numbers.length === 1) return { column, source: undefined }
        source += numbers[1] ?? 0
        return { column, source }
      })
  })
}

function vlq(segment: string): number[] {
  const numbers: number[] = []
  let value = 0
  let shift = 0
  for (const digit of segment) {
    const bits = BASE64.indexOf(digit)
    value += (bits & 31) << shift
    shift += 5
    if ((bits & 32) !== 0) continue
    numbers.push((value & 1) === 0 ? value >> 1 : -(value >> 1))
    value = 0
    shift = 0
  }
  return numbers
}
