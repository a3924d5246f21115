import { describe, expect, it } from 'vitest'
import { leaks } from '../rig/audit.ts'
import { differing, withBooks } from '../rig/day/accounts.ts'
import { chooser } from '../rig/day/faults.ts'
import { readyFleet } from '../rig/day/fleet.ts'
import { closeTill, healed, playDay } from '../rig/day/player.ts'
import { BUDGET } from '../rig/flash-run.ts'
import { strangersChangeNothing } from '../rig/invariants/line.ts'
import { broken } from '../rig/invariants/list.ts'

const DAYS = Math.ceil(2 * BUDGET)
/** The first day of a search; another one begins elsewhere. */
const SEED = Number(process.env.SHUAKA_SEED ?? 0)
/** For a loaded machine; nothing here measures time. */
const TIMEOUT_MS = 240_000 * Math.max(1, BUDGET)

interface DayEnd {
  readonly deals: number
  readonly wrong: readonly string[]
  readonly diary: readonly string[]
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
    return { deals, wrong: [...wrong, ...(await broken(fleet.tills)), ...strange], diary }
  })
}

describe('a random day at three terminals of one host', () => {
  it(
    `X08: ${DAYS} days of 100 errands with faults of every kind: settled and cleared, every total is what the slips alone say`,
    async () => {
      for (let seed = SEED; seed < SEED + DAYS; seed++) {
        const { deals, wrong, diary } = await day(seed)
        expect(wrong, `seed ${seed}\n${diary.join('\n')}`).toEqual([])
        expect(deals, `seed ${seed}`).toBeGreaterThan(30)
      }
    },
    TIMEOUT_MS,
  )
})
