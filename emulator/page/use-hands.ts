import { useState } from 'preact/hooks'
import type { Key } from '../../terminal/device/keypad.ts'
import type { Choice } from './protocol.ts'
import { stripeOf, type WalletCard } from './setup.ts'
import type { Recording } from './use-recorder.ts'
import type { Terminal } from './use-terminal.ts'
import type { Swipe } from './view/card.tsx'

/** All that a person does to the device, each written down where a scenario is recorded. */
export interface Hands {
  readonly lastSwipe: Swipe | undefined
  press(key: Key): void
  /** `bad`: so that the head cannot read it. */
  swipe(card: WalletCard, bad: boolean): void
  setPower(on: boolean): void
  setCable(plugged: boolean): void
  setPaper(loaded: boolean): void
  tamper(): void
  service(): void
  /** Plugs the station at this address into the service socket, or pulls what is in it. */
  setStation(url: string | undefined): void
  choose(choice: Choice): void
  reload(): void
  erase(): void
}

/** `locale` is the present one: only a change of it is a step of a scenario. */
export function useHands({ send, change }: Terminal, { note }: Recording, locale: 'zh' | 'en'): Hands {
  const [lastSwipe, setLastSwipe] = useState<Swipe>()
  return {
    lastSwipe,
    press(key) {
      note((into) => into.key(key))
      send({ kind: 'press', key })
    },
    swipe(card, bad) {
      if (!bad) note((into) => into.swipe(card))
      setLastSwipe({ id: (lastSwipe?.id ?? 0) + 1, card, bad })
      send(bad ? { kind: 'swipeBadly' } : { kind: 'swipe', stripe: stripeOf(card) })
    },
    setPower(on) {
      note((into) => into.power(on))
      send({ kind: 'power', on })
    },
    setCable(plugged) {
      note((into) => into.link(plugged))
      change({ kind: 'cable', plugged })
      send({ kind: 'cable', plugged })
    },
    setPaper(loaded) {
      note((into) => into.paper(loaded))
      change({ kind: 'paperLoaded', loaded })
      send({ kind: 'paper', present: loaded })
    },
    tamper() {
      note((into) => into.tamper())
      send({ kind: 'tamper' })
    },
    service() {
      note((into) => into.service())
      send({ kind: 'service' })
    },
    setStation(url) {
      change({ kind: 'station', plugged: url !== undefined })
      send({ kind: 'station', url })
    },
    choose(choice) {
      if (choice.locale !== locale) note((into) => into.locale(choice.locale))
      send({ kind: 'choose', choice })
    },
    reload: () => send({ kind: 'reload' }),
    erase: () => send({ kind: 'erase' }),
  }
}
