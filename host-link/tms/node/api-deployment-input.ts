import type { DeploymentPlan, TargetRule } from '../api-releases.ts'
import { arePercentages } from '../rollout.ts'
import { isSerial, SERIAL_WANTED } from '../serial.ts'
import { ANY_TIME } from './api-documents.ts'
import { REASON_MAX } from './api-face.ts'
import { ApiFault, type Input, inputOf } from './api-input.ts'
import { filterOf } from './api-terminals.ts'

const SERIALS_MAX = 20_000
const TIME_MAX = 0xffff_ffff
const NAMES = [
  'name',
  'kind',
  'release',
  'target',
  'dynamic',
  'waves',
  'gate',
  'policy',
  'ratePerMinute',
  'startAt',
  'reason',
] as const

/** 下发计划 as JSON has it. Throws `ApiFault` with the place of what is wrong. */
export function planOf(body: unknown): DeploymentPlan {
  const input = inputOf(body, NAMES)
  const kind = input.one('kind', ['program', 'parameters'])
  const target = targetOf(input)
  const dynamic = input.flag('dynamic')
  if (dynamic && target.kind !== 'group')
    throw new ApiFault('badInput', 'dynamic: only a group can take terminals that join later.', 'dynamic')
  if (dynamic && kind === 'parameters')
    throw new ApiFault(
      'badInput',
      'dynamic: parameters of terminals that join later come by themselves.',
      'dynamic',
    )
  return {
    ...{ kind, target, dynamic },
    name: input.text('name', 80),
    release:
      kind === 'program' ? input.whole('release', 1, Number.MAX_SAFE_INTEGER) : input.whole('release', 0, 0),
    waves: wavesOf(input),
    gate: gateOf(input.object('gate', ['confirmedPercent', 'failurePercent', 'sample', 'bakeSeconds'])),
    policy: policyOf(input, kind),
    ratePerMinute: input.whole('ratePerMinute', 0, 1_000_000),
    startAt: input.whole('startAt', 0, TIME_MAX),
    reason: input.text('reason', REASON_MAX),
  }
}

function targetOf(input: Input): TargetRule {
  const all = input.object('target', ['kind', 'text', 'name', 'serials'])
  const kind = all.one('kind', ['filter', 'group', 'list'])
  switch (kind) {
    case 'filter':
      return { kind, text: filterOf(all.text('text', 1_000, 0), 'target.text') }
    case 'group':
      return { kind, name: all.text('name', 40) }
    case 'list':
      return { kind, serials: serialsOf(all, 'serials') }
  }
}

/** A list of serials, each once. */
export function serialsOf(input: Input, name: string): readonly string[] {
  const serials = [...new Set(input.texts(name, SERIALS_MAX, 20))]
  const wrong = serials.find((serial) => !isSerial(serial))
  if (wrong !== undefined) throw new ApiFault('badInput', `${name}: ${SERIAL_WANTED} is wanted.`, name)
  if (serials.length === 0) throw new ApiFault('badInput', `${name}: one serial at least is wanted.`, name)
  return serials
}

function wavesOf(input: Input): DeploymentPlan['waves'] {
  const given = input.value('waves')
  if (given === 'default' || given === 'all') return given
  const percents = input.wholes('waves', 20, 1, 99)
  if (!arePercentages(percents))
    throw new ApiFault('badInput', 'waves: rising percentages from 1 to 99 are wanted.', 'waves')
  return percents
}

function gateOf(gate: Input): DeploymentPlan['gate'] {
  return {
    confirmedPercent: gate.whole('confirmedPercent', 0, 100),
    failurePercent: gate.whole('failurePercent', 0, 100),
    sample: gate.whole('sample', 0, 1_000_000),
    bakeSeconds: gate.whole('bakeSeconds', 0, 30 * 86_400),
  }
}

function policyOf(input: Input, kind: DeploymentPlan['kind']): DeploymentPlan['policy'] {
  const policy = input.object('policy', [
    'earliest',
    'windowFrom',
    'windowTo',
    'deadline',
    'deferrals',
    'allowOpenBatch',
    'automatic',
  ])
  const [earliest, deadline] = [policy.whole('earliest', 0, TIME_MAX), policy.whole('deadline', 0, TIME_MAX)]
  if (deadline !== 0 && deadline <= earliest)
    throw new ApiFault('badInput', 'policy.deadline: it is not after the earliest time.', 'policy.deadline')
  const terms = {
    ...{ earliest, deadline },
    windowFrom: policy.whole('windowFrom', 0, 1439),
    windowTo: policy.whole('windowTo', 0, 1439),
    deferrals: policy.whole('deferrals', 0, 9),
    allowOpenBatch: policy.flag('allowOpenBatch'),
    automatic: policy.flag('automatic'),
  }
  const idle = kind === 'parameters' && policyNames.find((name) => terms[name] !== ANY_TIME[name])
  if (typeof idle === 'string')
    throw new ApiFault('badInput', `policy.${idle}: ${POLICY_OF_PARAMETERS}`, `policy.${idle}`)
  return terms
}

/** Sets of parameters name the time from which they count themselves; terminals look at nothing else of a policy. */
const POLICY_OF_PARAMETERS =
  'parameters come into force at the time of their layer, at the next safe point; no window, deadline or deferral counts.'
const policyNames = Object.keys(ANY_TIME) as (keyof typeof ANY_TIME)[]

/** For requests without a body. */
export function emptyBody(body: unknown): void {
  inputOf(body ?? {}, [])
}
