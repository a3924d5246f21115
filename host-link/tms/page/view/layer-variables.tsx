import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { MASKED } from '../../api-parameters.ts'
import { withVariable } from '../draft.ts'
import { useUi } from '../ui.ts'
import type { EditProps } from './layer-rows.tsx'

/** 变量: put into values as `#{name}`. A password is never shown: what stands in its field until it is typed is a mask. */
export function Variables({ content, change, readOnly }: EditProps): JSX.Element | null {
  const { say } = useUi()
  const [fresh, setFresh] = useState('')
  const entries = Object.entries(content.variables)
  if (readOnly && entries.length === 0) return null
  const add = (): void => {
    if (fresh.trim() === '' || fresh in content.variables) return
    change(withVariable(content, fresh.trim(), { kind: 'text', value: '' }))
    setFresh('')
  }
  return (
    <div class="variables">
      <h3>
        {say('variables')} <small class="quiet">{say('variablesHint')}</small>
      </h3>
      {entries.map(([name, variable]) => (
        <div key={name} class="tools">
          <code>{`#{${name}}`}</code>
          <select
            aria-label={`${name} ${say('variableKind')}`}
            value={variable.kind}
            disabled={readOnly}
            onChange={(event) =>
              change(
                withVariable(content, name, {
                  kind: event.currentTarget.value === 'password' ? 'password' : 'text',
                  value: '', // what was text is not kept as a password, nor the other way
                }),
              )
            }
          >
            <option value="text">{say('variable.text')}</option>
            <option value="password">{say('variable.password')}</option>
          </select>
          <input
            type={variable.kind === 'password' ? 'password' : 'text'}
            aria-label={name}
            autocomplete="off"
            disabled={readOnly}
            value={variable.value === MASKED ? '' : variable.value}
            placeholder={variable.value === MASKED ? MASKED : ''}
            data-testid={`variable-${name}`}
            onInput={(event) =>
              change(withVariable(content, name, { ...variable, value: event.currentTarget.value }))
            }
          />
          {readOnly ? null : (
            <button
              type="button"
              class="plain"
              onClick={() => change(withVariable(content, name, undefined))}
            >
              {say('delete')}
            </button>
          )}
        </div>
      ))}
      {readOnly ? null : (
        <div class="tools">
          <input
            aria-label={say('variableName')}
            placeholder={say('variableName')}
            value={fresh}
            maxLength={40}
            data-testid="variable-name"
            onInput={(event) => setFresh(event.currentTarget.value)}
          />
          <button type="button" data-testid="variable-add" onClick={add}>
            {say('addVariable')}
          </button>
        </div>
      )}
    </div>
  )
}
