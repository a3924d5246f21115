import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { PROGRAM_CHIP } from '../../../emulator/device/slots.ts'
import { ensureBuilt } from '../../../scripts/build.ts'
import { NOW } from '../../host-link/wire/tms/samples.ts'
import { again, describeSlots, everywhere, rot } from '../../rig/native-hand.ts'
import { type Beginning, chance, type SlotTerminal } from '../../rig/native-slots.ts'
import { makeRelease } from '../../rig/update-documents.ts'
import { makeWhole } from '../../rig/update-whole.ts'

/** The program as `npm run build` makes it, and a release of it with other bytes. */
const factory = readFileSync((await ensureBuilt()).file, 'utf8')
const NEXT = `${factory}\n// the next release\n`
const VERIFIED_MS = 300_000
const DONE_MS = 900_000
const SALE = /交易成功/

/**
 * Has the emulated terminal download a signed release of that program, up to where it is armed: both its chips, with the
 * secret of the same chance. What comes next is another runtime's.
 */
async function downloaded(text: string): Promise<Beginning> {
  const clockMs = NOW * 1000 + 8 * 3_600_000
  const till = makeWhole(() => 'well', {
    programGeometry: PROGRAM_CHIP,
    device: { random: chance('device') },
  })
  till.network.refuses = true // no working keys: they stay in the secure element, which nobody takes out
  till.machine.powerOn()
  await till.toIdle()
  const policy = { class: 0, earliest: 0, deadline: 0, needsSettlement: false, allowOpenBatch: true } as const
  till.service.desire.policy = { allowOpenBatch: true, automatic: true, deadline: 1 }
  till.service.want(makeRelease({ text: Buffer.from(text), over: { policy } }))
  till.service.tell()
  const state = () => till.service.reports.at(-1)?.download.state
  expect(await till.time.runUntil(() => state() === 'verified', VERIFIED_MS), state()).toBe(true)
  const armed = () => till.machine.state === 'restarting'
  expect(await till.time.runUntil(armed, DONE_MS), till.screen()).toBe(true)
  const images = { flash: till.chip.image(), programs: till.programChip.image() }
  till.machine.powerOff()
  const { stores: _, ...setup } = till.setup
  return { images, factory, setup, options: { clockMs } }
}

/** The lines of the first stage, in order: what was tried, and what was given up. */
const boots = (terminal: SlotTerminal): readonly string[] =>
  terminal.screens.flatMap((text) => /TRIAL \d|REVERT \d+/.exec(text) ?? [])

describeSlots('a release that the emulated terminal has downloaded and armed goes on as native', () => {
  test('tried, confirmed by its own health check, and a sale 消费 with it → the same screens, slips, frames and chips', async () => {
    await everywhere(await downloaded(NEXT), async (unit) => {
      await unit.on()
      await unit.toIdle()
      await unit.order()
      await unit.see(SALE)
      await unit.toIdle()
      await again(unit)
      await unit.toIdle()
      expect([unit.stops, boots(unit)], unit.runtime).toEqual([[], ['TRIAL 1']])
      await unit.off()
      rot(unit, 'a', 100_000)
      await unit.on()
      await unit.toIdle()
      expect(boots(unit), 'it was the one in the slot').toEqual(['TRIAL 1', 'REVERT 15'])
    })
  })

  test('falls over in each trial → the one built in, and its sale 消费', async () => {
    await everywhere(await downloaded("throw new Error('broken')"), async (unit) => {
      await unit.on()
      await unit.toIdle()
      expect(boots(unit), unit.runtime).toEqual(['TRIAL 1', 'TRIAL 2', 'TRIAL 3', 'REVERT 17'])
      expect(unit.stops).toHaveLength(3)
      await unit.order()
      await unit.see(SALE)
    })
  })

  test('one bit of it has become another → it never runs', async () => {
    await everywhere(await downloaded(NEXT), async (unit) => {
      rot(unit, 'a', 123_456)
      await unit.on()
      await unit.toIdle()
      expect([unit.stops, boots(unit)], unit.runtime).toEqual([[], ['REVERT 15']])
    })
  })
})
