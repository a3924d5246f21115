import type { JSX } from 'preact'
import type { DeploymentPreview } from '../../api-releases.ts'
import { Facts } from '../part/panel.tsx'
import { codeText } from '../part/terminal-words.ts'
import { bytesText, useUi } from '../ui.ts'

/** 预览: how many, in which waves, who is left out and why. */
export function Preview({ preview }: { readonly preview: DeploymentPreview }): JSX.Element {
  const ui = useUi()
  const { say, pick } = ui
  const { terminals, waves, refused, alreadyThere, bytes, bytesFull, warnings } = preview
  const most = Math.max(1, ...waves.map((wave) => wave.terminals))
  return (
    <div data-testid="preview-shown">
      <Facts
        rows={[
          [say('willGet'), <b key="n">{say('nTerminals', { n: terminals })}</b>],
          [say('alreadyThere'), say('nTerminals', { n: alreadyThere })],
          [say('traffic'), say('trafficText', { bytes: bytesText(bytes), full: bytesText(bytesFull) })],
        ]}
      />
      {warnings.map((warning) => (
        <p key={warning.en} class="error warning" data-testid="warning">
          {pick(warning)}
        </p>
      ))}
      <ol class="sizes">
        {waves.map(({ index, terminals: size, examples }) => (
          <li key={index} data-testid={`preview-wave-${index}`}>
            <span>{say('waveNo', { n: index + 1 })}</span>
            <i style={{ width: `${Math.max(1, (60 * size) / most)}%` }} />
            <b>{say('nTerminals', { n: size })}</b>
            <small class="quiet mono">{examples.slice(0, size).join(' ')}</small>
          </li>
        ))}
      </ol>
      {refused.map(({ code, terminals: left, examples }) => (
        <p key={code} class="pad bad">
          {say('leftOut')}: {codeText(ui, code)} · {say('nTerminals', { n: left })}{' '}
          <small class="quiet mono">{say('examples', { list: examples.join(' ') })}</small>
        </p>
      ))}
    </div>
  )
}
