import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { LAYER_KINDS, type LayerKind, type LayerRow } from '../../api-parameters.ts'
import { layerText, layerWords } from '../../parameters/layer.ts'
import { Badge, Loaded, Panel } from '../part/panel.tsx'
import { layerTitle } from '../part/shown.ts'
import { linkTo } from '../route.ts'
import { moment, useCall, useUi } from '../ui.ts'

/** 参数层: from the widest to the narrowest, stores below their merchant. */
export function Layers(): JSX.Element {
  const { say } = useUi()
  const asked = useCall('layers', {}, 10_000)
  return (
    <>
      <Panel title={say('layers')} hint={say('layersHint')}>
        <OpenLayer />
        <Loaded asked={asked}>
          {(rows) =>
            rows.length === 0 ? (
              <p class="quiet pad">{say('noLayers')}</p>
            ) : (
              <LayerTable rows={inTree(rows)} />
            )
          }
        </Loaded>
      </Panel>
      <Drift />
    </>
  )
}

const DEPTH: { readonly [kind in LayerKind]: number } = {
  ...{ product: 0, model: 1, acquirer: 1, merchant: 2, store: 3, terminal: 4 },
}

/** A layer behind the one that it is below. */
function inTree(rows: readonly LayerRow[]): readonly LayerRow[] {
  const place = ({ layer: { kind, name } }: LayerRow): string => {
    const group = kind === 'store' ? 'merchant' : kind
    return `${LAYER_KINDS.indexOf(group)} ${name}`
  }
  return [...rows].sort((a, b) => (place(a) < place(b) ? -1 : 1))
}

function LayerTable({ rows }: { readonly rows: readonly LayerRow[] }): JSX.Element {
  const ui = useUi()
  const { say } = ui
  return (
    <div class="scroll">
      <table data-testid="layers">
        <thead>
          <tr>
            <th>{say('layer')}</th>
            <th class="number">{say('version')}</th>
            <th class="number">{say('keys')}</th>
            <th class="number">{say('locks')}</th>
            <th class="number">{say('terminals')}</th>
            <th>{say('state')}</th>
            <th>{say('lastChange')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ layer, version, keys, locks, terminals, waiting, time, by }) => (
            <tr key={layerText(layer)}>
              <th>
                <span class={`depth depth-${DEPTH[layer.kind]}`}>
                  <a
                    href={linkTo(['parameters', layer.kind, layer.name])}
                    data-testid={`layer-${layerText(layer)}`}
                  >
                    {layerTitle(ui, layer)}
                  </a>
                </span>
              </th>
              <td class="number">{version === 0 ? '–' : version}</td>
              <td class="number">{keys}</td>
              <td class="number">{locks}</td>
              <td class="number">{terminals}</td>
              <td>
                {waiting ? (
                  <Badge tone="warn">{say('layer.waiting')}</Badge>
                ) : version === 0 ? (
                  <Badge tone="still">{say('layer.draft')}</Badge>
                ) : null}
              </td>
              <td>
                {by} <span class="quiet">{moment(time)}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** A layer that has nothing yet is opened by its name. */
function OpenLayer(): JSX.Element {
  const { say, pick } = useUi()
  const [kind, setKind] = useState<LayerKind>('product')
  const [name, setName] = useState('')
  const wanted = kind !== 'product'
  return (
    <form
      class="tools"
      onSubmit={(event) => {
        event.preventDefault()
        location.hash = linkTo(['parameters', kind, wanted ? name.trim() : ''])
      }}
    >
      <select
        aria-label={say('layer')}
        value={kind}
        data-testid="layer-kind"
        onChange={(event) => setKind(LAYER_KINDS.find((one) => one === event.currentTarget.value) ?? kind)}
      >
        {LAYER_KINDS.map((one) => (
          <option key={one} value={one}>
            {pick(layerWords[one])}
          </option>
        ))}
      </select>
      {wanted ? (
        <input
          type="search"
          required
          aria-label={say('calledSo')}
          placeholder={say(kind === 'store' ? 'layerStoreName' : 'layerName')}
          value={name}
          data-testid="layer-name"
          onInput={(event) => setName(event.currentTarget.value)}
        />
      ) : null}
      <button type="submit" class="main" data-testid="layer-open">
        {say('openLayer')}
      </button>
    </form>
  )
}

/** 本地修改: what was changed at the terminals themselves. */
function Drift(): JSX.Element {
  const { say } = useUi()
  const asked = useCall('drift', { query: { limit: '50' } }, 30_000)
  return (
    <Panel title={say('drift')} hint={say('driftHint')} id="drift">
      <Loaded asked={asked}>
        {({ rows, total }) =>
          rows.length === 0 ? (
            <p class="quiet pad">{say('noDrift')}</p>
          ) : (
            <>
              <ul class="lines">
                {rows.map(({ serial, merchant, names, lastSeen }) => (
                  <li key={serial}>
                    <a class="mono" href={linkTo(['terminals', serial])}>
                      {serial}
                    </a>
                    <span class="quiet">{merchant ?? ''}</span>
                    <code>{names.join(' ')}</code>
                    <span class="quiet">{moment(lastSeen)}</span>
                  </li>
                ))}
              </ul>
              {total > rows.length ? (
                <p class="pad">
                  <a href={linkTo(['terminals'], { filter: 'drift > 0' })}>
                    {say('nTerminals', { n: total })}
                  </a>
                </p>
              ) : null}
            </>
          )
        }
      </Loaded>
    </Panel>
  )
}
