import type { JSX } from 'preact'
import { useCallback, useEffect, useState } from 'preact/hooks'
import { downloadStates } from '../../../host-link/wire/tms/states.ts'
import type { ProgramStart } from '../../boot.ts'
import type { DownloadDesk } from '../downloads.ts'
import { fetchJson } from '../setup.ts'
import type { Text } from '../text.ts'

interface Props {
  /** Of the server about this terminal; undefined: there is no download service. */
  readonly path: string | undefined
  /** What the first stage started last. */
  readonly program: ProgramStart | undefined
  readonly locale: 'zh' | 'en'
  readonly text: Text
}

type Broken = '' | 'throws' | 'hangs'

/** How often the server is asked, while the panel is looked at. */
const LOOK_MS = 1_000

/** 远程下载: what this terminal runs and what comes to it; a release to offer, also a broken one, and a parameter to change. */
export function Downloads(props: Props): JSX.Element {
  const { path, text } = props
  return path === undefined ? <p class="empty">{text.builtInHint}</p> : <Desk {...props} path={path} />
}

function Desk({ path, program, locale, text }: Props & { readonly path: string }): JSX.Element {
  const { desk, error, act } = useDesk(path)
  const [broken, setBroken] = useState<Broken>('')
  const [busy, setBusy] = useState(false)
  const press = async (what: string): Promise<void> => {
    setBusy(true)
    await act(what)
    setBusy(false)
  }
  const ways: readonly (readonly [Broken, string])[] = [
    ['', text.breakNo],
    ['throws', text.breakThrows],
    ['hangs', text.breakHangs],
  ]
  return (
    <div class="downloads" data-testid="downloads">
      <Runs desk={desk} program={program} locale={locale} text={text} />
      <div class="offer">
        <button
          type="button"
          data-testid="offer"
          disabled={busy || desk === undefined}
          onClick={() => void press(broken === '' ? 'offer' : `offer?broken=${broken}`)}
        >
          {text.offer} {desk?.next}
        </button>
        <fieldset class="row options" aria-label={text.breakIt}>
          <span>{text.breakIt}</span>
          <span class="segments">
            {ways.map(([way, shown]) => (
              <button
                key={way}
                type="button"
                class={way === '' ? '' : 'break'}
                aria-pressed={way === broken}
                data-testid={`break-${way || 'no'}`}
                onClick={() => setBroken(way)}
              >
                {shown}
              </button>
            ))}
          </span>
        </fieldset>
        <button
          type="button"
          data-testid="change-parameter"
          disabled={busy || desk === undefined}
          onClick={() => void press('parameter')}
        >
          {text.changeParameter}
          {desk?.parameter === undefined ? '' : ` · ${desk.parameter[locale]} ${desk.parameter.value}`}
        </button>
      </div>
      {error === undefined ? null : (
        <p class="bad" data-testid="downloads-error">
          {error}
        </p>
      )}
      <p class="hint">{text.downloadHint}</p>
      {desk === undefined ? null : (
        <p class="hint">
          <a class="quiet" href={desk.console} target="_blank" rel="noopener" data-testid="console">
            {text.consolePage}
          </a>
          {text.consoleHint
            .replace('{people}', desk.people.join(locale === 'zh' ? '、' : ', '))
            .replace('{password}', desk.password)}
        </p>
      )}
    </div>
  )
}

/** The terminal itself says what it started; that a trial was confirmed, the service knows first. */
function Runs({
  desk,
  program,
  locale,
  text,
}: Omit<Props, 'path'> & { readonly desk: DownloadDesk | undefined }): JSX.Element {
  const confirmed = desk?.terminal.version === program?.version && desk?.terminal.trial === false
  const trial = program !== undefined && program.attempt > 0 && !confirmed
  const { download, online = false } = desk?.terminal ?? {}
  const row = downloadStates.find(({ state }) => state === download?.state)
  return (
    <dl class="runs" data-testid="runs">
      <dt>{text.runs}</dt>
      <dd>
        <b>{program?.version}</b> {placeOf(program, text)}
        {trial ? (
          <span class="trial">
            {text.onTrial} {program.attempt}/3
          </span>
        ) : null}
      </dd>
      <dt>{text.download}</dt>
      <dd>
        {row === undefined || row.state === 'empty' ? '—' : row[locale]}
        {download?.state === 'receiving' ? <progress max={100} value={download.percent} /> : null}
        {download !== undefined && download.code > 0 ? ` (${download.code})` : null}
        <span class={online ? 'online' : 'offline'}>{online ? text.serviceOnline : text.serviceOffline}</span>
      </dd>
      {desk === undefined ? null : (
        <>
          <dt>{text.parameters}</dt>
          <dd>{desk.terminal.upToDate ? text.parametersSame : text.parametersComing}</dd>
        </>
      )}
      {desk?.target === undefined ? null : (
        <>
          <dt>{text.lastOffer}</dt>
          <dd data-testid="target">
            {desk.target.name}: <b class={desk.target.state}>{desk.target[locale]}</b>
            {desk.target.code > 0 ? ` (${desk.target.code})` : null}
          </dd>
        </>
      )}
    </dl>
  )
}

function placeOf(program: ProgramStart | undefined, text: Text): string {
  if (program === undefined) return ''
  return program.place === 'factory' ? text.factory : `${text.slot} ${program.place.toUpperCase()}`
}

/** What the server says, asked again and again while somebody looks; and what it is asked to do. */
function useDesk(path: string): {
  readonly desk: DownloadDesk | undefined
  readonly error: string | undefined
  act(what: string): Promise<void>
} {
  const [desk, setDesk] = useState<DownloadDesk>()
  const [error, setError] = useState<string>()
  const ask = useCallback(async (url: string, method: 'GET' | 'POST') => {
    try {
      setDesk(await fetchJson<DownloadDesk>(url, method))
      setError(undefined)
    } catch (problem) {
      setError(problem instanceof Error ? problem.message : String(problem))
    }
  }, [])
  useEffect(() => {
    let leaving = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = async (): Promise<void> => {
      if (!document.hidden) await ask(path, 'GET')
      if (!leaving) timer = setTimeout(() => void look(), LOOK_MS)
    }
    void look()
    return () => {
      leaving = true
      clearTimeout(timer)
    }
  }, [path, ask])
  return { desk, error, act: (what) => ask(`${path}/${what}`, 'POST') }
}
