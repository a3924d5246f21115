import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { AuditRecord } from '../../station.ts'
import { AUDIT_SHOWN_MAX, type AuditAnswer } from '../api.ts'
import { ask } from '../ask.ts'
import { moment, type Ui } from '../ui.ts'
import { spaced } from './keys.tsx'

/** 审计: what was done, by whom, in the order of the chain; the newest first. */
export function AuditView({ ui }: { readonly ui: Ui }): JSX.Element {
  const { words, view, state } = ui
  const [answer, setAnswer] = useState<AuditAnswer>()
  useEffect(() => {
    let wanted = true
    ask<AuditAnswer>('audit').then(
      (fresh) => wanted && setAnswer(fresh),
      () => undefined, // the state is asked for each second, and says what is wrong
    )
    return () => {
      wanted = false
    }
  }, [state.revision])
  const { audit } = view
  return (
    <section class="panel" data-testid="audit">
      <div class="tools">
        {audit.state === 'whole' ? (
          <span class="badge cleared">✓ {words.whole}</span>
        ) : audit.state === 'broken' ? (
          <span class="badge declined">! {words.broken}</span>
        ) : (
          <span class="badge due">{words.unchecked}</span>
        )}
        <span>
          {audit.records} {words.records}
        </span>
        <span class={audit.signedUpTo === audit.records ? 'badge cleared' : 'badge'}>
          {audit.signedUpTo === audit.records ? `✓ ${words.signed}` : words.signedUpTo(audit.signedUpTo)}
        </span>
        <span class="spread">
          <a class="button" href="api/audit-file?format=csv" download>
            {words.csv}
          </a>
          <a class="button" href="api/audit-file?format=json" download>
            {words.json}
          </a>
        </span>
        {audit.publicKey === undefined ? null : (
          <p class="head-key">
            {words.publicKey} <span class="mono">{spaced(audit.publicKey)}</span>
          </p>
        )}
      </div>
      {audit.broken === undefined ? null : <p class="error">{audit.broken}</p>}
      {answer === undefined ? (
        <p class="quiet">{words.loading}</p>
      ) : (
        <>
          {answer.total > answer.records.length ? <p class="quiet">{words.newest(AUDIT_SHOWN_MAX)}</p> : null}
          <Records ui={ui} records={answer.records} />
        </>
      )}
    </section>
  )
}

/** Results that are as they should be. */
const QUIET: readonly string[] = ['ok', 'stop', 'idle', 'total', 'people', 'again', 'opened', 'closed']

function Records({
  ui,
  records,
}: {
  readonly ui: Ui
  readonly records: readonly AuditRecord[]
}): JSX.Element {
  const { words } = ui
  return (
    <div class="scroll">
      <table class="records">
        <thead>
          <tr>
            <th class="number">{words.number}</th>
            <th>{words.time}</th>
            <th>{words.people}</th>
            <th>{words.event}</th>
            <th>{words.about}</th>
            <th>{words.checkValue}</th>
            <th>{words.result}</th>
          </tr>
        </thead>
        <tbody>
          {records.map((record) => (
            <tr key={record.number}>
              <td class="number">{record.number}</td>
              <td class="quiet">{moment(record.time)}</td>
              <td>{record.people.join(', ')}</td>
              <td>{eventName(record.event, ui)}</td>
              <td>{aboutOf(record)}</td>
              <td class="mono">{record.checkValue ?? ''}</td>
              <td class={QUIET.includes(record.result) ? '' : 'bad'}>
                {record.result === 'ok'
                  ? '✓'
                  : (words.results[record.result] ?? words.codes[record.result] ?? record.result)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function eventName(event: string, { words }: Ui): string {
  return words.events[event] ?? event
}

function aboutOf({ person, serial, terminalId, slot, algorithm, keyVersion, detail }: AuditRecord): string {
  const parts = [
    ...[person, serial, terminalId, slot === undefined ? undefined : `TMK ${slot}`, algorithm],
    keyVersion === undefined ? undefined : `v${keyVersion}`,
    detail,
  ]
  return parts.filter((part) => part !== undefined).join(' · ')
}
