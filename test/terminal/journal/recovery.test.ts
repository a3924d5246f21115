import { describe, expect, it } from 'vitest'
import { type Facts, recovery, rowsFor } from '../../../terminal/journal/recovery.ts'

const combinations: Facts[] = []
for (const opened of [false, true])
  for (const answered of [false, true])
    for (const reversed of [false, true])
      for (const lost of [false, true]) combinations.push({ opened, answered, reversed, lost })

describe('recovery table', () => {
  it('every combination of facts → exactly one row', () => {
    for (const facts of combinations) expect(rowsFor(facts), JSON.stringify(facts)).toHaveLength(1)
    expect(combinations).toHaveLength(16)
  })

  it('every row is reached, and labels differ', () => {
    const reached = new Set(combinations.flatMap((facts) => rowsFor(facts).map((row) => row.label)))
    expect([...reached].sort()).toEqual(recovery.map((row) => row.label).sort())
  })

  it('冲正 is owed only by an INTENT after which nothing was lost and nothing was answered', () => {
    for (const facts of combinations) {
      const reverses = rowsFor(facts)[0]?.then === 'reverse'
      expect(reverses).toBe(facts.opened && !facts.answered && !facts.reversed && !facts.lost)
    }
  })
})
