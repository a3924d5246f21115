import type { Records } from '../store.ts'
import { logIn, logSizes } from './command-logs.ts'
import type { TmsDatabase } from './database.ts'
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
        if ((await terminalIn(query, serial)) === undefined) return refused('there is no such terminal')
        const [open] = await query.query(
          `SELECT count(*) FROM command WHERE serial = ? AND state IN ('waiting', 'sent')`,
          [serial],
        )
        if (Number(open?.[0]) >= COMMANDS_MAX)
          return refused(`${COMMANDS_MAX} commands wait for this terminal already`)
        const [row] = await query.query(
          `INSERT INTO command (serial, kind, argument, state, result, created_by, created_at)
          VALUES (?, ?, ?, 'waiting', ?, ?, ?) RETURNING id`,
          [serial, kind, argument, new Uint8Array(0), createdBy, now],
        )
        await query.run('UPDATE terminal SET tell = 1 WHERE serial = ?', [serial])
        return { kind: 'added', id: Number(row?.[0]) }
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
