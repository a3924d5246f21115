import { describe, expect, it } from 'vitest'
import { leaks } from '../rig/audit.ts'
import { differing, withBooks } from '../rig/day/accounts.ts'
import { ERRANDS } from '../rig/day/errands.ts'
import { chooser } from '../rig/day/faults.ts'
import { readyFleet } from '../rig/day/fleet.ts'
import { closeTill, type Diary, healed, playDay } from '../rig/day/player.ts'
import { dealsOn, papersOn } from '../rig/day/slips.ts'
import { BUDGET } from '../rig/flash-run.ts'
import { strangersChangeNothing } from '../rig/invariants/line.ts'
import { broken } from '../rig/invariants/list.ts'

/** So many days, from seed 0 on, have every errand. */
const DAYS_OF_ALL = 6
const DAYS = Math.ceil(DAYS_OF_ALL * BUDGET)
/** A day's slips tell of 66 transactions on average, and the days of all of 21 types: below these the day has become thin. */
const DEALS_MIN = 56
const TYPES_MIN = 18
/** The first day of a search; another one begins elsewhere. */
const SEED = Number(process.env.SHUAKA_SEED ?? 0)
/** For a loaded machine; nothing here measures time. */
const TIMEOUT_MS = 240_000 * Math.max(1, BUDGET)

interface DayEnd {
  readonly deals: number
  readonly types: readonly string[]
  readonly wrong: readonly string[]
  readonly diary: Diary
}

/** Every second day begins so late that it goes on over the cut-over 日切 and midnight. */
async function day(seed: number): Promise<DayEnd> {
  return withBooks(async (store, file) => {
    const choose = chooser(seed)
    const wallMs = Date.UTC(2026, 10, 21, seed % 2 === 0 ? 9 : 22, 5, 0)
    const fleet = await readyFleet({ store, wallMs })
    const mishaps = [20, 50, 0][seed % 3] ?? 20
    const diary = await playDay(fleet, choose, { errands: 100, mishaps })
    const strange: string[] = []
    for (const till of fleet.tills) {
      await healed(till)
      strange.push(...(await strangersChangeNothing(till)))
      await closeTill(till)
      strange.push(...leaks(till))
    }
    const { deals, wrong } = await differing(fleet, file)
    const types = fleet.tills.flatMap((till) =>
      [...dealsOn(papersOn(till.paper)).values()].map(({ type }) => type),
    )
    return { deals, types, wrong: [...wrong, ...(await broken(fleet.tills)), ...strange], diary }
  })
}

describe('a random day at three terminals of one host', () => {
  it(
    `X08: ${DAYS} days of 100 errands with faults of every kind: every errand of the menus among them; settled and cleared, every total is what the slips alone say`,
    async () => {
      const sum = { deals: 0, errands: new Set<string>(), types: new Set<string>() }
      for (let seed = SEED; seed < SEED + DAYS; seed++) {
        const { deals, types, wrong, diary } = await day(seed)
        expect(wrong, `seed ${seed}\n${diary.lines.join('\n')}`).toEqual([])
        sum.deals += deals
        for (const name of diary.names) sum.errands.add(name)
        for (const type of types) sum.types.add(type)
      }
      expect(sum.deals, 'transactions on slips').toBeGreaterThanOrEqual(DAYS * DEALS_MIN)
      if (SEED !== 0 || DAYS < DAYS_OF_ALL) return // a search elsewhere, or a short one
      expect(
        ERRANDS.filter((name) => !sum.errands.has(name)),
        'errands that nobody came with',
      ).toEqual([])
      expect(sum.types.size, [...sum.types].join()).toBeGreaterThanOrEqual(TYPES_MIN)
    },
    TIMEOUT_MS,
  )
})
