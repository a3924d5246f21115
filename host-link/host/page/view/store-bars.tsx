import type { JSX } from 'preact'
import { yuan } from '../shown.ts'

export interface StoreBar {
  readonly number: string
  readonly name: string
  readonly fen: number
  readonly href?: string
  readonly tone?: 'bad'
}

/** One horizontal bar a store, the longest first. */
export function StoreBars({
  title,
  bars,
}: {
  readonly title: string
  readonly bars: readonly StoreBar[]
}): JSX.Element {
  const most = Math.max(1, ...bars.map(({ fen }) => Math.abs(fen)))
  const sorted = [...bars].sort((a, b) => b.fen - a.fen)
  return (
    <figure class="store-bars">
      <figcaption>
        <b>{title}</b>
      </figcaption>
      <ol>
        {sorted.map((bar) => (
          <li key={`${bar.number} ${bar.name}`} class={bar.tone ?? ''}>
            <a {...(bar.href !== undefined && { href: bar.href })}>
              <span class="name">
                <i>{bar.number}</i> {bar.name}
              </span>
              <span class="bar" aria-hidden="true">
                <i
                  class={bar.fen < 0 ? 'minus' : ''}
                  style={{ width: `${(100 * Math.abs(bar.fen)) / most}%` }}
                />
              </span>
              <span class="number">{yuan(bar.fen)}</span>
            </a>
          </li>
        ))}
      </ol>
    </figure>
  )
}
