/** One bar: fen, how many entries, what stands below it, and where it leads. */
export interface Bar {
  readonly name: string
  /** In full, for the reader of one bar. */
  readonly title: string
  readonly fen: number
  readonly count: number
  readonly href?: string
}
