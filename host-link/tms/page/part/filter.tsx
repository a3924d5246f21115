import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { SavedFilter } from '../../api-terminals.ts'
import { FilterError, parseFilter } from '../../filter.ts'
import { call, faultText } from '../call.ts'
import { sentenceZh } from '../refusals.ts'
import { useCall, useUi } from '../ui.ts'
import { Act } from './act.tsx'
import { Field } from './panel.tsx'

interface Props {
  readonly text: string
  readonly go: (text: string) => void
  /** What the service said of the text. */
  readonly fault?: unknown
}

/** 筛选 with its help beside it; what is wrong with a text is said before the service is asked. */
export function FilterField({ text, go, fault }: Props): JSX.Element {
  const { say, locale } = useUi()
  const [typed, setTyped] = useState(text)
  const [help, setHelp] = useState(false)
  useEffect(() => setTyped(text), [text])
  const wrong = filterFault(typed, locale)
  const said = wrong ?? (fault === undefined ? undefined : faultText(fault, locale))
  return (
    <div class="filter">
      <form
        class="tools"
        onSubmit={(event) => {
          event.preventDefault()
          if (wrong === undefined) go(typed.trim())
        }}
      >
        <input
          type="search"
          class="mono"
          aria-label={say('filter')}
          placeholder={say('filterExample')}
          value={typed}
          spellcheck={false}
          data-testid="filter"
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
        <button type="submit" class="main" disabled={wrong !== undefined} data-testid="filter-go">
          {say('search')}
        </button>
        {text === '' ? null : <SaveFilter text={text} />}
        <button type="button" aria-expanded={help} data-testid="filter-help" onClick={() => setHelp(!help)}>
          {say('filterHelp')}
        </button>
      </form>
      {said === undefined ? null : (
        <p class="error" role="alert" data-testid="filter-error">
          {said}
        </p>
      )}
      <SavedFilters go={go} now={text} />
      {help ? (
        <FilterHelp use={(example) => setTyped(typed === '' ? example : `${typed} and ${example}`)} />
      ) : null}
    </div>
  )
}

/** What is wrong with a text of the filter language, for the reader; undefined for one that is right. */
export function filterFault(text: string, locale: 'zh' | 'en'): string | undefined {
  try {
    parseFilter(text)
    return undefined
  } catch (error) {
    if (!(error instanceof FilterError)) throw error
    const sentence = `${error.message}.`
    return locale === 'en' ? sentence : (sentenceZh(sentence) ?? sentence)
  }
}

function FilterHelp({ use }: { readonly use: (example: string) => void }): JSX.Element {
  const { say, pick } = useUi()
  const { data = [] } = useCall('filterWords', {})
  return (
    <div class="help" data-testid="filter-words">
      <p>{say('filterGrammar')}</p>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>{say('filterWord')}</th>
              <th>{say('filterMeaning')}</th>
              <th>{say('filterUse')}</th>
            </tr>
          </thead>
          <tbody>
            {data.map((row) => (
              <tr key={row.word}>
                <th class="mono">{row.word}</th>
                <td>{pick(row)}</td>
                <td>
                  <button type="button" class="plain mono" onClick={() => use(row.example)}>
                    {row.example}
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  )
}

function SavedFilters({
  go,
  now,
}: {
  readonly go: (text: string) => void
  readonly now: string
}): JSX.Element | null {
  const { say, me, tell } = useUi()
  const { data = [], reload } = useCall('savedFilters', {}, 30_000)
  if (data.length === 0) return null
  const drop = async ({ name }: SavedFilter): Promise<void> => {
    await call('dropFilter', { path: name })
    tell(say('done'))
    await reload()
  }
  return (
    <div class="tools saved">
      <span class="quiet">{say('savedFilters')}</span>
      {data.map((saved) => (
        <span key={`${saved.owner} ${saved.name}`} class="chip">
          <button
            type="button"
            aria-pressed={saved.text === now}
            title={saved.text}
            onClick={() => go(saved.text)}
          >
            {saved.name}
          </button>
          {saved.owner === me.name && saved.text === now ? (
            <Act
              id={`drop-filter-${saved.name}`}
              label={say('delete')}
              look="plain"
              ask={say('dropFilterAsk', { name: saved.name })}
              go={() => drop(saved)}
            />
          ) : null}
        </span>
      ))}
    </div>
  )
}

function SaveFilter({ text }: { readonly text: string }): JSX.Element {
  const { say, tell } = useUi()
  const [name, setName] = useState('')
  const [shared, setShared] = useState(false)
  async function save(): Promise<void> {
    await call('saveFilter', { path: name.trim(), body: { text, shared } })
    tell(say('done'))
  }
  return (
    <Act id="save-filter" label={say('saveFilter')} ask={say('saveFilterAsk', { text })} go={save}>
      <Field label={say('calledSo')}>
        <input
          value={name}
          required
          maxLength={40}
          data-testid="filter-name"
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </Field>
      <label class="tick">
        <input
          type="checkbox"
          checked={shared}
          onChange={(event) => setShared(event.currentTarget.checked)}
        />
        {say('shareFilter')}
      </label>
    </Act>
  )
}
