import { CODE } from '../../wire/tms/codes.ts'
import type { FailureRow, Overview, SilentRow } from '../api-people.ts'
import type { Terminal } from '../model.ts'
import { documentsOf, wantedDocument } from './api-documents.ts'
import type { Face, Handlers } from './api-face.ts'
import { lastSeen, reportOf } from './api-terminal-views.ts'
import { filterOf, LIMIT_MAX, listOf } from './api-terminals.ts'
import { listAudit, verifyAudit } from './audit-log.ts'
import { inList } from './database.ts'

type ReportCalls = 'audit' | 'verifyAudit' | 'overview' | 'versions' | 'failures' | 'silent' | 'drift'

const SILENT_DAYS = 7
const EXAMPLES_MAX = 5
const FAILURES_MAX = 200

/** 审计 and 报表. */
export const reportHandlers: Handlers<ReportCalls> = {
  audit: ({ question }) => {
    const asked = question(['after', 'limit', 'who', 'event', 'subject'])
    const narrowed = {
      who: asked.text('who', 80),
      event: asked.text('event', 40),
      subject: asked.text('subject', 80),
    }
    const before = asked.whole('after', 1, Number.MAX_SAFE_INTEGER, 0)
    const limit = asked.whole('limit', 1, LIMIT_MAX, 100)
    const given = Object.fromEntries(Object.entries(narrowed).filter(([, value]) => value !== undefined))
    return (face) => listAudit(face.query, { ...given, before, limit })
  },

  verifyAudit: () => (face) => verifyAudit(face.query),

  overview: () => overviewOf,

  versions: ({ question }) => {
    const filter = filterOf(question(['filter']).text('filter', 1_000))
    return async (face) => {
      const rows = []
      for (const { value: version, count } of await face.store.spread('version', { filter })) {
        const own = `${filter === '' ? '' : `(${filter}) and `}version = "${version.replace(/["\\]/g, '\\$&')}"`
        for (const { value: model, count: terminals } of await face.store.spread('model', { filter: own })) {
          const online = await face.store.countTerminals({
            filter: `(${own}) and model = "${model.replace(/["\\]/g, '\\$&')}" and online = yes`,
          })
          rows.push({ version, model, terminals, online })
        }
        if (count === 0) break
      }
      return { rows, terminals: await face.store.countTerminals({ filter }) }
    }
  },

  failures: ({ question }) => {
    const deployment = question(['deployment']).whole('deployment', 1, Number.MAX_SAFE_INTEGER, 0)
    return (face) => failuresOf(face, deployment)
  },

  silent: ({ question }) => {
    const asked = question(['after', 'limit', 'days'])
    const [list, days] = [listOf(asked), asked.whole('days', 1, 3_650, SILENT_DAYS)]
    return async (face) => {
      const { sql, values } = silentSince(face.now - days * 86_400)
      const found = await face.query.query(
        `SELECT serial FROM terminal WHERE ${sql} AND serial > ? ORDER BY serial LIMIT ?`,
        [...values, list.after ?? '', list.limit],
      )
      const rows: SilentRow[] = []
      for (const [serial] of found) {
        const terminal = await face.store.terminal(String(serial))
        if (terminal !== undefined) rows.push(silentRow(terminal, face.now))
      }
      const more = found.length === list.limit ? rows.at(-1) : undefined
      const total = await silentCount(face, days)
      return { rows, total, ...(more !== undefined && { next: more.serial }) }
    }
  },

  drift: ({ question }) => {
    const list = listOf(question(['after', 'limit']))
    return async (face) => {
      const filter = 'drift > 0'
      const page = await face.store.terminals({ filter, ...list })
      const rows = []
      for (const terminal of page.rows) {
        const { serial, merchant, store, reported } = terminal
        const wanted = wantedDocument(await documentsOf(face.query, serial), face.now)
        rows.push({
          ...{ serial, names: reportOf(terminal)?.parameters.drift ?? [] },
          ...(merchant !== '' && { merchant }),
          ...(store !== '' && { store }),
          ...(wanted !== undefined && { wanted: wanted.pseq }),
          ...(reported !== undefined && { reported: reported.parameterSeq, lastSeen: lastSeen(terminal) }),
        })
      }
      const total = await face.store.countTerminals({ filter })
      return { rows, total, ...(page.next !== undefined && { next: page.next }) }
    }
  },
}

