import type { JSX } from 'preact'
import { filterFault } from '../part/filter.tsx'
import { Field, Panel } from '../part/panel.tsx'
import { useCall, useUi } from '../ui.ts'
import type { FormProps } from './wizard.tsx'

const words = { filter: 'targetFilter', group: 'targetGroup', list: 'targetList' } as const

export function WhomFields({ form, set }: FormProps): JSX.Element {
  const { say } = useUi()
  return (
    <Panel title={`2 ${say('who')}`}>
      <div class="form">
        <fieldset>
          <legend>{say('who')}</legend>
          {(['filter', 'group', 'list'] as const).map((target) => (
            <label key={target}>
              <input
                type="radio"
                name="target"
                checked={form.target === target}
                data-testid={`target-${target}`}
                onChange={() => set({ target })}
              />
              {say(words[target])}
            </label>
          ))}
        </fieldset>
        {form.target === 'filter' ? <FilterTarget {...{ form, set }} /> : null}
        {form.target === 'group' ? <GroupTarget {...{ form, set }} /> : null}
        {form.target === 'list' ? (
          <Field label={say('serials')} wide>
            <textarea
              rows={4}
              class="mono"
              value={form.serials}
              data-testid="plan-serials"
              onInput={(event) => set({ serials: event.currentTarget.value })}
            />
          </Field>
        ) : null}
      </div>
    </Panel>
  )
}

/** How many it finds stands beside it: an empty filter is the whole fleet. */
function FilterTarget({ form, set }: FormProps): JSX.Element {
  const { say, locale } = useUi()
  const wrong = filterFault(form.filter, locale)
  const { data } = useCall('terminals', {
    query: { limit: '1', filter: wrong === undefined ? form.filter.trim() : '' },
  })
  const { data: saved = [] } = useCall('savedFilters', {})
  const hint = form.filter.trim() === '' ? say('wholeFleet') : undefined
  return (
    <>
      <Field label={say('filter')} hint={hint} wide>
        <input
          class="mono"
          value={form.filter}
          list="saved-filters"
          placeholder={say('filterExample')}
          spellcheck={false}
          data-testid="plan-filter"
          onInput={(event) => set({ filter: event.currentTarget.value })}
        />
        <datalist id="saved-filters">
          {saved.map(({ name, owner, text }) => (
            <option key={`${owner} ${name}`} value={text} label={name} />
          ))}
        </datalist>
      </Field>
      {wrong === undefined ? (
        <p class={hint === undefined ? 'wide' : 'wide hot'} data-testid="plan-count">
          {data === undefined ? '' : say('nTerminals', { n: data.total })}
        </p>
      ) : (
        <p class="error wide" role="alert">
          {wrong}
        </p>
      )}
    </>
  )
}

function GroupTarget({ form, set }: FormProps): JSX.Element {
  const { say } = useUi()
  const { data: groups = [] } = useCall('groups', {})
  return (
    <>
      <Field label={say('group')}>
        <select
          value={form.group}
          required
          data-testid="plan-group"
          onChange={(event) => set({ group: event.currentTarget.value })}
        >
          <option value="" />
          {groups.map(({ name, terminals }) => (
            <option key={name} value={name}>
              {`${name} (${say('nTerminals', { n: terminals })})`}
            </option>
          ))}
        </select>
      </Field>
      {form.kind === 'program' ? (
        <label class="tick">
          <input
            type="checkbox"
            checked={form.dynamic}
            onChange={(event) => set({ dynamic: event.currentTarget.checked })}
          />
          {say('dynamic')}
        </label>
      ) : null}
    </>
  )
}
