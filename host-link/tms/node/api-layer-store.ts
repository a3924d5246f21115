import type { LayerContent, LayerName, LayerState, LayerVersion } from '../api-parameters.ts'
import { asLayer, type Layer, layerText } from '../parameters/layer.ts'
import { handsIn } from './api-approvals.ts'
import type { Query, Row } from './database.ts'

/** A version of a layer as it is kept, passwords and all. */
export interface StoredLayer extends Layer {
  readonly state: LayerState
  readonly waves: LayerVersion['waves']
  readonly reason: string
  readonly who: string
  readonly at: number
  readonly deployment: number
}

const COLUMNS = 'kind, name, version, state, content, effective, waves, reason, who, at, deployment'

export const layerSubject = (layer: LayerName, version: number): string =>
  `layer ${layerText(layer)} ${version}`

/** All published versions that count or will, of all layers. */
export async function publishedLayers({ query }: Pick<Query, 'query'>): Promise<readonly StoredLayer[]> {
  const rows = await query(
    `SELECT ${COLUMNS} FROM tms_layer WHERE state = 'published' ORDER BY kind, name, version`,
  )
  return rows.map(layerOf)
}

/** Newest first. */
export async function layerVersions(
  { query }: Pick<Query, 'query'>,
  { kind, name }: LayerName,
): Promise<readonly StoredLayer[]> {
  const rows = await query(
    `SELECT ${COLUMNS} FROM tms_layer WHERE kind = ? AND name = ? ORDER BY version DESC LIMIT 200`,
    [kind, name],
  )
  return rows.map(layerOf)
}

export async function layerVersion(
  { query }: Pick<Query, 'query'>,
  { kind, name }: LayerName,
  version: number,
): Promise<StoredLayer | undefined> {
  const [row] = await query(`SELECT ${COLUMNS} FROM tms_layer WHERE kind = ? AND name = ? AND version = ?`, [
    kind,
    name,
    version,
  ])
  return row && layerOf(row)
}

/** The newest of each layer: for the list. */
export async function allLayers({ query }: Pick<Query, 'query'>): Promise<readonly StoredLayer[]> {
  const rows = await query(
    `SELECT ${COLUMNS} FROM tms_layer WHERE state IN ('published', 'waiting', 'draft') ORDER BY kind, name, version`,
  )
  return rows.map(layerOf)
}

/** A new version; a draft that is there is replaced by it, under a new number: who looked at the old one did not see this. */
export async function insertDraft(
  { query, run }: Query,
  draft: Omit<StoredLayer, 'version' | 'state' | 'deployment'>,
): Promise<number> {
  const { kind, name } = draft.layer
  const [last] = await query('SELECT max(version) FROM tms_layer WHERE kind = ? AND name = ?', [kind, name])
  const version = Number(last?.[0] ?? 0) + 1
  await run(`DELETE FROM tms_layer WHERE kind = ? AND name = ? AND state = 'draft'`, [kind, name])
  await run(
    `INSERT INTO tms_layer (kind, name, version, state, content, effective, waves, reason, who, at)
     VALUES (?, ?, ?, 'draft', ?, ?, ?, ?, ?, ?)`,
    [
      kind,
      name,
      version,
      JSON.stringify(draft.content),
      draft.effective,
      draft.waves,
      draft.reason,
      draft.who,
      draft.at,
    ],
  )
  return version
}

export async function dropDraft({ run }: Query, { kind, name }: LayerName): Promise<boolean> {
  return (
    (await run(`DELETE FROM tms_layer WHERE kind = ? AND name = ? AND state = 'draft'`, [kind, name])) > 0
  )
}

export async function setLayerState(
  { run }: Query,
  { layer, version }: StoredLayer,
  state: LayerState,
): Promise<void> {
  await run('UPDATE tms_layer SET state = ? WHERE kind = ? AND name = ? AND version = ?', [
    state,
    layer.kind,
    layer.name,
    version,
  ])
}

export async function setLayerDeployment(
  { run }: Query,
  { layer, version }: StoredLayer,
  deployment: number,
): Promise<void> {
  await run('UPDATE tms_layer SET deployment = ? WHERE kind = ? AND name = ? AND version = ?', [
    deployment,
    layer.kind,
    layer.name,
    version,
  ])
}

/**
 * Makes a version count. One that counts at once takes the place of all before it; one of a later time leaves the one that
 * counts until then, and takes the place of others that wait for their time.
 */
export async function publishVersion(query: Query, stored: StoredLayer, now: number): Promise<void> {
  const { kind, name } = stored.layer
  const later = stored.effective > now
  await query.run(
    `UPDATE tms_layer SET state = 'superseded' WHERE kind = ? AND name = ? AND state = 'published'${later ? ' AND effective > ?' : ''}`,
    later ? [kind, name, now] : [kind, name],
  )
  await setLayerState(query, stored, 'published')
}

function layerOf([
  kind,
  name,
  version,
  state,
  content,
  effective,
  waves,
  reason,
  who,
  at,
  deployment,
]: Row): StoredLayer {
  const layer = asLayer(String(kind), String(name))
  if (layer === undefined) throw new TypeError('layers: a name that is none')
  return {
    layer,
    version: Number(version),
    state: String(state) as LayerState,
    content: JSON.parse(String(content)) as LayerContent,
    effective: Number(effective),
    waves: waves === 'default' ? 'default' : 'all',
    reason: String(reason),
    who: String(who),
    at: Number(at),
    deployment: Number(deployment),
  }
}

/** All who had a hand in a version, its author first. */
export async function layerHands(query: Pick<Query, 'query'>, { layer, version, who }: StoredLayer) {
  const { workers, approvals } = await handsIn(query, layerSubject(layer, version))
  return { workers: [who, ...workers], approvals }
}
