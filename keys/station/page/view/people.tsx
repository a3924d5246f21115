import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { PersonView, Role } from '../../station.ts'
import { order, orderSecret } from '../ask.ts'
import { moment, type Ui } from '../ui.ts'
import { Blinds, passphrasePart, twoWhoAgree } from './blinds.tsx'

/** 人员: who may use the station, and who is there now. */
export function PeoplePanel({ ui }: { readonly ui: Ui }): JSX.Element {
  const { words, view } = ui
  const [typing, setTyping] = useState<string>()
  const [enrolling, setEnrolling] = useState(false)
  const isNew = view.state === 'new'
  const waitsForFirst = isNew && view.people.some((person) => !person.loggedIn)
  return (
    <section class="panel" data-testid="people">
      <h2>
        <b>{words.people}</b> <span>{words.peopleHint}</span>
      </h2>
      <ul class="people">
        {view.people.map((person) => (
          <Person
            key={person.name}
            ui={ui}
            person={person}
            typing={typing === person.name}
            setTyping={(on) => setTyping((now) => (on ? person.name : now === person.name ? undefined : now))}
          />
        ))}
      </ul>
      {waitsForFirst ? null : isNew || enrolling ? (
        <Enrol key={view.people.length} ui={ui} cancel={isNew ? undefined : () => setEnrolling(false)} />
      ) : view.state === 'open' ? (
        <p class="foot">
          <button type="button" data-testid="enrol-more" onClick={() => setEnrolling(true)}>
            {words.enrolMore}
          </button>
        </p>
      ) : null}
    </section>
  )
}

interface PersonProps {
  readonly ui: Ui
  readonly person: PersonView
  readonly typing: boolean
  setTyping(on: boolean): void
}

function Person({ ui, person, typing, setTyping }: PersonProps): JSX.Element {
  const { words, act, view, state } = ui
  const { name, role, loggedIn } = person
  const locked = person.lockedUntilMs !== undefined && person.lockedUntilMs > state.nowMs
  async function logIn(secrets: readonly Uint8Array[]): Promise<void> {
    if (await act(() => orderSecret('login', { name }, ...secrets))) setTyping(false)
  }
  return (
    <li class={loggedIn ? 'inside' : ''} data-testid={`person-${name}`}>
      <span class="face" aria-hidden="true">
        {[...name][0]}
      </span>
      <span class="who">
        <b>{name}</b>
        <small>{words[role]}</small>
      </span>
      {loggedIn ? (
        <span class="badge cleared">✓ {words.loggedIn}</span>
      ) : locked ? (
        <span class="badge declined">
          {words.locked} {moment(new Date(person.lockedUntilMs ?? 0).toISOString()).slice(11, 16)}
        </span>
      ) : (
        <span class="badge">{words.loggedOut}</span>
      )}
      {loggedIn ? (
        <button
          type="button"
          data-testid={`out-${name}`}
          onClick={() => void act(() => order('logout', { name }))}
        >
          {words.logOut}
        </button>
      ) : typing ? (
        <button type="button" onClick={() => setTyping(false)}>
          {words.cancel}
        </button>
      ) : (
        <button
          type="button"
          class={view.state === 'open' ? '' : 'main'}
          disabled={locked}
          data-testid={`in-${name}`}
          onClick={() => setTyping(true)}
        >
          {words.logIn}
        </button>
      )}
      {view.state === 'open' && !loggedIn && !typing ? <Dismiss ui={ui} name={name} /> : null}
      {typing && !loggedIn ? (
        <Blinds
          words={words}
          parts={[passphrasePart(name, words.passphrase)]}
          entered={(secrets) => logIn(secrets)}
        />
      ) : null}
    </li>
  )
}

/** Asks once more, then two people for their passphrases. */
function Dismiss({ ui, name }: { readonly ui: Ui; readonly name: string }): JSX.Element {
  const { words, act } = ui
  const [sure, setSure] = useState(false)
  const [asked, setAsked] = useState(false)
  const agree = twoWhoAgree(ui)
  if (!sure)
    return (
      <p class="below">
        <button type="button" class="plain" data-testid={`leave-${name}`} onClick={() => setSure(true)}>
          {words.dismiss}
        </button>
      </p>
    )
  if (asked)
    return (
      <>
        <p class="below">
          <button type="button" onClick={() => setAsked(false)}>
            {words.cancel}
          </button>
        </p>
        <Blinds
          words={words}
          parts={agree.parts}
          entered={(secrets) => act(() => orderSecret('dismiss', { name, ...agree.names }, ...secrets))}
        />
      </>
    )
  return (
    <p class="below sure" role="alertdialog" aria-label={words.dismissSure}>
      {words.dismissSure}
      <button type="button" data-testid={`dismiss-${name}`} onClick={() => setAsked(true)}>
        {words.dismiss}
      </button>
      <button type="button" onClick={() => setSure(false)}>
        {words.no}
      </button>
    </p>
  )
}

interface EnrolProps {
  readonly ui: Ui
  readonly cancel: (() => void) | undefined
}

/** Name and role, then the passphrase twice; of a third person two others agree with theirs. */
function Enrol({ ui, cancel }: EnrolProps): JSX.Element {
  const { words, act, say, view } = ui
  const [name, setName] = useState('')
  const [role, setRole] = useState<Role>('custodian')
  const [asked, setAsked] = useState(false)
  const agree = view.state === 'open' ? twoWhoAgree(ui) : { names: {}, parts: [] }
  const parts = [
    passphrasePart(name.trim(), words.passphraseNew),
    passphrasePart(name.trim(), words.passphraseAgain),
    ...agree.parts,
  ]

  function fault([first, again]: readonly Uint8Array[]): string | undefined {
    if (first === undefined || again === undefined) return undefined
    const same = first.length === again.length && first.every((byte, index) => byte === again[index])
    return same ? undefined : words.differ
  }
  async function entered([first, again, ...others]: readonly Uint8Array[]): Promise<void> {
    again?.fill(0)
    const secrets = first === undefined ? [] : [first, ...others]
    const values = { name: name.trim(), role, ...agree.names }
    if (await act(() => orderSecret('enrol', values, ...secrets))) {
      say(words.enrolled(name.trim()))
      cancel?.()
    }
    setAsked(false)
  }
  return (
    <form
      class="form"
      data-testid="enrol"
      onSubmit={(event) => {
        event.preventDefault()
        if (name.trim() !== '') setAsked(true)
      }}
    >
      <label>
        {words.name}
        <input
          value={name}
          maxLength={32}
          autocomplete="off"
          data-testid="enrol-name"
          disabled={asked}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <fieldset>
        <legend>{words.role}</legend>
        {(['custodian', 'operator'] as const).map((one) => (
          <label key={one}>
            <input
              type="radio"
              name="role"
              checked={role === one}
              disabled={asked}
              data-testid={`role-${one}`}
              onChange={() => setRole(one)}
            />
            {words[one]}
          </label>
        ))}
      </fieldset>
      {asked ? null : (
        <button type="submit" class="main" disabled={name.trim() === ''} data-testid="enrol-go">
          {words.enrol}
        </button>
      )}
      {cancel === undefined || asked ? null : (
        <button type="button" onClick={cancel}>
          {words.cancel}
        </button>
      )}
      {asked ? <Blinds words={words} parts={parts} fault={fault} entered={entered} /> : null}
    </form>
  )
}
