import { randomBytes } from 'node:crypto'
import type {
  NewTerminalAnswer,
  Page,
  TerminalChange,
  TerminalDetail,
  TerminalRow,
} from '../api-terminals.ts'
import { FilterError, filterFields, parseFilter } from '../filter.ts'
import type { Asset, NewTerminal, Terminal } from '../model.ts'
import { effectiveOf } from '../parameters/effective.ts'
import { explain } from '../parameters/explain.ts'
import { layersOf, layerText } from '../parameters/layer.ts'
import { said } from '../said.ts'
import { isSerial } from '../serial.ts'
import type { TerminalQuery } from '../store.ts'
import { hashPassword } from './acl.ts'
import { byLayer, deliver } from './api-documents.ts'
import { accepted, type Face, type Handlers, notFound, REASON_MAX } from './api-face.ts'
import { ApiFault, inputOf, type Question } from './api-input.ts'
import { publishedLayers } from './api-layer-store.ts'
import { ASSET_NAMES, assetInput, importLines, serialIn } from './api-terminal-input.ts'
import { parameterReport, terminalDetail, terminalRows } from './api-terminal-views.ts'

type TerminalCalls =
  | 'terminals'
  | 'filterWords'
  | 'terminal'
  | 'addTerminal'
  | 'changeTerminal'
  | 'retireTerminal'
  | 'restoreTerminal'
  | 'resetTerminal'
  | 'importTerminals'
  | 'terminalEvents'
  | 'terminalParameters'

export const LIMIT_MAX = 500
const CSV_MAX = 8_000_000

/** `after` and `limit` of a list by serial. */
export function listOf(asked: Question): { readonly after?: string; readonly limit: number } {
  const after = asked.text('after', 64)
  return { ...(after !== undefined && { after }), limit: asked.whole('limit', 1, LIMIT_MAX, 100) }
}

/** A filter that is one. Throws `ApiFault` that says where it is not. */
export function filterOf(text: string | undefined, at = 'filter'): string {
  try {
    parseFilter(text ?? '')
    return text ?? ''
  } catch (error) {
    if (error instanceof FilterError) throw new ApiFault('badInput', `${error.message}.`, at)
    throw error
  }
}

