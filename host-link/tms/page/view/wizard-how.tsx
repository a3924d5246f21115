import type { JSX } from 'preact'
import { Field, Panel } from '../part/panel.tsx'
import type { PlanForm } from '../plan.ts'
import { useUi } from '../ui.ts'
import type { FormProps } from './wizard.tsx'

type TextName = { [Name in keyof PlanForm]: PlanForm[Name] extends string ? Name : never }[keyof PlanForm]

const waveWords = { default: 'wavesDefault', all: 'wavesAll', own: 'wavesOwn' } as const

export function HowFields({ form, set }: FormProps): JSX.Element {
  const { say } = useUi()
  const text = (name: TextName, type: string, more: JSX.InputHTMLAttributes<HTMLInputElement> = {}) => (
    <input
      {...{ type, ...more }}
      value={form[name]}
      data-testid={`plan-${name}`}
      onInput={(event) => set({ [name]: event.currentTarget.value })}
    />
  )
  const number = (name: TextName, max: number) =>
    text(name, 'number', { min: 0, max, required: true, step: 'any' })
  const tick = (name: 'allowOpenBatch' | 'automatic', label: string) => (
    <label class="tick">
      <input
        type="checkbox"
        checked={form[name]}
        data-testid={`plan-${name}`}
        onChange={(event) => set({ [name]: event.currentTarget.checked })}
      />
      {label}
    </label>
  )
  const times = (
    <>
      <Field label={say('windowFrom')} hint={say('windowHint')}>
        {text('windowFrom', 'time', { required: true })}
      </Field>
      <Field label={say('windowTo')}>{text('windowTo', 'time', { required: true })}</Field>
      <Field label={say('earliest')}>{text('earliest', 'datetime-local')}</Field>
      <Field label={say('deadline')} hint={say(form.automatic ? 'deadlineHint' : 'deadlineHintAsk')}>
        {text('deadline', 'datetime-local')}
      </Field>
      <Field label={say('deferrals')}>{number('deferrals', 9)}</Field>
    </>
  )
  return (
    <Panel title={`3 ${say('how')}`}>
      <div class="form">
        <fieldset class="wide">
          <legend>{say('waves')}</legend>
          {(['default', 'all', 'own'] as const).map((waves) => (
            <label key={waves}>
              <input
                type="radio"
                name="waves"
                checked={form.waves === waves}
                data-testid={`waves-${waves}`}
                onChange={() => set({ waves })}
              />
              {say(waveWords[waves])}
            </label>
          ))}
        </fieldset>
        {form.waves === 'own' ? <Field label={say('percents')}>{text('percents', 'text')}</Field> : null}
        <h3 class="wide">{say('gate')}</h3>
        <Field label={say('confirmedPercent')}>{number('confirmedPercent', 100)}</Field>
        <Field label={say('failurePercent')}>{number('failurePercent', 100)}</Field>
        <Field label={say('sample')}>{number('sample', 1_000_000)}</Field>
        <Field label={say('bakeHours')}>{number('bakeHours', 720)}</Field>
        <h3 class="wide">{say('when')}</h3>
        {form.kind === 'program' ? times : <p class="wide hint">{say('whenParameters')}</p>}
        <Field label={say('rate')}>{number('rate', 1_000_000)}</Field>
        <Field label={say('startAt')} hint={say('startHint')}>
          {text('startAt', 'datetime-local')}
        </Field>
        {form.kind === 'program' ? tick('automatic', say('automatic')) : null}
        {form.kind === 'program' ? tick('allowOpenBatch', say('openBatchField')) : null}
      </div>
    </Panel>
  )
}
