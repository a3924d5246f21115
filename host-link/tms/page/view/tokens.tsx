import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { ACTIONS, mayDo, USER_ROLES, type UserRole, userRoles } from '../../access.ts'
import type { TokenView } from '../../api-people.ts'
import { call } from '../call.ts'
import { Act } from '../part/act.tsx'
import { Badge, Field, Loaded, Panel, type Tone } from '../part/panel.tsx'
import { Secret } from '../part/secret.tsx'
import { moment, useCall, useUi } from '../ui.ts'
import { RoleField } from './people.tsx'

const tones: { readonly [state in TokenView['state']]: Tone } = {
  active: 'good',
  expired: 'still',
  revoked: 'still',
}

/** 令牌 of oneself; an administrator sees those of all. */
export function Tokens(): JSX.Element {
  const { say, pick, tell } = useUi()
  const asked = useCall('tokens', {}, 10_000)
  return (
    <Panel title={say('tokens')} hint={say('tokensHint')} side={<AddToken done={asked.reload} />}>
      <Loaded asked={asked}>
        {(tokens) =>
          tokens.length === 0 ? (
            <p class="quiet pad">{say('noTokens')}</p>
          ) : (
            <div class="scroll">
              <table data-testid="tokens">
                <thead>
                  <tr>
                    <th>{say('calledSo')}</th>
                    <th>{say('owner')}</th>
                    <th>{say('role')}</th>
                    <th>{say('state')}</th>
                    <th>{say('expires')}</th>
                    <th>{say('lastUsed')}</th>
                    <th />
                  </tr>
                </thead>
                <tbody>
                  {tokens.map(({ id, name, owner, role, state, expires, lastUsed }) => (
                    <tr key={id} data-testid={`token-${name}`}>
                      <th>{name}</th>
                      <td>{owner}</td>
                      <td>{pick(userRoles[role])}</td>
                      <td>
                        <Badge tone={tones[state]}>{say(`token.${state}`)}</Badge>
                      </td>
                      <td class="quiet">{moment(expires)}</td>
                      <td class="quiet">{moment(lastUsed)}</td>
                      <td class="number">
                        {state === 'active' ? (
                          <Act
                            id={`revoke-${name}`}
                            look="plain"
                            label={say('revoke')}
                            ask={say('revokeAsk', { name, owner })}
                            go={async () => {
                              await call('revokeToken', { path: id })
                              tell(say('done'))
                              await asked.reload()
                            }}
                          />
                        ) : null}
                      </td>
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

function AddToken({ done }: { readonly done: () => Promise<void> }): JSX.Element {
  const { say, me } = useUi()
  // A token has no right that its owner has not.
  const roles = USER_ROLES.filter((role) =>
    ACTIONS.every((action) => !mayDo(role, action) || mayDo(me.role, action)),
  )
  const [name, setName] = useState('')
  const [role, setRole] = useState<UserRole>(me.role)
  const [days, setDays] = useState('90')
  const [secret, setSecret] = useState<{ readonly name: string; readonly secret: string }>()
  async function add(): Promise<void> {
    const { view, token } = await call('addToken', { body: { name: name.trim(), role, days: Number(days) } })
    setSecret({ name: view.name, secret: token })
    setName('')
    await done()
  }
  return (
    <>
      <Act id="add-token" label={say('addToken')} ask={say('addTokenAsk')} go={add}>
        <Field label={say('calledSo')}>
          <input
            value={name}
            required
            maxLength={40}
            data-testid="token-name"
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </Field>
        <RoleField {...{ role, roles }} set={setRole} />
        <Field label={say('tokenDays')}>
          <input
            type="number"
            min={1}
            max={366}
            value={days}
            data-testid="token-days"
            onInput={(event) => setDays(event.currentTarget.value)}
          />
        </Field>
      </Act>
      {secret === undefined ? null : (
        <Secret title={say('addToken')} secrets={[secret]} close={() => setSecret(undefined)} />
      )}
    </>
  )
}
