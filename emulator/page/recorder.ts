import type { Key } from '../../terminal/device/keypad.ts'
import type { Picture } from '../device/ports.ts'
import { formatScenario, literal, type Step, TYPE_DIGITS_MAX } from '../scenario/scenario.ts'
import type { WalletCard } from './setup.ts'

/** What a recording can hold of a person's doings; what was seen in between becomes `expect` lines. */
export interface Recorder {
  readonly steps: number
  key(key: Key): void
  swipe(card: WalletCard): void
  power(on: boolean): void
  link(up: boolean): void
  paper(present: boolean): void
  locale(locale: 'zh' | 'en'): void
  tamper(): void
  service(): void
  /** Each picture the terminal shows. */
  seen(picture: Picture): void
  /** The scenario file, under `title`. */
  finish(title: string): string
}

const DIGITS = /^\d$/

/**
 * Writes down a scenario (docs/scenario.md) while a person works. Digits of a PIN are not seen here, only that there
 * were some: the file gets the PIN that is printed on the demonstration card swiped last.
 */
export function makeRecorder(locale: 'zh' | 'en'): Recorder {
  const steps: Step[] = [{ kind: 'locale', locale }]
  let card: WalletCard | undefined
  let picture: Picture | undefined
  let pinLength = 0

  /** Before a person acts, what they looked at: the first line of the screen that says anything. */
  function look(): void {
    const line = picture?.rows.map((row) => row.text.trim()).find((text) => /\p{L}/u.test(text))
    const last = [...steps].reverse().find((step) => step.kind === 'expect')
    if (line === undefined || picture?.secure) return
    const pattern = literal(line.replace(/\s*\d\d:\d\d.*$/, ''))
    if (last?.kind === 'expect' && last.pattern.source === pattern.source) return
    steps.push({ kind: 'expect', where: 'screen', pattern })
  }

  function secretKey(key: Key): void {
    if (DIGITS.test(key)) pinLength++
    else if (key === 'clear') pinLength = 0
    else if (key === 'enter' && pinLength > 0 && card?.pin) steps.push({ kind: 'pin', digits: card.pin })
    else steps.push({ kind: 'press', key })
    if (key === 'enter' || key === 'cancel') pinLength = 0
  }

  return {
    get steps() {
      return steps.length
    },
    key(key) {
      if (picture?.secure) return secretKey(key)
      look()
      const last = steps.at(-1)
      if (!DIGITS.test(key)) steps.push({ kind: 'press', key })
      else if (last?.kind !== 'type' || last.digits.length >= TYPE_DIGITS_MAX)
        steps.push({ kind: 'type', digits: key })
      else steps[steps.length - 1] = { kind: 'type', digits: last.digits + key }
    },
    swipe(swiped) {
      look()
      card = swiped
      steps.push({ kind: 'swipe', card: { name: swiped.name } })
    },
    power(on) {
      steps.push({ kind: 'power', on })
    },
    link(up) {
      steps.push({ kind: 'link', up })
    },
    paper(present) {
      steps.push({ kind: 'paper', present })
    },
    locale(next) {
      steps.push({ kind: 'locale', locale: next })
    },
    tamper() {
      steps.push({ kind: 'tamper' })
    },
    service() {
      steps.push({ kind: 'power', on: false }, { kind: 'service' }, { kind: 'power', on: true })
    },
    seen(next) {
      picture = next
    },
    finish(title) {
      look()
      return formatScenario(title, steps)
    },
  }
}
