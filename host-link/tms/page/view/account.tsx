import type { JSX } from 'preact'
import { userRoles } from '../../access.ts'
import { Facts, Panel } from '../part/panel.tsx'
import { moment, useUi } from '../ui.ts'
import { ChangePassword } from './password.tsx'
import { Tokens } from './tokens.tsx'

/** 我的账户: one's own role, password and tokens. */
export function Account(): JSX.Element {
  const { say, pick, me } = useUi()
  return (
    <>
      <Panel title={say('account')}>
        <Facts
          rows={[
            [say('name'), me.name],
            [say('role'), pick(userRoles[me.role])],
            [say('sessionUntil'), moment(me.until)],
          ]}
        />
      </Panel>
      <ChangePassword done={() => undefined} />
      <Tokens />
    </>
  )
}
