import { shardOf } from '../../transport/inbox-topics.ts'
import { type Condition, conditionOf, filterFields, parseFilter } from '../filter.ts'
import type { Asset, Done, NewTerminal, Refused, Terminal } from '../model.ts'
import { said } from '../said.ts'
import { isSerial, SERIAL_WANTED } from '../serial.ts'
import type { Fleet, Page, TerminalQuery } from '../store.ts'
import { inList, type Query, type TmsDatabase, TmsError, type Value } from './database.ts'
import { labelText, TERMINAL_COLUMNS, terminalOf } from './rows.ts'

export const DONE: Done = { kind: 'done' }
export const refused = (why: string): Refused => ({ kind: 'refused', why })

// biome-ignore format: one row a value that a person enters
const assetColumns: { readonly [name in keyof Asset]: string } = {
  maker:        'maker',
  model:        'model',
  acquirer:     'acquirer',
  merchant:     'merchant',
  merchantName: 'merchant_name',
  store:        'store',
  terminalId:   'terminal_id',
  account:      'account',
  address:      'address',
  zoneMinutes:  'zone_minutes',
  labels:       'labels',
  note:         'note',
}
const assetNames = Object.keys(assetColumns) as (keyof Asset)[]
const columnValue = (value: Asset[keyof Asset]): string | number =>
  typeof value === 'string' || typeof value === 'number' ? value : labelText(value)

const INSERT = `INSERT INTO terminal (serial, shard, password_hash, report_key, key_trust, created_at,
  ${assetNames.map((name) => assetColumns[name]).join(', ')}) VALUES (?, ?, ?, ?, ?, ?, ${assetNames.map(() => '?').join(', ')})
  ON CONFLICT (serial) DO NOTHING`

/** The part of the store about terminals and groups. */
export function fleetStore(database: TmsDatabase): Fleet {
  const { reads } = database
  const change = (sql: string, values: readonly Value[]): Promise<Done | Refused> =>
    database.write(async ({ run }) =>
      (await run(sql, values)) === 0 ? refused('there is no such terminal') : DONE,
    )
  return {
    addTerminals: (terminals, now) => database.write((query) => addTerminals(query, terminals, now)),
    terminal: (serial) => terminalIn(reads, serial),
    terminals: (query) => page(database, query),
    async countTerminals(query) {
      const { sql, values } = await whereOf(database, query)
      const [row] = await reads.query(`SELECT count(*) FROM terminal WHERE ${sql}`, values)
      return Number(row?.[0] ?? 0)
    },
    editTerminal(serial, asset) {
      const names = assetNames.filter((name) => asset[name] !== undefined)
      if (names.length === 0) return Promise.resolve(refused('nothing is to be changed'))
      const sets = names.map((name) => `${assetColumns[name]} = ?`).join(', ')
      const values = names.map((name) => columnValue(asset[name] ?? ''))
      return change(`UPDATE terminal SET ${sets} WHERE serial = ?`, [...values, serial])
    },
    // Whoever is retired is heard no more, not even that it goes.
    setStatus: (serial, status) =>
      change('UPDATE terminal SET status = ?, tell = 1, online = 0 WHERE serial = ?', [status, serial]),
    setPassword: (serial, hash) =>
      change('UPDATE terminal SET password_hash = ? WHERE serial = ?', [hash, serial]),
    async passwordHash(serial) {
      const [row] = await reads.query(
        `SELECT password_hash FROM terminal WHERE serial = ? AND status <> 'retired'`,
        [serial],
      )
      return row && String(row[0])
    },
    async passwordHashes(after, limit) {
      const rows = await reads.query(
        `SELECT serial, password_hash FROM terminal WHERE serial > ? AND status <> 'retired' ORDER BY serial LIMIT ?`,
        [after, limit],
      )
      return paged(
        rows.map(([serial, hash]) => ({ serial: String(serial), hash: String(hash) })),
        limit,
      )
    },
    setReportKey: (serial, key) =>
      // Another key counts its reports from the start.
      change(
        `UPDATE terminal SET epoch = CASE WHEN report_key = ? THEN epoch ELSE 0 END, seq = CASE WHEN report_key = ? THEN seq ELSE 0 END,
          report_key = ?, key_trust = ? WHERE serial = ?`,
        [key, key, key, key === '' ? 'none' : 'registered', serial],
      ),
    ...groupsOf(database),
    async spread(field, query) {
      if (!Object.hasOwn(filterFields, field)) throw new TmsError(`there is no field "${field}"`)
      const { column } = filterFields[field as keyof typeof filterFields]
      const { sql, values } = await whereOf(database, query)
      const rows = await reads.query(
        `SELECT ${column}, count(*) FROM terminal WHERE ${sql} GROUP BY ${column} ORDER BY count(*) DESC, ${column} LIMIT 200`,
        values,
      )
      return rows.map(([value, count]) => ({ value: String(value), count: Number(count) }))
    },
  }
}

async function addTerminals({ run }: Query, terminals: readonly NewTerminal[], now: number): Promise<number> {
  let added = 0
  for (const terminal of terminals) {
    const { serial, passwordHash, reportKey = '' } = terminal
    if (!isSerial(serial)) throw new TmsError(`"${serial}" is no serial: ${SERIAL_WANTED} is wanted`)
    if (terminal.labels.some((label) => !/^[0-9A-Za-z-]+$/.test(label)))
      throw new TmsError(`${serial}: a label is of letters, digits and -`)
    added += await run(INSERT, [
      ...[serial, shardOf(serial), passwordHash, reportKey, reportKey === '' ? 'none' : 'registered', now],
      ...assetNames.map((name) => columnValue(terminal[name])),
    ])
  }
  return added
}

