import type { JSX } from 'preact'
import type { KeyChange, LayerContent, LayerDiff, LayerName } from '../../api-parameters.ts'
import { Badge, Loaded, type Tone } from '../part/panel.tsx'
import { useCall, useUi } from '../ui.ts'
import { valueText } from './terminal-explain.tsx'

/** 比较 of a content with what is published, as the service judges it; it changes nothing. */
export function Compared({
  layer,
  content,
}: {
  readonly layer: LayerName
  readonly content: LayerContent
}): JSX.Element {
  const asked = useCall('diffLayer', { query: layer, body: content })
  return <Loaded asked={asked}>{(diff) => <Diff diff={diff} />}</Loaded>
}

const tones: { readonly [kind in KeyChange['kind']]: Tone } = {
  ...{ added: 'good', removed: 'bad', changed: 'open', locked: 'warn', unlocked: 'still' },
}

function Diff({ diff }: { readonly diff: LayerDiff }): JSX.Element {
  const { say, pick } = useUi()
  const { changes, findings, flags, terminals, changed, examples } = diff
  return (
    <div data-testid="diff">
      <p class="pad">
        <b>{say('diffChanged', { changed, n: terminals })}</b>{' '}
        {examples.length === 0 ? null : (
          <span class="quiet mono">{say('examples', { list: examples.join(' ') })}</span>
        )}
      </p>
      {findings.map((finding) => (
        <p
          key={`${finding.layer.kind}${finding.layer.name}${finding.key}${finding.problem}`}
          class="error"
          data-testid="finding"
        >
          {pick(finding)}
        </p>
      ))}
      {flags.map((flag) => (
        <p key={`${flag.layer.kind}${flag.layer.name}${flag.key}`} class="error warning">
          {pick(flag)}
        </p>
      ))}
      {changes.length === 0 ? (
        <p class="quiet pad">{say('noChanges')}</p>
      ) : (
        <div class="scroll">
          <table data-testid="changes">
            <thead>
              <tr>
                <th>{say('key')}</th>
                <th>{say('change')}</th>
                <th>{say('before')}</th>
                <th>{say('after')}</th>
              </tr>
            </thead>
            <tbody>
              {changes.map(({ key, kind, before, after }) => (
                <tr key={`${key} ${kind}`}>
                  <th class="mono">{key}</th>
                  <td>
                    <Badge tone={tones[kind]}>{say(`change.${kind}`)}</Badge>
                  </td>
                  <td class="mono value">{before === undefined ? '' : valueText(say, before)}</td>
                  <td class="mono value">{after === undefined ? '' : valueText(say, after)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  )
}
