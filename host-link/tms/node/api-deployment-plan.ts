import { CODE } from '../../wire/tms/codes.ts'
import type { DeploymentPlan, DeploymentPreview } from '../api-releases.ts'
import { isTooLate } from '../deployment.ts'
import type { Release, Terminal } from '../model.ts'
import { waveSizes } from '../rollout.ts'
import type { TerminalQuery } from '../store.ts'
import { documentsOf, terminalsOf, wantedDocument } from './api-documents.ts'
import { type Face, notFound } from './api-face.ts'
import { ApiFault } from './api-input.ts'
import { releaseAt } from './api-releases.ts'
import { digestOf } from './deployment-create.ts'

const EXAMPLES_MAX = 5

/** Terminals of a plan, sorted by what can become of them. */
export interface Chosen {
  readonly release: Release | undefined
  readonly fit: readonly Terminal[]
  readonly refused: ReadonlyMap<number, readonly string[]>
  /** They have it already. */
  readonly there: number
}

/** Looks at every terminal that a plan means. Throws `ApiFault` for a release that cannot be deployed, a group that is none, a deadline that has passed. */
export async function chosenBy(face: Face, plan: DeploymentPlan): Promise<Chosen> {
  if (isTooLate(plan.policy, face.now))
    throw new ApiFault('badInput', 'policy.deadline: it has passed.', 'policy.deadline')
  const release = plan.kind === 'program' ? await releaseAt(face, plan.release) : undefined
  if (release !== undefined && release.state !== 'approved')
    throw new ApiFault(
      'refused',
      `The release ${release.version} is not approved: it is ${release.state}.`,
      'release',
    )
  const fit: Terminal[] = []
  const refused = new Map<number, string[]>()
  let there = 0
  for await (const terminal of meant(face, plan)) {
    if (terminal.status === 'retired') continue
    const code = release === undefined ? CODE.ok : refusalOf(terminal, release)
    if (code !== CODE.ok) refused.set(code, [...(refused.get(code) ?? []), terminal.serial])
    else if (await isThere(face, terminal, release)) there++
    else fit.push(terminal)
  }
  return { release, fit, refused, there }
}

async function* meant(face: Face, { target }: DeploymentPlan): AsyncIterable<Terminal> {
  if (target.kind === 'list') {
    for (const serial of target.serials) {
      const terminal = await face.store.terminal(serial)
      if (terminal === undefined)
        throw new ApiFault('refused', `There is no terminal ${serial}.`, 'target.serials')
      yield terminal
    }
    return
  }
  if (target.kind === 'group' && (await face.store.group(target.name)) === undefined) throw notFound('group')
  const fleet: Omit<TerminalQuery, 'limit'> =
    target.kind === 'group' ? { group: target.name } : { filter: target.text }
  yield* terminalsOf(face, fleet)
}

/** Why a terminal would refuse a release before the first block, as far as the service can tell; else `CODE.ok`. */
function refusalOf({ model, reported }: Terminal, { models, counter, expires }: Release): number {
  if (!models.includes(model)) return CODE.wrongModel
  if (reported !== undefined && reported.counter > counter) return CODE.counterLow
  return expires !== 0 && reported !== undefined && expires <= reported.at ? CODE.expired : CODE.ok
}

async function isThere(
  { query, now }: Face,
  { serial, reported }: Terminal,
  release: Release | undefined,
): Promise<boolean> {
  if (release !== undefined) return reported?.release === release.manifest && !reported.trial
  const wanted = wantedDocument(await documentsOf(query, serial), now)
  return wanted === undefined || wanted.hash === reported?.parameters
}

/** 预览: what a plan would do. */
export async function previewOf(face: Face, plan: DeploymentPlan): Promise<DeploymentPreview> {
  const { release, fit, refused, there } = await chosenBy(face, plan)
  const sizes = waveSizes(fit.length, fit.filter(isInternal).length, plan.waves)
  const ordered = [...fit].sort((a, b) => (orderKey(a) < orderKey(b) ? -1 : 1))
  const starts = sizes.map((_, at) => sizes.slice(0, at).reduce((sum, size) => sum + size, 0))
  const full = release?.payloads.find(({ base }) => base === '')?.size ?? 0
  const sizeFor = ({ reported }: Terminal): number =>
    release?.payloads.find(({ base }) => base !== '' && base === reported?.program)?.size ?? full
  const overhead = release?.manifestSize ?? 0
  return {
    terminals: fit.length,
    waves: sizes.map((terminals, index) => ({
      ...{ index, terminals },
      examples: ordered.slice(starts[index], (starts[index] ?? 0) + EXAMPLES_MAX).map(({ serial }) => serial),
    })),
    refused: [...refused].map(([code, serials]) => ({
      ...{ code, terminals: serials.length, examples: serials.slice(0, EXAMPLES_MAX) },
    })),
    alreadyThere: there,
    bytes: fit.reduce((sum, terminal) => sum + sizeFor(terminal) + overhead, 0),
    bytesFull: fit.length * (full + overhead),
    warnings: warningsOf(face, plan, fit, sizes),
  }
}

const isInternal = ({ labels }: Terminal): boolean => labels.includes('internal')
/** The order in which the store puts terminals into waves. */
const orderKey = (terminal: Terminal): string =>
  (isInternal(terminal) ? '0' : '1') + digestOf(terminal.serial)

function warningsOf(
  { now }: Face,
  { waves, policy, gate }: DeploymentPlan,
  fit: readonly Terminal[],
  sizes: readonly number[],
): DeploymentPreview['warnings'] {
  const silent = fit.filter(({ reported }) => (reported?.at ?? 0) < now - 7 * 86_400).length
  const found: { zh: string; en: string }[] = []
  if (fit.length === 0) found.push({ zh: '没有终端', en: 'no terminal is meant' })
  if (waves === 'all' && fit.length > 50)
    found.push({ zh: '全部终端一次下发, 没有金丝雀', en: 'all terminals at once, without a canary' })
  if (silent > 0)
    found.push({ zh: `${silent} 台终端一周未报告`, en: `${silent} terminals have not reported for a week` })
  if (policy.deadline === 0) found.push({ zh: '没有截止时间', en: 'there is no deadline' })
  if (policy.deadline !== 0 && policy.deadline < now + sizes.length * gate.bakeSeconds)
    found.push({ zh: '截止时间早于最后一波', en: 'the deadline is before the last wave can begin' })
  return found
}
