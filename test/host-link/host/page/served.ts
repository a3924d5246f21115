import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type HostPageServer, startHostPage } from '../../../../host-link/host/node/page-server.ts'
import { sqliteStore } from '../../../../host-link/host/node/sqlite-store.ts'
import type { Store } from '../../../../host-link/host/store.ts'
import { buildHostPage, HOST_PAGE_FOLDER } from '../../../../scripts/build-page.ts'
import { clearingReport } from '../../../../scripts/host-report.ts'
import type { Rig } from '../rig.ts'
import { clearDays, DEMO_ACQUIRER, type DemoOptions, demoDays, MERCHANTS, NOW } from './demo-day.ts'

/** A host's books with demonstration days, and the page that shows them while the host still has them open. */
export interface Served {
  readonly db: string
  readonly page: HostPageServer
  readonly rig: Rig
  readonly store: Store
  /** Status and JSON of `api/<question>`. */
  ask(question: string, headers?: { readonly [name: string]: string }): Promise<Asked>
  /** Rows of `shuaka host report <kind> --json`. */
  report(kind: string, date: string): Promise<readonly { readonly [key: string]: string | number }[]>
  close(): Promise<void>
}

export interface Asked {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers as they came
  readonly json: any
  readonly text: string
}

export async function served(
  options: Omit<DemoOptions, 'store'> & { readonly cleared: readonly string[] },
): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-host-page-'))
  const db = join(folder, 'books.db')
  const store = sqliteStore(db, { secretCheck: '00000000' })
  const rig = await demoDays({ ...options, store })
  await clearDays(db, options.cleared)
  await buildHostPage()
  const page = await startPage(db)
  return {
    ...{ db, page, rig, store },
    ask: (question, headers) => asked(page, question, headers),
    async report(kind, date) {
      let text = ''
      await clearingReport({
        ...{ kind, db, date, json: true, acquirer: DEMO_ACQUIRER, warn: () => undefined },
        async write(part) {
          text += part
        },
      })
      return JSON.parse(text).rows
    },
    async close() {
      await page.close()
      await store.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export function startPage(db: string): Promise<HostPageServer> {
  return startHostPage({
    ...{ web: '127.0.0.1:0', db, acquirer: DEMO_ACQUIRER, merchants: MERCHANTS },
    ...{ folder: HOST_PAGE_FOLDER, now: () => NOW },
  })
}

export async function asked(
  page: HostPageServer,
  question: string,
  headers: { readonly [name: string]: string } = {},
): Promise<Asked> {
  const response = await fetch(new URL(`api/${question}`, page.url), { headers })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
  return { status: response.status, json: isJson ? JSON.parse(text) : undefined, text }
}
