import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import Table from 'cli-table3'
import type { Acquirer } from '../host-link/host/acquirer.ts'
import { type ClearedDay, clear, dashed } from '../host-link/host/node/clearing.ts'
import { startDelivery } from '../host-link/host/node/clearing-delivery.ts'
import { PARTIES } from '../host-link/host/node/clearing-lines.ts'
import { openClearing } from '../host-link/host/node/clearing-open.ts'
import { startClearingTimer } from '../host-link/host/node/clearing-timer.ts'
import { HostError } from '../host-link/host/node/host-error.ts'
import { localTime } from '../host-link/host/node/host-server.ts'
import { booksOf, dayOf } from './host-report.ts'
import { yuan } from './report-render.ts'

export interface ClearCommand {
  /** `2026-11-21` or `20261121`. */
  readonly date: string
  readonly db?: string
  readonly acquirer: Acquirer
  readonly partial?: boolean
  readonly json?: boolean
  /** Takes one line about how far it is. */
  readonly progress?: (line: string) => void
}

/** Where `--db` is not given: how a running host hands the books to the process that clears. */
export const BOOKS_VARIABLE = 'SHUAKA_DB'

const PROGRESS_MS = 2_000

/** `shuaka host clear`: the text to print. The same text however often. Throws `HostError`, one sentence. */
export async function hostClear({
  date,
  db,
  acquirer,
  partial = false,
  json = false,
  progress,
}: ClearCommand): Promise<string> {
  const day = dayOf(date)
  const database = await openClearing(booksOf(db ?? process.env[BOOKS_VARIABLE]))
  let told = performance.now()
  try {
    const cleared = await clear(database, day, {
      acquirer,
      now: localTime(),
      partial,
      progress(entries) {
        if (performance.now() - told < PROGRESS_MS) return
        told = performance.now()
        progress?.(`clear: ${entries} entries`)
      },
    })
    return json ? `${JSON.stringify({ ...cleared, partial }, undefined, 2)}\n` : textOf(cleared, partial)
  } finally {
    await database.close()
  }
}

function textOf({ date, entries, settleFen, late, lines }: ClearedDay, partial: boolean): string {
  const table = new Table({
    head: ['商户号', '项目', '户数', '应结金额', '手续费', '应付金额'],
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  })
  const sums = new Map<
    string,
    { merchant: string; party: string; names: Set<string>; gross: number; fee: number }
  >()
  for (const { merchant, party, name, grossFen, feeFen } of lines) {
    const id = `${merchant}/${party}`
    const sum = sums.get(id) ?? { merchant, party: PARTIES[party], names: new Set(), gross: 0, fee: 0 }
    sum.names.add(name)
    sum.gross += grossFen
    sum.fee += feeFen
    sums.set(id, sum)
  }
  let fees = 0
  for (const { merchant, party, names, gross, fee } of sums.values()) {
    fees += fee
    table.push([merchant, party, names.size, yuan(gross), yuan(fee), yuan(gross - fee)])
  }
  table.push(['合计', '', '', yuan(settleFen), yuan(fees), yuan(settleFen - fees)])
  const what = partial ? '清算预览 preview, nothing is written' : '清算 cleared'
  const others = late.entries > 0 ? `, 迟到 late among them: ${late.entries}, ${yuan(late.settleFen)}` : ''
  return `${what}, ${dashed(date)}: ${entries} entries, ${yuan(settleFen)}${others}\n${table.toString()}\n`
}

export interface ClearingDuty {
  readonly db: string
  readonly acquirer: Acquirer
  /** Arguments of `shuaka host clear` beside date and books: the acquirer file. */
  readonly words: readonly string[]
  readonly log: (line: string) => void
}

/**
 * What a running host does of clearing: every day soon after its cut-over, by a process of its own so that tills do not
 * wait; and the delivery of notices 资金到账 where an address is configured. Give `stop` before the host closes.
 */
export async function startClearing({
  db,
  acquirer,
  words,
  log,
}: ClearingDuty): Promise<{ stop(): Promise<void> }> {
  const database = await openClearing(db)
  const timer = startClearingTimer({
    database,
    cutOver: acquirer.cutOver,
    now: localTime,
    clear: (date) => clearApart(date, db, words),
    log,
  })
  const delivery =
    acquirer.notify === undefined
      ? undefined
      : startDelivery({ database, url: acquirer.notify.url, warn: log })
  return {
    async stop() {
      await Promise.all([timer.stop(), delivery?.stop()])
      await database.close()
    },
  }
}

/** `shuaka host clear` in a process of its own. Rejects with the sentence that it ends with. */
function clearApart(date: string, db: string, words: readonly string[]): Promise<void> {
  const program = fileURLToPath(new URL('shuaka.mjs', import.meta.url))
  return new Promise((resolve, reject) => {
    // An address may have a password, and everybody may see what arguments a process has.
    const child = spawn(process.execPath, [program, 'host', 'clear', '--date', date, ...words], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, [BOOKS_VARIABLE]: db },
    })
    let said = ''
    child.stderr.on('data', (part: Buffer) => {
      said = (said + part.toString()).slice(-4096)
    })
    child.on('error', reject)
    child.on('close', (code) => {
      const last = said.trim().split('\n').at(-1) ?? ''
      if (code === 0) resolve()
      else reject(new HostError(last === '' ? `ended with ${code}` : last.replace(/^shuaka: /, '')))
    })
  })
}
