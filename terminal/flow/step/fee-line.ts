import type { InstalmentPlan } from '../../../host-link/wire/instalment.ts'
import type { Fen } from '../../../host-link/wire/values.ts'

/** 手续费 of an instalment plan, for screen and slip: what of the fees there is, by its fee mode. */
export function feeLines(plan: InstalmentPlan): readonly (readonly ['fee' | 'firstFee' | 'eachFee', Fen])[] {
  if (plan.feeMode === '0') return [['fee', plan.fee]]
  return [
    ['firstFee', plan.firstFee],
    ['eachFee', plan.eachFee],
  ]
}
