import { transactions } from '../../host-link/wire/transaction.ts'
import { sixDigits } from '../../host-link/wire/values.ts'
import { exchange } from '../host/exchange.ts'
import { openLine } from '../host/line.ts'
import { keyFault } from '../host/master-key.ts'
import { requestOf } from '../host/request.ts'
import { signOff } from '../host/sign-off.ts'
import { signOn } from '../host/sign-on.ts'
import type { Pos } from '../pos.ts'
import { notice } from '../screen/input.ts'
import { showPage, t } from '../screen/page.ts'
import { VERSION } from '../version.ts'
import { reportBlocked } from './step/fault-slip.ts'
import { codeLine, doubtTexts, progressOn, readinessLines, settle, signOnLines } from './step/online.ts'
import { reprint } from './step/print.ts'

/** 签到: asked for by the operator; also right after start and whenever a transaction needs it. */
export async function signOnFlow(pos: Pos): Promise<void> {
  const title = t(pos, 'signOn')
  const progress = progressOn(pos, title)
  const keys = keyFault(pos)
  if (keys !== undefined) return notice(pos, title, readinessLines(pos, { kind: 'noKeys', why: keys }))
  progress('connecting')
  const line = await openLine(pos)
  if (line === undefined) return notice(pos, title, [t(pos, 'noLine'), t(pos, 'checkCable')])
  progress('signingOn')
  const result = await signOn(pos, line)
  pos.device.link.close()
  await notice(pos, title, signOnLines(pos, result), 3)
}

/** 签退: the host notes it; from here the next transaction signs on first. */
export async function signOffFlow(pos: Pos): Promise<void> {
  const title = t(pos, 'signOff')
  progressOn(pos, title)('connecting')
  const line = await openLine(pos)
  if (line === undefined) return notice(pos, title, [t(pos, 'noLine'), t(pos, 'checkCable')])
  const answer = await signOff(pos, line)
  pos.device.link.close()
  if (answer.kind === 'storageFault') return notice(pos, title, [t(pos, 'storageFault')])
  if (answer.kind === 'unknown') return notice(pos, title, [t(pos, doubtTexts[answer.why])])
  await notice(pos, title, [answer.code === '00' ? t(pos, 'signedOff') : codeLine(pos, answer.code)])
}

/** 回响测试: whether the host answers, and how fast. */
export async function echoTest(pos: Pos): Promise<void> {
  const title = t(pos, 'echoTest')
  showPage(pos, {
    title,
    lines: [{ text: t(pos, 'connecting'), align: 'centre' }],
    hint: t(pos, 'hintCancel'),
  })
  const line = await openLine(pos)
  if (line === undefined) return notice(pos, title, [t(pos, 'noLine'), t(pos, 'checkCable')])
  const startMs = pos.device.clock.monotonicMs()
  const request = requestOf(pos, transactions.echo, { batch: pos.journal.batch() }, {})
  const answer = await exchange(pos, line, request, { authenticated: false, cancellable: true })
  pos.device.link.close()
  const tookMs = Math.round(pos.device.clock.monotonicMs() - startMs)
  if (answer.kind === 'unknown') return notice(pos, title, [t(pos, doubtTexts[answer.why])])
  if (answer.code !== '00') return notice(pos, title, [codeLine(pos, answer.code)])
  await notice(pos, title, [t(pos, 'echoGood'), `${tookMs} ${t(pos, 'milliseconds')}`])
}

/** 冲正: tries what is owed now, rather than with the next transaction. */
export async function reversalFlow(pos: Pos): Promise<void> {
  const title = t(pos, 'reversal')
  const owed = pos.journal.owed().length + pos.journal.doubtful().length
  if (owed === 0) return notice(pos, title, [t(pos, 'nothingOwed')])
  await notice(pos, title, (await settle(pos, title)).lines)
  await reportBlocked(pos)
}

/** 重打最后一笔: both copies, marked DUPLICATE. */
export async function reprintLast(pos: Pos): Promise<void> {
  const entry = pos.journal.last()
  if (entry === undefined) return notice(pos, t(pos, 'print'), [t(pos, 'nothingToReprint')])
  await reprint(pos, entry)
}

/** 版本: who this is, what it runs, and what its last start found. */
export async function version(pos: Pos): Promise<void> {
  const { maker, model, serial, runtime } = pos.device.info.identity()
  const { rows, lost, retired } = pos.journal.report()
  const keys = pos.device.secure.slot(pos.setup.keySlot)
  const found = rows.filter((row) => row.count > 0).map((row) => `${row.label} ${row.count}`)
  const relaxed = pos.profile.unauthenticatedDecline === 'accept' ? ['P8: unsigned declines taken'] : []
  await notice(
    pos,
    t(pos, 'version'),
    [
      `Shuaka ${VERSION}`,
      `${maker} ${model}`,
      `SN ${serial}`,
      runtime,
      `TID ${pos.setup.terminalId}`,
      `MID ${pos.setup.merchantId}`,
      `${pos.setup.dialect} ${pos.profile.name} TMK ${keys.masterKey ?? '-'}`,
      `${t(pos, 'batchNumber')} ${sixDigits(pos.journal.batch())}`,
      `journal ${found.join(' ') || 'empty'}`,
      `lost ${lost} retired ${retired}`,
      `line ${pos.device.link.security()}`,
      `strange ${pos.session.strangeFrames}`,
      ...relaxed,
    ],
    60,
  )
}
