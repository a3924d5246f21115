import type { JSX } from 'preact'
import { maskPan } from '../../../host-link/wire/mask.ts'
import type { WalletCard } from '../setup.ts'
import type { Text } from '../text.ts'

/** A card on its way through the groove; `id` makes each swipe a new one. */
export interface Swipe {
  readonly id: number
  readonly card: WalletCard
  readonly bad: boolean
}

/** How a card looks: its kind by number and service code, its colour by its name. */
export type CardKind = 'member' | 'chip' | 'bank'

/** Numbers with 9 are for national use (ISO/IEC 7812-1): member cards; service code 2xx and 6xx means a chip (ISO/IEC 7813). */
export function kindOf(card: WalletCard): CardKind {
  if (card.pan.startsWith('9')) return 'member'
  const service = /[=D]\d{4}(\d)/.exec(card.track2)?.[1]
  return service === '2' || service === '6' ? 'chip' : 'bank'
}

/** The colour of a card, the same every time: hue by its name. */
function hueOf(card: WalletCard, kind: CardKind): number {
  let sum = 0
  for (const character of card.name) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 997
  const base = { member: 168, chip: 262, bank: 214 }[kind]
  return (base + (sum % 50) - 25 + 360) % 360
}

interface Props {
  readonly card: WalletCard
  readonly text?: Text
  readonly letter?: string | undefined
}

/** The front of a card: name, masked number, kind, and, as these are for demonstration, the PIN. */
export function CardFace({ card, text, letter }: Props): JSX.Element {
  const kind = kindOf(card)
  return (
    <span class={`card-face ${kind}`} style={{ '--hue': hueOf(card, kind) }}>
      <span class="top">
        <span class="name">{card.label}</span>
        {letter ? <kbd>{letter}</kbd> : null}
      </span>
      <span class="number">{maskPan(card.pan).replace(/\*+/, '****')}</span>
      <span class="bottom">
        <span>{text?.[kind]}</span>
        {text ? <span class="pin">{card.pin ? `${text.pin} ${card.pin}` : text.noPin}</span> : null}
      </span>
    </span>
  )
}