export async function terminalIn({ query }: Query, serial: string): Promise<Terminal | undefined> {
  const [row] = await query(`SELECT ${TERMINAL_COLUMNS} FROM terminal WHERE serial = ?`, [serial])
  return row && terminalOf(row)
}

/** The condition of a filter and a group; also for a transaction that is under way. Throws `FilterError`. */
export async function whereOf(
  database: TmsDatabase,
  { filter = '', group }: Pick<TerminalQuery, 'filter' | 'group'>,
  reads: Query = database.reads,
): Promise<Condition> {
  const seconds = `(${database.clock}) / 1000`
  const own = conditionOf(parseFilter(filter), seconds)
  if (group === undefined) return own
  const [row] = await reads.query('SELECT filter FROM terminal_group WHERE name = ?', [group])
  if (row === undefined) throw new TmsError(said('noGroup', group))
  const inGroup =
    row[0] === ''
      ? { sql: 'serial IN (SELECT serial FROM group_member WHERE name = ?)', values: [group] }
      : conditionOf(parseFilter(String(row[0])), seconds)
  return { sql: `(${own.sql}) AND (${inGroup.sql})`, values: [...own.values, ...inGroup.values] }
}

async function page(database: TmsDatabase, query: TerminalQuery): Promise<Page<Terminal>> {
  const { sql, values } = await whereOf(database, query)
  const limit = Math.min(1000, Math.max(1, query.limit))
  const rows = await database.reads.query(
    `SELECT ${TERMINAL_COLUMNS} FROM terminal WHERE serial > ? AND (${sql}) ORDER BY serial LIMIT ?`,
    [query.after ?? '', ...values, limit],
  )
  return paged(rows.map(terminalOf), limit)
}

/** A page by serial: the last one is where the next begins. */
export function paged<Item extends { readonly serial: string }>(
  rows: readonly Item[],
  limit: number,
): Page<Item> {
  return { rows, next: rows.length < limit ? undefined : rows.at(-1)?.serial }
}

type Groups = Pick<Fleet, 'groups' | 'group' | 'putGroup' | 'dropGroup'>

function groupsOf(database: TmsDatabase): Groups {
  const { reads } = database
  const members = async (name: string) =>
    (await reads.query('SELECT serial FROM group_member WHERE name = ? ORDER BY serial', [name])).map(
      ([serial]) => String(serial),
    )
  const group: Groups['group'] = async (name) => {
    const [row] = await reads.query('SELECT name, filter, note FROM terminal_group WHERE name = ?', [name])
    return row && { name, filter: String(row[1]), note: String(row[2]), members: await members(name) }
  }
  return {
    group,
    async groups() {
      const rows = await reads.query('SELECT name FROM terminal_group ORDER BY name')
      const all = await Promise.all(rows.map(([name]) => group(String(name))))
      return all.filter((one) => one !== undefined)
    },
    async putGroup({ name, filter, members, note }) {
      if (!/^[\p{L}\p{N}._ -]{1,40}$/u.test(name))
        return refused('a name is 1–40 letters, digits, space, . _ -')
      if ((filter === '') === (members.length === 0)) return refused('a group has either a filter or members')
      parseFilter(filter)
      return database.write(async (query) => {
        const inUse = await inUseBy(query, name)
        if (inUse !== undefined) return inUse
        const known = await knownOf(query, members)
        const missing = members.find((serial) => !known.has(serial))
        if (missing !== undefined) return refused(`there is no terminal ${missing}`)
        await query.run(
          'INSERT INTO terminal_group (name, filter, note) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET filter = excluded.filter, note = excluded.note',
          [name, filter, note],
        )
        await query.run('DELETE FROM group_member WHERE name = ?', [name])
        for (const serial of new Set(members))
          await query.run('INSERT INTO group_member (name, serial) VALUES (?, ?)', [name, serial])
        return DONE
      })
    },
    dropGroup: (name) =>
      database.write(async (query) => {
        const { run } = query
        const inUse = await inUseBy(query, name)
        if (inUse !== undefined) return inUse
        await run('DELETE FROM group_member WHERE name = ?', [name])
        return (await run('DELETE FROM terminal_group WHERE name = ?', [name])) === 0
          ? refused('there is no such group')
          : DONE
      }),
  }
}

/**
 * Who approves a dynamic deployment agrees to the rule of its group: until it has ended nobody widens that rule or takes it away.
 */
async function inUseBy({ query }: Query, group: string): Promise<Refused | undefined> {
  const [row] = await query(
    `SELECT id FROM deployment WHERE dynamic = 1 AND group_name = ? AND state NOT IN ('finished', 'aborted') ORDER BY id LIMIT 1`,
    [group],
  )
  return row && refused(`deployment ${row[0]} goes by this group: end it before the group changes`)
}

/** Which of these serials there are. */
export async function knownOf({ query }: Query, serials: readonly string[]): Promise<Set<string>> {
  const known = new Set<string>()
  for (let at = 0; at < serials.length; at += 512) {
    const { marks, values } = inList(serials.slice(at, at + 512))
    for (const [serial] of await query(`SELECT serial FROM terminal WHERE serial IN (${marks})`, values))
      known.add(String(serial))
  }
  return known
}
