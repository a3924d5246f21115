import { type Core, refused } from './core.ts'
import { exportedKeys, forHost } from './export-keys.ts'
import { labelText } from './label.ts'
import type { Done, Labels } from './station.ts'
import { shownRow, type Terminals } from './terminals.ts'

/** The file for the host: keys under the ZMK. */
export function exportKeys(
  core: Core,
  table: Terminals,
  station: string,
): Done<{ readonly json: string; readonly keys: number }> {
  const zmk = core.opened?.zmk
  if (core.opened === undefined) return refused('closed')
  const { auditFault } = core.opened
  if (auditFault !== undefined) return refused('auditBroken', auditFault)
  if (zmk === undefined) return refused('noKey')
  const rows = table.all().flatMap((row) => forHost(row) ?? [])
  if (rows.length === 0) return refused('nothing')
  const json = exportedKeys(core, station, zmk, rows)
  core.record('exported', { detail: `${rows.length} keys`, checkValue: zmk.checkValue })
  return { kind: 'ok', json, keys: rows.length }
}

/** Labels of loaded terminals, which count as printed then. */
export function labels(core: Core, table: Terminals, station: string, serial?: string): Done<Labels> {
  if (core.opened === undefined) return refused('closed')
  const all = serial === undefined ? table.all().filter(({ labelled }) => !labelled) : table.ofSerial(serial)
  const rows = all.filter(({ state }) => state === 'loaded')
  if (serial !== undefined && all.length === 0) return refused('noSerial', serial)
  if (rows.length === 0) return serial === undefined ? refused('nothing') : refused('notLoaded', serial)
  const named = { station, people: core.people() }
  core.record(
    'labelled',
    { detail: `${rows.length} labels`, ...(serial !== undefined && { serial }) },
    () => {
      for (const row of rows) table.put({ ...row, labelled: true })
    },
  )
  const text = rows.map((row) => labelText(row, named)).join('\n')
  return {
    kind: 'ok',
    text,
    count: rows.length,
    rows: rows.map((row) => ({ ...shownRow(row), labelled: true })),
  }
}