/** Neither a report nor a sign from the broker since then, and not newer than that itself. */
function silentSince(time: number): { readonly sql: string; readonly values: readonly number[] } {
  const sql = `online = 0 AND status <> 'retired' AND presence_at <= ? AND reported_at <= ? AND created_at <= ?`
  return { sql, values: [time, time, time] }
}

async function silentCount({ query, now }: Face, days: number): Promise<number> {
  const { sql, values } = silentSince(now - days * 86_400)
  const [row] = await query.query(`SELECT count(*) FROM terminal WHERE ${sql}`, values)
  return Number(row?.[0] ?? 0)
}

function silentRow(terminal: Terminal, now: number): SilentRow {
  const { serial, model, merchant, store, reported, createdAt } = terminal
  const seen = lastSeen(terminal)
  return {
    ...{ serial, model, days: Math.floor((now - (seen === 0 ? createdAt : seen)) / 86_400) },
    ...(merchant !== '' && { merchant }),
    ...(store !== '' && { store }),
    ...(seen > 0 && { lastSeen: seen }),
    ...(reported !== undefined && { batchOpen: reported.batchCount > 0 }),
  }
}

async function overviewOf(face: Face): Promise<Overview> {
  const count = (filter: string) => face.store.countTerminals({ filter })
  const deployments = await face.store.deployments()
  const inState = (...states: string[]) => deployments.filter(({ state }) => states.includes(state)).length
  const drafts = (await face.store.releases()).filter(({ state }) => state === 'draft').length
  const [waiting] = await face.query.query(`SELECT count(*) FROM tms_layer WHERE state = 'waiting'`)
  return {
    terminals: await count('not status = retired'),
    online: await count('online = yes'),
    silent: await silentCount(face, SILENT_DAYS),
    drift: await count('drift > 0'),
    running: inState('running', 'scheduled'),
    paused: inState('paused'),
    waitingApproval: inState('waitingApproval') + drafts + Number(waiting?.[0] ?? 0),
    time: face.now,
  }
}

/** 失败分布: ends that are failures by code, model and version, most first. `deployment` 0: of all. */
async function failuresOf({ query }: Face, deployment: number): Promise<readonly FailureRow[]> {
  const states = inList(['failed', 'reverted', 'refused'])
  const where = `target.state IN (${states.marks})${deployment === 0 ? '' : ' AND target.deployment = ?'}`
  const values = [...states.values, ...(deployment === 0 ? [] : [deployment])]
  const joined = `FROM target JOIN terminal ON terminal.serial = target.serial
    JOIN deployment ON deployment.id = target.deployment LEFT JOIN release ON release.id = deployment.release WHERE ${where}`
  const rows = await query.query(
    `SELECT target.code, terminal.model, coalesce(release.version, ''), target.state, count(*), min(target.serial) ${joined}
     GROUP BY target.code, terminal.model, coalesce(release.version, ''), target.state
     ORDER BY count(*) DESC, target.code, terminal.model LIMIT ?`,
    [...values, FAILURES_MAX],
  )
  const found: FailureRow[] = []
  for (const [code, model, version, state, terminals] of rows) {
    const examples = await query.query(
      `SELECT DISTINCT target.serial ${joined} AND target.code = ? AND terminal.model = ? AND coalesce(release.version, '') = ? AND target.state = ?
       ORDER BY target.serial LIMIT ?`,
      [...values, code ?? CODE.ok, model ?? '', version ?? '', state ?? '', EXAMPLES_MAX],
    )
    found.push({
      ...{ code: Number(code), model: String(model), version: String(version), terminals: Number(terminals) },
      state: state === 'reverted' ? 'reverted' : state === 'refused' ? 'refused' : 'failed',
      examples: examples.map(([serial]) => String(serial)),
    })
  }
  return found
}
