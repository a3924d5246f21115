import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { LayerContent } from '../../api-parameters.ts'
import { call } from '../call.ts'
import { EMPTY_CONTENT, sameContent } from '../draft.ts'
import { Act } from '../part/act.tsx'
import { Field, Loaded, Panel } from '../part/panel.tsx'
import { localOf, secondsOf, useCall, useUi } from '../ui.ts'
import type { LayerProps } from './layer.tsx'
import { Compared } from './layer-diff.tsx'
import { KeyRows } from './layer-rows.tsx'
import { Variables } from './layer-variables.tsx'

/** 编辑: values, locks and variables of one layer. Nothing leaves the page before it is saved as a draft. */
export function LayerEditor({ layer, detail, put }: LayerProps): JSX.Element {
  const { say, may, tell } = useUi()
  const table = useCall('parameterTable', {})
  const base = detail.draft ?? detail.published
  const saved = base?.content ?? EMPTY_CONTENT
  const [edited, setEdited] = useState<LayerContent>()
  const [begunAt, setBegunAt] = useState(base?.version)
  const [compare, setCompare] = useState<LayerContent>()
  const [how, setHow] = useState({
    effective: localOf(base?.effective ?? 0),
    waves: base?.waves ?? 'default',
  })
  const content = edited ?? saved
  const dirty = edited !== undefined && !sameContent(edited, saved)
  const readOnly = !may('editParameters')
  useEffect(() => {
    if (!dirty) return undefined
    const stay = (event: BeforeUnloadEvent): void => event.preventDefault()
    addEventListener('beforeunload', stay)
    return () => removeEventListener('beforeunload', stay)
  }, [dirty])
  const change = (fresh: LayerContent): void => {
    if (edited === undefined) setBegunAt(base?.version)
    setCompare(undefined)
    setEdited(fresh)
  }
  const forget = (): void => {
    setEdited(undefined)
    setCompare(undefined)
  }
  async function save(reason: string): Promise<void> {
    const body = { content, reason, effective: secondsOf(how.effective), waves: how.waves }
    put(await call('saveLayer', { query: layer, body }))
    forget()
    tell(say('draftSaved'))
  }
  return (
    <Panel
      id="editor"
      title={say('editLayer')}
      hint={dirty ? say('unsaved') : undefined}
      side={
        readOnly ? undefined : (
          <>
            <button type="button" disabled={!dirty} data-testid="compare" onClick={() => setCompare(content)}>
              {say('compare')}
            </button>
            <button type="button" disabled={!dirty} onClick={forget}>
              {say('undo')}
            </button>
            <Act
              id="save-draft"
              look="main"
              label={say('saveDraft')}
              ask={say('saveDraftAsk', { n: detail.terminals })}
              reason="wanted"
              disabled={!dirty}
              go={save}
            >
              <Field label={say('effective')} hint={say('effectiveHint')}>
                <input
                  type="datetime-local"
                  value={how.effective}
                  data-testid="effective"
                  onInput={(event) => setHow({ ...how, effective: event.currentTarget.value })}
                />
              </Field>
              <Field label={say('waves')}>
                <select
                  value={how.waves}
                  data-testid="draft-waves"
                  onChange={(event) =>
                    setHow({ ...how, waves: event.currentTarget.value === 'all' ? 'all' : 'default' })
                  }
                >
                  <option value="default">{say('wavesDefault')}</option>
                  <option value="all">{say('wavesAll')}</option>
                </select>
              </Field>
            </Act>
          </>
        )
      }
    >
      {dirty && begunAt !== base?.version ? <p class="error warning">{say('changedMeanwhile')}</p> : null}
      {compare === undefined ? null : <Compared layer={layer} content={compare} />}
      <Loaded asked={table}>{(rows) => <KeyRows {...{ rows, content, change, readOnly }} />}</Loaded>
      <Variables {...{ content, change, readOnly }} />
    </Panel>
  )
}
