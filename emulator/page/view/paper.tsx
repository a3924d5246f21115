import type { JSX } from 'preact'
import { useRef, useState } from 'preact/hooks'
import type { PaperLine } from '../../device/ports.ts'
import type { Roll } from '../preferences.ts'
import type { Text } from '../text.ts'

/** Dragging the paper this far up tears it. */
const TEAR_DRAG_PX = 36
/** How long the torn slip flies; `style/paper.css` has the same. */
const TEAR_MS = 320

interface Props {
  readonly roll: Roll
  readonly text: Text
  tear(): void
}

/** 出纸口: the paper as it hangs from the printer, newest line at the slot; a button or a drag tears it off. */
export function Paper({ roll, text, tear }: Props): JSX.Element {
  const [tearing, setTearing] = useState(false)
  const dragFrom = useRef<number>()
  const hasPaper = roll.lines.length > 0
  // What is fed after the last line would push all that is printed out of a low bay; the slip torn off has it.
  const printed = roll.lines.reduce((end, line, index) => (line.text.trim() === '' ? end : index + 1), 0)

  function tearOff(): void {
    if (tearing || !hasPaper) return
    setTearing(true)
    setTimeout(() => {
      tear()
      setTearing(false)
    }, TEAR_MS)
  }

  return (
    <div class="paper-bay">
      <div
        class={tearing ? 'paper-view tearing' : 'paper-view'}
        data-testid="receipt"
        role="log"
        aria-label={text.receipt}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: long paper scrolls by keyboard too
        tabIndex={0}
      >
        <div
          class={hasPaper ? 'sheet' : 'sheet none'}
          onPointerDown={(event) => {
            dragFrom.current = event.clientY
          }}
          onPointerMove={(event) => {
            if (event.buttons === 0 || dragFrom.current === undefined) return
            if (dragFrom.current - event.clientY < TEAR_DRAG_PX) return
            dragFrom.current = undefined
            tearOff()
          }}
        >
          <Lines lines={roll.lines.slice(0, printed)} columns={roll.columns} />
        </div>
      </div>
      {hasPaper ? (
        <button type="button" class="tear" data-testid="tear" onClick={tearOff}>
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="M2 8h2m2 0h1m2 0h1m2 0h2M5 2.5 8 6l3-3.5M5 13.5 8 10l3 3.5" />
          </svg>
          {text.tear}
        </button>
      ) : null}
    </div>
  )
}

interface LinesProps {
  readonly lines: readonly PaperLine[]
  readonly columns: number
}

/** Printed lines, as wide as the paper has columns. */
export function Lines({ lines, columns }: LinesProps): JSX.Element {
  return (
    <div class="lines" style={{ width: `${columns * 8}px` }}>
      {lines.map((line, index) => (
        <div key={index} class={`line ${line.align} ${line.size}`}>{`${line.text}\n`}</div>
      ))}
    </div>
  )
}
