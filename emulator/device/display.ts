import type { Display, Icons } from '../../terminal/device/display.ts'
import { type Grid, makeGrid } from './grid.ts'
import type { Model, Observer, Picture, Scheduler } from './ports.ts'

/** Sizes of the two models: grid in cells, paper in half-width columns. */
// biome-ignore format: one row a model
export const models = {
  compact:  { columns: 16, rows: 4,  paperColumns: 24 },
  standard: { columns: 24, rows: 10, paperColumns: 32 },
} as const satisfies { readonly [M in Model]: object }

const noIcons: Icons = { signedOn: false, owed: false, paperOut: false }

/** The screen behind the contract: two grids, of which the secure element's hides the application's. */
export interface Screen {
  readonly display: Display
  /** A grid of the screen's size for the secure element; it owns the screen until `release`. */
  claim(): Grid
  release(): void
  /** Something that the picture shows has changed. */
  changed(): void
  /** Gives the observer the picture now, if it has changed since the last one. */
  show(): void
}

export interface ScreenOptions {
  readonly model: Model
  readonly scheduler: Scheduler
  readonly observer: Observer
  quality(): number
  alive(): boolean
}

/** A lit, blank screen, shown at the end of this turn. */
export function makeScreen({ model, scheduler, observer, quality, alive }: ScreenOptions): Screen {
  const { columns, rows } = models[model]
  const grid = makeGrid(columns, rows)
  let secure: Grid | undefined
  let icons = noIcons
  let disarm: (() => void) | undefined

  function changed(): void {
    disarm ??= scheduler.after(0, show)
  }
  function show(): void {
    if (disarm === undefined || !alive()) return
    disarm()
    disarm = undefined
    const picture: Picture = {
      columns,
      rows: (secure ?? grid).picture(),
      icons,
      quality: quality(),
      secure: secure !== undefined,
      lit: true,
    }
    observer.screen(picture)
  }
  function drawn(): void {
    if (secure === undefined) changed() // what is hidden is no change
  }
  changed()

  return {
    display: {
      size: () => ({ columns, rows }),
      clear() {
        grid.clear()
        drawn()
      },
      draw(row, column, text, style) {
        grid.draw(row, column, text, style)
        drawn()
      },
      icons(next) {
        icons = { signedOn: next.signedOn, owed: next.owed, paperOut: next.paperOut }
        changed()
      },
    },
    claim() {
      secure = makeGrid(columns, rows)
      changed()
      return secure
    },
    release() {
      secure = undefined
      changed()
    },
    changed,
    show,
  }
}

/** A screen without power, or one that the machine itself writes `text` on. */
export function plainPicture(model: Model, lit: boolean, text: string, quality: number): Picture {
  const { columns, rows } = models[model]
  const grid = makeGrid(columns, rows)
  grid.draw(0, 0, text, 'normal')
  return { columns, rows: grid.picture(), icons: noIcons, quality, secure: false, lit }
}
