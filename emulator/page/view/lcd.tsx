import { Unicode11Addon } from '@xterm/addon-unicode11'
import { Terminal } from '@xterm/xterm'
import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Picture } from '../../device/ports.ts'
import type { Text } from '../text.ts'
import { StatusIcons } from './icons.tsx'
import { largePieces, sequences } from './lcd-cells.ts'

/** The family of `font/shuaka-lcd.woff2` (style/base.css): 16 pixels high, ASCII 8 wide, ideographs 16. */
const FONT = '"Shuaka LCD"'
/** The text beside the picture follows when the picture has been still this long, so that it is read once. */
const SETTLED_MS = 150
/** A picture that never rests is read this often. */
const UNSETTLED_MS_MAX = 600

interface Props {
  readonly picture: Picture | undefined
  readonly powered: boolean
  /** Cells, also while there is no picture yet. */
  readonly columns: number
  readonly rows: number
  /** Height of a cell in CSS pixels; whole multiples of 16 are crisp. */
  readonly cellPx: number
  readonly text: Text
}

/** 显示屏: the glass with its icons, the picture in pixels, and the same picture as text. */
export function Lcd({ picture, powered, columns, rows, cellPx, text }: Props): JSX.Element {
  const shown = powered && picture?.lit ? picture : undefined
  return (
    <div class={`glass ${powered ? 'lit' : 'dark'} ${picture?.secure ? 'secure' : ''}`}>
      <StatusIcons picture={powered ? picture : undefined} text={text} />
      <div class="grid" style={{ width: `${(columns * cellPx) / 2}px`, height: `${rows * cellPx}px` }}>
        <Pixels picture={shown} columns={columns} rows={rows} cellPx={cellPx} />
        <Mirror picture={shown} label={text.screen} cellPx={cellPx} />
      </div>
    </div>
  )
}

interface PixelsProps {
  readonly picture: Picture | undefined
  readonly columns: number
  readonly rows: number
  readonly cellPx: number
}

function Pixels({ picture, columns, rows, cellPx }: PixelsProps): JSX.Element {
  const host = useRef<HTMLDivElement>(null)
  const [terminal, setTerminal] = useState<Terminal>()

  useEffect(() => {
    const element = host.current
    if (!element) return
    const made = makeTerminal(columns, rows, cellPx)
    let alive = true
    // xterm measures its font once, when it opens: the font must be there before.
    void document.fonts.load(`${cellPx}px ${FONT}`, '刷卡A').then(() => {
      if (!alive) return
      made.open(element)
      element.querySelector('textarea')?.setAttribute('tabindex', '-1')
      setTerminal(made)
    })
    return () => {
      alive = false
      made.dispose()
      setTerminal(undefined)
    }
  }, [columns, rows, cellPx])

  useEffect(() => {
    if (picture?.columns === columns) terminal?.write(sequences(picture))
    else terminal?.write('\x1b[2J')
  }, [terminal, picture, columns])

  const large = picture?.columns === columns ? largePieces(picture) : []
  return (
    <div class="pixels" aria-hidden="true">
      <div ref={host} />
      {large.map((piece) => (
        <span
          key={`${piece.row}.${piece.from}`}
          class="large"
          style={{
            left: `${(piece.from * cellPx) / 2}px`,
            top: `${piece.row * cellPx}px`,
            fontSize: `${cellPx}px`,
          }}
        >
          {piece.text}
        </span>
      ))}
    </div>
  )
}

function makeTerminal(columns: number, rows: number, cellPx: number): Terminal {
  const terminal = new Terminal({
    cols: columns,
    rows,
    fontFamily: FONT,
    fontSize: cellPx,
    lineHeight: 1,
    letterSpacing: 0,
    scrollback: 0,
    disableStdin: true,
    allowTransparency: true,
    allowProposedApi: true,
    cursorInactiveStyle: 'none',
    customGlyphs: false,
    // The glass is the page's: see through. Inverse characters have their colour from style/device.css.
    theme: { background: '#00000000', foreground: '#14202a', cursor: '#00000000' },
  })
  terminal.loadAddon(new Unicode11Addon())
  terminal.unicode.activeVersion = '11'
  return terminal
}

interface MirrorProps {
  readonly picture: Picture | undefined
  readonly label: string
  readonly cellPx: number
}

/** The picture as text: for screen readers, for tests, and for the mouse that selects on the glass. */
function Mirror({ picture, label, cellPx }: MirrorProps): JSX.Element {
  const rows = useSettled(picture?.rows.map((row) => row.text).join('\n') ?? '').split('\n')
  return (
    <div
      class="mirror"
      data-testid="screen"
      role="log"
      aria-label={label}
      aria-live="polite"
      style={{ fontSize: `${cellPx}px`, lineHeight: `${cellPx}px` }}
    >
      {rows.map((row, index) => (
        <span key={index}>{`${row}\n`}</span>
      ))}
    </div>
  )
}

/** `value` once it has been the same for `SETTLED_MS`, or after `UNSETTLED_MS_MAX` of change. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value)
  const since = useRef<number>()
  useEffect(() => {
    if (value === settled) {
      since.current = undefined
      return
    }
    since.current ??= performance.now()
    const left = UNSETTLED_MS_MAX - (performance.now() - since.current)
    const timer = setTimeout(() => setSettled(value), Math.max(0, Math.min(SETTLED_MS, left)))
    return () => clearTimeout(timer)
  }, [value, settled])
  return settled
}
