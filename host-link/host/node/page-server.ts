import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import sirv from 'sirv'
import { sentence } from '../../../scripts/command-error.ts'
import { clearingReport } from '../../../scripts/host-report.ts'
import { isHidden, ourHost, setGuards } from '../../../scripts/page-guard.ts'
import { maskPan } from '../../wire/mask.ts'
import type { Acquirer } from '../acquirer.ts'
import type { HostTime } from '../ledger.ts'
import { ENTRIES_OF, type TableAnswer } from '../page/api.ts'
import { openClearing } from './clearing-open.ts'
import { type Cell, REPORT_KINDS, type ReportKind, withReport } from './clearing-report.ts'
import { cannotListen, HostError } from './host-error.ts'
import { localTime } from './host-server.ts'
import { dayAnswer, monthAnswer, type PageSource, stateAnswer } from './page-days.ts'
import { entriesAnswer, entryAnswer } from './page-entries.ts'
import { PageFault, type PageQuery, pageQuery } from './page-query.ts'
import { terminalsAnswer } from './page-terminals.ts'

export interface HostPageOptions {
  /** File or address of the books. They are only read. */
  readonly db: string
  readonly acquirer: Acquirer
  /** Cards of the issuer: reports name a card of which an entry knows only the account by its masked number. */
  readonly cards?: readonly { readonly name: string; readonly pan: string }[]
  readonly merchants?: readonly { readonly merchant: string; readonly name: string }[]
  /** The built page (`scripts/build-page.ts`). */
  readonly folder: string
  readonly now?: () => HostTime
}

/** 清算网页: days, stores, drill-down to a transaction. Answers what a server hands it. */
export interface HostPage {
  /**
   * Answers a request for `target`, the path below the page's own with its question; `host` is what `ourHost` says. Never rejects.
   */
  answer(request: IncomingMessage, response: ServerResponse, host: string, target: string): Promise<void>
  close(): Promise<void>
}

/** What paths are read against. */
const PAGE = 'http://page'

/** Throws `HostError` where there are no books. */
export async function makeHostPage(options: HostPageOptions): Promise<HostPage> {
  const { db, acquirer, merchants = [], now = localTime, folder } = options
  const database = await openClearing(db)
  const names = new Map(merchants.map(({ merchant, name }) => [merchant, name]))
  const source: PageSource = {
    ...{ database, acquirer, now, merchants: [...names.keys()] },
    merchantName: (merchant) => names.get(merchant) ?? '',
  }
  const files = sirv(folder, { dev: true, etag: true })

  async function served(request: IncomingMessage, response: ServerResponse, target: string): Promise<void> {
    if (!URL.canParse(target, PAGE)) throw new PageFault(400, 'That is no path.')
    const { pathname, search, searchParams } = new URL(target, PAGE)
    if (pathname === '/api/download') return download(response, searchParams, options)
    if (pathname.startsWith('/api/'))
      return sendJson(response, 200, await asked(source, pathname.slice(5), pageQuery(searchParams), options))
    if (isHidden(pathname)) throw new PageFault(404, 'There is no such page.')
    request.url = pathname + search
    files(request, response, () => refuse(response, new PageFault(404, 'There is no such page.')))
  }
  return {
    async answer(request, response, host, target) {
      try {
        if (request.method !== 'GET' && request.method !== 'HEAD') throw new PageFault(405, 'Only GET.')
        if (isForeign(request, host)) throw new PageFault(403, 'Another page may not ask this one.')
        await served(request, response, target)
      } catch (error) {
        refuse(response, error)
      }
    },
    close: () => database.close(),
  }
}

/** Whether a page from elsewhere makes the request: it is told nothing, whatever its browser would do with the answer. */
function isForeign({ headers, url }: IncomingMessage, host: string): boolean {
  if (headers.origin !== undefined && headers.origin !== `http://${host}`) return true
  return (
    (url ?? '').includes('/api/') && !/^(same-origin|none)$/.test(String(headers['sec-fetch-site'] ?? 'none'))
  )
}

function asked(
  source: PageSource,
  name: string,
  query: PageQuery,
  options: HostPageOptions,
): Promise<object> {
  switch (name) {
    case 'state':
      return stateAnswer(source)
    case 'month':
      return monthAnswer(source, query.month())
    case 'day':
      return dayAnswer(source, query.date())
    case 'entries': {
      const party = query.one('party', ENTRIES_OF)
      const [merchant, store] = [query.word('merchant'), query.word('name')]
      return entriesAnswer(source, {
        ...{ date: query.date(), merchant, party, name: store, after: query.number('after') },
      })
    }
    case 'entry':
      return entryAnswer(source, query.number('sequence'))
    case 'table':
      return tableAnswer(source, query.one('kind', REPORT_KINDS), query, options)
    case 'terminals':
      return terminalsAnswer(source)
    default:
      throw new PageFault(404, 'There is no such question.')
  }
}

/** Rows of a report that the page shows; all are counted up to so many. */
export const ROWS_MAX = 500
const COUNTED_MAX = 20_000

