import { parseServiceRequest62, service62 } from '../wire/by-use.ts'
import { textOfBytes } from '../wire/bytes.ts'
import { download62 } from '../wire/download.ts'
import { WireError } from '../wire/message.ts'
import { parseStatusRecord } from '../wire/status-record.ts'
import { type Context, type Decision, refused } from './context.ts'
import { parseInspection } from './inspection-record.ts'
import type { Judge } from './judge.ts'
import { bytes, text } from './request.ts'

/**
 * 服务信息 service information: the oldest message for this terminal that is newer than the newest it has (field 62), and
 * whether more follow. It is answered from the acquirer's file and not booked.
 */
export function serviceInfo(context: Context): Decision {
  const { office, terminal, fields } = context
  const newest = parsed(() => parseServiceRequest62(bytes(fields, 62) ?? new Uint8Array()))
  if (newest === undefined) return refused(context, '30')
  const [first, ...more] = office.acquirer.messages.filter(
    (message) => message.number > newest && (message.terminal ?? terminal.terminalId) === terminal.terminalId,
  )
  const message = first && { ...first, text: office.gbk(first.text), more: more.length > 0 }
  return refused(context, '00', { 62: service62(message) })
}

/** 参数下载, also by TMS (364): all parameters of the acquirer's file in one answer. */
export function parameters(context: Context): Decision {
  const { download } = context.office.acquirer
  const { merchantName } = download
  const named = {
    ...download,
    ...(merchantName !== undefined && { merchantName: context.office.gbk(merchantName) }),
  }
  const field = download62(named)
  return refused(context, '00', field.length > 0 ? { 62: field } : {})
}

/** 参数下载结束: the terminal has taken them. */
export function parametersEnd(context: Context): Decision {
  return refused(context, '00')
}

/**
 * 状态上送 status upload: the latest of each terminal is kept. It carries no MAC, so it is what somebody says of the
 * terminal, changes nothing else, and is answered without one.
 */
export function statusUpload(authenticated: Context): Decision {
  const context = { ...authenticated, keyVersion: undefined }
  const { terminal, fields, at } = context
  if (text(fields, 42) !== terminal.merchantId) return refused(context, '03')
  const record = textOfBytes(bytes(fields, 62) ?? new Uint8Array())
  if (!parsed(() => parseStatusRecord(record))) return refused(context, '30')
  const report = { terminalId: terminal.terminalId, kind: 'status', number: 0, at, text: record } as const
  return { posting: { report }, ...refused(context, '00') }
}

/** 巡检 inspection: kept in the books under its own number, once however often it comes. */
export const judgeInspection: Judge = ({ terminal, fields, at }, { batch, trace }) => {
  const record = textOfBytes(bytes(fields, 62) ?? new Uint8Array())
  if (!parsed(() => parseInspection(record))) return { code: '30' }
  const number = batch * 1_000_000 + trace
  const report = { terminalId: terminal.terminalId, kind: 'inspection', number, at, text: record } as const
  return { code: '00', posting: { report } }
}

/** What a parser gives; nothing where the bytes are bad. */
function parsed<Value>(parse: () => Value): Value | undefined {
  try {
    return parse()
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}
