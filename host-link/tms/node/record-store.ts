import type { Records } from '../store.ts'
import { logIn, logSizes } from './command-logs.ts'
import type { Query, TmsDatabase } from './database.ts'
import { DONE, refused, terminalIn } from './fleet-store.ts'
import { ALARM_COLUMNS, alarmOf, COMMAND_COLUMNS, commandOf, EVENT_COLUMNS, eventOf } from './rows.ts'

/** Commands of one order, at most (`wire/tms/order.ts`). */
export const COMMANDS_MAX = 8

/** The part of the store about commands, events and alarms. */
export function recordStore(database: TmsDatabase): Records {
  const { reads } = database
  return {
    addCommand: ({ serial, kind, argument, createdBy }, now) =>
      database.write(async (query) => {
        const terminal = await terminalIn(query, serial)
        if (terminal === undefined) return refused('there is no such terminal')
        if (terminal.status === 'retired') return refused('the terminal is retired')
        const [open] = await query.query(
          `SELECT count(*) FROM command WHERE serial = ? AND state IN ('waiting', 'sent')`,
          [serial],
        )
        if (Number(open?.[0]) >= COMMANDS_MAX)
          return refused(`${COMMANDS_MAX} commands wait for this terminal already`)
        const id = await nextCommand(database, query, now)
        await query.run(
          `INSERT INTO command (id, serial, kind, argument, state, result, created_by, created_at)
          VALUES (?, ?, ?, ?, 'waiting', ?, ?, ?)`,
          [id, serial, kind, argument, new Uint8Array(0), createdBy, now],
        )
        await query.run('UPDATE terminal SET tell = 1 WHERE serial = ?', [serial])
        return { kind: 'added', id }
      }),
    cancelCommand: (id) =>
      database.write(async ({ query, run }) => {
        const [row] = await query(
          `SELECT serial FROM command WHERE id = ? AND state IN ('waiting', 'sent')`,
          [id],
        )
        if (row === undefined) return refused('there is no such command, or it is over')
        await run(`UPDATE command SET state = 'cancelled' WHERE id = ?`, [id])
        await run('UPDATE terminal SET tell = 1 WHERE serial = ?', [row[0] ?? ''])
        return DONE
      }),
    async commandsOf(serial) {
      const rows = await reads.query(
        `SELECT ${COMMAND_COLUMNS} FROM command WHERE serial = ? ORDER BY id DESC LIMIT 200`,
        [serial],
      )
      return rows.map(commandOf)
    },
    logOf: (command) => logIn(reads, command),
    logSizes: (commands) => logSizes(reads, commands),
    async eventsOf(serial, limit) {
      const rows = await reads.query(
        `SELECT ${EVENT_COLUMNS} FROM event WHERE serial = ? ORDER BY id DESC LIMIT ?`,
        [serial, limit],
      )
      return rows.map(eventOf)
    },
    async countEvents() {
      const [row] = await reads.query('SELECT count(*) FROM event')
      return Number(row?.[0] ?? 0)
    },
    async alarms(limit) {
      const rows = await reads.query(`SELECT ${ALARM_COLUMNS} FROM alarm ORDER BY id DESC LIMIT ?`, [limit])
      return rows.map(alarmOf)
    },
    async seeAlarm(id, who) {
      await database.write(({ run }) => run('UPDATE alarm SET seen_by = ? WHERE id = ?', [who, id]))
    },
  }
}

/**
 * Ids rise, and are never below the time: a terminal passes over a command whose id is not above all that it did, also where a
 * backup from before those was put back.
 */
async function nextCommand({ kind }: TmsDatabase, { query }: Query, now: number): Promise<number> {
  if (kind === 'postgres')
    await query(`SELECT pg_advisory_xact_lock(hashtextextended('shuaka tms command', 0))`)
  const [last] = await query('SELECT max(id) FROM command')
  return Math.max(Number(last?.[0] ?? 0) + 1, now)
}
