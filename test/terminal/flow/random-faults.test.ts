import { describe, expect, it } from 'vitest'
import type { Tear } from '../../../emulator/device/flash.ts'
import { makeRandom } from '../../../emulator/device/flash-faults.ts'
import type { AuditedTill } from '../../rig/audit.ts'
import { slipsOf } from '../../rig/audit.ts'
import { healed, nextSale, readyTill, TEARS } from '../../rig/failure.ts'
import { BUDGET } from '../../rig/flash-run.ts'
import type { Fate, Passing } from '../../rig/network.ts'

const SEEDS = 60 * BUDGET
const SALES = 4
/** For a loaded machine; nothing here measures time. */
const TIMEOUT_MS = 240_000 * Math.max(1, BUDGET)

/** Whole numbers below `bound`, the same for the same seed. */
type Choose = (bound: number) => number

function chooser(seed: number): Choose {
  const random = makeRandom(seed * 7919 + 1)
  return (bound) => random() % bound
}

/** Each run draws how bad its line is, so that some runs see one fault and some hardly a good frame. */
function badLine(choose: Choose): (frame: Passing) => Fate {
  const badness = choose(60)
  return ({ body }) => {
    if (choose(100) >= badness) return { kind: 'deliver' }
    switch (choose(8)) {
      case 0:
        return { kind: 'lose' }
      case 1:
        return { kind: 'repeat', times: 2 + choose(2) }
      case 2:
        return { kind: 'delay', ms: choose(2) === 0 ? choose(1_000) : choose(200_000) }
      case 3: {
        const at = choose(body.length)
        const bit = 1 << choose(8)
        return { kind: 'replace', body: body.map((byte, index) => (index === at ? byte ^ bit : byte)) }
      }
      case 4:
        return { kind: 'truncate', bytes: choose(body.length + 2) }
      case 5:
        return { kind: 'trickle' }
      case 6:
        return { kind: 'delay', ms: 59_900 + choose(200) }
      default:
        return { kind: 'drop' }
    }
  }
}

/** Lets something happen to the terminal while it sells. */
function badDay(till: AuditedTill, choose: Choose): void {
  const after = (ms: number, then: () => void): void => void till.time.after(ms, then)
  switch (choose(6)) {
    case 0:
      after(choose(8_000), () => till.machine.powerOff())
      break
    case 1: {
      const operation = till.chip.operations() + choose(12)
      const tear = TEARS[choose(TEARS.length)] as Tear
      till.chip.cut(choose(2) === 0 ? { operation, when: 'inside', tear } : { operation, when: 'after' })
      break
    }
    case 2:
      after(choose(70_000), () => till.machine.operator.press('cancel'))
      break
    case 3:
      after(choose(8_000), () => till.machine.operator.cable(false))
      after(8_000 + choose(90_000), () => till.machine.operator.cable(true))
      break
    case 4:
      after(choose(8_000), () =>
        till.time.setWall(till.time.wallMs() - 31_536_000_000 * choose(2) + choose(100_000)),
      )
      break
    default:
      till.machine.operator.paperOut(choose(60))
      after(20_000, () => till.machine.operator.paperIn())
  }
}

/** Sells as well as it goes: whatever is in the way, the cashier presses something and goes on. */
async function sellAnyhow(till: AuditedTill, choose: Choose): Promise<void> {
  badDay(till, choose)
  const card = till.cards[choose(till.cards.length)] as (typeof till.cards)[number]
  // Not with the card of the last sale: the issuer refuses a card after too many wrong PINs.
  const pin = choose(8) === 0 && card.name === 'member' ? '000000' : ''
  try {
    await till.order({ amount: String(101 + choose(5_000)), card, pin })
  } catch {
    // The terminal went dark, refuses to sell, or asked something else.
  }
  await till.time.advance(choose(150_000))
  if (till.machine.state === 'off') {
    till.machine.powerOn()
    await till.time.advance(choose(60_000))
  }
  till.machine.operator.press(choose(2) === 0 ? 'enter' : 'cancel')
  await till.time.advance(5_000)
}

describe('sale 消费 under faults drawn by chance', () => {
  it(
    `${SEEDS} days of ${SALES} sales on a bad line with power cuts: healed, the books agree and the till sells`,
    async () => {
      for (let seed = 0; seed < SEEDS; seed++) {
        const choose = chooser(seed)
        const till = await readyTill(choose(2) === 0 ? {} : { setup: { dialect: 'cbor' } })
        till.network.fate = badLine(choose)
        for (let sale = 0; sale < SALES; sale++) await sellAnyhow(till, choose)
        await healed(till, `seed ${seed}`)
        await till.time.advance(300_000)
        await healed(till, `seed ${seed}, later`)
        const originals = slipsOf(till).filter((slip) => !slip.includes('again') && !slip.includes('torn'))
        expect(new Set(originals).size, `seed ${seed}: ${originals.join(', ')}`).toBe(originals.length)
        await till.press('4', '1') // sign-ons that the line delayed or doubled may have moved the host's keys on
        await till.toIdle()
        await nextSale(till).catch((error: unknown) => {
          throw new Error(`seed ${seed}: ${String(error)}`)
        })
      }
    },
    TIMEOUT_MS,
  )
})
