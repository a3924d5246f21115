import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { ACTIONS, accessTable, USER_ROLES, type UserRole, userRoles } from '../../access.ts'
import type { UserView } from '../../api-people.ts'
import { call } from '../call.ts'
import { Act } from '../part/act.tsx'
import { Badge, Field, Loaded, Panel, type Tone } from '../part/panel.tsx'
import { moment, useCall, useUi } from '../ui.ts'
import { Tokens } from './tokens.tsx'

const tones: { readonly [state in UserView['state']]: Tone } = {
  active: 'good',
  disabled: 'still',
  locked: 'bad',
}

/** 人员 with their roles, all tokens, and what each role may do. */
export function People(): JSX.Element {
  const { say } = useUi()
  const asked = useCall('users', {}, 10_000)
  return (
    <>
      <Panel title={say('people')} side={<AddUser done={asked.reload} />}>
        <Loaded asked={asked}>
          {(users) => (
            <div class="scroll">
              <table data-testid="users">
                <thead>
                  <tr>
                    <th>{say('name')}</th>
                    <th>{say('role')}</th>
                    <th>{say('state')}</th>
                    <th>{say('lastLogIn')}</th>
                    <th class="number">{say('tokens')}</th>
                    <th />
                  </tr>
                </thead>
                <tbody>
                  {users.map((user) => (
                    <UserRow key={user.name} user={user} done={asked.reload} />
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </Loaded>
      </Panel>
      <Tokens />
      <Rights />
    </>
  )
}

function UserRow({
  user,
  done,
}: {
  readonly user: UserView
  readonly done: () => Promise<void>
}): JSX.Element {
  const { say, pick, tell } = useUi()
  const { name, role, state, lockedUntil, lastLogIn, tokens } = user
  const [fresh, setFresh] = useState<UserRole>(role)
  const [password, setPassword] = useState('')
  const changed = async (): Promise<void> => {
    tell(say('done'))
    await done()
  }
  const enabled = state === 'disabled'
  return (
    <tr data-testid={`user-${name}`}>
      <th>{name}</th>
      <td>{pick(userRoles[role])}</td>
      <td>
        <Badge tone={tones[state]}>{say(`user.${state}`)}</Badge>{' '}
        <span class="quiet">{state === 'locked' ? moment(lockedUntil) : ''}</span>
      </td>
      <td class="quiet">{moment(lastLogIn)}</td>
      <td class="number">{tokens}</td>
      <td class="number">
        <Act
          id={`role-${name}`}
          look="plain"
          label={say('role')}
          ask={say('roleAsk', { name })}
          go={async () => {
            await call('changeUser', { path: name, body: { role: fresh } })
            await changed()
          }}
        >
          <RoleField role={fresh} set={setFresh} />
        </Act>
        <Act
          id={`password-${name}`}
          look="plain"
          label={say('newPassword')}
          ask={say('userPasswordAsk', { name })}
          go={async () => {
            const given = password
            setPassword('')
            await call('changeUser', { path: name, body: { password: given } })
            await changed()
          }}
        >
          <PasswordField value={password} set={setPassword} />
        </Act>
        <Act
          id={`enable-${name}`}
          look="plain"
          label={say(enabled ? 'enable' : 'disable')}
          ask={say(enabled ? 'enableAsk' : 'disableAsk', { name })}
          go={async () => {
            await call('changeUser', { path: name, body: { enabled } })
            await changed()
          }}
        />
      </td>
    </tr>
  )
}

function AddUser({ done }: { readonly done: () => Promise<void> }): JSX.Element {
  const { say, tell } = useUi()
  const [name, setName] = useState('')
  const [role, setRole] = useState<UserRole>('viewer')
  const [password, setPassword] = useState('')
  async function add(): Promise<void> {
    const body = { name: name.trim(), role, password }
    setPassword('')
    await call('addUser', { body })
    setName('')
    tell(say('done'))
    await done()
  }
  return (
    <Act id="add-user" look="main" label={say('addUser')} ask={say('addUserAsk')} go={add}>
      <Field label={say('name')}>
        <input
          value={name}
          required
          maxLength={40}
          autocomplete="off"
          data-testid="user-name"
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </Field>
      <RoleField role={role} set={setRole} />
      <PasswordField value={password} set={setPassword} />
    </Act>
  )
}

/** Empty again as soon as it is sent. */
function PasswordField({
  value,
  set,
}: {
  readonly value: string
  readonly set: (password: string) => void
}): JSX.Element {
  const { say } = useUi()
  return (
    <Field label={say('firstPassword')} hint={say('newPasswordHint')}>
      <input
        type="password"
        value={value}
        required
        maxLength={256}
        autocomplete="new-password"
        data-testid="user-password"
        onInput={(event) => set(event.currentTarget.value)}
      />
    </Field>
  )
}

export function RoleField({
  role,
  set,
  roles = USER_ROLES,
}: {
  readonly role: UserRole
  readonly set: (role: UserRole) => void
  readonly roles?: readonly UserRole[]
}): JSX.Element {
  const { say, pick } = useUi()
  return (
    <Field label={say('role')}>
      <select
        value={role}
        data-testid="role"
        onChange={(event) => set(roles.find((one) => one === event.currentTarget.value) ?? role)}
      >
        {roles.map((one) => (
          <option key={one} value={one}>
            {pick(userRoles[one])}
          </option>
        ))}
      </select>
    </Field>
  )
}

/** 权限表, as the service has it. */
function Rights(): JSX.Element {
  const { say, pick, locale } = useUi()
  return (
    <Panel title={say('rights')} hint={say('rightsHint')}>
      <div class="scroll">
        <table data-testid="rights">
          <thead>
            <tr>
              <th />
              {USER_ROLES.map((role) => (
                <th key={role}>{pick(userRoles[role])}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {ACTIONS.map((action) => (
              <tr key={action}>
                <th>{locale === 'zh' ? accessTable[action].zh : say(`right.${action}`)}</th>
                {USER_ROLES.map((role) => (
                  <td key={role}>
                    {accessTable[action].may[role] ? (
                      <span class="good">
                        ✓<span class="unseen">{say('yes')}</span>
                      </span>
                    ) : (
                      <span class="quiet">
                        –<span class="unseen">{say('no')}</span>
                      </span>
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  )
}
