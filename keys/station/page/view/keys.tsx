import type { JSX } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { type IdentityView, RENEW_DAYS, type ZmkAlgorithm } from '../../station.ts'
import { order, orderSecret } from '../ask.ts'
import { nextOf } from '../next.ts'
import { day, moment, type Ui } from '../ui.ts'
import { Blinds, twoWhoAgree } from './blinds.tsx'
import { Ceremony } from './ceremony.tsx'

/** 密钥: the identity that terminals know the station by, and the key that theirs are kept under. */
export function KeysPanel({ ui }: { readonly ui: Ui }): JSX.Element {
  const { words, view } = ui
  const [making, setMaking] = useState(false)
  const { zmk, ceremony } = view
  const open = view.state === 'open'
  return (
    <section class="panel" data-testid="keys">
      <h2>
        <b>{words.keys}</b> <span>{words.keysHint}</span>
      </h2>
      {open ? <Identity ui={ui} /> : null}
      {zmk === undefined ? null : (
        <dl class="key" data-testid="zmk">
          <div class="check-value">
            <dt>{words.checkValue}</dt>
            <dd class="mono">{spaced(zmk.checkValue)}</dd>
          </div>
          <div>
            <dt>{words.label}</dt>
            <dd>
              <b>{zmk.label}</b>
            </dd>
          </div>
          <div>
            <dt>{words.algorithm}</dt>
            <dd>
              {zmk.algorithm}-{zmk.bytes * 8}
            </dd>
          </div>
          <div>
            <dt>{words.place}</dt>
            <dd>{zmk.place === 'token' ? words.inToken : words.inVault}</dd>
          </div>
          <div>
            <dt>{words.made}</dt>
            <dd>{moment(zmk.made)}</dd>
          </div>
        </dl>
      )}
      {zmk === undefined && ceremony === undefined && !making ? (
        <p class="quiet">{open ? words.noKeys : words.keysClosed}</p>
      ) : null}
      {ceremony !== undefined ? (
        <Ceremony key={ceremony.label} ui={ui} ceremony={ceremony} />
      ) : making ? (
        <NewKey ui={ui} done={() => setMaking(false)} />
      ) : open ? (
        <p class="foot">
          <button
            type="button"
            class={nextOf(view).kind === 'firstKey' ? 'main' : ''}
            data-testid="new-key"
            onClick={() => setMaking(true)}
          >
            {zmk === undefined ? words.newKey : words.changeKey}
          </button>
          {zmk === undefined ? null : <span class="hint">{words.changeHint}</span>}
        </p>
      ) : null}
    </section>
  )
}

/** `8CA6 4DE9 C1`. */
export function spaced(digits: string): string {
  return digits.replace(/(.{4})(?=.)/g, '$1 ')
}

/** Most bytes of an identity file; it is a short JSON text. */
const IDENTITY_BYTES_MAX = 16_384

/** Who the station is to terminals; a certificate ends, so another file can be imported at any time. */
function Identity({ ui: { words, act, say, view } }: { readonly ui: Ui }): JSX.Element {
  const { identity } = view
  const label = identity === undefined ? words.importIdentity : words.renewIdentity
  const file = useRef<HTMLInputElement>(null)
  async function chosen(input: HTMLInputElement): Promise<void> {
    const [one] = input.files ?? []
    if (one === undefined) return
    const bytes = new Uint8Array(await one.slice(0, IDENTITY_BYTES_MAX).arrayBuffer())
    input.value = ''
    if (await act(() => orderSecret('identity', {}, bytes))) say(words.identityTaken)
  }
  return (
    <>
      {identity === undefined ? null : <Certificate words={words} identity={identity} />}
      <p class="foot">
        <button
          type="button"
          class={view.missing.includes('identity') ? 'main' : ''}
          onClick={() => file.current?.click()}
        >
          {label}
        </button>
        <input
          ref={file}
          type="file"
          class="unseen"
          tabIndex={-1}
          aria-label={label}
          data-testid="identity-file"
          onChange={(event) => void chosen(event.currentTarget)}
        />
        <span class="hint">{words.identityHint}</span>
      </p>
    </>
  )
}

