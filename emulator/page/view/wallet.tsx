import type { JSX } from 'preact'
import { CARD_LETTERS } from '../keyboard.ts'
import type { WalletCard } from '../setup.ts'
import type { Text } from '../text.ts'
import { CardFace } from './card.tsx'

interface Props {
  readonly cards: readonly WalletCard[]
  readonly text: Text
  swipe(card: WalletCard, bad: boolean): void
}

/** 卡包: the demonstration cards. A click swipes one, and so does its letter. */
export function Wallet({ cards, text, swipe }: Props): JSX.Element {
  const first = cards[0]
  return (
    <section class="panel wallet" aria-labelledby="wallet-title">
      <header>
        <h2 id="wallet-title">{text.wallet}</h2>
        {first ? (
          <button type="button" class="quiet" data-testid="swipe-badly" onClick={() => swipe(first, true)}>
            {text.swipeBadly}
          </button>
        ) : null}
      </header>
      <p class="hint">{text.walletHint}</p>
      <div class="cards">
        {cards.map((card, index) => (
          <button
            key={card.name}
            type="button"
            class="card"
            data-testid={`card-${card.name}`}
            aria-keyshortcuts={CARD_LETTERS[index]}
            onClick={() => swipe(card, false)}
          >
            <CardFace card={card} text={text} letter={CARD_LETTERS[index]} />
          </button>
        ))}
      </div>
    </section>
  )
}
