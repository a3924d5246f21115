import { describe, expect, it } from 'vitest'
import { type AuditedTill, heal } from '../../rig/audit.ts'
import { cashSale, settlement } from '../../rig/day/errands.ts'
import { readyFleet } from '../../rig/day/fleet.ts'
import { run } from '../../rig/day/person.ts'
import { papersOn, SETTLEMENT } from '../../rig/day/slips.ts'

async function sold(): Promise<AuditedTill> {
  const { tills } = await readyFleet({ count: 1 })
  const [till] = tills
  if (till === undefined) throw new Error('no till')
  await run(till, cashSale(777, '0012'))
  return till
}

/** Settlement slips that came out from head to foot, and how many of them say that they are not the first. */
function slipsOf(till: AuditedTill): { readonly whole: number; readonly again: number } {
  const slips = papersOn(till.paper).filter(
    ({ title, lines }) => title === SETTLEMENT && lines.some((line) => line.startsWith('净额')),
  )
  return { whole: slips.length, again: slips.filter(({ duplicate }) => duplicate).length }
}

describe('settlement slip 结算总计单 and the power', () => {
  it('without a cut → one slip, no DUPLICATE', async () => {
    const till = await sold()
    await run(till, settlement())
    await heal(till)
    expect(slipsOf(till)).toEqual({ whole: 1, again: 0 })
  })

  it('cut when the printer has begun, before or after that is durable → a whole slip comes out after the start', async () => {
    const dry = await sold()
    await run(dry, settlement())
    // The last two records: the printer begins, the slip is out; each is a body and its mark.
    const end = dry.chip.operations()
    for (let operation = end - 4; operation < end; operation++)
      for (const when of ['before', 'after'] as const) {
        const till = await sold()
        till.chip.cut({ operation, when })
        await run(till, settlement())
        expect(till.machine.state).toBe('off')
        await heal(till)
        const { whole, again } = slipsOf(till)
        const label = `${when} ${operation}`
        expect(whole, label).toBeGreaterThan(0)
        // Two that are both first ones would be two settlements to whoever reads them.
        expect(whole - again, label).toBeLessThanOrEqual(1)
      }
  })
})
