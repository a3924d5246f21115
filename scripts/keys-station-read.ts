import { readStationFile } from '../keys/station/database.ts'
import type { MasterAlgorithm, TerminalRow, TerminalState } from '../keys/station/station.ts'

interface SqlRow {
  readonly serial: string
  readonly slot: number
  readonly terminal_id: string | null
  readonly algorithm: MasterAlgorithm
  readonly state: TerminalState
  readonly key_version: number
  readonly again: number
  readonly labelled: number
  readonly time: string
  readonly check_value: string | null
  readonly code: string | null
}

const SELECT = `SELECT serial, slot, terminal_id, algorithm, state, key_version, again, labelled, time, check_value, code
  FROM terminal ORDER BY serial, slot`

/** The list of a station and how far it is, also while another process has the station open. Throws StationError. */
export function readProgress(folder: string): readonly TerminalRow[] {
  const database = readStationFile(folder)
  try {
    return (database.prepare(SELECT).all() as SqlRow[]).map((row) => ({
      ...{ serial: row.serial, slot: row.slot, algorithm: row.algorithm, state: row.state, time: row.time },
      ...{ keyVersion: String(row.key_version).padStart(2, '0'), again: row.again === 1 },
      labelled: row.labelled === 1,
      ...(row.terminal_id !== null && { terminalId: row.terminal_id }),
      ...(row.check_value !== null && { checkValue: row.check_value }),
      ...(row.code !== null && { code: row.code }),
    }))
  } finally {
    database.close()
  }
}
