import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import Table from 'cli-table3'
import type { KeyEvent, KeyNote, TerminalKeys } from '../host-link/host/key-book.ts'
import { counting, keyEvent, provisionedCheck } from '../host-link/host/master-keys.ts'
import { HostError } from '../host-link/host/node/host-error.ts'
import { localTime, type OpenStore, openStore } from '../host-link/host/node/host-server.ts'
import { isPostgresAddress } from '../host-link/host/node/postgres-address.ts'
import { hostTerminal } from '../host-link/host/provision.ts'
import type { HostTerminal } from '../host-link/host/registry.ts'
import type { TerminalOrder } from '../host-link/host/store.ts'
import { booksOf } from './host-report.ts'
import { readProvision } from './provision.ts'

/** Which books, and the terminals that the host of these books knows. */
export interface KeyBooks {
  readonly db?: string
  readonly secret?: string
  readonly provision: readonly string[]
}

/** Opens books that are there, beside a host that has them open. Rejects with `HostError`. */
export async function openKeyBooks({ db, secret }: KeyBooks, beside: boolean): Promise<OpenStore> {
  const books = booksOf(db)
  if (!isPostgresAddress(books) && !existsSync(books))
    throw new HostError(`${books}: there is no such file; start the host once, and it makes its books`)
  return openStore({ db: books, ...(secret !== undefined && { secret }), beside })
}

export function terminalsIn({ provision }: KeyBooks): readonly HostTerminal[] {
  return provision.map(readProvision).map(hostTerminal)
}

interface KeyRow {
  readonly terminal: string
  readonly serial: string
  /**
   * `inUse`: nothing is under way. `proven`: the terminal has the new key, and has not said that it uses it. `none`: this
   * host was never given its key, and answers its sign-on with 97.
   */
  readonly state: 'none' | 'inUse' | 'sent' | 'proven'
  readonly current: KeyNote | Pick<KeyNote, 'algorithm' | 'checkValue' | 'source'> | undefined
  readonly previous: string | undefined
  readonly pending: string | undefined
  readonly ordered: TerminalOrder | undefined
}

/** `shuaka host keys [TERMINAL]`: the text to print. Also while a host has the books open. Rejects with `HostError`. */
export async function hostKeys(
  command: KeyBooks & { readonly terminal?: string; readonly json?: boolean },
): Promise<string> {
  const terminals = terminalsIn(command)
  const { store } = await openKeyBooks(command, true)
  try {
    const keys = new Map((await store.masterKeys()).map((row) => [row.terminalId, row]))
    const orders = new Map((await store.keyOrders()).map((row) => [row.terminalId, row]))
    const { terminal, json = false } = command
    if (terminal === undefined) {
      const rows = terminals.map((one) => rowOf(one, keys.get(one.terminalId), orders.get(one.terminalId)))
      return json ? `${JSON.stringify(rows, undefined, 2)}\n` : tableOf(rows)
    }
    const one = known(terminals, terminal)
    const record = await store.keyEvents(terminal)
    const row = rowOf(one, keys.get(terminal), orders.get(terminal))
    return json ? `${JSON.stringify({ ...row, record }, undefined, 2)}\n` : tableOf([row]) + recordOf(record)
  } finally {
    await store.close()
  }
}

function rowOf(
  terminal: HostTerminal,
  held: TerminalKeys | undefined,
  ordered: TerminalOrder | undefined,
): KeyRow {
  const checkValue = provisionedCheck(terminal)
  const keys = counting(held, checkValue)
  const { masterAlgorithm: algorithm = 'TDES' } = terminal
  const fromFile = { algorithm, source: 'provisioning', checkValue } as const
  const current = keys?.current ?? (checkValue === '' ? undefined : fromFile)
  return {
    terminal: terminal.terminalId,
    serial: terminal.serial,
    state: !current ? 'none' : keys?.previous ? 'proven' : keys?.pending ? 'sent' : 'inUse',
    current,
    previous: keys?.previous?.checkValue,
    pending: keys?.pending?.checkValue,
    ordered,
  }
}

