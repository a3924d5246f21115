import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { DeploymentPreview } from '../../api-releases.ts'
import { call } from '../call.ts'
import { Act, useWork } from '../part/act.tsx'
import { Fault, Field, Panel } from '../part/panel.tsx'
import { FIRST_FORM, type PlanForm, planOf } from '../plan.ts'
import { linkTo, type Route } from '../route.ts'
import { useCall, useUi } from '../ui.ts'
import { HowFields } from './wizard-how.tsx'
import { Preview } from './wizard-preview.tsx'
import { WhomFields } from './wizard-whom.tsx'

/** What every part of the wizard is handed. */
export interface FormProps {
  readonly form: PlanForm
  readonly set: (change: Partial<PlanForm>) => void
}

/** 新建下发: what → to whom → how → preview → make it. What is previewed is exactly what is made. */
export function Wizard({ route }: { readonly route: Route }): JSX.Element {
  const { say, tell } = useUi()
  const { release = '', filter = '', group = '' } = route.query
  const [form, setForm] = useState<PlanForm>({
    ...FIRST_FORM,
    ...{ release, filter, group, target: group === '' ? 'filter' : 'group' },
  })
  const [preview, setPreview] = useState<{ readonly plan: string; readonly shown: DeploymentPreview }>()
  const { fault, busy, work } = useWork()
  const plan = planOf(form)
  const current = preview !== undefined && preview.plan === JSON.stringify(plan)
  const set = (change: Partial<PlanForm>): void => setForm({ ...form, ...change })
  const count = (): Promise<boolean> =>
    work(async () => {
      const shown = await call('previewDeployment', { body: plan })
      setPreview({ plan: JSON.stringify(plan), shown })
    })
  async function create(): Promise<void> {
    const { row } = await call('createDeployment', { body: plan })
    tell(say('done'))
    location.hash = linkTo(['deployments', String(row.id)])
  }
  const shown = preview?.shown
  return (
    <>
      <p class="crumbs">
        <a href="#/deployments">{say('deployments')}</a> / {say('newDeployment')}
      </p>
      <form
        class="wizard"
        onSubmit={(event) => {
          event.preventDefault()
          void count()
        }}
      >
        <WhatFields {...{ form, set }} />
        <WhomFields {...{ form, set }} />
        <HowFields {...{ form, set }} />
        <Panel title={`4 ${say('preview')}`} hint={say('previewHint')} id="preview">
          <div class="tools">
            <button type="submit" class={current ? '' : 'main'} disabled={busy} data-testid="preview-go">
              {say('previewGo')}
            </button>
            {preview !== undefined && !current ? <span class="hot">{say('previewOld')}</span> : null}
            {shown !== undefined && current ? (
              <Act
                id="create"
                look="main"
                label={say('create')}
                ask={say('createAsk', {
                  ...{ name: plan.name, n: shown.terminals, waves: shown.waves.length },
                  what: say(`kind.${plan.kind}`),
                })}
                terminals={shown.terminals}
                disabled={shown.terminals === 0}
                go={create}
              />
            ) : null}
          </div>
          <Fault fault={fault} />
          {shown !== undefined && current ? <Preview preview={shown} /> : null}
        </Panel>
      </form>
    </>
  )
}

function WhatFields({ form, set }: FormProps): JSX.Element {
  const { say } = useUi()
  const { data: releases = [] } = useCall('releases', {})
  const approved = releases.filter(({ state }) => state === 'approved').reverse()
  const chosen = approved.find(({ id }) => String(id) === form.release)
  const named = (version: string | undefined): string =>
    version === undefined ? say('default.parameters') : say('default.name', { version })
  // The name goes with what is chosen, until somebody types one.
  const own = form.name !== '' && form.name !== named(chosen?.version) && form.name !== named(undefined)
  const choose = (release: string): void => {
    const version = approved.find(({ id }) => String(id) === release)?.version
    set({ release, ...(own ? {} : { name: version === undefined ? '' : named(version) }) })
  }
  return (
    <Panel title={`1 ${say('what')}`}>
      <div class="form">
        <fieldset>
          <legend>{say('what')}</legend>
          {(['program', 'parameters'] as const).map((kind) => (
            <label key={kind}>
              <input
                type="radio"
                name="kind"
                checked={form.kind === kind}
                data-testid={`kind-${kind}`}
                onChange={() =>
                  set({ kind, ...(kind === 'parameters' && !own ? { name: named(undefined) } : {}) })
                }
              />
              {say(kind === 'program' ? 'whatProgram' : 'whatParameters')}
            </label>
          ))}
        </fieldset>
        {form.kind === 'program' ? (
          <Field label={say('chooseRelease')}>
            <select
              value={form.release}
              required
              data-testid="release-choice"
              onChange={(event) => choose(event.currentTarget.value)}
            >
              <option value="">{say(approved.length === 0 ? 'noApproved' : 'chooseRelease')}</option>
              {approved.map(({ id, version, models }) => (
                <option key={id} value={String(id)}>
                  {`${version} (${models.join(' ')})`}
                </option>
              ))}
            </select>
          </Field>
        ) : null}
        <Field label={say('calledSo')}>
          <input
            value={form.name}
            required
            maxLength={80}
            data-testid="plan-name"
            onInput={(event) => set({ name: event.currentTarget.value })}
          />
        </Field>
        <Field label={say('reason')} hint={say('reasonHint')}>
          <input
            value={form.reason}
            required
            maxLength={200}
            data-testid="plan-reason"
            onInput={(event) => set({ reason: event.currentTarget.value })}
          />
        </Field>
      </div>
    </Panel>
  )
}
