import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { LineView } from '../../station.ts'
import { order } from '../ask.ts'
import { nextOf } from '../next.ts'
import type { Ui } from '../ui.ts'
import { lineWords } from '../whys.ts'

/** 端口: the ways for terminals to come in. */
export function LinesPanel({ ui }: { readonly ui: Ui }): JSX.Element {
  const { words, view } = ui
  const [adding, setAdding] = useState(false)
  const open = view.state === 'open'
  return (
    <section class="panel" data-testid="lines">
      <h2>
        <b>{words.lines}</b> <span>{words.linesHint}</span>
      </h2>
      {view.lines.length === 0 ? <p class="quiet">{words.noLines}</p> : null}
      <ul class="lines">
        {view.lines.map((line) => (
          <Line key={line.address} ui={ui} line={line} />
        ))}
      </ul>
      {!open ? null : adding ? (
        <AddLine ui={ui} done={() => setAdding(false)} />
      ) : (
        <p class="foot">
          <button
            type="button"
            class={nextOf(view).kind === 'noLine' ? 'main' : ''}
            data-testid="add-line"
            onClick={() => setAdding(true)}
          >
            {words.addLine}
          </button>
        </p>
      )}
    </section>
  )
}

const TONES = { waiting: 'open', busy: 'due', closed: '', failed: 'declined' } as const

function Line({
  ui: { words, act, view, locale },
  line,
}: {
  readonly ui: Ui
  readonly line: LineView
}): JSX.Element {
  const { kind, address, state, serials, latest, why, full, baudRate } = line
  return (
    <li>
      <span class="kind">{words.lineKind[kind]}</span>
      <span class="mono address">{address}</span>
      <span class={`badge ${TONES[state]}`}>{words.lineState[state]}</span>
      <span class="latest">
        {full ? <span class="badge declined">{words.full}</span> : null}{' '}
        {serials.length > 0
          ? serials.slice(0, 3).join(', ') + (serials.length > 3 ? ` +${serials.length - 3}` : '')
          : ((why && lineWords(why, locale)) ??
            (latest === undefined ? '' : `${latest.serial} · ${words.over[latest.over]}`))}
      </span>
      <span class="line-buttons">
        {view.state === 'open' && state === 'failed' ? (
          <button
            type="button"
            data-testid="reopen"
            onClick={() => void act(() => order('line', { kind, address, ...(baudRate && { baudRate }) }))}
          >
            {words.reopen}
          </button>
        ) : null}
        {view.state === 'open' ? (
          <button
            type="button"
            class="plain"
            aria-label={`${words.closeLine} ${address}`}
            onClick={() => void act(() => order('close-line', { address }))}
          >
            ×
          </button>
        ) : null}
      </span>
    </li>
  )
}

const KINDS = ['serial', 'tcp', 'websocket'] as const
const EXAMPLES = { serial: '/dev/ttyUSB0', tcp: '127.0.0.1:9200', websocket: '127.0.0.1:9201' } as const

function AddLine({ ui: { words, act }, done }: { readonly ui: Ui; readonly done: () => void }): JSX.Element {
  const [kind, setKind] = useState<(typeof KINDS)[number]>('serial')
  const [address, setAddress] = useState<string>(EXAMPLES.serial)
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault()
        void act(() => order('line', { kind, address: address.trim() })).then((ok) => ok && done())
      }}
    >
      <label>
        {words.kind}
        <select
          value={kind}
          data-testid="line-kind"
          onChange={(event) => {
            const chosen = KINDS.find((one) => one === event.currentTarget.value) ?? 'serial'
            setKind(chosen)
            setAddress(EXAMPLES[chosen])
          }}
        >
          {KINDS.map((one) => (
            <option key={one} value={one}>
              {words.lineKind[one]}
            </option>
          ))}
        </select>
      </label>
      <label>
        {words.address}
        <input
          class="mono"
          value={address}
          maxLength={128}
          data-testid="line-address"
          onInput={(event) => setAddress(event.currentTarget.value)}
        />
      </label>
      <span class="buttons">
        <button type="submit" class="main" data-testid="line-open">
          {words.openLine}
        </button>
        <button type="button" onClick={done}>
          {words.cancel}
        </button>
      </span>
    </form>
  )
}
