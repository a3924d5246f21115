/** What the log says of one trace number after a start. */
export interface Facts {
  /** Its INTENT is there. */
  readonly opened: boolean
  /** An approval or a decline is there. */
  readonly answered: boolean
  /** The answer to its reversal 冲正 is there. */
  readonly reversed: boolean
  /** Records after its INTENT were lost to rot (for what has no INTENT: any record of the batch was). */
  readonly lost: boolean
}

/** `reverse` 冲正 before any new trade; `ask` the host; `keep` as found; `drop` nothing; `halt`: a person must look. */
export type Then = 'drop' | 'reverse' | 'ask' | 'keep' | 'halt'

type Cell = boolean | 'any'
export interface Row {
  readonly label: string
  readonly opened: Cell
  readonly answered: Cell
  readonly reversed: Cell
  readonly lost: Cell
  readonly then: Then
}

const yes = true
const no = false
const any = 'any'

// biome-ignore format: read down a column
export const recovery: readonly Row[] = [
  //               opened answered reversed lost  then
  row('torn',      no,    no,      no,      any, 'drop'   ), // cut before the request could leave
  row('owed',      yes,   no,      no,      no,  'reverse'), // 冲正 before any new trade
  row('doubtful',  yes,   no,      no,      yes, 'ask'    ), // the outcome may have been durable: goods may be gone
  row('answered',  yes,   yes,     no,      any, 'keep'   ),
  row('undone',    yes,   no,      yes,     any, 'keep'   ),
  row('headless',  no,    yes,     no,      yes, 'keep'   ), // INTENT rotted; the host's word stands
  row('remnant',   no,    no,      yes,     yes, 'keep'   ), // INTENT rotted; already reversed
  row('both',      any,   yes,     yes,     any, 'halt'   ), // cannot happen: say so, do not guess
  row('orphan',    no,    yes,     no,      no,  'halt'   ),
  row('stray',     no,    no,      yes,     no,  'halt'   ),
]

function row(label: string, opened: Cell, answered: Cell, reversed: Cell, lost: Cell, then: Then): Row {
  return { label, opened, answered, reversed, lost, then }
}

/** Every row that fits; the test proves that it is always exactly one. */
export function rowsFor(facts: Facts): readonly Row[] {
  const fits = (cell: Cell, fact: boolean) => cell === any || cell === fact
  return recovery.filter(
    (r) =>
      fits(r.opened, facts.opened) &&
      fits(r.answered, facts.answered) &&
      fits(r.reversed, facts.reversed) &&
      fits(r.lost, facts.lost),
  )
}
