import { createHash } from 'node:crypto'
import { BLOCK_BYTES_MIN, ORDER_BYTES_MAX } from '../../wire/tms/order.ts'
import { encodeWant, ROOT_STEPS_BYTES_MAX, ROOT_STEPS_MAX, TALK_BYTES_MAX } from '../../wire/tms/talk.ts'
import type { Command } from '../model.ts'
import { type Desired, desiredOf, desiredText, signedOrder, WINDOW_BYTES_MAX } from '../order.ts'
import { inList, type Query, type TmsDatabase } from './database.ts'
import { fenced, type Lease } from './leases.ts'
import { rankedTargets } from './ranked-targets.ts'
import { bytesOf, COMMAND_COLUMNS, commandOf } from './rows.ts'
import type { Signer } from './signers.ts'

/** An answer to a terminal's hello, or news for one that is there. */
export interface Told {
  readonly serial: string
  readonly shard: number
  /** A `Want` (`wire/tms/talk.ts`). */
  readonly payload: Uint8Array
}

export interface Teller {
  readonly id: string
  readonly leases: readonly Lease[]
  readonly tenant: string
  readonly director: Signer
  /** 0 MQTT, 1 HTTPS, 2 both. */
  readonly source: number
  /** Largest block that an order allows, where the terminal does not take less; `BLOCK_BYTES` when not given. */
  readonly blockBytes?: number
}

/** What the service gives when nobody chose; docs/scaling.md says why. */
export const BLOCK_BYTES = 16_384

/** Terminals of one transaction. */
export const LOT = 512
/** What was signed and not handed to the broker by then never will be: its worker was killed. Seconds. */
const LOST_SECONDS = 10
/**
 * The same order goes out again under its number so long, seconds: to take it once more costs a terminal nothing. One that is
 * older gets a new number, as it may be below what the terminal has seen, where a backup was put back.
 */
const SAME_SECONDS = 600

interface Row {
  readonly serial: string
  readonly shard: number
  readonly nonce: string
  readonly orderNo: number
  readonly digest: string
  readonly rootVersion: number
  readonly blockMax: number
}

/**
 * Signs what terminals are to have, for those that are to be told and are there, up to 512 of the shards that this worker
 * holds. They are told by what is given back, after it is on the disk; `handedOver` says so. What nobody says that of is told
 * again, so that none is lost with its worker.
 */
export function tellSome(database: TmsDatabase, teller: Teller, now: number): Promise<readonly Told[]> {
  return database.write(async (query) => {
    const held = [...(await fenced(database, query, teller.id, teller.leases))]
    if (held.length === 0) return []
    const shards = inList(held)
    const found = await query.query(
      `SELECT serial, shard, nonce, order_no, order_digest, root_version, block_max FROM terminal
      WHERE tell > 0 AND (tell = 1 OR told_at < ?) AND online = 1 AND status <> 'retired' AND nonce <> '' AND shard IN (${shards.marks}) ORDER BY serial LIMIT ${LOT} ${database.kind === 'postgres' ? 'FOR UPDATE' : ''}`,
      [now - LOST_SECONDS, ...shards.values],
    )
    if (found.length === 0) return []
    const rows = found.map(rowOf)
    const serials = rows.map(({ serial }) => serial)
    const targets = await rankedTargets(query, serials)
    const commands = await openCommands(query, serials)
    const roots = await rootsAfter(query, Math.min(...rows.map(({ rootVersion }) => rootVersion)))
    const told: Told[] = []
    for (const row of rows) {
      const ranked = (targets.get(row.serial) ?? []).map((target) => target.ranked)
      const desired = desiredOf(ranked, commands.get(row.serial) ?? [])
      told.push(await tell(query, teller, row, desired, roots, now))
    }
    return told
  })
}

/** These were given to the broker. `tell`: 1 to be told, 2 signed and on its way to the broker, 0 nothing to say. */
export async function handedOver(database: TmsDatabase, told: readonly Told[]): Promise<void> {
  if (told.length === 0) return
  const { marks, values } = inList(told.map(({ serial }) => serial))
  await database.write(({ run }) =>
    run(`UPDATE terminal SET tell = 0 WHERE tell = 2 AND serial IN (${marks})`, values),
  )
}

