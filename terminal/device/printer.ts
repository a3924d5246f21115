/** 打印机: a line printer of 32 or 24 half-width columns. */
export interface Printer {
  /** Half-width columns of the paper: 24 or 32. Instant. */
  columns(): number
  /** Instant. */
  paper(): 'ok' | 'out'
  /**
   * Prints the lines in order and resolves when the last has left the head (about 50 ms a line). Paper that ends
   * on the way gives `paperOut` with how many whole lines are on it. 200 lines at most a call.
   */
  print(lines: readonly PrintLine[]): Promise<PrintResult>
}

/** A line of text, or `feed` blank lines (1–20) after which the paper can be torn off. */
export type PrintLine =
  | { readonly text: string; readonly align: 'left' | 'centre' | 'right'; readonly size: 'normal' | 'large' }
  | { readonly feed: number }

/** A `large` line is double width and height: it holds half the columns. Text beyond the width is cut. */
export type PrintResult =
  | { readonly kind: 'printed' }
  | { readonly kind: 'paperOut'; readonly printedLines: number }
  | { readonly kind: 'busy' | 'fault' }
