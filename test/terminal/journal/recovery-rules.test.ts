import { describe, expect, it } from 'vitest'
import { type Facts, rowsFor, type Then } from '../../../terminal/journal/recovery.ts'

const yesNo = [false, true]

/** The rules in words, apart from the table (ARCHITECTURE.md, contract 3). */
function ruled({ opened, answered, reversed, lost }: Facts): Then {
  if (answered && reversed) return 'halt' // no sequence of writes leaves both
  if (opened) return answered || reversed ? 'keep' : lost ? 'ask' : 'reverse' // P3; rot asks the host
  if (!answered && !reversed) return 'drop' // cut before the request could leave
  return lost ? 'keep' : 'halt' // an answer without its INTENT: only rot explains that
}

describe('what recovery does', () => {
  it('every combination of facts → what the rules say', () => {
    for (const opened of yesNo)
      for (const answered of yesNo)
        for (const reversed of yesNo)
          for (const lost of yesNo) {
            const facts = { opened, answered, reversed, lost }
            expect(
              rowsFor(facts).map((row) => row.then),
              JSON.stringify(facts),
            ).toEqual([ruled(facts)])
          }
  })
})
