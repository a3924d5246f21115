import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { TerminalRow } from '../../api-terminals.ts'
import { CommandAct } from '../part/command.tsx'
import { FilterField } from '../part/filter.tsx'
import { Badge, Dot, Loaded, Panel, Progress } from '../part/panel.tsx'
import { downloadTone, waitingText } from '../part/shown.ts'
import { codeText, downloadName } from '../part/terminal-words.ts'
import { linkTo, type Route } from '../route.ts'
import { moment, useCall, useUi } from '../ui.ts'
import { AddTerminal, ImportTerminals } from './fleet-add.tsx'

const PAGE = 50
const REFRESH_MS = 5_000

/** 终端: the fleet, narrowed by a filter; which one is in the address, so that it can be kept and handed on. */
export function Fleet({ route }: { readonly route: Route }): JSX.Element {
  const { say, may } = useUi()
  const { filter = '', group = '' } = route.query
  // Where each page shown so far begins.
  const [pages, setPages] = useState<{ readonly of: string; readonly after: readonly string[] }>()
  const of = `${group}\n${filter}`
  const after = pages?.of === of ? pages.after : []
  const last = after.at(-1)
  const asked = useCall(
    'terminals',
    {
      query: { limit: String(PAGE), filter, group, ...(last !== undefined && { after: last }) },
    },
    REFRESH_MS,
  )
  const go = (text: string): void => {
    location.hash = linkTo(['terminals'], { filter: text, group })
  }
  return (
    <Panel
      title={say('terminals')}
      hint={group === '' ? undefined : say('ofGroup', { name: group })}
      side={
        <>
          {may('editTerminals') ? <AddTerminal done={asked.reload} /> : null}
          {may('editTerminals') ? <ImportTerminals done={asked.reload} /> : null}
        </>
      }
    >
      <FilterField text={filter} go={go} fault={asked.fault} />
      <Loaded asked={{ ...asked, fault: asked.data === undefined ? undefined : asked.fault }}>
        {(page) => (
          <>
            <div class="tools">
              <span class="quiet" data-testid="shown">
                {say('shownOf', { shown: after.length * PAGE + page.rows.length, n: page.total })}
              </span>
              <span class="spread">
                {page.total > 0 && group === '' && filter !== '' && (may('command') || may('lock')) ? (
                  <CommandAct to={{ kind: 'filter', filter }} terminals={page.total} done={asked.reload} />
                ) : null}
              </span>
            </div>
            <FleetTable rows={page.rows} whole={filter === '' && group === ''} />
            <Pager {...{ after, next: page.next }} go={(starts) => setPages({ of, after: starts })} />
          </>
        )}
      </Loaded>
    </Panel>
  )
}

/** 翻页: forward by what the service says comes next, and back the same way. */
export function Pager({
  after,
  next,
  go,
}: {
  readonly after: readonly string[]
  readonly next: string | undefined
  readonly go: (after: readonly string[]) => void
}): JSX.Element | null {
  const { say } = useUi()
  if (after.length === 0 && next === undefined) return null
  return (
    <div class="foot">
      <button type="button" disabled={after.length === 0} onClick={() => go(after.slice(0, -1))}>
        {say('previousPage')}
      </button>
      <span class="quiet">{say('pageNo', { page: after.length + 1 })}</span>
      <button
        type="button"
        data-testid="next-page"
        disabled={next === undefined}
        onClick={() => next !== undefined && go([...after, next])}
      >
        {say('nextPage')}
      </button>
    </div>
  )
}

function FleetTable({
  rows,
  whole,
}: {
  readonly rows: readonly TerminalRow[]
  readonly whole: boolean
}): JSX.Element {
  const { say } = useUi()
  if (rows.length === 0) return <p class="quiet pad">{say(whole ? 'noTerminalsYet' : 'noTerminals')}</p>
  return (
    <div class="scroll">
      <table data-testid="fleet">
        <thead>
          <tr>
            <th>{say('serial')}</th>
            <th>{say('connection')}</th>
            <th>{say('version')}</th>
            <th>{say('download')}</th>
            <th>{say('parameterState')}</th>
            <th>{say('model')}</th>
            <th>{say('merchant')}</th>
            <th>{say('lastSeen')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <FleetRow key={row.serial} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function FleetRow({ row }: { readonly row: TerminalRow }): JSX.Element {
  const { say } = useUi()
  const { serial, status, locked, online, model, merchant, store, version, wantedVersion, batchOpen } = row
  return (
    <tr data-testid={`row-${serial}`}>
      <th>
        <a class="mono" href={linkTo(['terminals', serial])}>
          {serial}
        </a>{' '}
        {status === 'retired' ? <Badge tone="still">{say('status.retired')}</Badge> : null}
        {locked || status === 'locked' ? <Badge tone="bad">{say('status.locked')}</Badge> : null}
      </th>
      <td>
        <Dot on={online} />
      </td>
      <td class="mono">
        {version ?? <span class="quiet">{say('notReported')}</span>}
        {wantedVersion === undefined || wantedVersion === version ? null : (
          <b class="wanted"> → {wantedVersion}</b>
        )}
      </td>
      <td>
        <DownloadCell row={row} />
        {batchOpen ? <span class="quiet"> {say('openBatch')}</span> : null}
      </td>
      <td>
        <ParameterCell row={row} />
      </td>
      <td>{model}</td>
      <td>
        {merchant ?? ''}
        {store === undefined ? null : <span class="quiet"> / {store}</span>}
      </td>
      <td class="quiet">{moment(row.lastSeen)}</td>
    </tr>
  )
}

function DownloadCell({ row: { download } }: { readonly row: TerminalRow }): JSX.Element | null {
  const ui = useUi()
  if (download === undefined || download.state === 'empty') return null
  const { state, percent, code, waiting } = download
  const name = downloadName(ui, state)
  return (
    <>
      <Badge tone={downloadTone(state)}>{name}</Badge>{' '}
      {state === 'receiving' ? <Progress percent={percent} label={name} /> : null}
      {code === 0 ? null : <span class="bad">{codeText(ui, code)}</span>}
      {waiting.length === 0 ? null : (
        <span class="hot">{ui.say('waiting', { list: waitingText(ui, waiting) })}</span>
      )}
    </>
  )
}

function ParameterCell({ row: { parameters } }: { readonly row: TerminalRow }): JSX.Element {
  const { say } = useUi()
  const { wanted, reported, upToDate, drift } = parameters
  return (
    <>
      {upToDate ? (
        <span class="quiet">{wanted === undefined ? '' : say('upToDate')}</span>
      ) : (
        <Badge tone="open">{say('onTheWay', { from: reported ?? '–', to: wanted ?? '–' })}</Badge>
      )}{' '}
      {drift === 0 ? null : <Badge tone="warn">{say('driftCount', { n: drift })}</Badge>}
    </>
  )
}
