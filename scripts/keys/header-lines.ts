import type { KeyBlockHeader } from '../../keys/key-block/header.ts'
import {
  algorithms,
  contexts,
  exportabilities,
  modes,
  optionalBlocks,
  usages,
  versions,
} from '../../keys/key-block/header-table.ts'

interface Named {
  readonly zh: string
  readonly en: string
}

type Shown = KeyBlockHeader & { readonly length: number }

// biome-ignore format: one row a field, in the order of the header
const fields: readonly (readonly [keyof Shown, string, string, ReadonlyMap<string, Named> | undefined])[] = [
  ['version',       '版本',     'version',       versions],
  ['length',        '长度',     'length',        undefined],
  ['usage',         '用途',     'usage',         usages],
  ['algorithm',     '算法',     'algorithm',     algorithms],
  ['mode',          '使用方式', 'mode of use',   modes],
  ['keyVersion',    '密钥版本', 'key version',   undefined],
  ['exportability', '可导出性', 'exportability', exportabilities],
  ['context',       '密钥环境', 'key context',   contexts],
]

/** The header as lines, one a field: what stands there and what it means. */
export function headerLines(header: Shown): string[] {
  const lines = fields.map(([field, zh, en, table]) => line(`${en} ${zh}`, String(header[field]), table))
  for (const { id, data } of header.optional) {
    const name = optionalBlocks.get(id)
    const names = name === undefined ? 'unknown 未知' : `${name.en} ${name.zh}`
    const form = name?.pattern.test(data) === false ? ' (not of its form)' : ''
    lines.push(`optional block 可选块 ${id}, ${names}: ${data}${form}`)
  }
  return lines
}

/** The header for a program: the letters, and beside them what they mean in both languages. */
export function headerJson(header: Shown): object {
  const meaning = fields.flatMap(([field, , , table]) => {
    const name = table?.get(String(header[field]))
    return name === undefined ? [] : [[field, { zh: name.zh, en: name.en }] as const]
  })
  return { ...header, meaning: Object.fromEntries(meaning) }
}

function line(name: string, value: string, table: ReadonlyMap<string, Named> | undefined): string {
  const row = table?.get(value)
  return row === undefined ? `${name}: ${value}` : `${name}: ${value}, ${row.en} ${row.zh}`
}
