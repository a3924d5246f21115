import { describe, expect, it } from 'vitest'
import type { Cut } from '../../../emulator/device/flash.ts'
import { type AuditedTill, heal, journalOf, makeAuditedTill } from '../../rig/audit.ts'
import { confirmSettlement, expectClosed, hostDifferences, sellAll, settle } from '../../rig/batch.ts'
import { untilCut } from '../../rig/failure.ts'
import { BUDGET, cutsAt } from '../../rig/flash-run.ts'
import { resigned, typeOf } from '../../rig/frames.ts'

/** Cases of each search, spread evenly over all there are. */
const CASES_MAX = 60 * BUDGET
const SECOND_CUTS_MAX = 30 * BUDGET
const TIMEOUT_MS = 240_000 * Math.max(1, BUDGET)

/** Two sales that both know and one that only the host knows: the settlement needs its upload. Up to the page with the totals. */
async function toConfirmation(): Promise<AuditedTill> {
  const till = makeAuditedTill({ sectorCount: 16 })
  till.machine.powerOn()
  await till.toIdle()
  till.network.fate = ({ body }) =>
    typeOf(body) === '0200'
      ? { kind: 'also', body: resigned(till, body, { 11: '000900' }) }
      : { kind: 'deliver' }
  await sellAll(till, '5000')
  till.network.fate = () => ({ kind: 'deliver' })
  await sellAll(till, '700')
  await till.press('9')
  await till.see(/借记/)
  return till
}

async function confirmed(till: AuditedTill): Promise<void> {
  await confirmSettlement(till)
  await till.time.advance(60_000)
}

/** The power comes back: the settlement ends by itself, or was never begun and is asked for again. */
async function expectEnd(till: AuditedTill, label: string): Promise<void> {
  await heal(till)
  await till.time.advance(400_000)
  await till.toIdle()
  if (journalOf(till).batch() === 1) {
    expect(journalOf(till).frozen(), label).toBe(false)
    await settle(till)
  }
  await expectClosed(till, { debit: [2, 5700], credit: [0, 0] }, { label })
  expect(await hostDifferences(till), label).toEqual(['orphan 900 5000 0 creditedBack'])
  expect(await till.balance('member'), label).toBe(10_000_000 - 5700)
  expect(till.host.alarms().conflict ?? 0, label).toBe(0)
}

/** Operations of a settlement without a cut, [from, to). */
async function operations(): Promise<readonly [number, number]> {
  const dry = await toConfirmation()
  const from = dry.chip.operations()
  await confirmed(dry)
  return [from, dry.chip.operations()]
}

function sampled<Case>(cases: readonly Case[], most: number): Case[] {
  const step = Math.max(1, cases.length / most)
  return Array.from(
    { length: Math.ceil(cases.length / step) },
    (_, at) => cases[Math.floor(at * step)] as Case,
  )
}

async function cutAt(cut: Cut): Promise<AuditedTill> {
  const till = await toConfirmation()
  till.chip.cut(cut)
  expect(await untilCut(till, () => confirmed(till)), JSON.stringify(cut)).toBe(true)
  return till
}

describe('power cut: settlement 结算 with upload (L05, L06, L10, L20)', () => {
  it(
    'before, inside and after flash operations → closed once at both ends, no card number left on the chip',
    async () => {
      const [from, to] = await operations()
      expect(to - from).toBeGreaterThan(20)
      const cuts = Array.from({ length: to - from }, (_, at) => cutsAt(from + at)).flat()
      for (const cut of sampled(cuts, CASES_MAX)) await expectEnd(await cutAt(cut), JSON.stringify(cut))
    },
    TIMEOUT_MS,
  )

  it(
    'and again during the recovery (X01) → the same end',
    async () => {
      const [from, to] = await operations()
      const firsts = Array.from({ length: to - from }, (_, at) => cutsAt(from + at)).flat()
      for (const [at, first] of sampled(firsts, SECOND_CUTS_MAX).entries()) {
        const till = await cutAt(first)
        const start = till.chip.operations()
        const kinds = cutsAt(start + (at % 12))
        const second = kinds[at % kinds.length] as Cut
        const label = `${JSON.stringify(first)}, then ${JSON.stringify(second)}`
        till.network.fate = () => ({ kind: 'deliver' })
        till.chip.cut(second)
        till.machine.powerOn()
        await untilCut(till, async () => {
          await till.toIdle()
          await till.time.advance(60_000)
        })
        till.machine.powerOff()
        await expectEnd(till, label)
      }
    },
    TIMEOUT_MS,
  )

  it(
    'X02: the power goes every few milliseconds of the settlement → it still ends, closed once',
    async () => {
      const till = await toConfirmation()
      await till.press('enter')
      for (let cut = 0; cut < 60 * BUDGET; cut++) {
        await till.time.advance(1 + ((cut * 37) % 50))
        till.machine.powerOff()
        till.machine.powerOn()
      }
      await expectEnd(till, 'X02')
    },
    TIMEOUT_MS,
  )
})
