import { isEd25519PublicKey } from '../../../keys/ed25519.ts'
import { bytesOfHex } from '../../wire/bytes.ts'
import { CODE } from '../../wire/tms/codes.ts'
import type { Verify } from '../../wire/tms/envelope.ts'
import type { Hello } from '../../wire/tms/talk.ts'
import type { LogPiece } from '../log-piece.ts'
import { isStray, newestProgram, type RankedTarget, reportedSets } from '../order.ts'
import { progressAfter } from '../progress.ts'
import { hexOfHash, isNewer, type ReadReport, readSignedReport, reportLine } from '../report.ts'
import { targetStates, targetStatesOf } from '../states.ts'
import { keepPiece } from './command-logs.ts'
import { inList, type Query, type TmsDatabase } from './database.ts'
import { fenced, type Lease } from './leases.ts'
import { rankedTargets } from './ranked-targets.ts'
import { verify } from './verify.ts'

/** What terminals say that is kept. `connection` rises with each connection of the terminal. */
export type Inbound =
  | {
      readonly kind: 'presence'
      readonly serial: string
      readonly shard: number
      readonly online: boolean
      readonly connection: number
    }
  | { readonly kind: 'hello'; readonly serial: string; readonly shard: number; readonly hello: Hello }
  | { readonly kind: 'state'; readonly serial: string; readonly shard: number; readonly envelope: Uint8Array }
  | { readonly kind: 'log'; readonly serial: string; readonly shard: number; readonly piece: LogPiece }

/** The report of this epoch and number is kept. */
export interface Kept {
  readonly serial: string
  readonly epoch: number
  readonly seq: number
}

export interface Accepted {
  readonly kept: readonly Kept[]
  /** Someone said hello: there is somebody to be told. */
  readonly greeted: boolean
  /** What was not believed, for the log. */
  readonly doubts: readonly string[]
}

interface Known {
  readonly serial: string
  reportKey: string
  connection: number
  epoch: number
  seq: number
}

/** Of a report key, that tell it from others of the terminal. */
const REPORTER_DIGITS = 32
/** Told so short a time ago that a report may have crossed it, seconds. */
const CROSSED_SECONDS = 10

type Good = Extract<ReadReport, { kind: 'report' }>

/**
 * Keeps what terminals said, in one transaction, only for shards that this worker holds. An event is kept once for each (serial,
 * report key, epoch, seq), however often it comes; an older report that comes late is kept too, and moves nothing.
 */
export function accept(
  database: TmsDatabase,
  worker: {
    readonly id: string
    readonly leases: readonly Lease[]
    readonly tenant: string
    /** Ed25519; without it `verify`. One that remembers keys saves half of a check. */
    readonly verify?: Verify
  },
  messages: readonly Inbound[],
  now: number,
): Promise<Accepted> {
  return database.write(async (query) => {
    const held = await fenced(database, query, worker.id, worker.leases)
    const ours = messages.filter(({ shard }) => held.has(shard))
    const known = await knownIn(query, [...new Set(ours.map(({ serial }) => serial))].sort())
    const kept: Kept[] = []
    const doubts: string[] = []
    const newest = new Map<string, { good: Good; envelope: Uint8Array }>()
    // Whose line went after what it said last here: a report of it is no sign that it is there.
    const gone = new Set<string>()
    let greeted = false
    for (const message of ours) {
      const terminal = known.get(message.serial)
      if (terminal === undefined) {
        doubts.push(`${message.serial}: not in the list of terminals`)
        continue
      }
      if (message.kind === 'presence' && (await presence(query, terminal, message, now)) && !message.online)
        gone.add(terminal.serial)
      else if (message.kind !== 'presence' || message.online) gone.delete(terminal.serial)
      if (message.kind === 'log') {
        const why = await keepPiece(query, terminal.serial, message.piece)
        if (why !== undefined) doubts.push(`${terminal.serial}: ${why}`)
      }
      if (message.kind === 'hello') {
        if (!(await hello(query, terminal, message.hello, now))) {
          doubts.push(`${terminal.serial}: its report key is none that only it can sign by`)
          continue
        }
        greeted = true
      }
      const envelope =
        message.kind === 'state' ? message.envelope : message.kind === 'hello' ? message.hello.report : null
      if (envelope === null) continue
      const read = readSignedReport(
        envelope,
        { ...terminal, tenant: worker.tenant, key: keyOf(terminal) },
        worker.verify ?? verify,
      )
      if (read.kind !== 'report') {
        doubts.push(`${terminal.serial}: ${read.why}`)
        continue
      }
      await keepEvent(query, terminal, read, now)
      kept.push({ serial: terminal.serial, epoch: read.report.epoch, seq: read.report.seq })
      if (!isNewer(read.report, terminal)) continue
      terminal.epoch = read.report.epoch
      terminal.seq = read.report.seq
      newest.set(terminal.serial, { good: read, envelope })
    }
    await moveOn(query, newest, gone, now)
    return { kept, greeted, doubts }
  })
}

