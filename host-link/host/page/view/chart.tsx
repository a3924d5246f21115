import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import uPlot from 'uplot'
import type { Bar } from '../bar.ts'
import { counted, roughly, yuan } from '../shown.ts'
import type { Ui } from '../ui.ts'

interface Props {
  readonly ui: Ui
  readonly title: string
  readonly bars: readonly Bar[]
}

const HEIGHT = 170
/** Room for a label below the bars, in pixels. */
const LABEL = 34

/** Bars of money over time; the same figures stand in a table below, for who cannot see them. */
export function Chart({ ui, title, bars }: Props): JSX.Element {
  const { words } = ui
  const [at, setAt] = useState<number>()
  const shown = at === undefined ? undefined : bars[at]
  return (
    <figure class="chart">
      <figcaption>
        <b>{title}</b>
        <span aria-hidden="true">
          {shown ? `${shown.title} ¥${yuan(shown.fen)} · ${counted(shown.count)} ${words.entries}` : ' '}
        </span>
      </figcaption>
      <Canvas ui={ui} title={title} bars={bars} pointed={setAt} />
      <details>
        <summary>{words.chartTable}</summary>
        <div class="scroll">
          <table>
            <tbody>
              {bars.map((bar) => (
                <tr key={bar.title}>
                  <th scope="row">
                    {bar.href === undefined ? bar.title : <a href={bar.href}>{bar.title}</a>}
                  </th>
                  <td class="number">{counted(bar.count)}</td>
                  <td class="number">{yuan(bar.fen)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  )
}

interface CanvasProps extends Props {
  pointed(index: number | undefined): void
}

function Canvas({ ui, title, bars, pointed }: CanvasProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  const dark = useDark()
  const width = useWidth(box)
  // Dark is among them: it changes the colours that the style sheet gives.
  useEffect(() => {
    if (box.current === null || width === 0) return undefined
    const plot = new uPlot(
      options({ box: box.current, width, bars, locale: ui.locale, pointed }),
      dataOf(bars),
      box.current,
    )
    return () => plot.destroy()
  }, [bars, width, dark, ui.locale])
  return <div class="canvas" ref={box} role="img" aria-label={`${title}: ${ui.words.chartHint}`} />
}

/** What comes in and what goes out each have their colour: two rows of bars, one of them empty at each place. */
function dataOf(bars: readonly Bar[]): uPlot.AlignedData {
  return [
    bars.map((_, index) => index),
    bars.map(({ fen }) => (fen >= 0 ? fen : null)),
    bars.map(({ fen }) => (fen < 0 ? fen : null)),
  ]
}

interface Drawn {
  readonly box: HTMLElement
  readonly width: number
  readonly bars: readonly Bar[]
  readonly locale: Ui['locale']
  readonly pointed: (index: number | undefined) => void
}

function options({ box, width, bars, locale, pointed }: Drawn): uPlot.Options {
  const style = getComputedStyle(box)
  const colour = (name: string): string => style.getPropertyValue(name).trim()
  const font = `11px ${style.fontFamily}`
  const every = Math.max(1, Math.ceil((bars.length * LABEL) / (width - 60)))
  const places = bars.map((_, index) => index).filter((index) => index % every === 0)
  const series = (name: string): uPlot.Series => ({
    fill: colour(name),
    width: 0,
    points: { show: false },
    paths: uPlot.paths.bars?.({ size: [0.72, 44], radius: 0.12 }) ?? (() => null),
  })
  const axis = { stroke: colour('--ink-2'), font, ticks: { show: false } }
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
    scales: {
      x: { time: false, range: () => [-0.6, bars.length - 0.4] },
      y: { range: (_, least, most) => [Math.min(0, least * 1.1), Math.max(most * 1.1, 100)] },
    },
    axes: [
      {
        ...axis,
        size: 26,
        gap: 4,
        grid: { show: false },
        splits: () => places,
        values: () => places.map((index) => bars[index]?.name ?? ''),
      },
      {
        ...axis,
        size: 52,
        grid: { stroke: colour('--line'), width: 1 },
        values: (_, fens) => fens.map((fen) => roughly(fen, locale)),
      },
    ],
    series: [{}, series('--accent'), series('--bad')],
    hooks: {
      setCursor: [(plot) => pointed(plot.cursor.idx ?? undefined)],
      ready: [
        (plot) =>
          plot.over.addEventListener('click', () => {
            const href = bars[plot.cursor.idx ?? -1]?.href
            if (href !== undefined) location.hash = href
          }),
      ],
    },
  }
}

function useDark(): boolean {
  const [dark, setDark] = useState(() => matchMedia('(prefers-color-scheme: dark)').matches)
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)')
    const changed = (): void => setDark(query.matches)
    query.addEventListener('change', changed)
    return () => query.removeEventListener('change', changed)
  }, [])
  return dark
}

function useWidth(box: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0)
  useEffect(() => {
    if (box.current === null) return undefined
    const watch = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)))
    watch.observe(box.current)
    return () => watch.disconnect()
  }, [box])
  return width
}