/** 终端: the fleet and each of its terminals. */
export const terminalHandlers: Handlers<TerminalCalls> = {
  terminals: ({ question }) => {
    const asked = question(['after', 'limit', 'filter', 'group'])
    const { after, limit } = listOf(asked)
    const [filter, group] = [filterOf(asked.text('filter', 1000)), asked.text('group', 40)]
    return async (face) => {
      if (group !== undefined && (await face.store.group(group)) === undefined) throw notFound('group')
      const fleet = { filter, ...(group !== undefined && { group }) }
      return fleetPage(face, { ...fleet, ...(after !== undefined && { after }), limit })
    }
  },

  filterWords: () => async () =>
    Object.entries(filterFields).map(([word, { zh, type }]) => ({
      word,
      zh,
      en: word,
      example: exampleOf(word, type),
    })),

  terminal:
    ({ path }) =>
    async (face) =>
      terminalDetail(face, await terminalAt(face, path)),

  addTerminal: ({ body }) => {
    const input = inputOf(body, ['serial', ...ASSET_NAMES])
    const serial = serialIn(input)
    const change = assetInput(input)
    if (change.model === undefined)
      throw new ApiFault('badInput', 'model: the model of the terminal is wanted.', 'model')
    const secret = newPassword()
    return async (face) => {
      const added = await face.store.addTerminals([newTerminal({ ...change, serial }, secret.hash)], face.now)
      if (added === 0) throw new ApiFault('refused', `There is a terminal ${serial} already.`, 'serial')
      await face.audit('terminalAdded', `terminal ${serial}`, { data: JSON.stringify(change) })
      await deliverOne(face, serial)
      return withPassword(face, serial, secret.password)
    }
  },

  changeTerminal: ({ path, body }) => {
    const change = assetInput(inputOf(body, ASSET_NAMES))
    if (Object.keys(change).length === 0)
      throw new ApiFault('badInput', 'body: something to change is wanted.', 'body')
    return async (face) => {
      const before = await terminalAt(face, path)
      await applied(face, before, change)
      await face.audit('terminalChanged', `terminal ${path}`, {
        changes: JSON.stringify(changesOf(before, change)),
      })
      await deliverOne(face, path)
      return terminalDetail(face, await terminalAt(face, path))
    }
  },

  retireTerminal: ({ path, body }) => statusChange(path, body, 'retired'),
  restoreTerminal: ({ path, body }) => statusChange(path, body, 'active'),

  resetTerminal: ({ path, body }) => {
    const reason = inputOf(body, ['reason']).text('reason', REASON_MAX)
    const secret = newPassword()
    return async (face) => {
      await terminalAt(face, path)
      accepted(await face.store.setPassword(path, secret.hash))
      face.disconnect(path)
      await face.audit('terminalPassword', `terminal ${path}`, { reason })
      return withPassword(face, path, secret.password)
    }
  },

  importTerminals: ({ body }) => {
    const read = importLines(inputOf(body, ['csv']).lines('csv', CSV_MAX))
    if (read.wrong.length > 0)
      return async () => ({ added: 0, changed: 0, same: 0, passwords: [], wrong: read.wrong.slice(0, 100) })
    const secrets = new Map<string, { readonly password: string; readonly hash: string }>()
    for (const { change } of read.lines) secrets.set(change.serial, newPassword())
    return (face) => imported(face, read.lines, secrets)
  },

  terminalEvents: ({ path, question }) => {
    const limit = question(['limit']).whole('limit', 1, LIMIT_MAX, 100)
    return async (face) => {
      await terminalAt(face, path)
      const events = await face.store.eventsOf(path, limit)
      return events.map(({ id, at, epoch, seq, type, text }) => ({
        id,
        time: at,
        epoch,
        sequence: seq,
        kind: type,
        text,
      }))
    }
  },

  terminalParameters:
    ({ path }) =>
    async (face) => {
      const terminal = await terminalAt(face, path)
      const published = byLayer(await publishedLayers(face.query))
      const layers = layersOf(terminal).flatMap((layer) => published.get(layerText(layer)) ?? [])
      const effective = effectiveOf(terminal, layers, face.now)
      const { wanted, drift, current, said } = await parameterReport(face, terminal)
      return {
        serial: path,
        rows: explain(effective, said ? { current, drift } : undefined),
        flags: [...effective.flags, ...effective.findings],
        ...(wanted !== undefined && {
          document: {
            ...{
              pseq: wanted.pseq,
              hash: wanted.hash,
              bytes: wanted.bytes,
              made: wanted.made,
              effective: wanted.effective,
            },
          },
        }),
        ...(terminal.reported !== undefined && { reportedPseq: terminal.reported.parameterSeq }),
        driftPolicy: face.options.policy.drift,
      }
    },
}

function exampleOf(word: string, type: string): string {
  if (type === 'yesNo') return `${word} = yes`
  if (type === 'number' || type === 'hours') return `${word} > 24`
  return type === 'label' ? `${word} = pilot` : `${word} = "…"`
}

export async function fleetPage(face: Face, query: TerminalQuery): Promise<Page<TerminalRow>> {
  const page = await face.store.terminals(query)
  const rows = await terminalRows(face, page.rows)
  const total = await face.store.countTerminals(query)
  return { rows, total, ...(page.next !== undefined && { next: page.next }) }
}

export async function terminalAt({ store }: Face, serial: string): Promise<Terminal> {
  const terminal = isSerial(serial) ? await store.terminal(serial) : undefined
  if (terminal === undefined) throw notFound('terminal')
  return terminal
}

/** 24 random characters for the broker; only their hash is kept. */
function newPassword(): { readonly password: string; readonly hash: string } {
  const password = randomBytes(18).toString('base64url')
  return { password, hash: hashPassword(Buffer.from(password)) }
}

