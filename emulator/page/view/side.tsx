import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { LineSecurity } from '../../../terminal/device/link.ts'
import type { PageState } from '../state.ts'
import type { Text } from '../text.ts'
import { Books } from './books.tsx'
import { Downloads } from './downloads.tsx'
import { Slips } from './slips.tsx'
import { WireLog } from './wire-log.tsx'

type Tab = 'wire' | 'books' | 'slips' | 'downloads'
const tabs: readonly Tab[] = ['wire', 'books', 'slips', 'downloads']

interface Props {
  readonly text: Text
  readonly locale: 'zh' | 'en'
  readonly state: PageState
  readonly answers: number
  readonly serial: string
  /** Of the page's server about this terminal's downloads; undefined: there are none. */
  readonly deskPath: string | undefined
  /** What protects the line to the host. */
  readonly security: LineSecurity
  clearLog(): void
  removeSlip(id: number): void
}

/** The right side: wire log, books and slips as tabs, and what the machine says of itself beneath. */
export function Side(props: Props): JSX.Element {
  const { text, locale, state, answers, serial, deskPath, security, clearLog, removeSlip } = props
  const [tab, setTab] = useState<Tab>('wire')
  const slips = state.paper.slips.length
  const slipsBefore = useRef(slips)
  useEffect(() => {
    if (slips > slipsBefore.current) setTab('slips') // just torn off: there it is
    slipsBefore.current = slips
  }, [slips])

  const panes: { readonly [T in Tab]: JSX.Element } = {
    wire: <WireLog log={state.log} locale={locale} text={text} security={security} clear={clearLog} />,
    books: tab === 'books' ? <Books text={text} answers={answers} /> : <div />,
    slips: <Slips slips={state.paper.slips} locale={locale} text={text} remove={removeSlip} />,
    downloads:
      tab === 'downloads' ? (
        <Downloads path={deskPath} program={state.program} locale={locale} text={text} />
      ) : (
        <div />
      ),
  }
  const counts: { readonly [T in Tab]: number } = {
    wire: state.log.filter((entry) => entry.kind === 'frame').length,
    books: 0,
    slips,
    downloads: 0,
  }
  return (
    <aside class="side-right panel">
      <div class="tabs" role="tablist">
        {tabs.map((one) => (
          <button
            key={one}
            type="button"
            role="tab"
            id={`tab-${one}`}
            data-testid={`tab-${one}`}
            aria-selected={tab === one}
            aria-controls={`pane-${one}`}
            tabIndex={tab === one ? 0 : -1}
            onClick={() => setTab(one)}
            onKeyDown={(event) => {
              const next = neighbour(one, event.key)
              if (next === undefined) return
              setTab(next)
              document.getElementById(`tab-${next}`)?.focus()
            }}
          >
            {text[one]}
            {counts[one] > 0 ? <span class="count">{counts[one]}</span> : null}
          </button>
        ))}
      </div>
      {tabs.map((one) => (
        <div
          key={one}
          id={`pane-${one}`}
          class="pane"
          role="tabpanel"
          aria-labelledby={`tab-${one}`}
          hidden={tab !== one}
        >
          {panes[one]}
        </div>
      ))}
      <footer class="machine">
        <span>{serial}</span>
        {state.stopped ? (
          <span class="bad" data-testid="stopped">
            {text.stopped}: {state.stopped}
          </span>
        ) : null}
        {state.memory ? (
          <span data-testid="heap">
            {text.heap} {kilobytes(state.memory.used)} · {text.peak} {kilobytes(state.memory.peak)}
          </span>
        ) : null}
      </footer>
    </aside>
  )
}

/** The tab that an arrow key leads to from `tab`, round both ends; undefined: not an arrow key. */
function neighbour(tab: Tab, key: string): Tab | undefined {
  const step = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0
  return step === 0 ? undefined : tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length]
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1000)} kB`
}
