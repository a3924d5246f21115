import { expect, test } from 'vitest'
import { PROGRAM_CHIP } from '../../../emulator/device/slots.ts'
import {
  again,
  areas,
  beginning,
  describeSlots,
  everywhere,
  marked,
  NEW,
  replace,
  rot,
  shows,
  takeOver,
} from '../../rig/native-hand.ts'

describeSlots('a program in a slot: the same screens and chips as the emulated terminal', () => {
  test('armed → tried, confirmed, and active from then on', () =>
    everywhere(beginning(), async (unit) => {
      await unit.on()
      shows(unit, 'F in factory', NEW)
      await unit.press('1')
      shows(unit, 'F in factory', 'active factory, before none, next a 3, last none', 'written')
      await unit.press('8')
      await unit.see(/A in a on trial/)
      expect(unit.screens.at(-2)).toMatch(/试运行 TRIAL 1\/3/)
      shows(unit, 'A in a on trial', 'active factory, before none, next a 2, last none')
      await unit.press('3')
      shows(unit, 'A in a on trial', 'active a, before factory, next none, last confirmed 0', 'written')
      await again(unit)
      shows(unit, 'A in a', 'active a, before factory, next none, last confirmed 0')
    }))

  test('switched off in each of its trials → counted 1/3, 2/3, 3/3, then the program before', () =>
    everywhere(beginning(), async (unit) => {
      await unit.on()
      await replace(unit, 'a')
      for (const tries of [2, 1, 0]) {
        await unit.see(/on trial/)
        expect(unit.screens.at(-2)).toContain(`试运行 TRIAL ${3 - tries}/3`)
        shows(unit, 'A in a on trial', `active factory, before none, next a ${tries}, last none`)
        await again(unit)
      }
      expect(unit.screens.at(-2)).toContain('回退 REVERT 17')
      shows(unit, 'F in factory', 'active factory, before none, next none, last reverted 17')
    }))

  test('falls over in each trial → three tries, then the program before, which knows why', () =>
    everywhere(beginning(), async (unit) => {
      await unit.on()
      await takeOver(unit, 'a')
      await replace(unit, 'b')
      for (let trial = 1; trial <= 3; trial++) {
        await unit.see(/B in b on trial/, 100_000)
        await unit.press('7')
      }
      await unit.see(/A in a/, 100_000)
      expect(unit.screens.at(-2)).toContain('回退 REVERT 17')
      shows(unit, 'A in a', 'active a, before factory, next none, last reverted 17')
      expect(unit.stops).toHaveLength(3)
    }))

  test('runs without end in a trial → ended, tried again, and what it is given up for is its last trial’s', () =>
    everywhere(
      beginning(),
      async (unit) => {
        await unit.on()
        await replace(unit, 'a')
        for (const key of ['7', '7', '6'] as const) {
          await unit.see(/A in a on trial/, 100_000)
          await unit.press(key)
        }
        await unit.see(/F in factory/, 100_000)
        shows(unit, 'F in factory', 'active factory, before none, next none, last reverted 18')
      },
      'x86-64',
    ))

  test.each([
    ['throws at once', "throw new Error('fell over')", 17],
    ['is no script', 'this is no script', 17],
    ['ends', 'var application = { running: Promise.resolve() }', 17],
    ['leaves nothing running', 'var other = 1', 17],
    ['fills the heap', 'var all = []; for (;;) all.push(new Uint8Array(50000))', 17],
  ])('a program that %s → three tries, then the one built in', (_, text, code) =>
    everywhere(beginning({ a: { text } }), async (unit) => {
      await unit.on()
      await replace(unit, 'a')
      await unit.see(/F in factory/, 100_000)
      shows(unit, 'F in factory', `active factory, before none, next none, last reverted ${code}`)
      expect(unit.stops).toHaveLength(3)
    }),
  )

  test('neither confirmed nor ended → 180 s after each start the watchdog ends it, three times', () =>
    everywhere(beginning(), async (unit) => {
      await unit.on()
      await replace(unit, 'a')
      for (let trial = 1; trial <= 3; trial++) {
        await unit.see(/on trial/, 10_000)
        await unit.time.advance(179_000)
        expect(unit.stops).toHaveLength(trial - 1)
        await unit.time.advance(2_000)
        expect(unit.stops).toHaveLength(trial)
      }
      await unit.see(/F in factory/)
      shows(unit, 'F in factory', 'active factory, before none, next none, last reverted 18')
    }))

  test('confirmed just before its 180 s → nothing ends it any more', () =>
    everywhere(beginning(), async (unit) => {
      await unit.on()
      await replace(unit, 'a')
      await unit.see(/on trial/)
      await unit.time.advance(179_000)
      await unit.press('3')
      await unit.time.advance(600_000)
      expect(unit.stops).toEqual([])
      shows(unit, 'A in a on trial', 'active a, before factory, next none, last confirmed 0', 'written')
    }))

  test('gives itself up → the program before, and its code is kept', () =>
    everywhere(beginning(), async (unit) => {
      await unit.on()
      await replace(unit, 'a')
      await unit.see(/on trial/)
      await unit.press('4', '8')
      await unit.see(/F in factory/)
      shows(unit, 'F in factory', 'active factory, before none, next none, last reverted 40')
    }))

  test.each([0, 1_000, -1])('one bit of byte %i is another when it is tried → it never runs', (byte) =>
    everywhere(beginning(), async (unit) => {
      await unit.on()
      await unit.press('1')
      await unit.off()
      rot(unit, 'a', byte < 0 ? Buffer.byteLength(marked('A')) - 1 : byte)
      await unit.on()
      shows(unit, 'F in factory', 'active factory, before none, next none, last reverted 15')
      expect(unit.screens.join()).not.toContain('A in a')
    }),
  )

  test('one bit of the active program is another → the one before, in its own slot, with its own bytes', () =>
    everywhere(beginning(), async (unit) => {
      await unit.on()
      await takeOver(unit, 'a')
      await takeOver(unit, 'b')
      await again(unit)
      shows(unit, 'B in b', 'active b, before a, next none, last confirmed 0')
      await unit.off()
      rot(unit, 'b', 500)
      await unit.on()
      shows(unit, 'A in a', 'active a, before none, next none, last reverted 15')
      await unit.off()
      rot(unit, 'a', 500)
      await unit.on()
      shows(unit, 'F in factory', 'active factory, before none, next none, last reverted 15')
    }))

  test('a counter under the floor → it is not tried; and where nothing is left above the floor, 停机 HALTED', () =>
    everywhere(
      beginning({ a: { text: marked('A'), counter: 7 }, b: { text: marked('B'), counter: 6 } }),
      async (unit) => {
        await unit.on()
        await takeOver(unit, 'a')
        await unit.press('5')
        shows(unit, 'A in a on trial', 'active a, before factory, next none, last confirmed 0', 'raised')
        await replace(unit, 'b')
        await unit.see(/A in a/)
        shows(unit, 'A in a', 'active a, before factory, next none, last reverted 5')
        await unit.off()
        rot(unit, 'a', 500)
        await unit.on()
        expect(unit.screens.at(-1)).toContain('停机 HALTED')
      },
    ))

  test.each([0, 1, 2])(
    'copy %i of the boot record rots → the other two hold it, and it is made whole',
    (copy) =>
      everywhere(beginning(), async (unit) => {
        await unit.on()
        await takeOver(unit, 'a')
        await unit.off()
        for (let sector = 0; sector < 3; sector++)
          unit.flip(areas.boot.address + sector * PROGRAM_CHIP.sectorBytes + copy * 512 + 20, 1)
        await unit.on()
        shows(unit, 'A in a', 'active a, before factory, next none, last confirmed 0')
      }),
  )
})
