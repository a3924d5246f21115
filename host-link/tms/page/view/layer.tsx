import type { JSX } from 'preact'
import { LAYER_KINDS, type LayerDetail, type LayerName } from '../../api-parameters.ts'
import { call } from '../call.ts'
import { Act } from '../part/act.tsx'
import { Badge, Facts, Loaded, Panel } from '../part/panel.tsx'
import { layerTitle } from '../part/shown.ts'
import { moment, useCall, useUi } from '../ui.ts'
import { Compared } from './layer-diff.tsx'
import { LayerEditor } from './layer-editor.tsx'
import { LayerHistory } from './layer-history.tsx'
import { Approvals } from './release.tsx'

/** One layer 参数层: what it says, its draft, the second person, its history. */
export function LayerPage({ kind, name }: { readonly kind: string; readonly name: string }): JSX.Element {
  const { say } = useUi()
  const known = LAYER_KINDS.find((one) => one === kind)
  return known === undefined ? (
    <p class="quiet">{say('noSuchPage')}</p>
  ) : (
    <Shown layer={{ kind: known, name }} />
  )
}

export interface LayerProps {
  readonly layer: LayerName
  readonly detail: LayerDetail
  readonly put: (detail: LayerDetail) => void
}

function Shown({ layer }: { readonly layer: LayerName }): JSX.Element {
  const ui = useUi()
  const { say } = ui
  const asked = useCall('layer', { query: layer }, 5_000)
  return (
    <>
      <p class="crumbs">
        <a href="#/parameters">{say('parameters')}</a> / {layerTitle(ui, layer)}
      </p>
      <Loaded asked={asked}>
        {(detail) => {
          const props = { layer, detail, put: asked.put }
          return (
            <>
              <Head {...props} />
              {detail.draft === undefined ? null : <Draft {...props} />}
              {detail.draft?.state === 'waiting' ? null : <LayerEditor {...props} />}
              <LayerHistory {...props} />
            </>
          )
        }}
      </Loaded>
    </>
  )
}

function Head({ layer, detail }: LayerProps): JSX.Element {
  const ui = useUi()
  const { say } = ui
  const { published, terminals } = detail
  return (
    <Panel title={layerTitle(ui, layer)} id="layer">
      <Facts
        rows={[
          [say('terminals'), say('nTerminals', { n: terminals })],
          [
            say('published'),
            published === undefined
              ? say('none')
              : `v${published.version} · ${published.by} ${moment(published.time)}`,
          ],
          [say('reason'), published?.reason ?? ''],
          [say('keys'), String(Object.keys(published?.content.values ?? {}).length)],
          [say('locks'), String(published?.content.locks.length ?? 0)],
        ]}
      />
    </Panel>
  )
}

/** A draft that is saved, with what it would change; it goes to the terminals from here and nowhere else. */
function Draft({ layer, detail, put }: LayerProps): JSX.Element | null {
  const { say, may, me, tell } = useUi()
  const { draft, terminals, mayApprove } = detail
  if (draft === undefined) return null
  const { version, state, effective, reason, by, time, content, waves } = draft
  const waits = state === 'waiting'
  const second =
    me.policy.parameters === 'always' || (me.policy.parameters === 'shared' && layer.kind !== 'terminal')
  const done = (fresh: LayerDetail): void => {
    put(fresh)
    tell(say('done'))
  }
  const how = say(waves === 'all' ? 'wavesAll' : 'wavesDefault')
  return (
    <Panel
      id="draft"
      title={say('draftNo', { version })}
      hint={`${by} ${moment(time)}`}
      side={
        <>
          {state === 'draft' && may('editParameters') ? (
            <Act
              id="publish"
              look="main"
              label={say(second ? 'submit' : 'publish')}
              ask={say(second ? 'publishSecondAsk' : 'publishAsk', { version, n: terminals, how })}
              terminals={second ? 0 : terminals}
              go={async () => done(await call('publishLayer', { query: layer, body: { draft: version } }))}
            />
          ) : null}
          {waits && mayApprove === 'yes' ? (
            <>
              <Act
                id="approve"
                look="main"
                label={say('approve')}
                ask={say('approveLayerAsk', { version, n: terminals, how })}
                reason="optional"
                terminals={terminals}
                go={async (note) =>
                  done(await call('approveLayer', { query: layer, body: { version, note } }))
                }
              />
              <Act
                id="reject"
                look="danger"
                label={say('reject')}
                ask={say('rejectLayerAsk', { version })}
                reason="wanted"
                go={async (note) =>
                  done(await call('rejectLayer', { query: layer, body: { version, note } }))
                }
              />
            </>
          ) : null}
          {may('editParameters') ? (
            <Act
              id="drop-draft"
              label={say(waits ? 'takeBack' : 'dropDraft')}
              ask={say('dropDraftAsk', { version })}
              go={async () => done(await call('dropDraft', { query: layer }))}
            />
          ) : null}
        </>
      }
    >
      <p class="state-line">
        <Badge tone="warn">{say(waits ? 'layer.waiting' : 'layer.draft')}</Badge>
        <span>{reason}</span>
        <span class="quiet">
          {how}
          {effective === 0 ? '' : ` · ${say('effectiveFrom', { time: moment(effective) })}`}
        </span>
      </p>
      <Compared layer={layer} content={content} />
      {waits ? <Approvals approvals={draft.approvals} may={mayApprove} /> : null}
    </Panel>
  )
}
