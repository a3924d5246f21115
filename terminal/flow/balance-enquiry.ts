import { WireError } from '../../host-link/wire/message.ts'
import { isApproval } from '../../host-link/wire/response-code.ts'
import { type Balance, parseBalance54 } from '../../host-link/wire/subfields.ts'
import { transactions } from '../../host-link/wire/transaction.ts'
import { type Answer, exchange, textOf } from '../host/exchange.ts'
import type { Line } from '../host/line.ts'
import { requestOf, sealed } from '../host/request.ts'
import type { Pos } from '../pos.ts'
import { notice } from '../screen/input.ts'
import { yuan } from '../screen/money.ts'
import { showPage, t } from '../screen/page.ts'
import { type Card, readCard } from './step/card.ts'
import { codeLine, doubtTexts, goOnline } from './step/online.ts'
import { cardFields, enterPin, PIN_TRIES, type Pin } from './step/pin.ts'

/** 余额查询: moves no money, so nothing is owed when its answer is lost, and no balance is ever kept. */
export async function balanceEnquiry(pos: Pos): Promise<void> {
  const title = t(pos, 'balanceEnquiry')
  if (!pos.session.signedOn) {
    const online = await goOnline(pos, title)
    if (online.kind !== 'ready') return
    pos.device.link.close()
  }
  const card = await readCard(pos, title, [])
  if (card.kind !== 'card') return
  for (let attempt = 1; ; attempt++) {
    // A PIN block is good under the keys it was made with: a sign-on that the last answer asked for comes before the PIN.
    if (attempt > 1 && !pos.session.signedOn) {
      const again = await goOnline(pos, title)
      if (again.kind !== 'ready') return
      pos.device.link.close()
    }
    const pin = await enterPin(pos, title, card, undefined, attempt === 1 ? 'enter' : 'again')
    if (pin.kind !== 'pin' && pin.kind !== 'noPin') return
    const online = await goOnline(pos, title)
    if (online.kind !== 'ready') return
    const answer = await ask(pos, title, online.line, card, pin)
    pos.device.link.close()
    if (answer === undefined) return
    // 55 密码错: again, up to three times, each with a trace of its own.
    if (answer.kind === 'answered' && answer.code === '55' && attempt < PIN_TRIES) continue
    return tell(pos, title, answer)
  }
}

/** The answer, or nothing where nothing was sent and the operator knows. */
async function ask(pos: Pos, title: string, line: Line, card: Card, pin: Pin): Promise<Answer | undefined> {
  const trace = pos.journal.nextTrace()
  const burnt = pos.journal.burnTrace()
  if (burnt !== 'written') {
    await notice(pos, title, [t(pos, burnt === 'full' ? 'batchFull' : 'storageFault')])
    return undefined
  }
  const fields = cardFields(pos, card, pin)
  const key = { trace, batch: pos.journal.batch() }
  const request = fields && sealed(pos, requestOf(pos, transactions.balanceEnquiry, key, fields))
  if (request === undefined) {
    pos.session.signedOn = false
    await notice(pos, title, [t(pos, 'keysWrong')])
    return undefined
  }
  showPage(pos, { title, lines: [{ text: t(pos, 'waiting'), align: 'centre' }], hint: t(pos, 'hintCancel') })
  return exchange(pos, line, request, { authenticated: true, pan: card.pan, cancellable: true })
}

async function tell(pos: Pos, title: string, answer: Answer): Promise<void> {
  if (answer.kind === 'unknown') return notice(pos, title, [t(pos, doubtTexts[answer.why])])
  if (!isApproval(answer.code)) return notice(pos, title, [t(pos, 'declined'), codeLine(pos, answer.code)])
  const balance = balanceOf(textOf(answer.message.fields[54]))
  if (balance === undefined) return notice(pos, title, [t(pos, 'noAnswer')])
  const amount = balance.sign === 'D' ? -balance.amount : balance.amount
  await notice(
    pos,
    title,
    [t(pos, 'balance'), { text: `RMB ${yuan(amount)}`, align: 'right', large: true }],
    30,
  )
}

function balanceOf(field54: string): Balance | undefined {
  try {
    return parseBalance54(field54)
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}
