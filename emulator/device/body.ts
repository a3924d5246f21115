import { type Ephemerals, makeEphemerals } from '../../host-link/channel/ephemerals.ts'

/** What stays as it is when the power goes: the cable in its socket, the paper on its roll, the clock on its battery, the latch of its case. */
export interface Body {
  plugged: boolean
  /** Lines until the paper ends; undefined: a roll that does not end today. */
  linesLeft: number | undefined
  /** What the wall clock was set to, as a difference from the scheduler's. */
  clockOffsetMs: number
  /** The latch of a case that was opened, until the secure element has erased its keys durably. */
  opened: boolean
  /** Of the channels of this device: no two in a row may begin with the same secret. */
  readonly ephemerals: Ephemerals
}

/** A device as it is unpacked: cable in, paper in, clock as it came. */
export function makeBody(): Body {
  return {
    plugged: true,
    linesLeft: undefined,
    clockOffsetMs: 0,
    opened: false,
    ephemerals: makeEphemerals(),
  }
}

/** `lines` more lines of paper (0: none), or a new roll. */
export function setPaper(body: Body, lines: number | undefined): void {
  body.linesLeft = lines === undefined ? undefined : Math.max(0, Math.floor(lines))
}
