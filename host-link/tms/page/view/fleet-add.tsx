import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { call } from '../call.ts'
import { Act } from '../part/act.tsx'
import { Field } from '../part/panel.tsx'
import { Secret } from '../part/secret.tsx'
import { useUi } from '../ui.ts'

type Secrets = readonly { readonly name: string; readonly secret: string }[]

export function AddTerminal({ done }: { readonly done: () => Promise<void> }): JSX.Element {
  const { say } = useUi()
  const [fresh, setFresh] = useState({ serial: '', model: '', merchant: '', store: '', terminalId: '' })
  const [secrets, setSecrets] = useState<Secrets>()
  async function add(): Promise<void> {
    const given = Object.fromEntries(Object.entries(fresh).filter(([, value]) => value.trim() !== ''))
    const { row, password } = await call('addTerminal', {
      body: { ...given, serial: fresh.serial, model: fresh.model },
    })
    setSecrets([{ name: row.serial, secret: password }])
    await done()
  }
  const field = (name: keyof typeof fresh) => (
    <Field label={say(name)} key={name}>
      <input
        value={fresh[name]}
        data-testid={`add-terminal-${name}`}
        onInput={(event) => setFresh({ ...fresh, [name]: event.currentTarget.value })}
      />
    </Field>
  )
  return (
    <>
      <Act id="add-terminal" look="main" label={say('addTerminal')} ask={say('addTerminalAsk')} go={add}>
        <div class="fields">
          {(['serial', 'model', 'merchant', 'store', 'terminalId'] as const).map(field)}
        </div>
      </Act>
      {secrets === undefined ? null : (
        <Secret
          title={say('terminalPassword', { serial: secrets[0]?.name ?? '' })}
          secrets={secrets}
          close={() => setSecrets(undefined)}
        />
      )}
    </>
  )
}

export function ImportTerminals({ done }: { readonly done: () => Promise<void> }): JSX.Element {
  const { say, tell } = useUi()
  const [file, setFile] = useState<File>()
  const [wrong, setWrong] = useState<readonly { readonly line: number; readonly why: string }[]>([])
  const [secrets, setSecrets] = useState<Secrets>()
  async function read(): Promise<void> {
    const answer = await call('importTerminals', { body: { csv: (await file?.text()) ?? '' } })
    setWrong(answer.wrong)
    if (answer.wrong.length > 0) return
    const { added, changed, same, passwords, waits } = answer
    const more = waits === undefined ? '' : say('importWaits', { n: waits.terminals })
    tell(`${say('importDone', { added, changed, same })} ${more}`.trim())
    if (passwords.length > 0)
      setSecrets(passwords.map(({ serial, password }) => ({ name: serial, secret: password })))
    await done()
  }
  return (
    <>
      <Act id="import" label={say('importTerminals')} ask={say('importAsk')} go={read}>
        <Field label={say('file')}>
          <input
            type="file"
            accept=".csv,text/csv"
            data-testid="import-file"
            onChange={(event) => setFile(event.currentTarget.files?.[0])}
          />
        </Field>
      </Act>
      {wrong.length === 0 ? null : (
        <ul class="error" role="alert" data-testid="import-wrong">
          {wrong.map(({ line, why }) => (
            <li key={line}>{say('importLine', { line, why })}</li>
          ))}
        </ul>
      )}
      {secrets === undefined ? null : (
        <Secret title={say('importPasswords')} secrets={secrets} close={() => setSecrets(undefined)} />
      )}
    </>
  )
}
