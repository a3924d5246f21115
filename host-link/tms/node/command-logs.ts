import { decodeLogArgument } from '../../wire/tms/command.ts'
import { isWholePiece, type LogPiece } from '../log-piece.ts'
import type { CommandLog } from '../model.ts'
import { inList, type Query } from './database.ts'
import { bytesOf } from './rows.ts'

/**
 * Keeps a piece of a log 日志 of a terminal, in any order, once however often it comes. Only for a command that asked this
 * terminal for its log and was told, and at most as many bytes as it asked for. A first piece that is another than before
 * begins the log anew: the terminal sends all of it again. Answers why a piece was not kept.
 */
export async function keepPiece(
  { query, run }: Query,
  serial: string,
  piece: LogPiece,
): Promise<string | undefined> {
  const { command, offset, length, bytes } = piece
  const [asked] = await query(
    `SELECT argument FROM command WHERE id = ? AND serial = ? AND kind = 'log' AND state IN ('sent', 'done')`,
    [command, serial],
  )
  if (asked === undefined) return `no log was asked for by a command ${command}`
  if (!isWholePiece(piece, decodeLogArgument(bytesOf(asked[0])).bytes))
    return `a piece of a log that command ${command} did not ask for`
  const [same] = await query('SELECT bytes FROM command_log WHERE command = ? AND start = ? AND size = ?', [
    ...[command, offset, length],
  ])
  if (same !== undefined && Buffer.compare(bytesOf(same[0]), bytes) === 0) return undefined
  const [have] = (await logSizes({ query }, [command])).values()
  if (have !== undefined && have.bytes === have.size) return `the log of command ${command} is complete`
  if (offset === 0) await run('DELETE FROM command_log WHERE command = ?', [command])
  else
    await run('DELETE FROM command_log WHERE command = ? AND (size <> ? OR start = ?)', [
      command,
      length,
      offset,
    ])
  await run('INSERT INTO command_log (command, start, size, bytes) VALUES (?, ?, ?, ?)', [
    ...[command, offset, length],
    bytes,
  ])
  return undefined
}

/** How much has come of the logs of these commands. */
export async function logSizes(
  { query }: Pick<Query, 'query'>,
  commands: readonly number[],
): Promise<ReadonlyMap<number, { readonly bytes: number; readonly size: number }>> {
  const { marks, values } = inList(commands)
  const rows = await query(
    `SELECT command, sum(length(bytes)), max(size) FROM command_log WHERE command IN (${marks}) GROUP BY command`,
    values,
  )
  return new Map(
    rows.map(([command, bytes, size]) => [Number(command), { bytes: Number(bytes), size: Number(size) }]),
  )
}

/** The log that a command brought, as far as it has come without a gap; undefined: nothing of it. */
export async function logIn(
  { query }: Pick<Query, 'query'>,
  command: number,
): Promise<CommandLog | undefined> {
  const rows = await query(
    `SELECT start, size, command_log.bytes, serial FROM command_log JOIN command ON command.id = command_log.command
    WHERE command = ? ORDER BY start`,
    [command],
  )
  const [first] = rows
  if (first === undefined) return undefined
  const pieces: Uint8Array[] = []
  let end = 0
  for (const [start, , bytes] of rows) {
    if (Number(start) !== end) break
    const piece = bytesOf(bytes)
    pieces.push(piece)
    end += piece.length
  }
  return { command, serial: String(first[3]), size: Number(first[1]), bytes: Buffer.concat(pieces) }
}
