import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { TerminalAsset, TerminalDetail } from '../../api-terminals.ts'
import { call } from '../call.ts'
import { Act } from '../part/act.tsx'
import { Field } from '../part/panel.tsx'
import { Secret } from '../part/secret.tsx'
import { wordsIn } from '../plan.ts'
import { useUi } from '../ui.ts'

const TEXTS = [
  'model',
  'maker',
  'acquirer',
  'merchant',
  'merchantName',
  'store',
  'terminalId',
  'account',
  'address',
  'note',
] as const satisfies readonly (keyof TerminalAsset)[]

/** Only what was changed is sent: two people at one terminal do not write over each other's fields. */
export function EditTerminal({
  asset,
  put,
}: {
  readonly asset: TerminalAsset
  readonly put: (terminal: TerminalDetail) => void
}): JSX.Element {
  const { say, tell } = useUi()
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({})
  const change = (name: string) => (event: { readonly currentTarget: HTMLInputElement }) =>
    setTyped({ ...typed, [name]: event.currentTarget.value })
  async function save(): Promise<void> {
    const texts = TEXTS.flatMap((name) =>
      typed[name] === undefined || typed[name] === asset[name] ? [] : [[name, typed[name]]],
    )
    const body = {
      ...Object.fromEntries(texts),
      ...(typed.labels !== undefined && { labels: wordsIn(typed.labels) }),
      ...(typed.zone !== undefined && { zoneMinutes: Number(typed.zone) }),
    }
    put(await call('changeTerminal', { path: asset.serial, body }))
    setTyped({})
    tell(say('done'))
  }
  return (
    <Act id="edit" label={say('edit')} ask={say('editTerminalAsk', { serial: asset.serial })} go={save}>
      <div class="fields">
        {TEXTS.map((name) => (
          <Field key={name} label={say(name === 'account' ? 'account2' : name)}>
            <input value={typed[name] ?? asset[name]} data-testid={`edit-${name}`} onInput={change(name)} />
          </Field>
        ))}
        <Field label={say('labels')}>
          <input
            value={typed.labels ?? asset.labels.join(' ')}
            data-testid="edit-labels"
            onInput={change('labels')}
          />
        </Field>
        <Field label={say('zoneMinutes')}>
          <input
            type="number"
            value={typed.zone ?? String(asset.zoneMinutes)}
            data-testid="edit-zone"
            onInput={change('zone')}
          />
        </Field>
      </div>
    </Act>
  )
}

export function ResetPassword({ serial }: { readonly serial: string }): JSX.Element {
  const { say, me } = useUi()
  const [secret, setSecret] = useState<string>()
  return (
    <>
      <Act
        id="reset-password"
        label={say('resetPassword')}
        look="danger"
        ask={say('resetAsk', { serial })}
        reason="wanted"
        go={async (reason) => {
          const { password } = await call('resetTerminal', { path: serial, body: { reason } })
          setSecret(password)
        }}
      >
        {me.broker === 'other' ? <p class="hint">{say('otherBroker')}</p> : null}
      </Act>
      {secret === undefined ? null : (
        <Secret
          title={say('terminalPassword', { serial })}
          secrets={[{ name: serial, secret }]}
          close={() => setSecret(undefined)}
        />
      )}
    </>
  )
}
