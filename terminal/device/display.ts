/** 显示屏: a grid of cells. ASCII takes one cell, a CJK or full-width character two (`screen/width.ts`). */
export interface Display {
  /** Size of the grid in cells: `compact` 16 × 4, `standard` 24 × 10. Never changes while running. Instant. */
  size(): { readonly columns: number; readonly rows: number }
  /** Blanks the whole grid. Instant. */
  clear(): void
  /**
   * Draws `text` from (`row`, `column`), both from 0, over what is there. What would pass the right edge is cut
   * (half a wide character becomes a blank); a row or column outside the grid draws nothing. Control characters
   * are drawn as blanks. Instant: the picture is complete whenever the application waits.
   */
  draw(row: number, column: number, text: string, style: Style): void
  /** Sets the status icons beside the grid, replacing those that were there. Instant. */
  icons(icons: Icons): void
}

/** `large` doubles the height only: a large row also covers the row below it. */
export type Style = 'normal' | 'inverse' | 'large'

export interface Icons {
  /** Terminal is signed on 已签到. */
  readonly signedOn: boolean
  /** Something is owed to the host 待冲正. */
  readonly owed: boolean
  readonly paperOut: boolean
}
