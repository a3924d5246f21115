import type { Fields, Message } from '../wire/message.ts'
import type { Acquirer } from './acquirer.ts'
import type { AlarmBell } from './alarm.ts'
import { answerTo, type Institutions, type Reply } from './answer.ts'
import type { TestFaults } from './faults.ts'
import type { HeldKeys } from './key-ring.ts'
import type { HostTime } from './ledger.ts'
import type { HostCard, HostTerminal } from './registry.ts'
import type { Request } from './request.ts'
import type { Seal } from './seal.ts'
import type { Books, Posting } from './store.ts'

/** What the host is made of, the same for all requests. */
export interface Office {
  readonly cards: ReadonlyMap<string, HostCard>
  readonly institutions: Institutions
  /** 收单规则: offers, fees, cut-over. */
  readonly acquirer: Acquirer
  readonly saleMaxFen: number
  /** GBK bytes of a text as characters, as elements of form `ans` hold them. */
  readonly gbk: (text: string) => string
  readonly seal: Seal
  readonly bell: AlarmBell
  readonly random: (bytes: number) => Uint8Array
  /** Whether test mode is on: what has an amount may then be declined by it. */
  readonly testFaults: TestFaults | undefined
}

/** One request whose terminal is known, in the middle of its transaction. */
export interface Context {
  readonly office: Office
  readonly books: Books
  readonly terminal: HostTerminal
  readonly held: HeldKeys
  readonly request: Request
  readonly fields: Fields
  readonly at: HostTime
  /** 清算日期 of this moment. */
  readonly businessDate: string
  /** Keys that the request was authenticated under, and its answer will be. */
  readonly keyVersion: number | undefined
}

/** What a request does to the books, and what is sent once that is durable. */
export interface Decision {
  readonly posting?: Posting
  readonly result: Reply
}

/** An answer that is not booked: 3 in the header asks for a new sign-on 签到 where that is the cure. */
export function refused(context: Context, code: string, more: Fields = {}): Decision {
  const answer = answerTo(context.request, code, context.at, context.office.institutions, more)
  return { result: replyWith(context, answer) }
}

/** Signs on again: MAC wrong, batch unknown, PIN block or track of keys we do not have. */
const SIGN_ON_AGAIN = ['A0', '77', '99']

export function replyWith({ keyVersion }: Context, answer: Message): Reply {
  const code = answer.fields[39]
  const again = typeof code === 'string' && SIGN_ON_AGAIN.includes(code)
  return { answer, keyVersion, requirement: again ? '3' : '0' }
}
