import { stringify } from 'csv-stringify/sync'
import type { TerminalRow } from '../host-link/tms/api-terminals.ts'
import type { TmsClient } from './tms-client.ts'

/** Most that the service answers at once. */
const PAGE = 500

type Cell = string | number | boolean | undefined

// biome-ignore format: one row a column; times are in UTC
const columns: readonly (readonly [head: string, of: (row: TerminalRow) => Cell])[] = [
  ['serial',           ({ serial }) => serial],
  ['model',            ({ model }) => model],
  ['maker',            ({ maker }) => maker],
  ['status',           ({ status }) => status],
  ['merchant',         ({ merchant }) => merchant],
  ['store',            ({ store }) => store],
  ['terminalId',       ({ terminalId }) => terminalId],
  ['online',           ({ online }) => yesOrNo(online)],
  ['lastSeen',         ({ lastSeen }) => timeOf(lastSeen)],
  ['version',          ({ version }) => version],
  ['wantedVersion',    ({ wantedVersion }) => wantedVersion],
  ['download',         ({ download }) => download?.state],
  ['code',             ({ download }) => download?.code],
  ['parameters',       ({ parameters }) => parameters.reported],
  ['wantedParameters', ({ parameters }) => parameters.wanted],
  ['drift',            ({ parameters }) => parameters.drift],
  ['batchOpen',        ({ batchOpen }) => yesOrNo(batchOpen)],
  ['locked',           ({ locked }) => yesOrNo(locked)],
]

const yesOrNo = (value: boolean | undefined): string => (value === undefined ? '' : value ? 'yes' : 'no')
const timeOf = (seconds = 0): string => (seconds === 0 ? '' : new Date(seconds * 1000).toISOString())

/**
 * 导出: the fleet as CSV (RFC 4180), page by page. What a program of tables would take for a formula, as a store that is called
 * `=…`, is made text.
 */
export async function exportFleet(
  client: TmsClient,
  { filter, group }: { readonly filter?: string; readonly group?: string },
  write: (text: string) => Promise<void>,
): Promise<void> {
  let next: string | undefined
  let head = true
  do {
    const query = { filter, group, after: next, limit: String(PAGE) }
    const page = await client.call('terminals', { query })
    const rows = page.rows.map((row) => columns.map(([, of]) => of(row)))
    await write(
      stringify([...(head ? [columns.map(([name]) => name)] : []), ...rows], { escape_formulas: true }),
    )
    head = false
    next = page.next
  } while (next !== undefined)
}