async function knownIn({ query }: Query, serials: readonly string[]): Promise<Map<string, Known>> {
  const known = new Map<string, Known>()
  for (let at = 0; at < serials.length; at += 512) {
    const { marks, values } = inList(serials.slice(at, at + 512))
    const rows = await query(
      `SELECT serial, report_key, connection, epoch, seq FROM terminal WHERE status <> 'retired' AND serial IN (${marks})`,
      values,
    )
    for (const [serial, key, connection, epoch, seq] of rows)
      known.set(String(serial), {
        ...{ serial: String(serial), reportKey: String(key), connection: Number(connection) },
        ...{ epoch: Number(epoch), seq: Number(seq) },
      })
  }
  return known
}

/** An "offline" of an older connection than the last "online" comes late: the terminal is there again. */
async function presence(
  { run }: Query,
  terminal: Known,
  message: Extract<Inbound, { kind: 'presence' }>,
  now: number,
): Promise<boolean> {
  if (message.connection < terminal.connection) return false
  terminal.connection = message.connection
  await run('UPDATE terminal SET online = ?, connection = ?, presence_at = ? WHERE serial = ?', [
    ...[message.online ? 1 : 0, message.connection, now],
    terminal.serial,
  ])
  return true
}

/**
 * The first key that a terminal shows is believed from then on (`firstUse`), unless a person entered it before. False: it
 * showed one under which anybody can sign, and is not listened to. Numbers of reports are a key's: those of a key that was
 * forgotten do not stand in the way of the next one's.
 */
async function hello({ run }: Query, terminal: Known, said: Hello, now: number): Promise<boolean> {
  if (terminal.reportKey === '') {
    if (!isEd25519PublicKey(said.reportKey)) return false
    terminal.reportKey = hexOfHash(said.reportKey)
    ;[terminal.epoch, terminal.seq] = [0, 0]
    await run(
      `UPDATE terminal SET report_key = ?, key_trust = 'firstUse', epoch = 0, seq = 0 WHERE serial = ?`,
      [terminal.reportKey, terminal.serial],
    )
  }
  await run(
    'UPDATE terminal SET nonce = ?, root_version = ?, block_max = ?, online = 1, presence_at = ?, tell = 1 WHERE serial = ?',
    [...[hexOfHash(said.nonce), said.rootVersion, said.blockMax, now], terminal.serial],
  )
  return true
}

function keyOf({ reportKey }: Known): Uint8Array {
  return bytesOfHex(reportKey)
}

async function keepEvent(
  { run }: Query,
  { serial, reportKey }: Known,
  { report, facts }: Good,
  now: number,
): Promise<void> {
  const reporter = reportKey.slice(0, REPORTER_DIGITS)
  await run(
    `INSERT INTO event (serial, reporter, epoch, seq, at, type, text) VALUES (?, ?, ?, ?, ?, 'report', ?) ON CONFLICT (serial, reporter, epoch, seq) DO NOTHING`,
    [serial, reporter, report.epoch, report.seq, now, reportLine(facts)],
  )
}