async function tableAnswer(
  { database, acquirer }: PageSource,
  kind: ReportKind,
  query: PageQuery,
  { cards = [] }: HostPageOptions,
): Promise<TableAnswer> {
  const period = query.period()
  const pans = new Map(cards.map(({ name, pan }) => [name, maskPan(pan)]))
  const options = { period, acquirer, maskedPan: (account: string) => pans.get(account) }
  return withReport(database, kind, options, async (table) => {
    const rows: (readonly Cell[])[] = []
    let counted = 0
    for await (const row of table.rows) {
      counted += 1
      if (counted > COUNTED_MAX) break
      if (counted <= ROWS_MAX) rows.push(row)
    }
    return {
      ...{ kind, from: period[0], to: period.at(-1) ?? period[0], columns: table.columns, rows },
      total: counted > COUNTED_MAX ? undefined : table.total(),
      more: counted > ROWS_MAX,
      notCleared: table.notCleared,
    }
  })
}

const FORMATS = ['csv', 'json', 'xlsx'] as const
const TYPES: { readonly [Format in (typeof FORMATS)[number]]: string } = {
  csv: 'text/csv; charset=utf-8',
  json: 'application/json; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
}

/** A report as `shuaka host report` writes it, to be kept as a file. */
async function download(
  response: ServerResponse,
  values: URLSearchParams,
  { db, acquirer, cards = [] }: HostPageOptions,
): Promise<void> {
  const query = pageQuery(values)
  const kind = query.one('kind', REPORT_KINDS)
  const format = query.one('format', FORMATS)
  const period = query.period()
  const unit = ['week', 'month'].find((name) => values.has(name)) ?? 'date'
  const dates = { [unit]: values.get(unit) ?? '' }
  const file = `shuaka-${kind}-${[...new Set([period[0], period.at(-1)])].join('-')}.${format}`
  const begin = (): void => {
    if (response.headersSent) return
    response.writeHead(200, {
      'content-type': TYPES[format],
      'content-disposition': `attachment; filename="${file}"`,
      'cache-control': 'no-store',
    })
  }
  const report = { ...dates, kind, db, acquirer, cards, warn: () => undefined }
  if (format !== 'xlsx') {
    await clearingReport({
      ...{ ...report, [format]: true },
      // In Excel a byte order mark tells UTF-8.
      async write(text) {
        const first = !response.headersSent && format === 'csv' ? '\uFEFF' : ''
        begin()
        if (!response.write(first + text)) await drained(response)
      },
    })
    response.end()
    return
  }
  const folder = await mkdtemp(join(tmpdir(), 'shuaka-report-'))
  try {
    const xlsx = join(folder, file)
    await clearingReport({ ...report, xlsx, write: async () => undefined })
    begin()
    await pipeline(createReadStream(xlsx), response)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Resolves when the reader has taken it, or is gone. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    const gone = (): void => reject(new HostError('the reader of the report is gone'))
    if (response.closed) return gone()
    response.once('close', gone).once('drain', () => {
      response.off('close', gone)
      resolve()
    })
  })
}

/** One sentence as JSON; of an answer that has begun nothing more comes. */
function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const status = error instanceof PageFault ? error.status : error instanceof HostError ? 409 : 500
  sendJson(response, status, { error: sentence(error) })
}

function sendJson(response: ServerResponse, status: number, value: object): void {
  response
    .writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })
    .end(JSON.stringify(value))
}

export interface HostPageServer {
  /** `http://127.0.0.1:8090/`. */
  readonly url: string
  close(): Promise<void>
}

export interface ListeningPage extends HostPageOptions {
  /** `127.0.0.1:8090`, `[::1]:0`; port 0 takes a free one. */
  readonly web: string
  /** Names by which browsers may ask for it, beside `localhost` and addresses. */
  readonly names?: readonly string[]
}

/** Serves the page on a port of its own. Throws `HostError`, one sentence. */
export async function startHostPage({ web, names = [], ...options }: ListeningPage): Promise<HostPageServer> {
  const { host, port } = addressOf(web)
  const server = createServer()
  const taken = await listen(server, host, port)
  const ours = ['localhost', host, ...names]
  try {
    const page = await makeHostPage(options)
    server.on('request', (request, response) => {
      const asked = ourHost(request, ours)
      if (asked === undefined) return refuse(response, new PageFault(403, 'Not under this name.'))
      setGuards(response, asked)
      void page.answer(request, response, asked, request.url ?? '/')
    })
    return {
      url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}/`,
      async close() {
        const closed = new Promise<void>((resolve) => server.close(() => resolve()))
        server.closeAllConnections()
        await closed
        await page.close()
      },
    }
  } catch (error) {
    server.close()
    throw error
  }
}

function addressOf(web: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:/[\]]+)):(\d{1,5})$/.exec(web)
  const port = Number(match?.[3] ?? 65_536)
  const host = match?.[1] ?? match?.[2]
  if (host === undefined || port > 65_535)
    throw new HostError(`${web}: an address like 127.0.0.1:8090 is wanted`)
  return { host, port }
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(new HostError(cannotListen(host, port, error))))
    server.listen(port, host, () => {
      const taken = server.address()
      resolve(typeof taken === 'object' && taken ? taken.port : port)
    })
  })
}
