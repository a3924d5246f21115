import { expect } from 'vitest'
import type { Tear } from '../../emulator/device/flash.ts'
import type { Fields } from '../../host-link/wire/message.ts'
import { type AuditedTill, converge, differences, heal, leaks, makeAuditedTill, slipsOf } from './audit.ts'
import { messageOf, typeOf } from './frames.ts'
import type { Fate, Passing } from './network.ts'
import type { Till, TillOptions } from './till.ts'

/** What every failure row begins and ends with. */

export const APPROVED = /交易成功|APPROVED/

/** How a program may look after the power went away inside it. */
export const TEARS: readonly Tear[] = [
  { kind: 'prefix', bytes: 0 },
  { kind: 'prefix', bytes: 4 },
  { kind: 'prefix', bytes: 16 },
  { kind: 'allButLast' },
  { kind: 'someBits' },
  { kind: 'flicker' },
  { kind: 'looksUndone' },
  { kind: 'looksDone' },
  { kind: 'appearsLater' },
  { kind: 'restAppearsLater' },
]

/** Powered, signed on and idle. */
export async function readyTill(options: TillOptions = {}): Promise<AuditedTill> {
  const till = makeAuditedTill(options)
  till.machine.powerOn()
  await till.toIdle()
  return till
}

export type FateRow = readonly [mti: string, fate: Fate | ((frame: Passing) => Fate)]

/** Each row befalls one frame of its message type, in order; every other frame is delivered. */
export function fates(till: Till, ...rows: FateRow[]): void {
  const open = [...rows]
  till.network.fate = (frame) => {
    const at = open.findIndex(([mti]) => mti === typeOf(frame.body))
    const [row] = at < 0 ? [] : open.splice(at, 1)
    if (row === undefined) return { kind: 'deliver' }
    return typeof row[1] === 'function' ? row[1](frame) : row[1]
  }
}

export const lose: Fate = { kind: 'lose' }
export const drop: Fate = { kind: 'drop' }

/** What the operator must never have seen, and the printer never printed, of a sale that did not happen. */
export function expectNothingShown(till: Till): void {
  expect(till.screens.join('\n')).not.toMatch(APPROVED)
  expect(slipsOf(till)).toEqual([])
}

/** Fields of the messages of this type on the line, in order. */
export function sentFields(till: Till, mti: string): Fields[] {
  return till.network.passed.flatMap(({ body }) => {
    const message = messageOf(body)
    return message?.mti === mti ? [message.fields] : []
  })
}

/** One bit of the byte `at` turned over. */
export const flipped = (body: Uint8Array, at: number): Uint8Array =>
  body.map((byte, index) => (index === at ? byte ^ 0x01 : byte))

/** A sale during which the power must go away as the chip's plan says. */
export async function sellUntilCut(till: AuditedTill): Promise<void> {
  const cut = await untilCut(till, async () => {
    await till.order()
    await till.time.advance(60_000)
  })
  expect(cut).toBe(true)
}

/** The books agree, nothing was shown or printed too early, the application never stopped. */
export async function expectAgreement(till: AuditedTill, label = ''): Promise<void> {
  expect(await differences(till), label).toEqual([])
  expect(till.violations, label).toEqual([])
  expect(till.stops, label).toEqual([])
  expect(leaks(till), label).toEqual([])
  expect(till.host.alarms().conflict ?? 0, label).toBe(0)
}

/** Lets the terminal finish by itself with a good line, then compares. */
export async function finish(till: AuditedTill): Promise<void> {
  await converge(till)
  await expectAgreement(till)
}

/** Power off and on with everything good again, then as `finish`. */
export async function healed(till: AuditedTill, label = ''): Promise<void> {
  await heal(till)
  await expectAgreement(till, label)
}

/** A further sale with another card is approved; gives its trace. */
export async function nextSale(till: AuditedTill): Promise<number> {
  const before = till.screens.length
  const card = till.cards[1]
  if (card === undefined) throw new Error('the rig has a second card')
  await till.order({ amount: '100', card })
  await till.see(/交易成功|APPROVED/)
  await till.toIdle()
  expect(till.screens.slice(before).join('\n')).not.toMatch(/冲正|再收一次/)
  const sales = till.network.passed.filter(({ body }) => typeOf(body) === '0200')
  const last = sales[sales.length - 1]
  const trace = Number(last && messageOf(last.body)?.fields[11])
  expect(await till.net(trace)).toBe(-100)
  await expectAgreement(till)
  return trace
}

/** Numbers of the flash operations of a sale in a run without faults, counted on this till, and the chip's images. */
export interface Operations {
  /** After PIN entry, before the request enters the network: the INTENT. [from, to) */
  readonly intent: readonly [number, number]
  /** After the answer entered the network, before 交易成功 is on the screen: the OUTCOME. */
  readonly outcome: readonly [number, number]
  readonly beforeOutcome: Uint8Array
  readonly afterOutcome: Uint8Array
  readonly end: number
}

/** A dry run with the same inputs: the runs are deterministic, so the numbers hold for the next till too. */
export async function operationsOfSale(options: TillOptions = {}): Promise<Operations> {
  const till = await readyTill(options)
  const marks: { from: number; sent: number; answered: number; before: Uint8Array } = {
    from: 0,
    sent: 0,
    answered: 0,
    before: new Uint8Array(0),
  }
  marks.from = till.chip.operations()
  till.network.fate = ({ body }) => {
    if (typeOf(body) === '0200') marks.sent = till.chip.operations()
    if (typeOf(body) === '0210') {
      marks.answered = till.chip.operations()
      marks.before = till.chip.image()
    }
    return { kind: 'deliver' }
  }
  await till.order()
  await till.see(/交易成功|APPROVED/)
  const shown = till.chip.operations()
  const after = till.chip.image()
  await till.toIdle()
  return {
    intent: [marks.from, marks.sent],
    outcome: [marks.answered, shown],
    beforeOutcome: marks.before,
    afterOutcome: after,
    end: till.chip.operations(),
  }
}

/** Drives the till until its power is gone (as a cut plan takes it) or `work` is over. */
export async function untilCut(till: Till, work: () => Promise<void>): Promise<boolean> {
  try {
    await work()
  } catch (error) {
    if (till.machine.state !== 'off') throw error
  }
  return till.machine.state === 'off'
}
