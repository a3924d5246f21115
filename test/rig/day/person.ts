import type { HostCard } from '../../../host-link/host/registry.ts'
import type { Key } from '../../../terminal/device/keypad.ts'
import type { Till } from '../till.ts'

/**
 * Somebody at a till, who knows what is to be done and answers whatever the screen asks until it is done, or until nothing
 * of it can be done. Sees the screen and the paper, and nothing else.
 */
export interface Errand {
  readonly name: string
  /** Keys of the menus, from idle. */
  readonly keys: readonly Key[]
  readonly amount?: number
  readonly store?: string
  /** Swiped in this order. */
  readonly cards?: readonly HostCard[]
  readonly pin?: string
  readonly newPin?: string
  readonly trace?: number
  readonly reference?: string
  /** MMDD. */
  readonly date?: string
  readonly authCode?: string
  readonly customer?: string
  /** 柜员号 of somebody new. */
  readonly cashier?: string
  /** Digits of the menus on the way, each asked for by what stands on the screen. */
  readonly biller?: Key
  readonly payBy?: Key
  readonly programme?: Key
  readonly term?: Key
  /** Cash handed over; nothing: exactly the amount. */
  readonly tendered?: number
  /** What is asked in this errand alone, each once and in this order: what stands on the screen, and the keys for it. */
  readonly asked?: readonly (readonly [RegExp, readonly Key[]])[]
}

const SUPERVISOR = { password: '123456' }
const APPROVER = { number: '02', password: '0000' }
/** Logged on by themselves when the terminal starts. */
const CASHIER = { number: '01' }

/** What somebody does about a screen. `wait`: it goes on by itself. */
type Reaction = (till: Till, errand: Errand, swiped: () => HostCard | undefined) => Promise<void>

const typed =
  (of: (errand: Errand) => string | number | undefined): Reaction =>
  async (till, errand) => {
    const value = of(errand)
    if (value === undefined) return till.press('cancel')
    await till.type(String(value))
    await till.press('enter')
  }
const pressed =
  (of: (errand: Errand) => Key | undefined): Reaction =>
  (till, errand) =>
    till.press(of(errand) ?? 'cancel')
const enter: Reaction = (till) => till.press('enter')
const swipe: Reaction = async (till, _, swiped) => {
  const card = swiped()
  if (card === undefined) return till.press('cancel')
  await till.swipe(card)
}

// biome-ignore format: one row a question, the more particular first
const answers: readonly (readonly [RegExp, Reaction])[] = [
  [/请输入门店编号/,                     typed(({ store }) => store)],
  [/请主管输入密码/,                     typed(() => SUPERVISOR.password)],
  [/任意键解锁/,                         (till) => till.press('1')],
  [/请输入柜员号/,                       typed(() => CASHIER.number)], // of whoever locked it
  [/请输审核人柜员号/,                   typed(() => APPROVER.number)],
  [/请输入密码/,                         typed(() => APPROVER.password)],
  [/请输入原凭证号|请输入凭证号/,        typed(({ trace }) => trace)],
  [/请输入原参考号/,                     typed(({ reference }) => reference)],
  [/原交易日期MMDD/,                     typed(({ date }) => date)],
  [/请输入预授权码/,                     typed(({ authCode }) => authCode)],
  [/柜员号 01-98/,                       typed(({ cashier }) => cashier)],
  [/请输入客户号/,                       typed(({ customer }) => customer)],
  [/实收\(确认=正好\)/,                  typed(({ tendered }) => tendered ?? '')],
  [/请输入(充值|首充|转账)?金额/,        typed(({ amount }) => amount)],
  [/请刷转出卡|刷或输入转入卡|请刷卡或输入卡号|请刷卡$/m, swipe],
  [/请装纸|缺纸/,                        async (till) => { till.machine.operator.paperIn(); await till.press('enter') }],
  [/再收一次/,                           (till) => till.press('cancel')],
  [/1 电话费/,                           pressed(({ biller }) => biller)],
  [/1 刷卡/,                             pressed(({ payBy }) => payBy)],
  [/1 (示例银行|一卡通)/,                pressed(({ programme }) => programme)],
  [/1 \d+期/,                            pressed(({ term }) => term)],
  [/1 ?Sale +2/,                         (till) => till.press('4', '6')], // somebody who reads Chinese alone
  [/按数字选择/,                         (till) => till.press('cancel')],
  [/确认|现在打印|打印清单/,             enter],
  [/上下键翻页/,                         enter],
]

