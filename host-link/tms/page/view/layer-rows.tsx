import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { LayerContent, ParameterRow } from '../../api-parameters.ts'
import { rangeText, typedValue, withLock, withValue } from '../draft.ts'
import { useUi } from '../ui.ts'
import { valueText } from './terminal-explain.tsx'

export interface EditProps {
  readonly content: LayerContent
  readonly change: (content: LayerContent) => void
  readonly readOnly: boolean
}

/** Every key of the table: given here or not, its value, and whether layers below may give another. */
export function KeyRows({
  rows,
  ...edit
}: EditProps & { readonly rows: readonly ParameterRow[] }): JSX.Element {
  const { say } = useUi()
  const [search, setSearch] = useState('')
  const [given, setGiven] = useState(false)
  const word = search.trim().toLowerCase()
  const shown = rows.filter(
    ({ key, zh, en }) =>
      (!given || key in edit.content.values) && `${key} ${zh} ${en}`.toLowerCase().includes(word),
  )
  return (
    <>
      <div class="tools">
        <input
          type="search"
          placeholder={say('searchKey')}
          aria-label={say('searchKey')}
          value={search}
          data-testid="search-key"
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
        <label class="tick">
          <input
            type="checkbox"
            checked={given}
            onChange={(event) => setGiven(event.currentTarget.checked)}
          />
          {say('onlyGiven')}
        </label>
        <span class="quiet">{say('nKeys', { n: Object.keys(edit.content.values).length })}</span>
      </div>
      <div class="scroll tall">
        <table data-testid="keys">
          <thead>
            <tr>
              <th>{say('given')}</th>
              <th>{say('key')}</th>
              <th>{say('value')}</th>
              <th>{say('lock')}</th>
              <th>{say('takes')}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <KeyRow key={row.key} row={row} {...edit} />
            ))}
          </tbody>
        </table>
      </div>
    </>
  )
}

function KeyRow({ row, content, change, readOnly }: EditProps & { readonly row: ParameterRow }): JSX.Element {
  const { say, pick } = useUi()
  const { key, initial, emptyBatch } = row
  const isGiven = key in content.values
  return (
    <tr class={isGiven ? 'given' : ''}>
      <td>
        <input
          type="checkbox"
          aria-label={`${say('given')} ${pick(row)}`}
          checked={isGiven}
          disabled={readOnly}
          data-testid={`give-${key}`}
          onChange={(event) =>
            change(withValue(content, key, event.currentTarget.checked ? initial : undefined))
          }
        />
      </td>
      <th>
        {pick(row)} <span class="mono quiet">{key}</span>
        {emptyBatch ? <small class="quiet"> · {say('needsEmptyBatch')}</small> : null}
      </th>
      <td class="value" title={String(initial)}>
        {isGiven ? (
          <ValueField {...{ row, content, change, readOnly }} />
        ) : (
          <span class="quiet mono">{valueText(say, initial)}</span>
        )}
      </td>
      <td>
        <input
          type="checkbox"
          aria-label={`${say('lock')} ${pick(row)}`}
          checked={content.locks.includes(key)}
          disabled={readOnly || !isGiven}
          data-testid={`lock-${key}`}
          onChange={(event) => change(withLock(content, key, event.currentTarget.checked))}
        />
      </td>
      <td class="quiet mono value" title={rangeText(row)}>
        {rangeText(row)}
      </td>
    </tr>
  )
}

function ValueField({
  row,
  content,
  change,
  readOnly,
}: EditProps & { readonly row: ParameterRow }): JSX.Element {
  const { say, pick } = useUi()
  const { key, type, choices = [] } = row
  const value = content.values[key]
  const shared = {
    ...{ disabled: readOnly, 'aria-label': pick(row), 'data-testid': `value-${key}` },
    value: String(value),
  }
  const set = (text: string): void => change(withValue(content, key, typedValue(row, text)))
  if (type === 'flag')
    return (
      <select {...shared} onChange={(event) => set(event.currentTarget.value)}>
        <option value="true">{say('yes')}</option>
        <option value="false">{say('no')}</option>
      </select>
    )
  if (type === 'choice')
    return (
      <select {...shared} onChange={(event) => set(event.currentTarget.value)}>
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {choice}
          </option>
        ))}
      </select>
    )
  return (
    <input
      {...shared}
      class={type === 'text' ? 'mono long' : 'mono'}
      inputMode={type === 'count' ? 'numeric' : 'text'}
      onInput={(event) => set(event.currentTarget.value)}
    />
  )
}
