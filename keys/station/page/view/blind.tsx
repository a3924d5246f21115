import type { JSX } from 'preact'
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { type BlindKind, type BlindStep, makeBlindBuffer } from '../blind-keys.ts'
import type { Words } from '../words.ts'

interface Props {
  readonly words: Words
  readonly kind: BlindKind
  readonly label: string
  /** Digits of a component; the fewest characters of a passphrase. */
  readonly length: number
  /** The bytes are the receiver's, who wipes them. */
  readonly entered: (bytes: Uint8Array) => void
}

/** What is left alone so long is cleared. */
const FORGET_MS = 60_000
const GROUP = 4

/**
 * Typed blind: key presses go into bytes that are overwritten. There is no input element, so nothing to select, copy,
 * undo, fill in or remember; the page knows only how many characters there are.
 */
export function Blind({ words, kind, length, label, entered }: Props): JSX.Element {
  const [count, setCount] = useState(0)
  const [hint, setHint] = useState('')
  const box = useRef<HTMLDivElement>(null)
  const buffer = useMemo(
    () => makeBlindBuffer(kind, (typed) => (kind === 'hex' ? typed === length : typed >= length)),
    [kind, length],
  )
  // Before the next key press can come: none of what is typed goes elsewhere.
  useLayoutEffect(() => {
    box.current?.focus()
    return () => buffer.clear()
  }, [buffer])
  useEffect(() => {
    if (count === 0) return undefined
    const timer = setTimeout(() => {
      buffer.clear()
      setCount(0)
      setHint(words.blindCleared)
    }, FORGET_MS)
    return () => clearTimeout(timer)
  }, [buffer, count, words])

  function press(event: KeyboardEvent): void {
    const step = buffer.press(event)
    if (step.kind === 'passed') return
    event.preventDefault()
    event.stopPropagation()
    setCount(buffer.count)
    setHint(step.kind === 'entered' ? '' : hintOf(step, event.key === 'Enter'))
    if (step.kind === 'entered') entered(step.bytes)
  }
  function hintOf(step: BlindStep, isEnter: boolean): string {
    switch (step.kind) {
      case 'method':
        return words.blindMethod
      case 'full':
        return words.blindFull
      case 'cleared':
        return words.blindCleared
      case 'refused':
        return isEnter ? words.blindShort : words.blindHexOnly
      default:
        return ''
    }
  }
  return (
    <div class="blind">
      <p class="blind-label">{label}</p>
      {/* biome-ignore lint/a11y/useSemanticElements: an input element would keep what is typed */}
      <div
        ref={box}
        class={`blind-box ${kind}`}
        role="textbox"
        tabIndex={0}
        aria-label={label}
        aria-description={words.blindHint}
        data-testid="blind"
        onKeyDown={press}
        onPaste={(event) => {
          event.preventDefault()
          setHint(words.blindPaste)
        }}
      >
        <Dots kind={kind} count={count} length={length} empty={words.blindPress} />
      </div>
      <p class="blind-count" role="status" data-testid="blind-count">
        {kind === 'hex'
          ? words.typedOf(count, length)
          : `${words.typed(count)} (${words.passphraseMin(length)})`}
      </p>
      <p class={hint === '' ? 'hint' : 'hint hot'} role={hint === '' ? undefined : 'alert'}>
        {hint === '' ? words.blindHint : hint}
      </p>
    </div>
  )
}

interface DotsProps {
  readonly kind: BlindKind
  readonly count: number
  readonly length: number
  readonly empty: string
}

/** One glyph for every character, whatever it is; digits in groups as they stand on the form. */
function Dots({ kind, count, length, empty }: DotsProps): JSX.Element {
  if (kind === 'passphrase')
    return count === 0 ? <span class="quiet">{empty}</span> : <span class="dots">{'●'.repeat(count)}</span>
  const groups = Array.from({ length: Math.ceil(length / GROUP) }, (_, group) =>
    Array.from({ length: Math.min(GROUP, length - group * GROUP) }, (_, at) => group * GROUP + at < count),
  )
  return (
    <span class="groups" aria-hidden="true">
      {groups.map((group, index) => (
        <span key={index} class={group.some((filled) => !filled) && group.some(Boolean) ? 'here' : ''}>
          {group.map((filled) => (filled ? '●' : '○')).join('')}
        </span>
      ))}
    </span>
  )
}