const STATES = {
  none: '未导入 none yet',
  inUse: '在用 in use',
  sent: '已下发 sent',
  proven: '已验证 proven',
} as const
const SOURCES = { provisioning: 'provisioning', station: '注入 station', remote: '远程 remote' } as const

function tableOf(rows: readonly KeyRow[]): string {
  const table = new Table({
    head: ['终端号', '序列号', '状态', '算法', '校验值', '来源', '自', '旧密钥', '待用', '下载指令'],
    style: { head: [], border: [] },
  })
  for (const { terminal, serial, state, current, previous, pending, ordered } of rows)
    table.push([
      ...[terminal, serial, STATES[state]],
      ...(current ? [current.algorithm, current.checkValue, SOURCES[current.source]] : ['', '', '']),
      ...[current && 'at' in current ? timeOf(current.at) : '', previous ?? '', pending ?? ''],
      ordered ? `${ordered.by} ${timeOf(ordered.at)}` : '',
    ])
  return `${table.toString()}\n`
}

function recordOf(record: readonly KeyEvent[]): string {
  if (record.length === 0) return 'no record of loadings\n'
  const table = new Table({
    head: ['时间', '事件', '校验值', '经办', '流水', '原因'],
    style: { head: [], border: [] },
  })
  for (const { at, event, checkValue, by, transaction, why } of record)
    table.push([timeOf(at), event, checkValue ?? '', by ?? '', transaction ?? '', why ?? ''])
  return `${table.toString()}\n`
}

function timeOf({ date, time }: { readonly date: string; readonly time: string }): string {
  const day = `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`
  return `${day} ${time.slice(0, 2)}:${time.slice(2, 4)}:${time.slice(4)}`
}

export interface RenewCommand extends KeyBooks {
  readonly terminal?: string
  readonly all?: boolean
  /** Who orders it; the login name where absent. The books believe it: who may write them may order. */
  readonly by?: string
  readonly withdraw?: boolean
}

/** `shuaka host renew-key`: the text to print. Also while a host has the books open. Rejects with `HostError`. */
export async function renewKey(command: RenewCommand): Promise<string> {
  const { terminal, all = false, withdraw = false } = command
  if ((terminal === undefined) !== all)
    throw new HostError('renew-key: which terminal? give its number, or --all')
  const by = personOf(command.by)
  const terminals = terminalsIn(command)
  const asked = terminal === undefined ? terminals : [known(terminals, terminal)]
  const { store } = await openKeyBooks(command, true)
  const at = localTime()
  let chosen = asked
  try {
    const ordered = new Set((await store.keyOrders()).map(({ terminalId }) => terminalId))
    if (withdraw) chosen = asked.filter(({ terminalId }) => ordered.has(terminalId))
    if (chosen.length === 0) return 'nothing is ordered\n'
    await store.transact(() => ({
      posting: {
        keyOrders: chosen.map(({ terminalId }) => ({ terminalId, value: withdraw ? undefined : { by, at } })),
        keyEvents: chosen.map((one) => keyEvent(one, withdraw ? 'withdrawn' : 'ordered', at, { by })),
      },
      result: undefined,
    }))
  } finally {
    await store.close()
  }
  const what = withdraw ? 'no new master key is ordered any more' : 'a new master key is ordered'
  const then = withdraw ? '' : '; it comes when the terminal asks: 管理 → 更多 → 密钥 → 远程下载'
  return chosen
    .map(({ terminalId, serial }) => `terminal ${terminalId} (${serial}): ${what} by ${by}${then}\n`)
    .join('')
}

const PERSON_CHARACTERS_MAX = 40

/** A name as the record keeps it. Throws `HostError`. */
export function personOf(by: string | undefined): string {
  const name = by ?? userInfo().username
  if (name === '' || name.length > PERSON_CHARACTERS_MAX || /\p{Cc}/u.test(name))
    throw new HostError(`--by wants a name of 1 to ${PERSON_CHARACTERS_MAX} characters`)
  return name
}

function known(terminals: readonly HostTerminal[], terminalId: string): HostTerminal {
  const found = terminals.find((one) => one.terminalId === terminalId)
  if (!found)
    throw new HostError(
      `terminal ${terminalId} is in none of the provisioning files; give its own with --provision FILE`,
    )
  return found
}
