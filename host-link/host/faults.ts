import type { Message } from '../wire/message.ts'
import type { Reply } from './answer.ts'

/** 测试模式 test mode: an amount's last digit (x.x1 yuan …) makes the host misbehave. Never for real money. */
export interface TestFaults {
  /** How long a late answer is held back. */
  readonly lateMs: number
  readonly delay: (ms: number) => Promise<void>
}

export type Fault =
  | 'late'
  | 'lostAfter'
  | 'lostBefore'
  | 'twice'
  | 'badMac'
  | 'otherTerminal'
  | 'midFrame'
  | 'decline'

// biome-ignore format: one row a digit; 0 and 7 sell as they should
const byLastDigit: readonly (Fault | undefined)[] = [
  undefined,
  'late',          // x.x1 booked, answered after `lateMs`
  'lostAfter',     // x.x2 booked, no answer
  'lostBefore',    // x.x3 not booked, no answer
  'twice',         // x.x4 booked, the same answer twice
  'badMac',        // x.x5 booked, a MAC that is wrong
  'otherTerminal', // x.x6 booked, field 41 of another terminal
  undefined,
  'midFrame',      // x.x8 booked, the connection ends inside the answer
  'decline',       // x.x9 declined, 05
]

/**
 * The fault of a transaction of this amount; none where there is no amount, none for a reversal or an upload, and none
 * where test mode is off. An advice (0220) that is lost is booked all the same: it comes again until it is answered, and
 * a repeat of what is booked has no fault.
 */
export function faultOf(faults: TestFaults | undefined, { mti, fields }: Message): Fault | undefined {
  if (!faults || !TAKES_FAULTS.includes(mti) || fields[4] === undefined) return undefined
  const fault = byLastDigit[Number(String(fields[4]).slice(-1))]
  return mti === ADVICE && fault === 'lostBefore' ? 'lostAfter' : fault
}

const ADVICE = '0220'
const TAKES_FAULTS = ['0100', '0200', ADVICE]

/** The answer as a fault alters it. */
export function altered({ answer, ...reply }: Reply, fault: Fault | undefined): Reply {
  const { mti, fields } = answer
  if (fault === 'otherTerminal') return { ...reply, answer: { mti, fields: { ...fields, 41: '99999999' } } }
  const mac = fields[64]
  if (fault !== 'badMac' || !(mac instanceof Uint8Array)) return { ...reply, answer }
  const wrong = mac.map((byte, at) => (at === 0 ? byte ^ 1 : byte))
  return { ...reply, answer: { mti, fields: { ...fields, 64: wrong } } }
}
