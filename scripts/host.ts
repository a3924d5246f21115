import { existsSync } from 'node:fs'
import Table from 'cli-table3'
import { stringify } from 'csv-stringify/sync'
import { readCertificate } from '../host-link/channel/certificate.ts'
import type { HostChannel } from '../host-link/host/channel-connection.ts'
import { HostError } from '../host-link/host/node/host-error.ts'
import { type HostServer, localTime, startHostServer } from '../host-link/host/node/host-server.ts'
import { isPostgresAddress, shownAddress } from '../host-link/host/node/postgres-address.ts'
import { readStoreSales } from '../host-link/host/node/sqlite-store.ts'
import { type ReportLine, type SalesReport, salesReport } from '../host-link/host/report.ts'
import { readAcquirer } from './acquirer.ts'
import { DEFAULT_BOOKS } from './default-books.ts'
import { type HostSecurity, hostChannel, tlsIdentity } from './host-channel.ts'
import { readCards, readProvision } from './provision.ts'
import { publicKeysWarning, sharedKeyWarning } from './provision-warnings.ts'

export interface HostCommand extends HostSecurity {
  readonly listen?: string
  readonly ws?: string
  readonly db?: string
  readonly secret?: string
  /** Provisioning files of the terminals that the host knows. */
  readonly provision: readonly string[]
  /** Whether these are the demonstration's, whose keys anybody can read. */
  readonly demonstration?: boolean
  /** Cards file of the issuer. */
  readonly cards: string
  /** Acquirer file 收单规则; without it no offers, no programmes, no bills. */
  readonly acquirer?: string
  readonly testFaults?: boolean
  /** Takes one line for a person. */
  readonly log: (line: string) => void
  /** Takes one line about what is not as it should be. */
  readonly warn?: (line: string) => void
}

/** `shuaka host`. Runs until the result is closed. Throws `HostError` or `FileFault`, each one sentence. */
export async function runHost({
  provision,
  cards,
  acquirer,
  log,
  ...options
}: HostCommand): Promise<HostServer> {
  const { demonstration = false, warn = log } = options
  if (provision.length === 0)
    throw new HostError('host: wants the provisioning file of at least one terminal')
  if (options.listen === undefined && options.ws === undefined)
    throw new HostError('host: wants an address to listen on, --listen tcp://H:P or --ws H:P')
  const provisions = provision.map(readProvision)
  const addresses = [options.listen, options.ws].filter((address) => address !== undefined)
  const warnings = [
    sharedKeyWarning(provisions),
    demonstration ? addresses.map(publicKeysWarning).find((warning) => warning !== undefined) : undefined,
  ]
  for (const warning of warnings) if (warning !== undefined) warn(warning)
  const channel = hostChannel(options)
  const tls = tlsIdentity(options)
  const server = await startHostServer({
    ...options,
    ...(channel && { channel }),
    ...(tls && { tls }),
    provisions,
    cards: readCards(cards),
    ...(acquirer !== undefined && { acquirer: readAcquirer(acquirer) }),
    alarm: (alarm) => log(`alarm: ${alarm}`),
  })
  if (server.tcpPort !== undefined)
    log(`listening on TCP port ${server.tcpPort}${tls === undefined ? '' : ', inside TLS'}`)
  if (server.wsPort !== undefined) log(`listening on WebSocket port ${server.wsPort}`)
  log(
    options.db === undefined
      ? 'books in memory: they end with this host'
      : `books in ${shownBooks(options.db)}`,
  )
  if (channel !== undefined) log(channelLine(channel))
  if (options.testFaults) log('test mode: the last digit of an amount decides what goes wrong')
  return server
}

function channelLine({ credential, only }: HostChannel): string {
  const id = readCertificate(credential.certificate)?.id ?? ''
  return `channel: ${id}, ${only ? 'nothing else is taken' : 'and plain streams'}`
}