function rowOf([serial, shard, nonce, orderNo, digest, rootVersion, blockMax]: readonly unknown[]): Row {
  return {
    ...{ serial: String(serial), shard: Number(shard), nonce: String(nonce), orderNo: Number(orderNo) },
    ...{ digest: String(digest), rootVersion: Number(rootVersion), blockMax: Number(blockMax) },
  }
}

async function tell(
  { run }: Query,
  teller: Teller,
  row: Row,
  wanted: Desired,
  roots: readonly Root[],
  now: number,
): Promise<Told> {
  const digest = createHash('sha256').update(desiredText(wanted)).digest('hex').slice(0, 32)
  // What was never told under a number gets a new one, however much it looks like the last: a retry 重试 is another try.
  const isFresh = [wanted.program, ...wanted.parameters].some((target) => target?.orderNo === 0)
  const isSame = digest === row.digest && !isFresh && row.orderNo >= now - SAME_SECONDS
  // Never below the time: numbers rise also over a backup that was put back.
  const orderNo = isSame ? row.orderNo : Math.max(row.orderNo + 1, now)
  const program =
    wanted.program && (wanted.program.orderNo === 0 ? { ...wanted.program, orderNo } : wanted.program)
  const desired = { ...wanted, program }
  await run('UPDATE terminal SET tell = 2, told_at = ?, order_no = ?, order_digest = ? WHERE serial = ?', [
    now,
    orderNo,
    digest,
    row.serial,
  ])
  for (const target of [wanted.program, ...wanted.parameters])
    if (target !== undefined)
      await run(
        `UPDATE target SET order_no = CASE WHEN order_no = 0 THEN ? ELSE order_no END, updated_at = ?,
          notified_at = CASE WHEN state = 'queued' THEN ? ELSE notified_at END, state = CASE WHEN state = 'queued' THEN 'notified' ELSE state END WHERE deployment = ? AND serial = ?`,
        [orderNo, now, now, target.deployment, row.serial],
      )
  for (const { id, state } of desired.commands)
    if (state === 'waiting') await run(`UPDATE command SET state = 'sent' WHERE id = ?`, [id])
  const order = signedOrder(
    desired,
    {
      ...{ tenant: teller.tenant, serial: row.serial, nonce: row.nonce, orderNo, now },
      ...{ blockMax: blockMaxOf(teller, row), windowMax: WINDOW_BYTES_MAX, source: teller.source },
    },
    teller.director,
  )
  return { serial: row.serial, shard: row.shard, payload: wantOf(order, roots, row.rootVersion) }
}

/** What service and terminal both take; a power of two, as both are. 0: its hello is not kept any more. */
function blockMaxOf({ blockBytes = BLOCK_BYTES }: Teller, { blockMax }: Row): number {
  return Math.max(BLOCK_BYTES_MIN, Math.min(blockBytes, blockMax))
}

interface Root {
  readonly version: number
  readonly bytes: Uint8Array
}

/** The roots after the terminal's own, as many as fit; where more are to come, the order waits for the next hello. */
function wantOf(order: Uint8Array, roots: readonly Root[], version: number): Uint8Array {
  const after = roots.filter((root) => root.version > version)
  const room = Math.min(ROOT_STEPS_BYTES_MAX, TALK_BYTES_MAX - ORDER_BYTES_MAX - 64)
  const fitting: Uint8Array[] = []
  let bytes = 0
  for (const root of after) {
    bytes += root.bytes.length + 3
    if (bytes > room || fitting.length === ROOT_STEPS_MAX) break
    fitting.push(root.bytes)
  }
  return encodeWant({ roots: fitting, order: fitting.length === after.length ? order : null })
}

async function rootsAfter({ query }: Query, version: number): Promise<readonly Root[]> {
  const rows = await query('SELECT version, bytes FROM root_document WHERE version > ? ORDER BY version', [
    version,
  ])
  return rows.map(([number, bytes]) => ({ version: Number(number), bytes: bytesOf(bytes) }))
}

async function openCommands(
  { query }: Query,
  serials: readonly string[],
): Promise<ReadonlyMap<string, readonly Command[]>> {
  const { marks, values } = inList(serials)
  const rows = await query(
    `SELECT ${COMMAND_COLUMNS} FROM command WHERE serial IN (${marks}) AND state IN ('waiting', 'sent') ORDER BY id`,
    values,
  )
  const held = new Map<string, Command[]>()
  for (const command of rows.map(commandOf))
    held.set(command.serial, [...(held.get(command.serial) ?? []), command])
  return held
}
