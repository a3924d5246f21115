import type { ComponentChildren, JSX } from 'preact'
import type { TerminalDetail } from '../../api-terminals.ts'
import { call } from '../call.ts'
import { Act } from '../part/act.tsx'
import { CommandAct } from '../part/command.tsx'
import { Badge, Dot, Facts, Loaded, Panel, Progress } from '../part/panel.tsx'
import { downloadTone, waitingText } from '../part/shown.ts'
import { codeText, downloadName, factText } from '../part/terminal-words.ts'
import { linkTo } from '../route.ts'
import { bytesText, moment, short, useCall, useUi } from '../ui.ts'
import { sayAny } from '../words.ts'
import { EditTerminal, ResetPassword } from './terminal-edit.tsx'
import { Explain } from './terminal-explain.tsx'
import { TerminalCommands, TerminalDeployments, TerminalEvents } from './terminal-past.tsx'

const REFRESH_MS = 3_000

/** 终端页: all that is known of one terminal, looked at again by itself. */
export function Terminal({ serial }: { readonly serial: string }): JSX.Element {
  const { say } = useUi()
  const asked = useCall('terminal', { path: serial }, REFRESH_MS)
  return (
    <>
      <p class="crumbs">
        <a href="#/terminals">{say('terminals')}</a> / {serial}
      </p>
      <Loaded asked={asked}>
        {(terminal) => (
          <>
            <Head {...{ terminal }} put={asked.put} reload={asked.reload} />
            <div class="bench">
              <div>
                <Running terminal={terminal} />
                <CheckValues terminal={terminal} />
              </div>
              <div>
                <Condition terminal={terminal} />
                <TerminalDeployments terminal={terminal} />
              </div>
            </div>
            <TerminalCommands terminal={terminal} reload={asked.reload} />
          </>
        )}
      </Loaded>
      {asked.data === undefined ? null : <Explain serial={serial} />}
      {asked.data === undefined ? null : <TerminalEvents serial={serial} />}
    </>
  )
}

interface Props {
  readonly terminal: TerminalDetail
}

function Head({
  terminal,
  put,
  reload,
}: Props & {
  readonly put: (terminal: TerminalDetail) => void
  readonly reload: () => Promise<void>
}): JSX.Element {
  const { say, may } = useUi()
  const { row, asset, groups } = terminal
  const { serial } = row
  const zone = `UTC${asset.zoneMinutes < 0 ? '−' : '+'}${Math.abs(asset.zoneMinutes) / 60}`
  return (
    <Panel
      id="terminal"
      title={serial}
      side={
        <>
          {may('command') || may('lock') ? (
            <CommandAct to={{ kind: 'serial', serial }} terminals={1} done={reload} />
          ) : null}
          {may('editTerminals') ? <EditTerminal asset={asset} put={put} /> : null}
          {may('editTerminals') ? <ResetPassword serial={serial} /> : null}
          {may('editTerminals') ? <Retire {...{ terminal, put }} /> : null}
        </>
      }
    >
      <p class="state-line">
        <Dot on={row.online} />
        {row.status === 'active' ? null : (
          <Badge tone={row.status === 'locked' ? 'bad' : 'still'}>{say(`status.${row.status}`)}</Badge>
        )}
        {row.locked && row.status !== 'locked' ? <Badge tone="bad">{say('status.locked')}</Badge> : null}
        <span class="quiet">
          {say('lastSeen')} {moment(row.lastSeen)}
        </span>
      </p>
      <Facts
        rows={[
          [say('model'), row.model],
          [say('maker'), asset.maker],
          [say('acquirer'), asset.acquirer],
          [say('merchant'), `${asset.merchant} ${asset.merchantName}`.trim()],
          [say('store'), asset.store],
          [say('terminalId'), asset.terminalId],
          [say('account2'), asset.account],
          [say('address'), asset.address],
          [say('zone'), zone],
          [say('labels'), asset.labels.join(' ')],
          [
            say('groups'),
            groups.map((name) => (
              <a key={name} class="spaced" href={linkTo(['terminals'], { group: name })}>
                {name}
              </a>
            )),
          ],
          [say('reportKey'), asset.reportKey === '' ? '' : <code key="key">{short(asset.reportKey)}…</code>],
          [say('shard'), String(terminal.shard)],
          [say('note'), asset.note],
        ]}
      />
    </Panel>
  )
}