/** The newest report of each terminal: its row, its targets, its commands. */
async function moveOn(
  query: Query,
  newest: ReadonlyMap<string, { readonly good: Good; readonly envelope: Uint8Array }>,
  gone: ReadonlySet<string>,
  now: number,
): Promise<void> {
  const targets = await rankedTargets(query, [...newest.keys()])
  for (const [serial, { good, envelope }] of newest) {
    await keepReported(query, serial, good, envelope, gone.has(serial) ? 0 : 1, now)
    const own = targets.get(serial) ?? []
    const ranked = own.map((one) => one.ranked)
    const newest = newestProgram(ranked)
    const program = own.find((one) => one.ranked === newest)?.program ?? ''
    if (newest !== undefined) await moveTarget(query, newest, program, good, now)
    if (isStray(ranked, good.facts))
      await query.run('UPDATE terminal SET tell = 1 WHERE serial = ? AND told_at <= ?', [
        serial,
        now - CROSSED_SECONDS,
      ])
    const { parameters } = good.facts
    for (const target of reportedSets(ranked, parameters)) await moveTarget(query, target, '', good, now)
    const standing = ranked.find(({ object, kind }) => kind === 'parameters' && object === parameters)
    if (standing !== undefined) await passOver(query, standing, now)
    for (const { id, code, bytes } of good.report.commandResults)
      await query.run(
        `UPDATE command SET state = ?, code = ?, result = ?, ended_at = ? WHERE id = ? AND serial = ? AND state IN ('waiting', 'sent')`,
        [code === CODE.ok ? 'done' : 'failed', code, bytes, now, id, serial],
      )
  }
}

/** A set stands: those with lower numbers, which this terminal had no time for, never will. */
async function passOver({ run }: Query, { serial, pseq }: RankedTarget, now: number): Promise<void> {
  const open = inList(targetStatesOf('open'))
  const passed = await run(
    `UPDATE target SET state = 'superseded', ended_at = ?, updated_at = ? WHERE serial = ? AND kind = 'parameters'
      AND pseq < ? AND state IN (${open.marks}) AND state <> 'waiting'`,
    [now, now, serial, pseq, ...open.values],
  )
  if (passed > 0) await run('UPDATE terminal SET tell = 1 WHERE serial = ?', [serial])
}

async function moveTarget(
  { run }: Query,
  target: RankedTarget,
  program: string,
  { facts }: Good,
  now: number,
): Promise<void> {
  const to = progressAfter(target, program, facts)
  const same =
    to.state === target.state &&
    to.code === target.code &&
    to.percent === target.percent &&
    to.waiting === target.waiting
  if (same) return
  const ends = targetStates[to.state].end !== 'open' && targetStates[target.state].end === 'open'
  await run(
    'UPDATE target SET state = ?, code = ?, percent = ?, waiting = ?, ended_at = ?, updated_at = ? WHERE deployment = ? AND serial = ? AND state = ?',
    [
      ...[to.state, to.code, to.percent, to.waiting],
      ...[ends ? now : target.endedAt, now],
      ...[target.deployment, target.serial, target.state],
    ],
  )
  // What it is to have is another now: nothing more, where this one has ended.
  if (targetStates[to.state].offered !== targetStates[target.state].offered)
    await run('UPDATE terminal SET tell = 1 WHERE serial = ?', [target.serial])
}

async function keepReported(
  { run }: Query,
  serial: string,
  { report, facts }: Good,
  envelope: Uint8Array,
  online: 0 | 1,
  now: number,
): Promise<void> {
  await run(
    `UPDATE terminal SET reported_at = ?, presence_at = ?, epoch = ?, seq = ?, place = ?, version = ?, program = ?,
      release_hash = ?, counter = ?, trial = ?, download = ?, offered = ?, percent = ?, code = ?, waiting = ?, pseq = ?,
      parameters = ?, drift = ?, batch_number = ?, batch_count = ?, owed = ?, quality = ?, envelope = ?,
      online = ?, tell = CASE WHEN nonce <> ? THEN 1 ELSE tell END, nonce = ?,
      maker = CASE WHEN maker = '' THEN ? ELSE maker END, model = CASE WHEN model = '' THEN ? ELSE model END
    WHERE serial = ?`,
    [
      ...[now, now, facts.epoch, facts.seq, facts.place, facts.version, facts.program],
      ...[facts.release, facts.counter, facts.trial ? 1 : 0, facts.download, facts.offered, facts.percent],
      ...[facts.code, facts.waiting, facts.parameterSeq, facts.parameters, facts.drift],
      ...[facts.batchNumber, facts.batchCount, facts.owed, facts.quality],
      envelope,
      online,
      // It says which hello was its last: one that was not heard is answered all the same.
      ...[hexOfHash(report.nonce), hexOfHash(report.nonce)],
      ...[report.device.maker, report.device.model, serial],
    ],
  )
}
