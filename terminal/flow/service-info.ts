import { parseService62, type ServiceMessage, serviceRequest62 } from '../../host-link/wire/by-use.ts'
import { bytesOfText } from '../../host-link/wire/bytes.ts'
import { WireError } from '../../host-link/wire/message.ts'
import type { PrintLine } from '../device/printer.ts'
import {
  type KeptMessage,
  keepMessage,
  keptMessages,
  MESSAGES_KEPT,
  markRead,
  newestMessage,
  REMOTE_FIRST,
} from '../parameter/service-messages.ts'
import type { Pos } from '../pos.ts'
import { confirm, notice } from '../screen/input.ts'
import { chooseFrom } from '../screen/menu.ts'
import { showPage, t } from '../screen/page.ts'
import { cutToWidth } from '../screen/width.ts'
import { available } from './step/begin.ts'
import { enquire } from './step/enquire.ts'
import { goOnline } from './step/online.ts'
import { plain, wrapped } from './step/slip-line.ts'

/** Messages that one call fetches: a host that always has one more does not hold the till. */
const FETCH_MAX = 2 * MESSAGES_KEPT

/** 服务信息: fetches what is new where the acquirer's host has such, then shows what is kept, newest first; `*` marks what nobody has read. */
export async function serviceInfo(pos: Pos): Promise<void> {
  const title = t(pos, 'serviceInfo')
  if (available(pos, 'serviceInfo')) await fetchMessages(pos, title)
  for (;;) {
    const messages = keptMessages(pos)
    if (messages.length === 0) return notice(pos, title, [t(pos, 'serviceNone')])
    const { columns } = pos.device.display.size()
    const heads = messages.map((message) => cutToWidth(headOf(pos, message), columns - 2))
    const chosen = await chooseFrom(pos, title, heads)
    if (chosen.kind !== 'chosen') return
    await show(pos, title, messages[chosen.index] as KeptMessage)
  }
}

/** Without a line, what is kept is shown all the same; the operator was told. */
async function fetchMessages(pos: Pos, title: string): Promise<void> {
  const online = await goOnline(pos, title)
  if (online.kind !== 'ready') return
  for (let count = 0; count < FETCH_MAX; count++) {
    const fields = { 62: serviceRequest62(newestMessage(pos)) }
    const answer = await enquire(pos, title, online.line, 'serviceInfo', fields)
    const message =
      answer?.kind === 'answered' && answer.code === '00' ? messageOf(answer.message.fields[62]) : undefined
    if (message === undefined || message.number <= newestMessage(pos)) break
    if (keepMessage(pos, message) !== 'written') break
    if (!message.more) break
  }
  pos.session.messageWaiting = 0
  pos.device.link.close()
}

function messageOf(field: string | Uint8Array | undefined): ServiceMessage | undefined {
  if (!(field instanceof Uint8Array)) return undefined
  try {
    return parseService62(field)
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}

async function show(pos: Pos, title: string, message: KeptMessage): Promise<void> {
  const text = textOf(pos, message)
  const page = { title, lines: [dateOf(message), text], hint: t(pos, 'servicePrint') }
  const answer = await confirm(pos, page)
  if (markRead(pos, message) === 'fault') pos.session.storageFault = true
  if (answer.kind !== 'yes') return
  showPage(pos, { title, lines: [{ text: t(pos, 'printing'), align: 'centre' }] })
  const result = await pos.device.printer.print(slipOf(pos, message, text))
  if (result.kind !== 'printed')
    await notice(pos, title, [t(pos, result.kind === 'paperOut' ? 'paperOut' : 'printerFault')])
}

function slipOf(pos: Pos, message: KeptMessage, text: string): PrintLine[] {
  const columns = pos.device.printer.columns()
  return [
    { text: t(pos, 'serviceInfo'), align: 'centre', size: 'large' },
    plain(`${t(pos, 'terminalId')}: ${pos.setup.terminalId}`),
    plain(`${dateOf(message)}  ${message.number % REMOTE_FIRST}`),
    ...wrapped(columns, text),
    { feed: 4 },
  ]
}

function headOf(pos: Pos, message: KeptMessage): string {
  return `${message.read ? '' : '*'}${dateOf(message).slice(5)} ${textOf(pos, message)}`
}
function textOf(pos: Pos, { text }: KeptMessage): string {
  return pos.device.charset.decodeGbk(bytesOfText(text))
}
function dateOf({ date }: KeptMessage): string {
  return `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`
}
