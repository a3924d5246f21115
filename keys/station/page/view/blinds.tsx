import type { JSX } from 'preact'
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { BlindKind } from '../blind-keys.ts'
import type { Ui } from '../ui.ts'
import type { Words } from '../words.ts'
import { Blind } from './blind.tsx'

/** Fewest characters of a passphrase. */
const PASSPHRASE_MIN = 8
/** What waits so long for the rest is overwritten. */
const FORGET_MS = 120_000

/** One secret of several. */
export interface BlindPart {
  readonly kind: BlindKind
  readonly label: string
  readonly length: number
}

interface Props {
  readonly words: Words
  readonly parts: readonly BlindPart[]
  /** What is wrong with those that were typed so far; all begins anew then. */
  readonly fault?: (secrets: readonly Uint8Array[]) => string | undefined
  /** The bytes are the receiver's, who wipes them. */
  readonly entered: (secrets: readonly Uint8Array[]) => Promise<unknown>
}

/** Several secrets typed blind for one order, one after the other: the first ones wait in bytes that are overwritten. */
export function Blinds({ words, parts, fault, entered }: Props): JSX.Element {
  const [at, setAt] = useState(0)
  const [wrong, setWrong] = useState('')
  const [busy, setBusy] = useState(false)
  const typed = useRef<Uint8Array[]>([])
  const forget = useCallback((why: string) => {
    for (const bytes of typed.current.splice(0)) bytes.fill(0)
    setAt(0)
    setWrong(why)
  }, [])
  useLayoutEffect(
    () => () => {
      for (const bytes of typed.current.splice(0)) bytes.fill(0)
    },
    [],
  )
  useEffect(() => {
    if (at === 0) return undefined
    const timer = setTimeout(() => forget(words.blindCleared), FORGET_MS)
    return () => clearTimeout(timer)
  }, [at, forget, words])

  async function one(bytes: Uint8Array): Promise<void> {
    typed.current.push(bytes)
    const why = fault?.(typed.current)
    if (why !== undefined) return forget(why)
    setWrong('')
    if (typed.current.length < parts.length) return setAt(typed.current.length)
    const all = typed.current.splice(0)
    setBusy(true)
    await entered(all)
    setBusy(false)
    setAt(0)
  }
  const part = parts[at]
  // Digits have a count of their own: that of the components.
  const isCounted = parts.length > 1 && parts.every(({ kind }) => kind === 'passphrase')
  if (busy || part === undefined) return <p class="blind quiet">{words.checking}</p>
  return (
    <>
      {wrong === '' ? null : <p class="hot">{wrong}</p>}
      <Blind
        key={at}
        words={words}
        kind={part.kind}
        label={isCounted ? `${part.label} ${at + 1}／${parts.length}` : part.label}
        length={part.length}
        entered={(bytes) => void one(bytes)}
      />
    </>
  )
}

/** A passphrase, of whom and what for. */
export function passphrasePart(name: string, what: string): BlindPart {
  return { kind: 'passphrase', label: `${name} · ${what}`, length: PASSPHRASE_MIN }
}

/** Who agrees to what wants two people: the first two who are logged in, each by a passphrase. */
export function twoWhoAgree({ view, words }: Ui): {
  readonly names: { readonly first: string; readonly second: string }
  readonly parts: readonly BlindPart[]
} {
  const inside = view.people.filter(({ loggedIn }) => loggedIn).map(({ name }) => name)
  const [first = '', second = ''] = inside
  return {
    names: { first, second },
    parts: [first, second].map((name) => passphrasePart(name, words.passphraseAgree)),
  }
}
