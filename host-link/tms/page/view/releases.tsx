import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import { releaseStates } from '../../states.ts'
import { call } from '../call.ts'
import { useWork } from '../part/act.tsx'
import { Badge, Fault, Loaded, Panel } from '../part/panel.tsx'
import { toneOf } from '../part/shown.ts'
import { linkTo } from '../route.ts'
import { bytesText, moment, useCall, useUi } from '../ui.ts'

/** 版本: all of them, the newest first, and the way to put in another. */
export function Releases(): JSX.Element {
  const { say, pick, may } = useUi()
  const asked = useCall('releases', {}, 10_000)
  return (
    <Panel
      title={say('releases')}
      hint={may('uploadRelease') ? say('uploadHint') : undefined}
      side={may('uploadRelease') ? <Upload /> : undefined}
    >
      <Loaded asked={asked}>
        {(rows) =>
          rows.length === 0 ? (
            <p class="quiet pad">{say('noReleases')}</p>
          ) : (
            <div class="scroll">
              <table data-testid="releases">
                <thead>
                  <tr>
                    <th>{say('version')}</th>
                    <th>{say('state')}</th>
                    <th class="number">{say('number')}</th>
                    <th>{say('models')}</th>
                    <th class="number">{say('size')}</th>
                    <th class="number">{say('runsOn')}</th>
                    <th>{say('uploadedBy')}</th>
                    <th>{say('expires')}</th>
                  </tr>
                </thead>
                <tbody>
                  {[...rows].reverse().map((row) => (
                    <tr key={row.id}>
                      <th>
                        <a href={linkTo(['releases', String(row.id)])} data-testid={`release-${row.id}`}>
                          {row.version}
                        </a>
                      </th>
                      <td>
                        <Badge tone={toneOf(row.state)}>{pick(releaseStates[row.state])}</Badge>
                      </td>
                      <td class="number">{row.number}</td>
                      <td>{row.models.join(' ')}</td>
                      <td class="number">{bytesText(row.programBytes)}</td>
                      <td class="number">{row.terminals}</td>
                      <td>
                        {row.uploadedBy} <span class="quiet">{moment(row.uploadedAt)}</span>
                      </td>
                      <td class="quiet">{moment(row.expires)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Loaded>
    </Panel>
  )
}

function Upload(): JSX.Element {
  const { say, tell } = useUi()
  const { fault, busy, work } = useWork()
  const file = useRef<HTMLInputElement>(null)
  async function upload(chosen: File): Promise<void> {
    await work(async () => {
      const bytes = new Uint8Array(await chosen.arrayBuffer())
      const { row } = await call('uploadRelease', { bytes })
      tell(say('uploaded', { version: row.version }))
      location.hash = linkTo(['releases', String(row.id)])
    })
    if (file.current !== null) file.current.value = ''
  }
  return (
    <>
      <label class={busy ? 'button main busy' : 'button main'}>
        {say('upload')}
        <input
          ref={file}
          type="file"
          class="unseen"
          accept=".release"
          disabled={busy}
          data-testid="release-file"
          onChange={(event) => {
            const chosen = event.currentTarget.files?.[0]
            if (chosen !== undefined) void upload(chosen)
          }}
        />
      </label>
      <Fault fault={fault} />
    </>
  )
}
