/** What stays as it is when the power goes: the cable in its socket, the paper on its roll, the clock on its battery. */
export interface Body {
  plugged: boolean
  /** Lines until the paper ends; undefined: a roll that does not end today. */
  linesLeft: number | undefined
  /** What the wall clock was set to, as a difference from the scheduler's. */
  clockOffsetMs: number
}

/** A device as it is unpacked: cable in, paper in, clock as it came. */
export function makeBody(): Body {
  return { plugged: true, linesLeft: undefined, clockOffsetMs: 0 }
}

/** `lines` more lines of paper (0: none), or a new roll. */
export function setPaper(body: Body, lines: number | undefined): void {
  body.linesLeft = lines === undefined ? undefined : Math.max(0, Math.floor(lines))
}
