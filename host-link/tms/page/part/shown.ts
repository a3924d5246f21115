import type { LayerName } from '../../api-parameters.ts'
import type { DeploymentRow } from '../../api-releases.ts'
import type { DownloadState, WaitingFor } from '../../api-terminals.ts'
import { endedShort } from '../../deployment.ts'
import type { ReleaseState, TargetState, WaveState } from '../../model.ts'
import { layerWords } from '../../parameters/layer.ts'
import { type deploymentStates, targetStates } from '../../states.ts'
import type { Ui } from '../ui.ts'
import { sayAny } from '../words.ts'
import type { Part, Tone } from './panel.tsx'

type Words = Pick<Ui, 'say' | 'pick'>

const targetTones = { open: 'open', good: 'good', bad: 'bad', gone: 'still' } as const

/** States of targets as parts of a bar, those that count as success first. */
export function targetParts(ui: Words, counts: { readonly [S in TargetState]?: number }): readonly Part[] {
  const order: readonly Tone[] = ['good', 'bad', 'open', 'warn', 'still']
  const parts = (Object.keys(targetStates) as TargetState[]).map((state) => ({
    ...{ name: ui.pick(targetStates[state]), tone: targetTone(state), count: counts[state] ?? 0 },
  }))
  return parts.sort((a, b) => order.indexOf(a.tone) - order.indexOf(b.tone))
}

export function targetTone(state: TargetState): Tone {
  if (state === 'waiting') return 'still'
  if (state === 'deferred') return 'warn'
  return targetTones[targetStates[state].end]
}

// biome-ignore format: one row a state
const tones: { readonly [state in keyof typeof deploymentStates | ReleaseState | WaveState]: Tone } = {
  draft: 'warn', waitingApproval: 'warn', scheduled: 'open', running: 'open', paused: 'bad', finished: 'good', aborted: 'still',
  approved: 'good', withdrawn: 'still', waiting: 'still', baking: 'warn', passed: 'good', failed: 'bad',
}

export const toneOf = (state: keyof typeof tones): Tone => tones[state]

/** A deployment that did not get what its gate asked for is not shown as a good one. */
export function deploymentTone(row: Pick<DeploymentRow, 'state' | 'why'>): Tone {
  return endedShort(row) ? 'warn' : toneOf(row.state)
}

export function waitingText({ say }: Words, waiting: readonly WaitingFor[]): string {
  return waiting.map((one) => sayAny(say, `wait.${one}`)).join(say('listComma'))
}

export function downloadTone(state: DownloadState): Tone {
  if (state === 'failed' || state === 'reverted') return 'bad'
  if (state === 'confirmed') return 'good'
  return state === 'receiving' || state === 'verified' || state === 'armed' || state === 'trial'
    ? 'open'
    : 'still'
}

export function layerTitle({ pick }: Words, { kind, name }: LayerName): string {
  return `${pick(layerWords[kind])}${name === '' ? '' : ` ${name}`}`
}