const IDLE = /1 ?消费 +2/
/** Questions that somebody answers at most before giving up. */
const QUESTIONS_MAX = 60

/** The errand from idle to idle. */
export async function run(till: Till, errand: Errand): Promise<void> {
  await begin(till, errand)
  await goOn(till, errand)
}

/** From idle to where the terminal is at work, the customer's last key pressed; other tills may go on meanwhile. */
export async function begin(till: Till, errand: Errand): Promise<void> {
  await toIdle(till)
  if (till.machine.state !== 'running') return
  await till.press(...errand.keys)
  await reactTo(till, errand, 'work')
}

export async function goOn(till: Till, errand: Errand): Promise<void> {
  await reactTo(till, errand, 'idle')
}

/** Idle again, whatever is on the screen; with the power on. */
export async function toIdle(till: Till): Promise<void> {
  await reactTo(till, { name: 'nothing', keys: [] }, 'idle')
}

const AT_WORK = /正在/
/** How long somebody looks at a screen that does not change. */
const PATIENCE_MS = 240_000

async function reactTo(till: Till, errand: Errand, until: 'idle' | 'work'): Promise<void> {
  const cards = [...(errand.cards ?? [])]
  const script = [...(errand.asked ?? [])]
  const asked = new Map<string, number>()
  let sinceMs = till.time.monotonicMs()
  for (let question = 0; question < QUESTIONS_MAX; ) {
    if (till.machine.state === 'restarting') {
      await till.time.advance(1_000)
      continue
    }
    if (till.machine.state !== 'running') return
    const screen = till.screen()
    if (till.picture()?.secure) {
      question++
      await typePin(till, errand, screen)
      if (until === 'work' && !till.picture()?.secure) return
      continue
    }
    if (IDLE.test(screen)) return
    if (AT_WORK.test(screen)) {
      if (until === 'work' && question > 0) return
    } else {
      const next = script.findIndex(([pattern]) => pattern.test(screen))
      const own = script.splice(0, next + 1).pop()
      const reaction: Reaction | undefined = own
        ? () => till.press(...own[1])
        : answers.find(([pattern]) => pattern.test(screen))?.[1]
      if (reaction !== undefined) {
        question++
        const times = (asked.get(screen) ?? 0) + 1
        asked.set(screen, times)
        if (times > 3) await till.press('cancel')
        else await reaction(till, errand, () => cards.shift())
        sinceMs = till.time.monotonicMs()
        await till.time.runUntil(() => till.screen() !== screen || till.machine.state !== 'running', 300)
        continue
      }
    }
    if (till.time.monotonicMs() - sinceMs > PATIENCE_MS) {
      await till.press('cancel')
      sinceMs = till.time.monotonicMs()
      question++
    }
    const changes = () => till.screen() !== screen || till.machine.state !== 'running'
    if (await till.time.runUntil(changes, 1_000)) sinceMs = till.time.monotonicMs()
  }
}

async function typePin(till: Till, { pin, newPin, cards = [] }: Errand, screen: string): Promise<void> {
  const digits = /新密码|两次/.test(screen) ? newPin : (pin ?? cards[0]?.pin)
  if (digits === undefined || /密码错/.test(screen)) {
    till.machine.operator.press('cancel')
    await till.time.advance(100)
    return
  }
  await till.type(digits)
  till.machine.operator.press('enter')
  await till.time.advance(1)
}
