import { parameterNames, parameterRow } from '../../../terminal/parameter/table.ts'
import type { LayerContent, LayerDetail, LayerName, LayerVersion, ParameterRow } from '../api-parameters.ts'
import { BY_POLICY, layerNeedsSecond, mayApprove } from '../approval.ts'
import { diffOf } from '../parameters/diff.ts'
import { layerFilter, layerText, NO_CONTENT } from '../parameters/layer.ts'
import { maskedContent, unmaskedContent } from '../parameters/mask.ts'
import { said } from '../said.ts'
import { noteHand } from './api-approvals.ts'
import { deliver } from './api-documents.ts'
import type { Face, Handlers } from './api-face.ts'
import { notFound, REASON_MAX } from './api-face.ts'
import { ApiFault, inputOf } from './api-input.ts'
import { currentOf, effectOf } from './api-layer-check.ts'
import { contentOf, draftOf, layerOfQuestion } from './api-layer-input.ts'
import {
  allLayers,
  dropDraft,
  insertDraft,
  layerHands,
  layerSubject,
  layerVersion,
  layerVersions,
  publishVersion,
  type StoredLayer,
  setLayerDeployment,
  setLayerState,
} from './api-layer-store.ts'

type LayerCalls =
  | 'parameterTable'
  | 'layers'
  | 'layer'
  | 'saveLayer'
  | 'dropDraft'
  | 'diffLayer'
  | 'publishLayer'
  | 'approveLayer'
  | 'rejectLayer'
  | 'revertLayer'

/** 参数层: drafts, comparison, publishing with a second person, history. */
export const layerHandlers: Handlers<LayerCalls> = {
  parameterTable: () => async () => tableRows(),

  layers: () => async (face) => {
    const all = await allLayers(face.query)
    const names = [...new Map(all.map((one) => [layerText(one.layer), one.layer])).values()]
    return Promise.all(
      names.map(async (layer) => {
        const own = all.filter((one) => layerText(one.layer) === layerText(layer)).reverse()
        const shown = currentOf(own, face.now) ?? own[0]
        if (shown === undefined) throw notFound('layer')
        const { values, locks } = shown.content
        return {
          layer,
          version: shown.state === 'published' ? shown.version : 0,
          keys: Object.keys(values).length,
          locks: locks.length,
          terminals: await face.store.countTerminals({ filter: layerFilter(layer) }),
          waiting: own.some(({ state }) => state === 'waiting'),
          time: shown.at,
          by: shown.who,
        }
      }),
    )
  },

  layer: ({ question }) => {
    const layer = layerOfQuestion(question)
    return (face) => detailOf(face, layer)
  },

  saveLayer: ({ question, body }) => {
    const layer = layerOfQuestion(question)
    const draft = draftOf(body)
    return (face) => saveDraft(face, layer, draft)
  },

  dropDraft: ({ question }) => {
    const layer = layerOfQuestion(question)
    return async (face) => {
      const waiting = (await layerVersions(face.query, layer)).find(({ state }) => state === 'waiting')
      if (!(await dropDraft(face.query, layer))) {
        if (waiting === undefined) throw notFound('draft')
        await setLayerState(face.query, waiting, 'rejected') // taken back
      }
      await face.audit('layerDropped', `layer ${layerText(layer)}`)
      return detailOf(face, layer)
    }
  },

  diffLayer: ({ question, body }) => {
    const layer = layerOfQuestion(question)
    const given = contentOf(body, 'body')
    return async (face) => {
      const { content, versions } = await unmasked(face, layer, given)
      const before = currentOf(versions, face.now)?.content ?? NO_CONTENT
      return { changes: diffOf(before, content), ...(await effectOf(face, layer, content, face.now)) }
    }
  },

  publishLayer: ({ question, body }) => {
    const layer = layerOfQuestion(question)
    const version = inputOf(body, ['draft']).whole('draft', 1, Number.MAX_SAFE_INTEGER)
    return async (face) => {
      const stored = await expected(face, layer, version, 'draft')
      await noteHand(face.query, layerSubject(layer, version), face.who.name, 'worked', '', face.now)
      if (!layerNeedsSecond(face.options.policy.parameters, layer)) {
        await publish(face, stored, BY_POLICY)
        return detailOf(face, layer)
      }
      const versions = await layerVersions(face.query, layer)
      if (versions.some(({ state }) => state === 'waiting'))
        throw new ApiFault('refused', 'Another version of this layer waits for a second person.')
      await setLayerState(face.query, stored, 'waiting')
      await face.audit('layerSubmitted', `layer ${layerText(layer)}`, { version })
      return detailOf(face, layer)
    }
  },

  approveLayer: ({ question, body }) => {
    const layer = layerOfQuestion(question)
    const { version, note } = verdictOf(body)
    return async (face) => {
      const stored = await expected(face, layer, version, 'waiting')
      await mayAgree(face, stored)
      await noteHand(face.query, layerSubject(layer, version), face.who.name, 'approved', note, face.now)
      await publish(face, stored, face.who.name)
      return detailOf(face, layer)
    }
  },

  rejectLayer: ({ question, body }) => {
    const layer = layerOfQuestion(question)
    const { version, note } = verdictOf(body)
    return async (face) => {
      const stored = await expected(face, layer, version, 'waiting')
      await noteHand(face.query, layerSubject(layer, version), face.who.name, 'rejected', note, face.now)
      await setLayerState(face.query, stored, 'rejected')
      await face.audit('layerRejected', `layer ${layerText(layer)}`, { version, note })
      return detailOf(face, layer)
    }
  },

  revertLayer: ({ question, body }) => {
    const layer = layerOfQuestion(question)
    const input = inputOf(body, ['version', 'reason'])
    const version = input.whole('version', 1, Number.MAX_SAFE_INTEGER)
    const reason = input.text('reason', REASON_MAX)
    return async (face) => {
      const old = await layerVersion(face.query, layer, version)
      if (old === undefined) throw notFound('version')
      return saveDraft(face, layer, { content: old.content, effective: 0, waves: old.waves, reason })
    }
  },
}

