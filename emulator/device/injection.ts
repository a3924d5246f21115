import { wipe } from '../../keys/wipe.ts'
import type { Key } from '../../terminal/device/keypad.ts'
import type { InjectRequest, InjectResult } from '../../terminal/device/secure.ts'
import type { Bus } from './bus.ts'
import type { Screen } from './display.ts'
import type { Grid } from './grid.ts'
import { type InjectionLock, PASSWORD_DIGITS_MAX, PASSWORD_DIGITS_MIN } from './injection-lock.ts'
import type { StartTalk, Talk, TalkEnd } from './key-talk.ts'
import { makePasswordPair, type PasswordPair } from './password-pair.ts'
import type { Model } from './ports.ts'
import { drawServiceScreen, type ServicePage, type ServiceText, serviceTexts } from './service-screen.ts'

/** Without a key or a message for this long, or this long in all, the secure element leaves injection. */
export const IDLE_MS = 60_000
export const TOTAL_MS = 900_000

/** 密钥注入 on the secure element's own screens. */
export interface Injection {
  readonly pending: boolean
  begin(request: InjectRequest): Promise<InjectResult>
  /** A key from the pad; false when the pad is not ours. */
  press(key: Key): boolean
  cancel(): void
  /** Wipes, without a result: the power is gone. */
  drop(): void
}

export interface InjectionOptions {
  readonly bus: Bus
  readonly screen: Screen
  readonly model: Model
  readonly serial: string
  readonly lock: InjectionLock
  /** The conversation with the station, or why there can be none. */
  readonly talk: () => StartTalk | 'noIdentity' | 'noStation'
}

/** Where it stands: passwords are typed, the station is talked to, or the end is shown until a key. */
type Stage =
  | { readonly kind: 'passwords'; readonly pair: PasswordPair; said: ServiceText | undefined }
  | { readonly kind: 'talking'; main: 'connecting' | 'serial' | 'loading' }
  | ({ readonly kind: 'told' } & Told)

/** How it ended, and what the screen says of it. */
interface Told {
  readonly result: InjectResult
  readonly main: string
  readonly detail: string
}

interface Open {
  readonly locale: 'zh' | 'en'
  readonly grid: Grid
  resolve(result: InjectResult): void
  readonly disarmTotal: () => void
  disarmIdle: () => void
  stage: Stage
  talk: Talk | undefined
}

export function makeInjection(options: InjectionOptions): Injection {
  const { bus, screen, model, serial, lock } = options
  const digits = new Uint8Array(PASSWORD_DIGITS_MAX)
  let count = 0
  let open: Open | undefined

  function clear(): void {
    wipe(digits)
    count = 0
  }
  function drop(): void {
    clear()
    if (open?.stage.kind === 'passwords') open.stage.pair.drop()
    open?.talk?.stop()
  }
  /** Everything that an injection holds goes in the event that ends it. */
  function finish(result: InjectResult): void {
    const ended = open
    if (ended === undefined) return
    drop()
    open = undefined
    ended.disarmIdle()
    ended.disarmTotal()
    screen.release()
    ended.resolve(result)
  }
  /** Time is up: what has come of it so far, or `timeout`. */
  function late(): void {
    finish(open?.stage.kind === 'told' ? open.stage.result : { kind: 'timeout' })
  }
  function stir(now: Open): void {
    now.disarmIdle()
    now.disarmIdle = bus.after(IDLE_MS, late)
  }
  function draw(): void {
    if (open === undefined) return
    const { grid, locale, stage } = open
    drawServiceScreen(grid, model, serviceTexts.title[locale], pageOf(stage, locale, serial, count))
    screen.changed()
  }
  function tell(now: Open, told: Told): void {
    clear()
    if (now.stage.kind === 'passwords') now.stage.pair.drop()
    now.stage = { kind: 'told', ...told }
    bus.observer.beep?.(told.result.kind === 'loaded' ? 'good' : 'bad')
    draw()
  }

  /** Passwords, or what keeps anybody from being asked for them. */
  function firstStage(locale: 'zh' | 'en'): Stage {
    const waitMs = lock.waitMs()
    const talk = options.talk()
    if (typeof talk === 'string') {
      const detail = talk === 'noIdentity' ? serviceTexts.sendIn[locale] : ''
      return { kind: 'told', result: { kind: talk }, main: serviceTexts[talk][locale], detail }
    }
    if (waitMs > 0) return { kind: 'told', ...toldLocked(waitMs, locale) }
    return { kind: 'passwords', pair: makePasswordPair(lock), said: undefined }
  }
  function connect(now: Open, start: StartTalk): void {
    const step = (main: 'serial' | 'loading') => (): void => {
      if (open !== now || now.stage.kind !== 'talking') return
      now.stage.main = main
      stir(now)
      draw()
    }
    now.stage = { kind: 'talking', main: 'connecting' }
    now.talk = start({
      connected: step('serial'),
      loading: step('loading'),
      over(end) {
        if (open !== now) return
        stir(now)
        tell(now, toldEnd(end, now.locale))
      },
    })
  }
  function enter(now: Open, { pair }: Stage & { kind: 'passwords' }): void {
    if (count < PASSWORD_DIGITS_MIN) {
      bus.observer.beep?.('bad')
      return
    }
    const step = pair.entered(digits.subarray(0, count))
    clear()
    if (step.kind === 'next') {
      if (now.stage.kind === 'passwords') now.stage.said = step.said
      if (step.said !== undefined) bus.observer.beep?.('bad')
    } else if (step.kind === 'right') {
      const talk = options.talk()
      if (typeof talk !== 'string') connect(now, talk)
    } else if (step.kind === 'changed') {
      const main = serviceTexts.changed[now.locale]
      tell(now, { result: { kind: 'cancelled' }, main, detail: '' })
    } else if (step.kind === 'locked') {
      tell(now, toldLocked(lock.waitMs(), now.locale))
    } else {
      tell(now, toldEnd({ kind: 'failed', why: 'storage' }, now.locale))
    }
  }

  /** 修改密码, instead of keys, where the first password is asked for. */
  function change(stage: Stage & { kind: 'passwords' }): void {
    if (count > 0 || !stage.pair.change()) return
    stage.said = 'oldFirst'
  }

  return {
    get pending() {
      return open !== undefined
    },
    begin({ locale }) {
      return new Promise((resolve) => {
        open = {
          locale,
          grid: screen.claim(),
          resolve,
          disarmTotal: bus.after(TOTAL_MS, late),
          disarmIdle: () => undefined,
          stage: firstStage(locale),
          talk: undefined,
        }
        stir(open)
        draw()
        screen.show()
      })
    },
    press(key) {
      const now = open
      if (now === undefined) return false
      stir(now)
      if (now.stage.kind === 'told') {
        finish(now.stage.result)
      } else if (key === 'cancel') {
        finish({ kind: 'cancelled' })
      } else if (now.stage.kind === 'passwords') {
        if (key.length === 1) {
          if (count < PASSWORD_DIGITS_MAX) digits[count++] = key.charCodeAt(0) - 0x30
        } else if (key === 'clear')
          clear() // all: nobody can see which digit was the wrong one
        else if (key === 'menu') change(now.stage)
        else if (key === 'enter') enter(now, now.stage)
      }
      draw()
      return true
    },
    cancel() {
      finish(open?.stage.kind === 'told' ? open.stage.result : { kind: 'cancelled' })
    },
    drop,
  }
}

