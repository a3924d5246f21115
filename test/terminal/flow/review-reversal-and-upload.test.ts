import { describe, expect, it } from 'vitest'
import { statesOf } from '../../rig/audit.ts'
import { sellAll } from '../../rig/batch.ts'
import { fates, lose, readyTill } from '../../rig/failure.ts'
import { messageOf } from '../../rig/frames.ts'
import type { Till } from '../../rig/till.ts'
import { booked } from '../../rig/undo.ts'

/** Field 39 of every 0410 since frame `from`. */
function reversalCodes(till: Till, from: number): unknown[] {
  return till.network.passed.slice(from).flatMap(({ body }) => {
    const message = messageOf(body)
    return message?.mti === '0410' ? [message.fields[39]] : []
  })
}

describe('X07: an old image of the flash, and the answer that would have said so is lost', () => {
  it.each([
    ['another amount', '200', 0],
    ['another card', '100', 1],
  ])(
    'X07: the trace comes again with %s, its 94 lost → 25, alarm, what is booked stands, it sells on',
    async (_what, amount, card) => {
      const till = await readyTill()
      const image = till.chip.snapshot()
      await sellAll(till, '100')
      till.machine.powerOff()
      till.chip.restore(image)
      till.machine.powerOn()
      await till.toIdle()
      const from = till.network.passed.length
      fates(till, ['0210', lose])
      await till.order({ amount, ...(card > 0 && { card: till.cards[card] }) })
      await till.time.advance(100_000)
      await till.toIdle()
      expect(statesOf(till)).toEqual(['2 undone'])
      expect(reversalCodes(till, from)).toEqual(['25'])
      expect(till.host.alarms().conflict).toBe(2)
      expect(await booked(till, 'sale', 2)).toMatchObject({ code: '00', amountFen: 100 })
      expect(await till.net(2)).toBe(-100)
      await sellAll(till, '300')
      expect(await till.balance('member')).toBe(10_000_000 - 400)
    },
  )
})