function verdictOf(body: unknown): { readonly version: number; readonly note: string } {
  const input = inputOf(body, ['version', 'note'])
  return {
    version: input.whole('version', 1, Number.MAX_SAFE_INTEGER),
    note: input.text('note', REASON_MAX, 0),
  }
}

/** A content with the passwords that were masked when it was shown. */
async function unmasked(face: Face, layer: LayerName, given: LayerContent) {
  const versions = await layerVersions(face.query, layer)
  const draft = versions.find(({ state }) => state === 'draft')
  const stored = [draft, currentOf(versions, face.now)].map((one) => one?.content)
  return { content: unmaskedContent(given, stored), versions }
}

async function saveDraft(
  face: Face,
  layer: LayerName,
  draft: Pick<StoredLayer, 'content' | 'effective' | 'waves' | 'reason'>,
): Promise<LayerDetail> {
  const { content, versions } = await unmasked(face, layer, draft.content)
  const { findings } = await effectOf(face, layer, content, draft.effective)
  const [first] = findings
  if (first !== undefined) throw new ApiFault('refused', `${first.en}.`, first.key, findings)
  const { who, now, query } = face
  const before = versions.find(({ state }) => state === 'draft')
  // Whoever wrote at the draft that this one comes from had a hand in it.
  const { workers } = before === undefined ? { workers: [] } : await layerHands(query, before)
  const version = await insertDraft(query, { ...draft, content, layer, who: who.name, at: now })
  for (const worker of new Set([...workers, who.name]))
    await noteHand(query, layerSubject(layer, version), worker, 'worked', '', now)
  const published = currentOf(versions, now)?.content ?? NO_CONTENT
  await face.audit('layerSaved', `layer ${layerText(layer)}`, {
    version,
    reason: draft.reason,
    changes: JSON.stringify(diffOf(published, content)),
  })
  return detailOf(face, layer)
}

