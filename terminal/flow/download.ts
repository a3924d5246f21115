import {
  DOWNLOAD,
  type Downloaded,
  type DownloadName,
  parseDownload62,
} from '../../host-link/wire/download.ts'
import { WireError } from '../../host-link/wire/message.ts'
import { transactionIn } from '../../host-link/wire/profile.ts'
import { exchange } from '../host/exchange.ts'
import type { Line } from '../host/line.ts'
import { ready } from '../host/ready.ts'
import { requestOf, sealed } from '../host/request.ts'
import type { FunctionName } from '../parameter/functions.ts'
import { storedParameters, storeParameters, type Values } from '../parameter/store.ts'
import { parameterFault, parameterRow } from '../parameter/table.ts'
import type { Pos } from '../pos.ts'
import { notice } from '../screen/input.ts'
import { showPage, t } from '../screen/page.ts'
import { momentOf } from '../update/facts.ts'
import type { UpdateMemory } from '../update/memory.ts'
import { codeLine, doubtTexts, goOnline, progressOn } from './step/online.ts'

/**
 * 交易开关, tag 26: the function that each bit switches, the most significant first; `undefined` for what this terminal has
 * not (CaoEnXin/LiaoYang_POS).
 */
const none = undefined
// biome-ignore format: one row a byte
const SWITCHES: readonly (FunctionName | undefined)[] = [
  'balanceEnquiry', 'preauth',  'preauthVoid',      'completion', 'completionVoid', 'sale', 'voidSale', 'refund',
  none,             none,       'completionAdvice', none,         none,             none,   none,       'instalment',
  'instalmentVoid', 'pointsSale', 'pointsVoid',     none,         none,             none,   none,       none,
  'topUp',          none,       none,               none,         none,             none,   none,       none,
]

/** What a download goes by: UnionPay's own 360, or TMS's 364, whose answer is read in the same way (docs/wire.md). */
type Way = NonNullable<UpdateMemory['wanted']>

/**
 * 参数下载 by 8583: asks for the acquirer's parameters, checks them all against the table, stores them at once, and starts
 * anew. What the table refuses, or what wants an empty batch, is refused whole: no mixture of old and new.
 */
export async function downloadParameters(pos: Pos): Promise<void> {
  const online = await goOnline(pos, t(pos, 'download'))
  if (online.kind === 'ready') await download(pos, online.line, 'parameters')
}

/**
 * The same from idle, where the host has asked for it in the header of an answer: once each time, and not while something is
 * owed or a slip is to come. The header has no MAC, so what it leads to is no more than what anybody may ask for.
 */
export async function downloadWanted(pos: Pos): Promise<void> {
  const memory = pos.session.download
  const { wanted } = memory
  if (wanted === undefined) return
  const { owed, slipDue } = momentOf(pos, false)
  if (owed || slipDue) return
  if (wanted === 'tmsParameters') pos.update?.ask()
  if (transactionIn(pos.profile, wanted) !== undefined) {
    const online = await ready(pos, progressOn(pos, t(pos, 'download')))
    if (online.kind === 'ready') await download(pos, online.line, wanted)
  }
  memory.wanted = undefined // also what its own answers have asked for: a host that never stops asking is heard once a deal
}

async function download(pos: Pos, line: Line, way: Way): Promise<void> {
  const title = t(pos, 'download')
  showPage(pos, {
    title,
    lines: [{ text: t(pos, 'downloading'), align: 'centre' }],
    hint: t(pos, 'hintCancel'),
  })
  const answer = await askFor(pos, line, way)
  const taking = answer === undefined ? t(pos, 'keysWrong') : await taken(pos, answer)
  if (typeof taking === 'boolean') await askFor(pos, line, `${way}End`)
  pos.device.link.close()
  if (typeof taking === 'string') return notice(pos, title, [taking])
  await notice(pos, title, [t(pos, 'downloaded'), taking ? t(pos, 'restarting') : ''], 2)
  if (taking) pos.device.info.restart()
}