function Certificate({
  words,
  identity: { id, notAfter, root, daysLeft },
}: {
  readonly words: Ui['words']
  readonly identity: IdentityView
}): JSX.Element {
  return (
    <dl class="key" data-testid="identity">
      <div>
        <dt>{words.identity}</dt>
        <dd>
          <b>{id}</b>
        </dd>
      </div>
      <div>
        <dt>{words.goodUntil}</dt>
        <dd>
          {day(notAfter)}{' '}
          <span class={daysLeft < 0 ? 'badge declined' : daysLeft > RENEW_DAYS ? 'quiet' : 'badge due'}>
            {words.daysLeft(daysLeft)}
          </span>
        </dd>
      </div>
      <div>
        <dt>{words.root}</dt>
        <dd class="mono">{spaced(root)}</dd>
      </div>
    </dl>
  )
}

const KINDS = [
  { name: 'AES-256', algorithm: 'AES', bytes: 32 },
  { name: 'TDES-192', algorithm: 'TDES', bytes: 24 },
  { name: 'TDES-128', algorithm: 'TDES', bytes: 16 },
] as const satisfies readonly { name: string; algorithm: ZmkAlgorithm; bytes: number }[]

/** What the custodians have on their forms; then two people agree with their passphrases. */
function NewKey({ ui, done }: { readonly ui: Ui; readonly done: () => void }): JSX.Element {
  const { words, act, view } = ui
  const [label, setLabel] = useState('ZMK')
  const [kind, setKind] = useState<(typeof KINDS)[number]>(KINDS[0])
  const [components, setComponents] = useState<2 | 3>(2)
  const [expected, setExpected] = useState('')
  const [asked, setAsked] = useState<'key' | 'generate'>()
  const agree = twoWhoAgree(ui)
  const check = expected.replaceAll(' ', '')
  const values = {
    ...{ label: label.trim(), algorithm: kind.algorithm },
    ...{ bytes: String(kind.bytes), components: String(components) },
    ...(check !== '' && { expectedCheckValue: check }),
  }
  /** What cannot be ordered is said before anybody types. */
  async function begin(): Promise<void> {
    if (await act(() => order('check-key', values))) setAsked('key')
  }
  async function agreed(name: 'key' | 'generate', secrets: readonly Uint8Array[]): Promise<void> {
    if (await act(() => orderSecret(name, { ...values, ...agree.names }, ...secrets))) done()
  }
  if (asked !== undefined)
    return (
      <div class="form" data-testid="key-agree">
        <p class="wide">
          <b>{label.trim()}</b> ·{' '}
          {asked === 'generate' ? words.generate : `${kind.name} · ${words.components} ${components}`}
        </p>
        <Blinds words={words} parts={agree.parts} entered={(secrets) => agreed(asked, secrets)} />
        <button type="button" onClick={() => setAsked(undefined)}>
          {words.cancel}
        </button>
      </div>
    )
  return (
    <form
      class="form"
      data-testid="key-form"
      onSubmit={(event) => {
        event.preventDefault()
        void begin()
      }}
    >
      <label>
        {words.label}
        <input value={label} maxLength={32} onInput={(event) => setLabel(event.currentTarget.value)} />
      </label>
      <label>
        {words.algorithm}
        <select
          value={kind.name}
          data-testid="key-kind"
          onChange={(event) =>
            setKind(KINDS.find(({ name }) => name === event.currentTarget.value) ?? KINDS[0])
          }
        >
          {KINDS.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <label>
        {words.components}
        <select
          value={components}
          data-testid="key-components"
          onChange={(event) => setComponents(event.currentTarget.value === '3' ? 3 : 2)}
        >
          <option>2</option>
          <option>3</option>
        </select>
      </label>
      <label>
        {words.expectedCheckValue}
        <input
          class="mono"
          value={expected}
          maxLength={16}
          data-testid="key-expected"
          onInput={(event) => setExpected(event.currentTarget.value)}
        />
      </label>
      <span class="buttons">
        <button type="submit" class="main" disabled={label.trim() === ''} data-testid="key-begin">
          {words.begin}
        </button>
        {view.token === undefined ? null : (
          <button type="button" data-testid="key-generate" onClick={() => setAsked('generate')}>
            {words.generate}
          </button>
        )}
        <button type="button" onClick={done}>
          {words.cancel}
        </button>
      </span>
    </form>
  )
}
