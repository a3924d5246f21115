import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { CeremonyView, ComponentView } from '../../station.ts'
import { order, orderSecret } from '../ask.ts'
import type { Ui } from '../ui.ts'
import { Blinds, passphrasePart } from './blinds.tsx'
import { spaced } from './keys.tsx'

interface Props {
  readonly ui: Ui
  readonly ceremony: CeremonyView
}

/** 密钥仪式: each custodian types a component blind and finds its check value right; then the next one. */
export function Ceremony({ ui, ceremony }: Props): JSX.Element {
  const { words } = ui
  const typed = ceremony.components.find(({ state }) => state === 'typed')
  return (
    <div class="ceremony" data-testid="ceremony">
      <p class="ceremony-head">
        <b>{words.ceremony}</b> {ceremony.label} · {ceremony.algorithm}-{ceremony.bytes * 8}
        <button
          type="button"
          class="plain"
          data-testid="abandon"
          onClick={() => void ui.act(() => order('cancel-key'))}
        >
          {words.abandon}
        </button>
      </p>
      <ol class="components">
        {Array.from({ length: ceremony.wanted }, (_, index) => {
          const component = ceremony.components[index]
          return (
            <li key={index} class={component?.state ?? 'awaited'} data-testid={`component-${index + 1}`}>
              <i>{index + 1}</i>
              <span>{component?.name ?? '—'}</span>
              <span class="mono">{component === undefined ? '' : spaced(component.checkValue)}</span>
              <span>{component?.state === 'confirmed' ? `✓ ${words.given}` : ''}</span>
            </li>
          )
        })}
      </ol>
      {typed === undefined ? (
        <TypeComponent key={ceremony.components.length} ui={ui} ceremony={ceremony} />
      ) : (
        <Compare key={typed.name} ui={ui} typed={typed} />
      )}
    </div>
  )
}

/** Beside the envelope: the custodian says that the check value is right, by a passphrase, or that it is not. */
function Compare({
  ui: { words, act, say },
  typed: { name, checkValue },
}: {
  readonly ui: Ui
  readonly typed: ComponentView
}): JSX.Element {
  const [right, setRight] = useState(false)
  async function confirm(secrets: readonly Uint8Array[]): Promise<void> {
    let made: string | undefined
    const done = await act(async () => {
      made = (await orderSecret('confirm', { name }, ...secrets)).checkValue
    })
    if (done && made !== undefined) say(words.keyMade(spaced(made)))
  }
  return (
    <div class="compare" data-testid="compare">
      <p>
        {words.checkValue}
        <b class="mono">{spaced(checkValue)}</b>
      </p>
      <p>
        {name}: {words.compare}
      </p>
      <span class="buttons">
        {right ? null : (
          <button type="button" class="main" data-testid="right" onClick={() => setRight(true)}>
            {words.right}
          </button>
        )}
        <button type="button" data-testid="wrong" onClick={() => void act(() => order('reject', { name }))}>
          {words.wrong}
        </button>
      </span>
      {right ? (
        <Blinds words={words} parts={[passphrasePart(name, words.passphraseOwn)]} entered={confirm} />
      ) : null}
    </div>
  )
}

/** Who types: a custodian who is here and has given none; then the digits, and the custodian's own passphrase with them. */
function TypeComponent({ ui: { words, view, act }, ceremony }: Props): JSX.Element {
  const [name, setName] = useState<string>()
  const able = view.people.filter(
    (person) =>
      person.role === 'custodian' &&
      person.loggedIn &&
      !ceremony.components.some((component) => component.name === person.name),
  )
  if (able.length === 0) return <p class="hot">{words.noCustodian}</p>
  return (
    <>
      <p class="whose">
        {words.whoTypes}
        {able.map((person) => (
          <button
            key={person.name}
            type="button"
            class={person.name === name ? 'chosen' : ''}
            aria-pressed={person.name === name}
            data-testid={`types-${person.name}`}
            onClick={() => setName(person.name)}
          >
            {person.name}
          </button>
        ))}
      </p>
      {name === undefined ? null : (
        <Blinds
          key={name}
          words={words}
          parts={[
            {
              kind: 'hex',
              label: `${name} · ${words.component} ${ceremony.components.length + 1}／${ceremony.wanted}`,
              length: 2 * ceremony.bytes,
            },
            passphrasePart(name, words.passphraseOwn),
          ]}
          entered={(secrets) => act(() => orderSecret('component', { name }, ...secrets))}
        />
      )}
    </>
  )
}
