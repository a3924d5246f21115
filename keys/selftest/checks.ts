import type { Answer } from './answer.ts'
import { curveChecks } from './check-curves.ts'
import { dukptChecks } from './check-dukpt.ts'
import { keyChecks } from './check-keys.ts'
import { macChecks } from './check-macs.ts'
import { nationalChecks } from './check-national.ts'
import { pinChecks } from './check-pins.ts'
import { serialChecks } from './check-serial.ts'
import { tr31Checks } from './check-tr31.ts'
import type { SelfTestVector } from './vector.ts'

/** Computes a vector's answer from its inputs. Throws VectorFault or RangeError for inputs that are none. */
export type Check = (vector: SelfTestVector) => Answer

/** By `category`, or `category/op` where there is an op. Noise vectors are apart: they need the channel. */
export const checks: ReadonlyMap<string, Check> = new Map<string, Check>([
  ...keyChecks,
  ...macChecks,
  ...nationalChecks,
  ...pinChecks,
  ...curveChecks,
  ...dukptChecks,
  ...tr31Checks,
  ...serialChecks,
])
