import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type InstalmentPlan, instalmentsOf, plan62 } from '../../../host-link/wire/instalment.ts'
import { asFen } from '../../../host-link/wire/values.ts'
import { agreedOf } from '../../../terminal/host/instalment-quote.ts'

const answer = (plan: InstalmentPlan) => ({ mti: '0110', fields: { 62: plan62(plan) } })
const fen = fc.integer({ min: 0, max: 999_999 })

describe('quote 分期试算', () => {
  it('I06: any amount and terms, as our rule splits them → parts and fees add up to the fen', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9_999_999_999 }),
        fc.integer({ min: 2, max: 99 }),
        fc.constantFrom('0' as const, '1' as const),
        fen,
        fen,
        (amount, terms, feeMode, one, two) => {
          fc.pre(amount >= terms)
          const { first } = instalmentsOf(asFen(amount), terms)
          const lump = feeMode === '0'
          const plan: InstalmentPlan = {
            first,
            fee: asFen(lump ? one : 0),
            points: 0,
            feeMode,
            firstFee: asFen(lump ? 0 : one),
            eachFee: asFen(lump ? 0 : two),
          }
          const agreed = agreedOf(answer(plan), asFen(amount), terms, feeMode)
          if (agreed === undefined) throw new Error('refused')
          expect(agreed.plan.first + agreed.each * (terms - 1)).toBe(amount)
          expect(agreed.total).toBe(amount + (lump ? one : one + two * (terms - 1)))
        },
      ),
    )
  })

  it('I06: any first part → taken only where the rest divides into equal parts of at least 1 fen', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 1_000 }),
        fc.integer({ min: 2, max: 12 }),
        fc.integer({ min: 0, max: 1_100 }),
        (amount, terms, first) => {
          const none = asFen(0)
          const plan = { first: asFen(first), fee: none, points: 0, feeMode: '0' as const }
          const whole = { ...plan, firstFee: none, eachFee: none }
          const agreed = agreedOf(answer(whole), asFen(amount), terms, '0')
          const rest = amount - first
          const good = first >= 1 && rest >= terms - 1 && rest % (terms - 1) === 0
          expect(agreed !== undefined).toBe(good)
        },
      ),
    )
  })

  it.each([
    [0, 'refused'],
    [1, 'refused'],
    [200, 'taken'],
  ])('I06: 1,000 fen in five parts, the first of %i fen → %s', (first, becomes) => {
    const none = asFen(0)
    const plan = { first: asFen(first), fee: none, points: 0, feeMode: '0' as const }
    const agreed = agreedOf(answer({ ...plan, firstFee: none, eachFee: none }), asFen(1_000), 5, '0')
    expect(agreed === undefined ? 'refused' : 'taken').toBe(becomes)
  })

  it('no field 62, one that is text, one of another layout → no quote', () => {
    for (const field of [undefined, '0'.repeat(77), new Uint8Array(77), new Uint8Array(10)]) {
      const fields = field === undefined ? {} : { 62: field }
      expect(agreedOf({ mti: '0110', fields }, asFen(1000), 3, '0')).toBeUndefined()
    }
  })
})