function Retire({ terminal: { row }, put }: Props & { readonly put: (terminal: TerminalDetail) => void }) {
  const { say, tell, me } = useUi()
  const { serial, status } = row
  const isRetired = status === 'retired'
  const name = isRetired ? 'restoreTerminal' : 'retireTerminal'
  return (
    <Act
      id={isRetired ? 'restore' : 'retire'}
      look={isRetired ? 'main' : 'danger'}
      label={say(isRetired ? 'restore' : 'retire')}
      ask={say(isRetired ? 'restoreAsk' : 'retireAsk', { serial })}
      reason="wanted"
      go={async (reason) => {
        put(await call(name, { path: serial, body: { reason } }))
        tell(say('done'))
      }}
    >
      {me.broker === 'other' && !isRetired ? <p class="hint">{say('otherBroker')}</p> : null}
    </Act>
  )
}

/** What runs and what comes: places, download with its progress, and why it waits. */
function Running({ terminal }: Props): JSX.Element {
  const ui = useUi()
  const { say } = ui
  const { row, slots, doneBytes = 0, sizeBytes = 0, lastEnd } = terminal
  const { download } = row
  if (slots.length === 0)
    return (
      <Panel title={say('running')} id="running">
        <p class="quiet pad">{say('noReport')}</p>
      </Panel>
    )
  const progress: ComponentChildren =
    download === undefined ? undefined : (
      <span key="download">
        <Badge tone={downloadTone(download.state)}>{downloadName(ui, download.state)}</Badge>{' '}
        {download.state === 'receiving' ? (
          <>
            <Progress percent={download.percent} label={say('download')} />{' '}
            {say('bytesOf', { done: bytesText(doneBytes), size: bytesText(sizeBytes) })}
          </>
        ) : null}
        {download.code === 0 ? null : <span class="bad"> {codeText(ui, download.code)}</span>}
        {download.waiting.length === 0 ? null : (
          <p class="hot">{say('waiting', { list: waitingText(ui, download.waiting) })}</p>
        )}
      </span>
    )
  const last = lastEnd === undefined || /^0*$/.test(lastEnd.release) ? undefined : lastEnd
  return (
    <Panel title={say('running')} hint={say('otherSlot')} id="running">
      {slots.map(({ place, trial, version, release, programHash, counter }) => (
        <Facts
          key={place}
          rows={[
            [
              say('version'),
              <span key="version">
                <b>{version}</b> {trial ? <Badge tone="warn">{say('trialNow')}</Badge> : null}
              </span>,
            ],
            [say('place'), say(`place.${place}`)],
            [say('counter'), counter === undefined ? '' : String(counter)],
            [
              say('program'),
              short(programHash) === '' ? '' : <code key="program">{short(programHash)}</code>,
            ],
            [say('release'), short(release) === '' ? '' : <code key="release">{short(release)}</code>],
            [say('wanted'), row.wantedVersion ?? ''],
            [say('download'), progress],
            [
              say('lastEnd'),
              last === undefined
                ? ''
                : `${downloadName(ui, last.end)}${last.code === 0 ? '' : ` · ${codeText(ui, last.code)}`}`,
            ],
          ]}
        />
      ))}
    </Panel>
  )
}

function Condition({ terminal }: Props): JSX.Element {
  const ui = useUi()
  const { say } = ui
  const { batch, comms = {}, health = {}, runtime, epoch } = terminal
  const named = (values: NonNullable<TerminalDetail['comms']>) =>
    Object.entries(values).map(([name, value]): [string, string] => [
      sayAny(say, `fact.${name}`, name),
      factText(ui, name, String(value)),
    ])
  return (
    <Panel title={say('health')} id="condition">
      <Facts
        rows={[
          [
            say('batch'),
            batch === undefined ? (
              ''
            ) : (
              <span key="batch">
                {say('batchText', { number: batch.number, count: batch.count })}{' '}
                {batch.count > 0 ? <Badge tone="warn">{say('openBatch')}</Badge> : null}{' '}
                {batch.frozen ? <Badge tone="bad">{say('frozen')}</Badge> : null}{' '}
                {batch.owed > 0 ? <Badge tone="bad">{say('owed', { n: batch.owed })}</Badge> : null}
              </span>
            ),
          ],
          ...named(health),
          ...named(comms),
          [say('epoch'), String(epoch)],
          [say('runtime'), runtime ?? ''],
        ]}
      />
    </Panel>
  )
}

function CheckValues({ terminal: { checkValues } }: Props): JSX.Element | null {
  const { say } = useUi()
  if (checkValues.length === 0) return null
  return (
    <Panel title={say('checkValues')} hint={say('checkHint')} id="check-values">
      <table>
        <tbody>
          {checkValues.map(({ slot, values }) => (
            <tr key={slot}>
              <th>
                {say('slot')} {slot}
              </th>
              <td class="mono">{values.map((value) => (value === '' ? '–' : value)).join('  ')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  )
}
