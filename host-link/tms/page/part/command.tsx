import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { CommandOrder } from '../../api-terminals.ts'
import { call } from '../call.ts'
import { useUi } from '../ui.ts'
import { Act } from './act.tsx'
import { Field } from './panel.tsx'

export type CommandTarget =
  | { readonly kind: 'serial'; readonly serial: string }
  | { readonly kind: 'filter'; readonly filter: string }

interface Props {
  readonly to: CommandTarget
  readonly terminals: number
  readonly done: () => Promise<void>
}

type Kind = CommandOrder['kind']
const KINDS: readonly Kind[] = ['report', 'message', 'log', 'inspection', 'lock', 'unlock']

interface Typed {
  readonly number: string
  readonly zh: string
  readonly en: string
  readonly bytes: string
  readonly plan: string
}

/** 远程命令 to one terminal, or to all that a filter finds. */
export function CommandAct({ to, terminals, done }: Props): JSX.Element {
  const { say, may, tell } = useUi()
  const kinds = KINDS.filter((kind) => may(isLock(kind) ? 'lock' : 'command'))
  const [kind, setKind] = useState<Kind>(kinds[0] ?? 'report')
  const [typed, setTyped] = useState<Typed>({ number: '1', zh: '', en: '', bytes: '8192', plan: '' })
  const [refused, setRefused] = useState('')
  async function send(): Promise<void> {
    const whom = to.kind === 'serial' ? { serials: [to.serial] } : { filter: to.filter }
    const answer = await call('sendCommand', { body: { ...whom, order: orderOf(kind, typed) } })
    const list = answer.refused.slice(0, 5).map(({ serial, why }) => `${serial} (${why})`)
    tell(say('sentTo', { n: answer.commands.length }))
    setRefused(
      answer.refused.length === 0
        ? ''
        : say('sentRefused', { n: answer.refused.length, list: list.join(', ') }),
    )
    await done()
  }
  const set = (name: keyof Typed) => (event: { readonly currentTarget: HTMLInputElement }) =>
    setTyped({ ...typed, [name]: event.currentTarget.value })
  const input = (name: keyof Typed, label: string, max: number) => (
    <Field label={label} key={name}>
      <input value={typed[name]} maxLength={max} data-testid={`command-${name}`} onInput={set(name)} />
    </Field>
  )
  const ask =
    to.kind === 'serial' ? say('commandAskOne', { serial: to.serial }) : say('commandAsk', { n: terminals })
  return (
    <>
      <Act
        id="command"
        label={say('commandMany')}
        look={isLock(kind) ? 'danger' : 'main'}
        yes={say('sendThis', { command: say(`command.${kind}`) })}
        {...{ ask, terminals }}
        go={send}
      >
        <Field label={say('commandKind')}>
          <select
            value={kind}
            data-testid="command-kind"
            onChange={(event) => setKind(kinds.find((one) => one === event.currentTarget.value) ?? kind)}
          >
            {kinds.map((one) => (
              <option key={one} value={one}>
                {say(`command.${one}`)}
              </option>
            ))}
          </select>
        </Field>
        {kind === 'message' ? input('number', say('messageNumber'), 4) : null}
        {kind === 'message' || kind === 'lock'
          ? input('zh', say('textZh'), kind === 'lock' ? 60 : 160)
          : null}
        {kind === 'message' || kind === 'lock'
          ? input('en', say('textEn'), kind === 'lock' ? 60 : 160)
          : null}
        {kind === 'log' ? input('bytes', say('logBytes'), 5) : null}
        {kind === 'inspection' ? input('plan', say('plan'), 32) : null}
        {kind === 'lock' ? <p class="hot">{say('lockHint')}</p> : null}
      </Act>
      {refused === '' ? null : (
        <p class="error" role="alert">
          {refused}
        </p>
      )}
    </>
  )
}

const isLock = (kind: Kind): boolean => kind === 'lock' || kind === 'unlock'

function orderOf(kind: Kind, { number, zh, en, bytes, plan }: Typed): CommandOrder {
  switch (kind) {
    case 'message':
      return { kind, number: Number(number), zh, en }
    case 'lock':
      return { kind, zh, en }
    case 'log':
      return { kind, bytes: Number(bytes) }
    case 'inspection':
      return { kind, plan }
    case 'unlock':
    case 'report':
      return { kind }
  }
}
