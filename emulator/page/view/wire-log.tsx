import type { JSX } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { LineSecurity } from '../../../terminal/device/link.ts'
import { type Detail, detailsOf, isRefusal, type LogEntry, titleOf } from '../frames.ts'
import { hexOf, hexRows, maskedHex } from '../hex.ts'
import type { Text } from '../text.ts'

interface Props {
  readonly log: readonly LogEntry[]
  readonly locale: 'zh' | 'en'
  readonly text: Text
  /** What protects the line; the frames here are what is inside. */
  readonly security: LineSecurity
  clear(): void
}

/** 报文: every frame both ways as it left and came, newest last; a frame opens to its bytes and its fields. */
export function WireLog({ log, locale, text, security, clear }: Props): JSX.Element {
  const [masked, setMasked] = useState(true)
  const list = useRef<HTMLDivElement>(null)
  const following = useRef(true)

  useEffect(() => {
    const element = list.current
    if (element && following.current) element.scrollTop = element.scrollHeight
  }, [log.length])

  return (
    <div class="log-pane">
      <div class="log-tools">
        <span class={`security ${security}`} data-testid="security">
          {security === 'plain' ? text.plainLine : text.noiseLine}
        </span>
        <button type="button" data-testid="mask" class="quiet" onClick={() => setMasked(!masked)}>
          {masked ? text.showNumbers : text.maskNumbers}
        </button>
        <button type="button" class="quiet" onClick={clear}>
          {text.clearLog}
        </button>
      </div>
      <div
        class="log-list"
        data-testid="wire-log"
        ref={list}
        role="log"
        aria-live="off"
        aria-label={text.wire}
        onScroll={(event) => {
          const { scrollTop, scrollHeight, clientHeight } = event.currentTarget
          following.current = scrollHeight - scrollTop - clientHeight < 40
        }}
      >
        {log.length === 0 ? <p class="empty">{text.noFrames}</p> : null}
        {log.map((entry) => (
          <Entry key={entry.id} entry={entry} locale={locale} text={text} masked={masked} />
        ))}
      </div>
    </div>
  )
}

interface EntryProps {
  readonly entry: LogEntry
  readonly locale: 'zh' | 'en'
  readonly text: Text
  readonly masked: boolean
}

function Entry({ entry, locale, text, masked }: EntryProps): JSX.Element {
  const time = clockTime(entry.wallMs)
  switch (entry.kind) {
    case 'open':
    case 'close':
      return (
        <div class={`entry line-${entry.kind}`}>
          <time>{time}</time>
          <span>{entry.kind === 'open' ? text.connected : text.disconnected}</span>
        </div>
      )
    case 'bad':
      return (
        <details class="entry frame bad">
          <summary>
            <time>{time}</time>
            <Arrow direction={entry.direction} />
            <span class="what">
              {text.notAFrame}: {entry.why}
            </span>
          </summary>
          <pre class="hex">{hexRows(masked ? maskedHex(entry.bytes) : hexOf(entry.bytes))}</pre>
        </details>
      )
    case 'frame':
      return <Frame entry={entry} time={time} locale={locale} text={text} masked={masked} />
    default:
      return entry satisfies never
  }
}

interface FrameProps {
  readonly entry: Extract<LogEntry, { kind: 'frame' }>
  readonly time: string
  readonly locale: 'zh' | 'en'
  readonly text: Text
  readonly masked: boolean
}

function Frame({ entry, time, locale, text, masked }: FrameProps): JSX.Element {
  const [open, setOpen] = useState(false)
  const title = useMemo(() => titleOf(entry.bytes, locale), [entry, locale])
  const hex = useMemo(() => (masked ? maskedHex(entry.bytes) : hexOf(entry.bytes)), [entry, masked])
  return (
    <details
      class={`entry frame ${entry.direction}`}
      open={open}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary>
        <time>{time}</time>
        <Arrow direction={entry.direction} />
        <b>{title.mti}</b>
        <span class="what">{title.name}</span>
        {title.response === undefined ? null : (
          <span class={isRefusal(entry.direction, title) ? 'code bad' : 'code'}>{title.response}</span>
        )}
        <span class="size">
          {entry.bytes.length} {text.bytes}
        </span>
        <span class="peek">{hex.slice(0, 120)}</span>
      </summary>
      {open ? (
        <>
          <Fields details={detailsOf(entry.bytes, locale, masked)} />
          <pre class="hex">{hexRows(hex)}</pre>
        </>
      ) : null}
    </details>
  )
}

function Fields({ details }: { readonly details: readonly Detail[] }): JSX.Element {
  return (
    <div class="fields">
      {details.map(({ label, value, meaning }, index) => (
        <div key={index}>
          <span class="label">{label}</span>
          <span class={label === 'error' ? 'error' : 'value'}>{value} </span>
          <span class="named">{`${meaning}\n`}</span>
        </div>
      ))}
    </div>
  )
}

function Arrow({ direction }: { readonly direction: 'out' | 'in' }): JSX.Element {
  return (
    <span class={`arrow ${direction}`} title={direction === 'out' ? 'POS → host' : 'host → POS'}>
      {direction === 'out' ? '→' : '←'}
    </span>
  )
}

/** hh:mm:ss.mmm of a local wall clock in milliseconds. */
function clockTime(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(11, 23)
}