type Answered = Awaited<ReturnType<typeof exchange>>

async function askFor(pos: Pos, line: Line, name: Way | `${Way}End`): Promise<Answered | undefined> {
  const row = transactionIn(pos.profile, name)
  const request = row && sealed(pos, requestOf(pos, row, { batch: pos.journal.batch() }, {}))
  return request && exchange(pos, line, request, { authenticated: true, cancellable: true })
}

/** True: the answer was taken over. False: all of it stood here already. Else why it was not. */
async function taken(pos: Pos, answer: Answered): Promise<boolean | string> {
  if (answer.kind === 'unknown') return t(pos, doubtTexts[answer.why])
  if (answer.code !== '00') return codeLine(pos, answer.code)
  const field = answer.message.fields[62]
  if (field === undefined) return t(pos, 'nothingToDownload')
  let changes: Values
  try {
    changes = changesOf(pos, field instanceof Uint8Array ? parseDownload62(field) : {})
  } catch (error) {
    if (error instanceof WireError) return t(pos, 'downloadWrong')
    throw error
  }
  const names = Object.keys(changes)
  for (const name of names)
    if (parameterFault(name, changes[name]) !== undefined) return `${t(pos, 'downloadWrong')} ${name}`
  const standing = storedParameters(pos.journal)
  if (names.every((name) => changes[name] === standing[name])) return false
  const waits = names.some(
    (name) => parameterRow(name)?.emptyBatch === true && changes[name] !== inForce(pos, name),
  )
  if (waits && pos.journal.count() > 0) return t(pos, 'settleFirst')
  const stored = storeParameters(pos.journal, { ...standing, ...changes })
  if (stored === 'written') return true
  return t(pos, stored === 'full' ? 'batchFull' : 'storageFault')
}

/** Our parameters for what was sent; what has none here (telephones, tips) is passed over. */
function changesOf(pos: Pos, sent: Downloaded): Values {
  const changes: { [name: string]: string | number | boolean } = {}
  for (const { name } of DOWNLOAD) {
    const value = sent[name]
    if (value === undefined) continue
    if (name === 'manualEntry') changes['sale.typed'] = value
    else if (name === 'transactions') Object.assign(changes, switchesOf(String(value)))
    else if (name === 'merchantName') changes.merchantName = decoded(pos, String(value))
    else {
      const ours = NAMES[name]
      if (ours !== undefined) changes[ours] = value
    }
  }
  return changes
}

/** Where a value goes as it is. */
const NAMES: { readonly [Name in DownloadName]?: string } = {
  answerTimeoutS: 'answerTimeoutSeconds',
  autoSignOff: 'autoSignOff',
  resends: 'reversalAttempts',
}

/** The value by which the terminal works now: stored here, else the set-up's, else the table's. */
function inForce(pos: Pos, name: string): Values[string] | undefined {
  if (name === 'merchantName') return pos.setup.merchantName // the set-up's own where the parameter is empty
  const values: Values = { ...pos.setup.parameters, ...storedParameters(pos.journal) }
  return values[name] ?? parameterRow(name)?.kind.initial
}

/** 交易开关 as they are now, eight hex digits: what a download of them would have to say to change nothing. */
export function switchesNow(pos: Pos): string {
  let bits = ''
  for (const name of SWITCHES) bits += name !== undefined && pos.functions[name].enabled ? '1' : '0'
  return Number.parseInt(bits, 2).toString(16).toUpperCase().padStart(8, '0')
}

function switchesOf(hex: string): Values {
  const changes: { [name: string]: boolean } = {}
  for (const [index, name] of SWITCHES.entries()) {
    if (name === undefined) continue
    const nibble = Number.parseInt(hex[index >> 2] ?? '0', 16)
    changes[`${name}.enabled`] = ((nibble >> (3 - (index & 3))) & 1) === 1
  }
  return changes
}

function decoded(pos: Pos, gbk: string): string {
  return pos.device.charset.decodeGbk(Uint8Array.from(gbk, (character) => character.charCodeAt(0) & 255))
}
