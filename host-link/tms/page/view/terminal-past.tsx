import type { JSX } from 'preact'
import type { CommandView, TerminalDetail } from '../../api-terminals.ts'
import { isLogLacking, targetStates } from '../../states.ts'
import { call } from '../call.ts'
import { Act } from '../part/act.tsx'
import { Badge, Loaded, Panel, type Tone } from '../part/panel.tsx'
import { targetTone, waitingText } from '../part/shown.ts'
import { codeText, eventText } from '../part/terminal-words.ts'
import { linkTo } from '../route.ts'
import { moment, useCall, useUi } from '../ui.ts'
import { sayAny } from '../words.ts'

export function TerminalDeployments({
  terminal: { deployments },
}: {
  readonly terminal: TerminalDetail
}): JSX.Element {
  const ui = useUi()
  const { say, pick, said } = ui
  return (
    <Panel title={say('deploymentsOf')}>
      {deployments.length === 0 ? (
        <p class="quiet pad">{say('noDeployments')}</p>
      ) : (
        <ul class="lines">
          {deployments.map(({ deployment, name, wave, state, code, waiting, since }) => (
            <li key={deployment}>
              <a href={linkTo(['deployments', String(deployment)])}>{said(name)}</a>
              <span class="quiet">{say('waveNo', { n: wave + 1 })}</span>
              <Badge tone={targetTone(state)}>{pick(targetStates[state])}</Badge>
              {code === 0 ? null : <span class="bad">{codeText(ui, code)}</span>}
              {waiting.length === 0 ? null : (
                <span class="hot">{say('waiting', { list: waitingText(ui, waiting) })}</span>
              )}
              <span class="quiet">{moment(since)}</span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}

// biome-ignore format: one row
const commandTones: { readonly [state in CommandView['state']]: Tone } = {
  waiting: 'still', sent: 'open', done: 'good', failed: 'bad', cancelled: 'still',
}

export function TerminalCommands({
  terminal: { commands },
  reload,
}: {
  readonly terminal: TerminalDetail
  readonly reload: () => Promise<void>
}): JSX.Element {
  const ui = useUi()
  const { say } = ui
  return (
    <Panel title={say('commands')} id="commands">
      {commands.length === 0 ? (
        <p class="quiet pad">{say('noCommands')}</p>
      ) : (
        <div class="scroll">
          <table>
            <tbody>
              {[...commands].reverse().map((command) => (
                <CommandRow key={command.id} {...{ command, reload }} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  )
}

function CommandRow({
  command,
  reload,
}: {
  readonly command: CommandView
  readonly reload: () => Promise<void>
}): JSX.Element {
  const ui = useUi()
  const { say, may, pick } = ui
  const { id, kind, order, by, time, state, code, answer, log, doneAt } = command
  const open = state === 'waiting' || state === 'sent'
  return (
    <tr data-testid={`command-${id}`}>
      <th>{say(`command.${kind}`)}</th>
      <td>
        <Badge tone={commandTones[state]}>{say(`commandState.${state}`)}</Badge>{' '}
        {code === undefined || code === 0 ? null : <span class="bad">{codeText(ui, code)}</span>}
      </td>
      <td class="why">
        {'zh' in order ? pick(order) : ''}
        {'plan' in order ? order.plan : ''}
        {log === undefined ? '' : say('logCame', log)}{' '}
        {isLogLacking(command) ? <span class="hot">{say('logLacking')}</span> : null}
        {answer === undefined ? null : <pre>{answer}</pre>}
      </td>
      <td>
        {by} <span class="quiet">{moment(time)}</span>
      </td>
      <td class="quiet">{moment(doneAt)}</td>
      <td>
        {open && may('command') ? (
          <Act
            id={`cancel-${id}`}
            look="plain"
            label={say('cancel')}
            ask={say('cancelCommandAsk')}
            go={async () => {
              await call('cancelCommand', { path: String(id) })
              await reload()
            }}
          />
        ) : null}
      </td>
    </tr>
  )
}

export function TerminalEvents({ serial }: { readonly serial: string }): JSX.Element {
  const ui = useUi()
  const { say } = ui
  const asked = useCall('terminalEvents', { path: serial, query: { limit: '50' } }, 5_000)
  return (
    <Panel title={say('events')} id="events">
      <Loaded asked={asked}>
        {(events) =>
          events.length === 0 ? (
            <p class="quiet pad">{say('noEvents')}</p>
          ) : (
            <div class="scroll">
              <table>
                <tbody>
                  {events.map(({ id, time, epoch, sequence, kind, text }) => (
                    <tr key={id}>
                      <td class="quiet">{moment(time)}</td>
                      <td class="quiet mono">{epoch === 0 ? '' : `${epoch}.${sequence}`}</td>
                      <th>{sayAny(say, `event.${kind}`, kind)}</th>
                      <td class="why">{eventText(ui, text)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Loaded>
    </Panel>
  )
}