function newTerminal({ serial, reportKey, ...given }: TerminalChange, passwordHash: string): NewTerminal {
  const empty: Asset = {
    ...{
      maker: '',
      model: '',
      acquirer: '',
      merchant: '',
      merchantName: '',
      store: '',
      terminalId: '',
      account: '',
    },
    ...{ address: '', zoneMinutes: 480, labels: [], note: '' },
  }
  return {
    ...empty,
    ...given,
    serial,
    passwordHash,
    ...(reportKey !== undefined && reportKey !== '' && { reportKey }),
  }
}

async function withPassword(face: Face, serial: string, password: string): Promise<NewTerminalAnswer> {
  const [row] = await terminalRows(face, [await terminalAt(face, serial)])
  if (row === undefined) throw notFound('terminal')
  return { row, password }
}

async function applied(face: Face, before: Terminal, change: Omit<TerminalChange, 'serial'>): Promise<void> {
  const { reportKey, ...asset } = change
  if (Object.keys(asset).length > 0) accepted(await face.store.editTerminal(before.serial, asset))
  if (reportKey !== undefined && reportKey !== before.reportKey)
    accepted(await face.store.setReportKey(before.serial, reportKey))
}

/** Values that differ, before and after. */
function changesOf(before: Terminal, change: Omit<TerminalChange, 'serial'>) {
  const entries = Object.entries(change).flatMap(([name, after]): [string, unknown][] => {
    const was: unknown = Reflect.get(before, name)
    return JSON.stringify(was) === JSON.stringify(after) ? [] : [[name, [was, after]]]
  })
  return Object.fromEntries(entries)
}

/** A terminal that stands elsewhere has other layers, and other variables. */
async function deliverOne(face: Face, serial: string): Promise<void> {
  const delivery = {
    name: said('ofTerminal', serial),
    reason: 'terminal data',
    by: face.who.name,
  }
  await deliver(face, { filter: `serial = ${serial}` }, { ...delivery, waves: 'all' })
}

function statusChange(path: string, body: unknown, status: 'retired' | 'active') {
  const reason = inputOf(body, ['reason']).text('reason', REASON_MAX)
  return async (face: Face): Promise<TerminalDetail> => {
    const before = await terminalAt(face, path)
    if (before.status === status) throw new ApiFault('refused', `The terminal is ${status} already.`)
    accepted(await face.store.setStatus(path, status))
    await face.audit(status === 'retired' ? 'terminalRetired' : 'terminalRestored', `terminal ${path}`, {
      reason,
    })
    if (status === 'retired') face.disconnect(path)
    if (status === 'active') await deliverOne(face, path)
    return terminalDetail(face, await terminalAt(face, path))
  }
}

async function imported(
  face: Face,
  lines: readonly { readonly line: number; readonly change: TerminalChange }[],
  secrets: ReadonlyMap<string, { readonly password: string; readonly hash: string }>,
) {
  const wrong: { line: number; why: string }[] = []
  const passwords: { serial: string; password: string }[] = []
  const counts = { added: 0, changed: 0, same: 0 }
  for (const { line, change } of lines) {
    const before = await face.store.terminal(change.serial)
    const secret = secrets.get(change.serial)
    if (before === undefined && (change.model === undefined || secret === undefined))
      wrong.push({ line, why: 'the model of a new terminal is missing' })
    else if (before === undefined && secret !== undefined) {
      counts.added += await face.store.addTerminals([newTerminal(change, secret.hash)], face.now)
      passwords.push({ serial: change.serial, password: secret.password })
    } else if (before !== undefined) {
      const { serial: _, ...data } = change
      const differs = Object.keys(changesOf(before, data)).length > 0
      if (differs) await applied(face, before, data)
      counts[differs ? 'changed' : 'same']++
    }
  }
  if (wrong.length > 0)
    throw new ApiFault('badInput', `Line ${wrong[0]?.line}: ${wrong[0]?.why}.`, `line ${wrong[0]?.line}`)
  await face.audit('terminalsImported', 'terminals', counts)
  const delivery = { name: said('ofImport'), reason: 'import', by: face.who.name }
  const { deployments, terminals, waits } = await deliver(face, {}, { ...delivery, waves: 'all' })
  return { ...counts, passwords, wrong, ...(waits && { waits: { deployments, terminals } }) }
}
