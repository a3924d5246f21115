import type { JSX } from 'preact'
import type { ApprovalView, MayApprove, ReleaseDetail } from '../../api-releases.ts'
import { releaseStates } from '../../states.ts'
import { call } from '../call.ts'
import { Act } from '../part/act.tsx'
import { Badge, Facts, Loaded, Panel } from '../part/panel.tsx'
import { toneOf } from '../part/shown.ts'
import { linkTo } from '../route.ts'
import { bytesText, moment, short, useCall, useUi } from '../ui.ts'

/** One release 版本: what is in it, who signed it, and the second person. */
export function Release({ id }: { readonly id: string }): JSX.Element {
  const asked = useCall('release', { path: id }, 10_000)
  return <Loaded asked={asked}>{(release) => <Shown {...{ release }} put={asked.put} />}</Loaded>
}

interface Props {
  readonly release: ReleaseDetail
  readonly put: (release: ReleaseDetail) => void
}

function Shown({ release, put }: Props): JSX.Element {
  const { say, pick } = useUi()
  const { row, policy, notice } = release
  return (
    <>
      <p class="crumbs">
        <a href="#/releases">{say('releases')}</a> / {row.version}
      </p>
      <Panel
        id="release"
        title={row.version}
        hint={`${say('number')} ${row.number}`}
        side={<Steps {...{ release, put }} />}
      >
        <Facts
          rows={[
            [
              say('state'),
              <span key="state">
                <Badge tone={toneOf(row.state)}>{pick(releaseStates[row.state])}</Badge>{' '}
                {row.withdrawnBy === undefined
                  ? ''
                  : say('withdrawnBy', { who: row.withdrawnBy, reason: row.reason })}
              </span>,
            ],
            [say('models'), row.models.join(' ')],
            [say('class'), say(`class.${policy.class}`)],
            [say('counter'), String(row.counter)],
            [say('size'), bytesText(row.programBytes)],
            [say('runsOn'), say('nTerminals', { n: row.terminals })],
            [say('uploadedBy'), `${row.uploadedBy} ${moment(row.uploadedAt)}`],
            [say('expires'), moment(row.expires)],
            [say('earliest'), moment(policy.earliest)],
            [say('deadline'), moment(policy.deadline)],
            [
              say('openBatchField'),
              say(policy.needsSettlement ? 'needsSettlement' : policy.allowOpenBatch ? 'openBatchOk' : 'no'),
            ],
            [say('runtimeRange'), release.runtime.join('–')],
            [say('schemaRange'), release.parameterSchema.join('–')],
            [
              say('journalRange'),
              `${say('journalText', {
                min: release.journal.readsMin,
                max: release.journal.readsMax,
                writes: release.journal.writes,
              })} · ${say(release.journal.reversible ? 'reversible' : 'notReversible')}`,
            ],
            [say('requiredVersions'), release.requiredVersions.join(' ')],
            [say('notice'), `${notice.zh} / ${notice.en}`],
            [say('manifest'), <code key="hash">{row.manifest}</code>],
          ]}
        />
        <Approvals approvals={release.approvals} may={release.mayApprove} />
      </Panel>
      <div class="bench">
        <Signatures release={release} />
        <Payloads release={release} />
      </div>
      <Components release={release} />
    </>
  )
}

function Steps({ release: { row, mayApprove }, put }: Props): JSX.Element {
  const { say, may, tell } = useUi()
  const path = String(row.id)
  return (
    <>
      {row.state === 'approved' && may('planDeployment') ? (
        <a
          class="button main"
          href={linkTo(['deployments', 'new'], { release: path })}
          data-testid="deploy-this"
        >
          {say('deployThis')}
        </a>
      ) : null}
      {mayApprove === 'yes' ? (
        <Act
          id="approve"
          look="main"
          label={say('approve')}
          ask={say('approveReleaseAsk', { version: row.version, hash: row.manifest })}
          reason="optional"
          go={async (note) => {
            put(await call('approveRelease', { path, body: { note } }))
            tell(say('done'))
          }}
        />
      ) : null}
      {row.state !== 'withdrawn' && may('withdrawRelease') ? (
        <Act
          id="withdraw"
          look="danger"
          label={say('withdraw')}
          ask={say('withdrawAsk', { version: row.version, n: row.terminals })}
          reason="wanted"
          go={async (reason) => {
            put(await call('withdrawRelease', { path, body: { reason } }))
            tell(say('done'))
          }}
        />
      ) : null}
    </>
  )
}

/** 双人复核: who agreed to it, and why the reader may not. */
export function Approvals({
  approvals,
  may,
}: {
  readonly approvals: readonly ApprovalView[]
  readonly may: MayApprove
}): JSX.Element | null {
  const { say } = useUi()
  if (approvals.length === 0 && (may === 'yes' || may === 'state')) return null
  return (
    <ul class="approvals" data-testid="approvals">
      {approvals.map(({ by, time, verdict, note }) => (
        <li key={`${by}${time}`} class={verdict === 'approved' ? 'good' : 'bad'}>
          {say(`verdict.${verdict}`, { who: by, time: moment(time) })}
          {note === '' ? '' : ` · ${note}`}
        </li>
      ))}
      {may === 'role' || may === 'ownWork' ? <li class="quiet">{say(`may.${may}`)}</li> : null}
    </ul>
  )
}

function Signatures({
  release: { signatures, threshold },
}: {
  readonly release: ReleaseDetail
}): JSX.Element {
  const { say } = useUi()
  const valid = signatures.filter((one) => one.valid).length
  return (
    <Panel
      id="signatures"
      title={say('signatures')}
      hint={say('signaturesOf', { valid, threshold })}
      side={
        <Badge tone={valid >= threshold ? 'good' : 'bad'}>
          {say(valid >= threshold ? 'enough' : 'tooFew')}
        </Badge>
      }
    >
      <table>
        <tbody>
          {signatures.map(({ kid, valid: good }) => (
            <tr key={kid}>
              <th class="mono">{kid}</th>
              <td>
                <Badge tone={good ? 'good' : 'bad'}>{say(good ? 'signatureGood' : 'signatureBad')}</Badge>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  )
}

function Payloads({ release: { payloads } }: { readonly release: ReleaseDetail }): JSX.Element {
  const { say } = useUi()
  return (
    <Panel title={say('payloads')}>
      <table>
        <tbody>
          {payloads.map(({ base, baseVersion, bytes }) => (
            <tr key={base ?? ''}>
              <th>
                {base === undefined
                  ? say('payloadFull')
                  : say('payloadDelta', { base: baseVersion ?? short(base) })}
              </th>
              <td class="number">{bytesText(bytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  )
}

function Components({ release: { components } }: { readonly release: ReleaseDetail }): JSX.Element {
  const { say } = useUi()
  return (
    <Panel title={say('components')} hint={String(components.length)}>
      <div class="scroll">
        <table>
          <tbody>
            {components.map(({ name, bytes, hash }) => (
              <tr key={`${name}${hash}`}>
                <th>{name}</th>
                <td class="number">{bytesText(bytes)}</td>
                <td class="mono quiet">{short(hash)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  )
}
