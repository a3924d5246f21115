import { expect, it } from 'vitest'
import type { TerminalRow } from '../../host-link/tms/api-terminals.ts'
import type { TmsClient } from '../../scripts/tms-client.ts'
import { exportFleet } from '../../scripts/tms-export.ts'

const row = (serial: string, more: Partial<TerminalRow> = {}): TerminalRow => ({
  ...{ serial, model: 'A8', status: 'active', online: true, locked: false },
  parameters: { upToDate: true, drift: 0 },
  ...more,
})

/** A service with two pages; `asked` are the questions. */
function client(asked: unknown[]): TmsClient {
  const pages: { [after: string]: object } = {
    '': { rows: [row('SN1', { store: '=1+1', lastSeen: 1_800_000_000 })], total: 2, next: 'SN1' },
    SN1: { rows: [row('SN2', { maker: 'a,"b"', version: '1.0.0', batchOpen: true })], total: 2 },
  }
  const call = async (_: string, input: { readonly query?: { readonly after?: string } } = {}) => {
    asked.push(input.query)
    return pages[input.query?.after ?? '']
  }
  return { call: call as TmsClient['call'] }
}

it('the fleet 终端 as CSV → one head, every page, quotes where they are needed, and no formula', async () => {
  const [asked, parts]: [unknown[], string[]] = [[], []]
  await exportFleet(client(asked), { filter: 'model = A8' }, async (text) => void parts.push(text))
  expect(parts.join('').split('\n')).toEqual([
    'serial,model,maker,status,merchant,store,terminalId,online,lastSeen,version,wantedVersion,download,code,parameters,wantedParameters,drift,batchOpen,locked',
    "SN1,A8,,active,,'=1+1,,yes,2027-01-15T08:00:00.000Z,,,,,,,0,,no",
    'SN2,A8,"a,""b""",active,,,,yes,,1.0.0,,,,,,0,yes,no',
    '',
  ])
  expect(asked).toMatchObject([
    { filter: 'model = A8', limit: '500' },
    { filter: 'model = A8', after: 'SN1' },
  ])
})