async function expected(
  face: Face,
  layer: LayerName,
  version: number,
  state: 'draft' | 'waiting',
): Promise<StoredLayer> {
  const stored = await layerVersion(face.query, layer, version)
  if (stored === undefined) throw notFound('version')
  if (stored.state !== state)
    throw new ApiFault('refused', `The version ${version} is ${stored.state}, not ${state}.`)
  return stored
}

async function mayAgree(face: Face, stored: StoredLayer): Promise<void> {
  const { workers } = await layerHands(face.query, stored)
  if (mayApprove(face.who, 'layer', workers, true) === 'ownWork')
    throw new ApiFault(
      'secondPerson',
      'Who wrote or handed in a layer cannot approve it: a second person is wanted.',
    )
}

/** Makes it count and brings it to the terminals. It is judged again: layers above it may have changed meanwhile. */
async function publish(face: Face, stored: StoredLayer, approvedBy: string): Promise<void> {
  const { layer, version, content, effective, waves, reason, who } = stored
  const { findings } = await effectOf(face, layer, content, effective)
  const [first] = findings
  if (first !== undefined) throw new ApiFault('refused', `${first.en}.`, first.key, findings)
  await publishVersion(face.query, stored, face.now)
  const name = said('ofLayer', layerText(layer), version)
  const fleet = { filter: layerFilter(layer) }
  const { deployments, terminals } = await deliver(face, fleet, { name, reason, waves, by: who, approvedBy })
  await setLayerDeployment(face.query, stored, deployments[0] ?? 0)
  await face.audit('layerPublished', `layer ${layerText(layer)}`, {
    ...{ version, approvedBy, terminals, reason },
    deployments: deployments.join(','),
  })
}

async function detailOf(face: Face, layer: LayerName): Promise<LayerDetail> {
  const versions = await layerVersions(face.query, layer)
  const history: LayerVersion[] = []
  for (const one of versions) history.push(await versionView(face, one))
  const published = currentOf(versions, face.now)
  const draft = versions.find(({ state }) => state === 'draft' || state === 'waiting')
  const workers = draft === undefined ? [] : (await layerHands(face.query, draft)).workers
  const shown = (one: StoredLayer | undefined) => history.find(({ version }) => version === one?.version)
  const [publishedView, draftView] = [shown(published), shown(draft)]
  return {
    layer,
    ...(publishedView !== undefined && { published: publishedView }),
    ...(draftView !== undefined && { draft: draftView }),
    history,
    terminals: await face.store.countTerminals({ filter: layerFilter(layer) }),
    mayApprove: mayApprove(face.who, 'layer', workers, draft?.state === 'waiting'),
  }
}

async function versionView(face: Face, stored: StoredLayer): Promise<LayerVersion> {
  const { layer, version, state, content, effective, waves, reason, who, at, deployment } = stored
  const { approvals } = await layerHands(face.query, stored)
  return {
    ...{ layer, version, state, effective, waves, reason, by: who, time: at, approvals },
    content: maskedContent(content),
    ...(deployment !== 0 && { deployment }),
  }
}

function tableRows(): readonly ParameterRow[] {
  return parameterNames.flatMap((key) => {
    const row = parameterRow(key)
    if (row === undefined) return []
    const { number, kind, changedBy, emptyBatch, zh, en } = row
    const { type, initial } = kind
    return [{ key, number, zh, en, type, initial, changedBy, emptyBatch, ...rangeOf(kind) }]
  })
}

function rangeOf(kind: NonNullable<ReturnType<typeof parameterRow>>['kind']) {
  switch (kind.type) {
    case 'count':
      return { min: kind.min, max: kind.max }
    case 'choice':
      return { choices: kind.choices }
    case 'text':
      return { lengthMax: kind.lengthMax }
    case 'flag':
      return {}
  }
}
