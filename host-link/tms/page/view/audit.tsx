import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { AuditView } from '../../api-people.ts'
import { auditEvents } from '../../audit.ts'
import { detailName, linesOf, subjectOf, subjectText, valueText } from '../part/audit-words.ts'
import { Badge, Loaded, Panel } from '../part/panel.tsx'
import { moment, short, useCall, useUi } from '../ui.ts'
import { Pager } from './fleet.tsx'

const PAGE = 100

/** 审计: the chain, whether it is whole, and who did what. */
export function Audit(): JSX.Element {
  const ui = useUi()
  const { say, pick } = ui
  const [narrowed, setNarrowed] = useState({ who: '', event: '', subject: '' })
  const [after, setAfter] = useState<readonly string[]>([])
  const last = after.at(-1)
  const asked = useCall(
    'audit',
    {
      query: {
        limit: String(PAGE),
        ...narrowed,
        subject: subjectOf(ui, narrowed.subject),
        ...(last !== undefined && { after: last }),
      },
    },
    10_000,
  )
  const narrow = (change: Partial<typeof narrowed>): void => {
    setAfter([])
    setNarrowed({ ...narrowed, ...change })
  }
  return (
    <Panel title={say('audit')} hint={say('auditHint')} side={<Verdict />}>
      <div class="tools">
        <input
          type="search"
          placeholder={say('auditWho')}
          aria-label={say('auditWho')}
          value={narrowed.who}
          data-testid="audit-who"
          onChange={(event) => narrow({ who: event.currentTarget.value.trim() })}
        />
        <select
          aria-label={say('event')}
          value={narrowed.event}
          data-testid="audit-event"
          onChange={(event) => narrow({ event: event.currentTarget.value })}
        >
          <option value="">{say('auditAll')}</option>
          {Object.entries(auditEvents).map(([event, names]) => (
            <option key={event} value={event}>
              {pick(names)}
            </option>
          ))}
        </select>
        <input
          type="search"
          placeholder={say('auditSubject')}
          aria-label={say('auditSubject')}
          value={narrowed.subject}
          data-testid="audit-subject"
          onChange={(event) => narrow({ subject: event.currentTarget.value.trim() })}
        />
        {asked.data === undefined ? null : (
          <span class="quiet">
            {say('rows', { shown: after.length * PAGE + asked.data.rows.length, n: asked.data.total })}
          </span>
        )}
      </div>
      <Loaded asked={asked}>
        {(page) => (
          <>
            <div class="scroll">
              <table data-testid="audit">
                <thead>
                  <tr>
                    <th class="number">{say('number')}</th>
                    <th>{say('time')}</th>
                    <th>{say('auditWho')}</th>
                    <th>{say('event')}</th>
                    <th>{say('subject')}</th>
                    <th>{say('auditDetail')}</th>
                    <th>{say('auditHash')}</th>
                  </tr>
                </thead>
                <tbody>
                  {page.rows.map((record) => (
                    <AuditLine key={record.number} record={record} />
                  ))}
                </tbody>
              </table>
            </div>
            <Pager {...{ after, next: page.next }} go={setAfter} />
          </>
        )}
      </Loaded>
    </Panel>
  )
}

function AuditLine({ record }: { readonly record: AuditView }): JSX.Element {
  const ui = useUi()
  const { pick } = ui
  const { number, time, who, token, subject, detail, hash } = record
  return (
    <tr>
      <td class="number">{number}</td>
      <td class="quiet">{moment(time)}</td>
      <th>
        {who}
        {token === undefined ? '' : <span class="quiet"> ({token})</span>}
      </th>
      <td>{pick(record)}</td>
      <td class="mono">{subjectText(ui, subject)}</td>
      <td class="why detail">
        {Object.entries(detail)
          .filter(([, value]) => value !== '' && value !== null)
          .map(([name, value]) => (
            <span key={name}>
              <i class="quiet">{detailName(ui, name)}</i> <Long text={String(value)} {...{ name }} />
            </span>
          ))}
      </td>
      <td class="mono quiet">{short(hash)}</td>
    </tr>
  )
}

const SHOWN_MAX = 120

/** A value of a record; what was written as JSON is opened, line by line. */
function Long({ name, text }: { readonly name: string; readonly text: string }): JSX.Element {
  const ui = useUi()
  const lines = /^[{[]/.test(text) ? linesOf(ui, text) : undefined
  if (lines !== undefined)
    return (
      <details>
        <summary>{ui.say('auditLines', { n: lines.length })}</summary>
        <code>{lines.join('\n')}</code>
      </details>
    )
  const shown = valueText(ui, name, text)
  if (shown.length <= SHOWN_MAX) return <>{shown}</>
  return (
    <details>
      <summary class="mono">{shown.slice(0, SHOWN_MAX)}…</summary>
      <code>{shown}</code>
    </details>
  )
}

/** The whole chain is read again by the service. */
function Verdict(): JSX.Element {
  const { say } = useUi()
  const { data, fault } = useCall('verifyAudit', {}, 60_000)
  if (data === undefined) return <span class="quiet">{fault === undefined ? say('verifying') : ''}</span>
  return (
    <span data-testid="verdict">
      {data.kind === 'whole' ? (
        <>
          <Badge tone="good">{say('chainWhole', { n: data.records })}</Badge>{' '}
          <code title={data.head}>{short(data.head)}</code>
        </>
      ) : (
        <Badge tone="bad">{say('chainBroken', { record: data.record, why: data.why })}</Badge>
      )}
    </span>
  )
}
