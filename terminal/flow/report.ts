import { bytesOfText } from '../../host-link/wire/bytes.ts'
import { type StatusRecord, statusRecord } from '../../host-link/wire/status-record.ts'
import { CODE } from '../../host-link/wire/tms/codes.ts'
import { transactions } from '../../host-link/wire/transaction.ts'
import { sixDigits } from '../../host-link/wire/values.ts'
import { exchange } from '../host/exchange.ts'
import { requestOf } from '../host/request.ts'
import type { Pos } from '../pos.ts'
import { askDigits, confirm, notice } from '../screen/input.ts'
import { showPage, t } from '../screen/page.ts'
import type { TextKey } from '../screen/text.ts'
import { finishCommand } from '../update/commands.ts'
import { VERSION } from '../version.ts'
import { switchesNow } from './download.ts'
import { enquire } from './step/enquire.ts'
import { codeLine, doubtTexts, goOnline } from './step/online.ts'
import { foundBad } from './step/self-test-result.ts'

/** 状态上送: what the terminal is and how it is set, for the acquirer. */
export async function uploadStatus(pos: Pos): Promise<void> {
  const title = t(pos, 'statusUpload')
  const online = await goOnline(pos, title)
  if (online.kind !== 'ready') return
  const fields = { 62: bytesOfText(statusRecord(statusOf(pos))) }
  const request = requestOf(pos, transactions.statusUpload, { batch: pos.journal.batch() }, fields)
  showPage(pos, {
    title,
    lines: [{ text: t(pos, 'forwarding'), align: 'centre' }],
    hint: t(pos, 'hintCancel'),
  })
  const answer = await exchange(pos, online.line, request, { authenticated: false, cancellable: true })
  pos.device.link.close()
  if (answer.kind === 'unknown') return notice(pos, title, [t(pos, doubtTexts[answer.why])])
  await notice(pos, title, [answer.code === '00' ? t(pos, 'reportSent') : codeLine(pos, answer.code)])
}

/** Counts that this program does not keep are zeros: dials and their success belong to a modem. */
function statusOf(pos: Pos): StatusRecord {
  const { model, serial } = pos.device.info.identity()
  const { answerTimeoutSeconds, autoSignOff, reversalAttempts } = pos.parameters
  const hours = Math.min(9999, Math.floor(pos.device.clock.monotonicMs() / 3_600_000))
  const ascii = (text: string) => text.replace(/[^ -~]/g, '?')
  return {
    printer: pos.device.printer.paper() !== 'ok' || foundBad(pos.journal, 'printer') ? '1' : '0',
    reader: foundBad(pos.journal, 'reader') ? '1' : '0',
    keypad: foundBad(pos.journal, 'keypad') ? '1' : '0',
    display: foundBad(pos.journal, 'display') ? '1' : '0',
    line: pos.device.link.quality() > 0 ? '0' : '1',
    device: ascii(`${model} Shuaka ${VERSION} ${serial}`).slice(0, 60).padEnd(60),
    answerTimeout: String(Math.min(99, answerTimeoutSeconds)).padStart(2, '0'),
    redials: '0',
    tips: '0',
    tipPercent: '00',
    manualEntry: pos.functions.sale.typed ? '1' : '0',
    automaticSignOff: autoSignOff ? '1' : '0',
    retries: String(reversalAttempts),
    masterKeyIndex: String(pos.setup.keySlot),
    functions: switchesNow(pos),
    use: `${String(hours).padStart(4, '0')}00000000`,
  }
}

/** 巡检 checklist: asked of the engineer one by one. */
// biome-ignore format: one row a question
const CHECKLIST = [
  ['screen',  'checkScreen'],  // 显示清晰
  ['keys',    'checkKeys'],    // 按键灵敏
  ['reader',  'checkReader'],  // 读卡正常
  ['printer', 'checkPrinter'], // 打印清晰
  ['case',    'checkCase'],    // 外壳和封条完好
  ['cables',  'checkCables'],  // 没有多余的接线
] as const satisfies Checklist
/** What is asked, and under which name it is reported. */
export type Checklist = readonly (readonly [name: string, TextKey])[]

/** Asks an engineer's number and the questions one by one: `E12;screen=good;…`; undefined when the engineer leaves. */
export async function askChecklist(pos: Pos, title: string, list: Checklist): Promise<string | undefined> {
  const engineer = await askDigits(pos, { title, label: t(pos, 'askEngineer'), min: 2, max: 8 })
  if (engineer.kind !== 'digits') return undefined
  let found = `E${engineer.digits};`
  for (const [name, question] of list) {
    const answer = await confirm(pos, { title, lines: [t(pos, question)], hint: t(pos, 'hintGoodBad') })
    if (answer.kind === 'timeout') return undefined
    found += `${name}=${answer.kind === 'yes' ? 'good' : 'bad'};`
  }
  return found
}

/** 巡检: the engineer's number, the checklist, the state of the device; sent to the host, or to the service that asked for it. */
export async function inspection(pos: Pos): Promise<void> {
  const title = t(pos, 'inspection')
  if (pos.session.download.inspection !== undefined) return inspectionAsked(pos, title)
  const found = await askChecklist(pos, title, CHECKLIST)
  if (found === undefined) return
  const online = await goOnline(pos, title)
  if (online.kind !== 'ready') return
  const text =
    found +
    stateOf(pos)
      .map((pair) => `${pair};`)
      .join('')
  const answer = await enquire(pos, title, online.line, 'inspection', { 62: bytesOfText(text.slice(0, 300)) })
  pos.device.link.close()
  if (answer === undefined) return
  if (answer.kind === 'unknown') return notice(pos, title, [t(pos, doubtTexts[answer.why])])
  await notice(pos, title, [answer.code === '00' ? t(pos, 'reportSent') : codeLine(pos, answer.code)])
}

/** 巡检 that the service has asked for: its plan is shown, and what was found goes into the next report. */
async function inspectionAsked(pos: Pos, title: string): Promise<void> {
  const { inspection: asked } = pos.session.download
  if (asked === undefined) return
  await notice(pos, title, [asked.plan, t(pos, 'askEngineer')], 60)
  const found = await askChecklist(pos, title, [...CHECKLIST, ['line', 'checkLine']])
  if (found === undefined) return
  finishCommand(pos, asked.id, CODE.ok, bytesOfText(found))
  pos.session.download.inspection = undefined
  await notice(pos, title, [t(pos, 'inspectionKept')])
}

/** Figures and words without `;` and `=`. */
function stateOf(pos: Pos): string[] {
  const { lost, retired } = pos.journal.report()
  const plain = (text: string) => text.replace(/[^ -~]|[;=]/g, '?').slice(0, 20)
  const { model, serial } = pos.device.info.identity()
  const keys = pos.device.secure.slot(pos.setup.keySlot)
  return [
    `version=${VERSION}`,
    `model=${plain(model)}`,
    `serial=${plain(serial)}`,
    `paper=${pos.device.printer.paper()}`,
    `line=${Math.round(pos.device.link.quality())}`,
    `batch=${sixDigits(pos.journal.batch())}`,
    `entries=${pos.journal.count()}`,
    `lost=${lost}`,
    `retired=${retired}`,
    `tmk=${keys.masterKey ?? 'none'}`,
  ]
}
