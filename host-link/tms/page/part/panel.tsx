import type { ComponentChildren, JSX } from 'preact'
import { faultFindings, faultText } from '../call.ts'
import { type Asked, useUi } from '../ui.ts'

interface PanelProps {
  readonly title: string
  readonly hint?: string | undefined
  readonly side?: ComponentChildren
  readonly id?: string
  readonly children: ComponentChildren
}

export function Panel({ title, hint, side, id, children }: PanelProps): JSX.Element {
  return (
    <section class="panel" {...(id !== undefined && { 'data-testid': id })}>
      <h2>
        <b>{title}</b>
        {hint === undefined ? null : <span>{hint}</span>}
        {side === undefined ? null : <div class="side">{side}</div>}
      </h2>
      {children}
    </section>
  )
}

/** What went wrong, at the place where it did. */
export function Fault({ fault }: { readonly fault: unknown }): JSX.Element | null {
  const { locale, pick } = useUi()
  if (fault === undefined) return null
  const findings = faultFindings(fault)
  return (
    <div class="error" role="alert" data-testid="error">
      <p>{faultText(fault, locale)}</p>
      {findings.length < 2 ? null : (
        <ul>
          {findings.map((finding) => (
            <li key={`${finding.layer.kind}${finding.layer.name}${finding.key}${finding.problem}`}>
              {pick(finding)}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

interface LoadedProps<Answer> {
  readonly asked: Asked<Answer>
  readonly children: (answer: Answer) => ComponentChildren
}

/** What was answered; what was last known stays to be read when a later question fails. */
export function Loaded<Answer>({ asked, children }: LoadedProps<Answer>): JSX.Element {
  const { say } = useUi()
  return (
    <>
      <Fault fault={asked.fault} />
      {asked.data === undefined ? (
        asked.fault === undefined ? (
          <p class="waiting">{say('loading')}</p>
        ) : null
      ) : (
        children(asked.data)
      )}
    </>
  )
}

export type Tone = 'good' | 'warn' | 'bad' | 'open' | 'still'

export function Badge({
  tone,
  children,
}: {
  readonly tone: Tone
  readonly children: ComponentChildren
}): JSX.Element {
  return <span class={`badge ${tone}`}>{children}</span>
}

export function Dot({ on }: { readonly on: boolean }): JSX.Element {
  const { say } = useUi()
  return <span class={on ? 'dot on' : 'dot'}>{say(on ? 'online' : 'offline')}</span>
}

export interface Part {
  readonly name: string
  readonly tone: Tone
  readonly count: number
}

/** A bar of parts with what they count beside it, so that nothing is told by colour alone. */
export function Bar({
  parts,
  total,
  label,
}: {
  readonly parts: readonly Part[]
  readonly total: number
  readonly label: string
}): JSX.Element {
  const shown = parts.filter(({ count }) => count > 0)
  return (
    <div class="bars">
      <div
        class="bar"
        role="img"
        aria-label={`${label}: ${shown.map((one) => `${one.name} ${one.count}`).join(', ')}`}
      >
        {shown.map(({ name, tone, count }) => (
          <i key={name} class={tone} style={{ width: `${(100 * count) / Math.max(1, total)}%` }} />
        ))}
      </div>
      <ul class="legend">
        {shown.map(({ name, tone, count }) => (
          <li key={name}>
            <i class={tone} />
            {name} <b>{count}</b>
          </li>
        ))}
      </ul>
    </div>
  )
}

export function Progress({
  percent,
  label,
}: {
  readonly percent: number
  readonly label: string
}): JSX.Element {
  return (
    <span class="progress">
      <progress max={100} value={percent} aria-label={label} />
      <b>{percent}%</b>
    </span>
  )
}

/** Names and what they are, for what is known of one thing. */
export function Facts({
  rows,
}: {
  readonly rows: readonly (readonly [name: string, value: ComponentChildren])[]
}): JSX.Element {
  return (
    <dl class="facts">
      {rows
        .filter(
          ([, value]) => value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0),
        )
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  )
}

export function Field({
  label,
  hint,
  wide,
  children,
}: {
  readonly label: string
  readonly hint?: string | undefined
  readonly wide?: boolean
  readonly children: ComponentChildren
}): JSX.Element {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is handed in
    <label class={wide ? 'field wide' : 'field'}>
      <span>
        {label}
        {hint === undefined ? null : <small> {hint}</small>}
      </span>
      {children}
    </label>
  )
}
