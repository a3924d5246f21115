import type { DeploymentPlan, TargetRule } from '../api-releases.ts'
import { secondsOf } from './ui.ts'

/** What is typed in the wizard 下发向导, as it stands in its fields. */
export interface PlanForm {
  readonly kind: DeploymentPlan['kind']
  readonly release: string
  readonly name: string
  readonly target: TargetRule['kind']
  readonly filter: string
  readonly group: string
  readonly serials: string
  readonly dynamic: boolean
  readonly waves: 'default' | 'all' | 'own'
  readonly percents: string
  readonly confirmedPercent: string
  readonly failurePercent: string
  readonly sample: string
  readonly bakeHours: string
  readonly earliest: string
  readonly deadline: string
  /** `02:00`. */
  readonly windowFrom: string
  readonly windowTo: string
  readonly deferrals: string
  readonly allowOpenBatch: boolean
  readonly automatic: boolean
  readonly rate: string
  readonly startAt: string
  readonly reason: string
}

/** The careful choice everywhere: own terminals first, at night, with settled batches. */
export const FIRST_FORM: PlanForm = {
  ...{ kind: 'program', release: '', name: '', target: 'filter', filter: '', group: '', serials: '' },
  ...{ dynamic: false, waves: 'default', percents: '1 10 30' },
  ...{ confirmedPercent: '95', failurePercent: '2', sample: '20', bakeHours: '24' },
  ...{ earliest: '', deadline: '', windowFrom: '02:00', windowTo: '05:00', deferrals: '3' },
  ...{ allowOpenBatch: false, automatic: true, rate: '0', startAt: '', reason: '' },
}

/** What is asked of the service. It judges every value: nothing is corrected here that a person typed. */
export function planOf(form: PlanForm): DeploymentPlan {
  const { kind, target, waves } = form
  return {
    ...{ kind, name: form.name.trim(), reason: form.reason.trim() },
    release: kind === 'program' ? Number(form.release) : 0,
    target: targetOf(form),
    dynamic: form.dynamic && target === 'group' && kind === 'program',
    waves: waves === 'own' ? numbersIn(form.percents) : waves,
    gate: {
      confirmedPercent: numberIn(form.confirmedPercent),
      failurePercent: numberIn(form.failurePercent),
      sample: numberIn(form.sample),
      bakeSeconds: Math.round(numberIn(form.bakeHours) * 3_600),
    },
    policy:
      kind === 'parameters'
        ? ANY_TIME
        : {
            ...{ earliest: secondsOf(form.earliest), deadline: secondsOf(form.deadline) },
            ...{ windowFrom: minutesOf(form.windowFrom), windowTo: minutesOf(form.windowTo) },
            ...{
              deferrals: numberIn(form.deferrals),
              allowOpenBatch: form.allowOpenBatch,
              automatic: form.automatic,
            },
          },
    ratePerMinute: numberIn(form.rate),
    startAt: secondsOf(form.startAt),
  }
}

/** Terminals take parameters at the time of their layer: the fields of times are not shown then. */
const ANY_TIME: DeploymentPlan['policy'] = {
  ...{ earliest: 0, deadline: 0, windowFrom: 0, windowTo: 0, deferrals: 0 },
  ...{ allowOpenBatch: false, automatic: true },
}

function targetOf({ target, filter, group, serials }: PlanForm): TargetRule {
  switch (target) {
    case 'filter':
      return { kind: target, text: filter.trim() }
    case 'group':
      return { kind: target, name: group }
    case 'list':
      return { kind: target, serials: wordsIn(serials) }
  }
}

/** Serials of a list, however they are parted. */
export function wordsIn(text: string): readonly string[] {
  return text.split(/[\s,;，；、]+/).filter((word) => word !== '')
}

/** An empty field is no number: the service says so at its place. */
export function numberIn(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text)
}

function numbersIn(text: string): readonly number[] {
  return wordsIn(text).map(Number)
}

/** `02:30` → 150; what is no time is no number. */
export function minutesOf(text: string): number {
  const match = /^(\d\d):(\d\d)$/.exec(text)
  return match === null ? Number.NaN : Number(match[1]) * 60 + Number(match[2])
}

/** 150 → `02:30`. */
export function clockOf(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
}