/** An address of a server without its password. */
function shownBooks(db: string): string {
  return isPostgresAddress(db) ? shownAddress(db) : db
}

export interface ReportCommand {
  /** File of the books; those of the emulator in the current folder where absent. */
  readonly db?: string
  /** `2026-11-21` or `20261121`; today where absent. */
  readonly date?: string
  readonly csv?: boolean
  readonly json?: boolean
}

/** `shuaka host report`: the text to print, with its last line end. Also while a host writes the books. Throws `HostError`. */
export function hostReport({ db, date, csv = false, json = false }: ReportCommand): string {
  if (csv && json) throw new HostError('report: --csv or --json, not both')
  const day = date === undefined ? localTime().date : dayOf(date)
  if (db === undefined && !existsSync(DEFAULT_BOOKS))
    throw new HostError(`host report: ${DEFAULT_BOOKS} does not exist here; give the books with --db FILE`)
  const report = salesReport(day, readStoreSales(db ?? DEFAULT_BOOKS, day))
  if (json) return `${JSON.stringify(report, undefined, 2)}\n`
  return csv ? csvOf(report) : tableOf(report)
}

function dayOf(date: string): string {
  const day = date.replace(/^(\d{4})-(\d\d)-(\d\d)$/, '$1$2$3')
  const iso = `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`
  const real = /^\d{8}$/.test(day) && new Date(`${iso}T00:00:00Z`).toJSON()?.startsWith(iso) === true
  if (!real) throw new HostError(`${date}: a date like 2026-11-21 is wanted`)
  return day
}

const COLUMNS = [
  'sales',
  'sales_fen',
  'reversed',
  'reversed_fen',
  'returned',
  'returned_fen',
  'net',
  'net_fen',
]

/** Amounts in fen, for programs; the last row has `total` as its store. */
function csvOf({ stores, total }: SalesReport): string {
  const figures = (line: SalesReport['total']) => [
    ...[line.sales, line.salesFen, line.reversed, line.reversedFen],
    ...[line.returned, line.returnedFen, line.net, line.netFen],
  ]
  return stringify([
    ['store', 'name', 'merchant', ...COLUMNS],
    ...stores.map((line) => [line.storeNumber, line.storeName, line.merchantId, ...figures(line)]),
    ['total', '', '', ...figures(total)],
  ])
}

function tableOf({ date, stores, total }: SalesReport): string {
  const several = new Set(stores.map(({ merchantId }) => merchantId)).size > 1
  const figures = (line: Omit<ReportLine, 'storeNumber' | 'storeName' | 'merchantId'>) => [
    ...[line.sales, yuan(line.salesFen), line.reversed, yuan(line.reversedFen)],
    ...[line.returned, yuan(line.returnedFen), line.net, yuan(line.netFen)],
  ]
  const heads = [
    '消费笔数',
    '消费金额',
    '冲正笔数',
    '冲正金额',
    '撤销退货笔数',
    '撤销退货金额',
    '净笔数',
    '净金额',
  ]
  const names = ['门店编号', '门店名称', ...(several ? ['商户号'] : [])]
  const table = new Table({
    head: [...names, ...heads],
    colAligns: [...names.map(() => 'left' as const), ...heads.map(() => 'right' as const)],
    style: { head: [], border: [] },
  })
  for (const line of stores)
    table.push([line.storeNumber, line.storeName, ...(several ? [line.merchantId] : []), ...figures(line)])
  table.push(['合计', '', ...(several ? [''] : []), ...figures(total)])
  const day = `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`
  return `门店销售 sales by store, ${day}\n${table.toString()}\n`
}

/** `1,234.50` of integer fen, `-1.00` where more was given back than sold. */
function yuan(fen: number): string {
  const positive = Math.abs(fen)
  const whole = String(Math.floor(positive / 100)).replace(/\B(?=(\d{3})+$)/g, ',')
  return `${fen < 0 ? '-' : ''}${whole}.${String(positive % 100).padStart(2, '0')}`
}
