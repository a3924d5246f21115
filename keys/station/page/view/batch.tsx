import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import type { TerminalRow, TerminalState } from '../../station.ts'
import { order } from '../ask.ts'
import { nextOf } from '../next.ts'
import type { Ui } from '../ui.ts'
import { useTerminals } from '../use-terminals.ts'

export const STATES: readonly TerminalState[] = ['expected', 'sent', 'proven', 'loaded', 'failed']
/** Most bytes of a list; 20,000 rows are less. */
const LIST_BYTES_MAX = 2_000_000

/** 批次: the list, and how far it is; one small square a terminal. */
export function BatchPanel({ ui }: { readonly ui: Ui }): JSX.Element {
  const { words, view, state, act, say } = ui
  const { counts } = view
  const total = STATES.reduce((sum, name) => sum + counts[name], 0)
  const percent = total === 0 ? 0 : Math.floor((counts.loaded * 100) / total)
  async function exported(): Promise<void> {
    await act(async () => {
      const { json = '', keys = 0 } = await order('export')
      save(`shuaka-keys-${view.identity?.id ?? 'station'}.json`, json, 'application/json')
      say(words.exported(keys))
    })
  }
  return (
    <section class="panel" data-testid="batch">
      <h2>
        <b>{words.batch}</b> <span>{words.batchHint}</span>
      </h2>
      {total === 0 ? (
        <p class="quiet">{words.noList}</p>
      ) : (
        <>
          <div class="figures">
            <p class="big">
              <b data-testid="loaded">{counts.loaded}</b>／{total}
            </p>
            <ul class="legend">
              {STATES.map((name) => (
                <li key={name} class={name}>
                  <i aria-hidden="true" />
                  {words[name]} <b data-testid={`count-${name}`}>{counts[name]}</b>
                </li>
              ))}
            </ul>
            <p class="pace">
              <b>{state.perMinute}</b> {words.perMinute}
            </p>
          </div>
          <div
            class="bar"
            role="progressbar"
            aria-valuemin={0}
            aria-valuemax={total}
            aria-valuenow={counts.loaded}
            aria-label={`${words.loaded} ${percent}%`}
          >
            {(['loaded', 'proven', 'sent', 'failed'] as const).map((name) => (
              <i key={name} class={name} style={{ width: `${(counts[name] * 100) / total}%` }} />
            ))}
          </div>
          <Squares ui={ui} />
        </>
      )}
      <p class="foot">
        {view.state === 'open' ? <Import ui={ui} first={nextOf(view).kind === 'importList'} /> : null}
        {view.state === 'open' && counts.loaded > 0 ? (
          <button type="button" data-testid="export" onClick={() => void exported()}>
            {words.exportKeys}
          </button>
        ) : null}
        <span class="hint">{words.importHint}</span>
      </p>
    </section>
  )
}

function Import({
  ui: { words, act, say },
  first,
}: {
  readonly ui: Ui
  readonly first: boolean
}): JSX.Element {
  const file = useRef<HTMLInputElement>(null)
  async function chosen(input: HTMLInputElement): Promise<void> {
    const [one] = input.files ?? []
    if (one === undefined) return
    const text = await one.slice(0, LIST_BYTES_MAX).text()
    input.value = ''
    await act(async () => {
      const { added = 0, known = 0 } = await order('expect', { csv: text })
      say(words.imported(added, known))
    })
  }
  return (
    <>
      <button type="button" class={first ? 'main' : ''} onClick={() => file.current?.click()}>
        {words.importList}
      </button>
      <input
        ref={file}
        type="file"
        accept=".csv,text/csv"
        class="unseen"
        tabIndex={-1}
        aria-label={words.importList}
        data-testid="list-file"
        onChange={(event) => void chosen(event.currentTarget)}
      />
    </>
  )
}

/** So many terminals have a square each; more would be too small to tell apart. */
const SQUARES_MAX = 400

function Squares({ ui }: { readonly ui: Ui }): JSX.Element | null {
  const { terminals } = useTerminals(ui)
  if (terminals.length === 0 || terminals.length > SQUARES_MAX) return null
  return (
    <div class="squares" aria-hidden="true">
      {terminals.map((row) => (
        <i key={keyOf(row)} class={row.state} title={`${row.serial} · ${ui.words[row.state]}`} />
      ))}
    </div>
  )
}

export function keyOf({ serial, slot }: TerminalRow): string {
  return `${serial}/${slot}`
}

/** Hands a text to the browser as a file to be kept. */
export function save(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