function toldEnd(end: TalkEnd, locale: 'zh' | 'en'): Told {
  const word = (text: ServiceText): string => serviceTexts[text][locale]
  switch (end.kind) {
    case 'loaded': {
      const { slot, checkValue } = end
      const detail = `${word('checkValue')} ${checkValue}`
      return {
        result: { kind: 'loaded', slots: [{ slot, checkValue }] },
        main: `${word('loaded')} ${slot}`,
        detail,
      }
    }
    case 'noPeer':
      return { result: { kind: 'noStation' }, main: word('noStation'), detail: '' }
    case 'refused':
    case 'failed':
      return { result: end, main: word(end.kind), detail: word(whyTexts[end.why]) }
  }
}

function toldLocked(waitMs: number, locale: 'zh' | 'en'): Told {
  const minutes = String(Math.ceil(waitMs / 60_000))
  return { result: { kind: 'locked', waitMs }, main: serviceTexts.locked[locale], detail: minutes }
}

function pageOf(stage: Stage, locale: 'zh' | 'en', serial: string, count: number): ServicePage {
  const word = (text: ServiceText): string => serviceTexts[text][locale]
  switch (stage.kind) {
    case 'passwords': {
      const { pair, said } = stage
      const detail = word(said ?? (pair.changeable ? 'menuHint' : 'digits'))
      return { main: word(pair.prompt()), detail, digits: count, hint: word('keysHint') }
    }
    case 'talking': {
      const main = word(stage.main)
      return { main, detail: serial.slice(-SERIAL_SHOWN), digits: 0, hint: word('cancelHint') }
    }
    case 'told':
      return { main: stage.main, detail: stage.detail, digits: 0, hint: word('anyHint') }
  }
}

/** What a row of the compact screen holds; the label on the case has all of it. */
const SERIAL_SHOWN = 16

// biome-ignore format: one row a word of the load protocol, the channel and the line
const whyTexts: { readonly [W in TalkEnd & { kind: 'refused' | 'failed' } as W['why']]: ServiceText } = {
  unknownSerial: 'unknownSerial',
  alreadyLoaded: 'alreadyLoaded',
  notExpected:   'notExpected',
  notNow:        'notNow',
  keyFault:      'keyFault',
  keyBlock:      'keyBlock',
  checkValue:    'checkFault',
  weakKey:       'weakKey',
  duplicateKey:  'duplicateKey',
  slot:          'slot',
  storage:       'storage',
  line:          'line',
  identity:      'identity',
  message:       'message',
}
