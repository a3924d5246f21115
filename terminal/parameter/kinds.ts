/** What a parameter can be: its default and its range. */
export interface Flag {
  readonly type: 'flag'
  readonly initial: boolean
}
export interface Count {
  readonly type: 'count'
  readonly initial: number
  readonly min: number
  readonly max: number
}
export interface Choice<C extends string> {
  readonly type: 'choice'
  readonly initial: C
  readonly choices: readonly C[]
}
export interface Words {
  readonly type: 'text'
  readonly initial: string
  readonly lengthMax: number
  /** What the text must be beyond that, when it is not. */
  readonly wants?: (value: string) => string | undefined
}
export type Kind = Flag | Count | Choice<string> | Words

export const flag = (initial: boolean): Flag => ({ type: 'flag', initial })
export const count = (initial: number, min: number, max: number): Count => ({
  type: 'count',
  initial,
  min,
  max,
})
export const choice = <C extends string>(initial: C, ...others: C[]): Choice<C> => ({
  type: 'choice',
  initial,
  choices: [initial, ...others],
})
export const words = (initial: string, lengthMax: number, wants?: Words['wants']): Words =>
  wants === undefined ? { type: 'text', initial, lengthMax } : { type: 'text', initial, lengthMax, wants }

/** Who may change a parameter: only the acquirer (set-up, download), or also the administrator 99 at the terminal. */
export type ChangedBy = 'acquirer' | 'administrator'

/** One row of the table of parameters. */
export interface Row<K extends Kind> {
  /** On flash: never reuse one. */
  readonly number: number
  readonly kind: K
  readonly changedBy: ChangedBy
  /** Whether the batch must be empty for a change: what is in it was made under the old value. */
  readonly emptyBatch: boolean
  readonly zh: string
  readonly en: string
}

export function row<K extends Kind>(
  number: number,
  kind: K,
  changedBy: ChangedBy,
  emptyBatch: boolean,
  zh: string,
  en: string,
): Row<K> {
  return { number, kind, changedBy, emptyBatch, zh, en }
}

/** What the kind wants, when `value` is not that. */
export function fault(kind: Kind, value: unknown): string | undefined {
  switch (kind.type) {
    case 'flag':
      return typeof value === 'boolean' ? undefined : 'true or false'
    case 'count':
      return typeof value === 'number' && Number.isInteger(value) && value >= kind.min && value <= kind.max
        ? undefined
        : `a whole number from ${kind.min} to ${kind.max}`
    case 'choice':
      return typeof value === 'string' && kind.choices.includes(value) ? undefined : kind.choices.join(' or ')
    case 'text':
      return typeof value === 'string' && value.length <= kind.lengthMax
        ? kind.wants?.(value)
        : `text of at most ${kind.lengthMax} characters`
  }
}
