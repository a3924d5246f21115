import { dirname } from 'node:path'
import { BUNDLE_BYTES_MAX, ensureBuilt } from '../build.ts'
import type { Row } from './row.ts'

const MODULES_SHOWN = 8
/** Of the one script that a terminal was before it could download, and by how much that was to make it grow at most. */
const BEFORE_DOWNLOADS_BYTES = 197_480
const GROWTH_BYTES_MAX = 25_000

/** Size of the bundle, by folder and by its largest modules, from the report of the build. */
export async function benchBundle(): Promise<readonly Row[]> {
  const { bytes, gzip, modules, update, programBytes = bytes } = await ensureBuilt()
  const folders = new Map<string, number>()
  for (const each of modules) {
    const folder = dirname(each.module)
    folders.set(folder, (folders.get(folder) ?? 0) + each.bytes)
  }
  return [
    { quantity: 'bundle, minified', value: bytes, unit: 'B', target: BUNDLE_BYTES_MAX },
    { quantity: 'bundle, gzip', value: gzip, unit: 'B' },
    ...(update === undefined
      ? []
      : [
          {
            quantity: 'download engine, minified',
            value: update.bytes,
            unit: 'B',
            target: update.budget,
          } as const,
          { quantity: 'download engine, gzip', value: update.gzip, unit: 'B' } as const,
          {
            quantity: 'growth of both by the download of programs',
            value: programBytes - BEFORE_DOWNLOADS_BYTES,
            unit: 'B',
            target: GROWTH_BYTES_MAX,
          } as const,
        ]),
    ...[...folders]
      .sort((a, b) => b[1] - a[1])
      .map(([folder, value]) => ({
        quantity: folder === '.' ? '(wrapper)' : `${folder}/`,
        value,
        unit: 'B',
      })),
    ...modules
      .slice(0, MODULES_SHOWN)
      .map(({ module, bytes: value }) => ({ quantity: module, value, unit: 'B' })),
  ]
}
