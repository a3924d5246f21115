import { describe, expect, test } from 'vitest'
import { type FlashChip, makeFlashChip } from '../../emulator/device/flash.ts'
import type { Engine } from '../../emulator/engine.ts'
import { type MachineOptions, makeMachine, REBOOT_MS, RESTART_MS, TRIAL_MS } from '../../emulator/machine.ts'
import { v8Engine } from '../../emulator/v8-engine.ts'
import { COUNTER_FLOOR, NO_SCOPE } from '../../terminal/boot/floor.ts'
import { arm, confirm, readBoot } from '../../terminal/boot/record.ts'
import type { Device } from '../../terminal/device/device.ts'
import { cutsAt } from '../rig/flash-run.ts'
import { fill, makeTerminal, NOTE, program, SMALL } from '../terminal/boot/boot-rig.ts'
import { makeBench } from './device/bench.ts'

type Start = (device: Device) => Promise<never>
const forEver = (): Promise<never> => new Promise(() => undefined)
const NEW = program('a', 'new', 2)
const BUILT_IN = Buffer.from('built in')

/** Arms the new program once and restarts; afterwards shows how it ended. */
const old: Start = async (device) => {
  const { last } = readBoot(device)
  device.display.draw(0, 0, `old ${last?.end ?? ''} ${last?.code ?? ''}`, 'normal')
  if (last === undefined) {
    arm(device, NEW, NOTE)
    device.info.restart()
  }
  return forEver()
}
const says = (device: Device): void => {
  const { place, trial } = device.slots.running()
  device.display.draw(0, 0, `new in ${place} ${trial ? 'trial' : ''}`, 'normal')
}
const confirms: Start = async (device) => {
  says(device)
  if (device.slots.running().trial) {
    confirm(device)
    device.secure.raiseFloor(COUNTER_FLOOR, NEW.counter, NO_SCOPE)
  }
  return forEver()
}
const crashes: Start = async (device) => {
  says(device)
  throw new Error('the new program fell over')
}
const waits: Start = async (device) => {
  says(device)
  for (;;) await device.clock.sleep(1_000)
}

/** At the programmer's, with the terminal switched off. */
function refill(chip: FlashChip, text: string): void {
  chip.repower()
  fill(chip, 'a', text)
  chip.powerOff()
}

function makeBoard(
  next: Start,
  programChip: FlashChip = makeFlashChip({ geometry: SMALL }),
  changes: Partial<MachineOptions> = {},
) {
  const bench = makeBench('compact')
  const stops: string[] = []
  fill(programChip, 'a', 'new')
  const programs = (bytes: Uint8Array) => (Buffer.from(bytes).toString() === 'new' ? next : undefined)
  const machine = makeMachine({
    options: bench.options,
    chip: bench.chip,
    programChip,
    engine: v8Engine(old, programs, BUILT_IN),
    onStopped: (why) => stops.push(why),
    ...changes,
  })
  const lines = () => bench.pictures.map((picture) => picture.rows[0]?.text ?? '')
  return { ...bench, machine, programChip, stops, lines }
}

describe('a new program in the machine', () => {
  test('it confirms itself → 试运行 1/3, then it is the one that runs, also after the power was away', async () => {
    const { machine, time, screen, lines, stops, programChip } = makeBoard(confirms)
    machine.powerOn()
    await time.advance(REBOOT_MS)
    expect(lines()).toContain('试运行 TRIAL 1/3')
    expect(screen()[0]).toBe('new in a trial')
    await time.advance(2 * TRIAL_MS)
    expect(stops).toEqual([])
    machine.powerOff()
    expect(programChip.powered()).toBe(false)
    machine.powerOn()
    await time.advance(0)
    expect(screen()[0]).toBe('new in a')
  })

  test('G04 it crashes → three tries, then 回退 and the old one, which finds code 17', async () => {
    const { machine, time, screen, lines, stops } = makeBoard(crashes)
    machine.powerOn()
    await time.advance(REBOOT_MS + 7 * RESTART_MS)
    expect(lines().filter((line) => line.startsWith('试运行'))).toEqual([
      '试运行 TRIAL 1/3',
      '试运行 TRIAL 2/3',
      '试运行 TRIAL 3/3',
    ])
    expect(lines()).toContain('回退 REVERT 17')
    expect(stops).toEqual(new Array(3).fill('Error: the new program fell over'))
    expect([screen()[0], machine.state]).toEqual(['old reverted 17', 'running'])
  })

  test('G04 it waits for ever without confirming itself → the watchdog ends each try, then code 18', async () => {
    const { machine, time, screen, stops } = makeBoard(waits)
    machine.powerOn()
    await time.advance(REBOOT_MS + TRIAL_MS - 1)
    expect(stops).toEqual([])
    await time.advance(1)
    expect(stops).toEqual(['the program on trial has not confirmed itself in time'])
    await time.advance(2 * (TRIAL_MS + 4 * RESTART_MS) + 8 * RESTART_MS)
    expect(stops.length).toBe(3)
    expect(screen()[0]).toBe('old reverted 18')
  })

  test('G02 the power is away in each of its tries → they count', async () => {
    const { machine, time, screen, stops } = makeBoard(waits)
    machine.powerOn()
    await time.advance(REBOOT_MS)
    for (let cut = 0; cut < 3; cut++) {
      expect(screen()[0]).toBe('new in a trial')
      machine.powerOff()
      machine.powerOn()
      await time.advance(0)
    }
    expect([screen()[0], stops]).toEqual(['old reverted 17', []])
    await time.advance(2 * TRIAL_MS)
    expect(stops, 'the watchdog of a run that is over').toEqual([])
  })

  test('G03 another device has armed other bytes on this chip → neither they nor the record count', async () => {
    const { machine, time, screen, programChip } = makeBoard(confirms)
    fill(programChip, 'a', 'wen')
    const { board } = makeTerminal(programChip)
    expect(arm(board, program('a', 'wen'), NOTE)).toBe('written')
    machine.powerOn()
    await time.advance(REBOOT_MS)
    expect(screen()[0], 'what this device arms is not what stands there').toBe('old reverted 15')
  })

  test('G04 bytes that are no program of this engine → three crashes, then the old one', async () => {
    const { machine, time, screen, stops } = makeBoard(confirms, undefined, { engine: v8Engine(old) })
    machine.powerOn()
    await time.advance(REBOOT_MS + 7 * RESTART_MS)
    expect(stops).toEqual(new Array(3).fill('Error: these bytes are no program'))
    expect(screen()[0]).toBe('old reverted 17')
  })

  test('G03 a chip that gives other bytes at each read → what was hashed is what runs', async () => {
    const programChip = makeFlashChip({ geometry: SMALL })
    const evil = Buffer.from('evl')
    let turn = 0
    const ran: string[] = []
    const { machine, time } = makeBoard(confirms, programChip, {
      programChip: {
        ...programChip,
        read: (address, length) =>
          length === 3 && turn++ % 2 === 1 ? new Uint8Array(evil) : programChip.read(address, length),
      },
      engine: v8Engine(old, (bytes) => {
        ran.push(Buffer.from(bytes).toString())
        return confirms
      }),
    })
    machine.powerOn()
    await time.advance(REBOOT_MS)
    for (let start = 0; start < 4; start++) {
      machine.powerOff()
      machine.powerOn()
      await time.advance(0)
    }
    expect(new Set(ran)).toEqual(new Set(['new']))
    expect(turn).toBeGreaterThan(4)
  })

  test('G03 nothing is left that may run → halted, and it says so; the switch does not help', async () => {
    const { machine, time, screen, lines, stops, programChip } = makeBoard(confirms)
    machine.powerOn()
    await time.advance(REBOOT_MS)
    expect(screen()[0]).toBe('new in a trial')
    machine.powerOff()
    refill(programChip, 'wen')
    machine.powerOn()
    await time.advance(60_000)
    expect([machine.state, lines().at(-1)]).toEqual(['halted', '停机 HALTED'])
    expect(stops).toEqual(['no program with a counter of 2 and a right hash'])
    machine.powerOff()
    machine.powerOn()
    expect(machine.state).toBe('halted')
    machine.powerOff()
    refill(programChip, 'new')
    machine.powerOn()
    await time.advance(0)
    expect(screen()[0]).toBe('new in a')
  })

  test('without a program chip → what the engine has built in, and nothing is said', async () => {
    const bench = makeBench('compact')
    const given: (Uint8Array | undefined)[] = []
    const engine: Engine = {
      name: 'watched',
      start(device, _, bytes) {
        given.push(bytes)
        expect(device.slots.geometry().sectorCount).toBe(0)
        expect(device.slots.running()).toEqual({ place: 'factory', trial: false })
        return { kill() {} }
      },
    }
    makeMachine({ options: bench.options, chip: bench.chip, engine }).powerOn()
    expect(given).toEqual([undefined])
    expect(bench.pictures).toEqual([])
  })

  test('an application knows the program built in, and reads it', async () => {
    let seen = ''
    const look: Start = async ({ slots }) => {
      const { length, counter, version } = slots.factory()
      seen = `${Buffer.from(slots.readFactory(0, length))} ${counter} ${version}`
      expect(() => slots.readFactory(1, length)).toThrow(RangeError)
      return forEver()
    }
    const { machine, time } = makeBoard(confirms, undefined, { engine: v8Engine(look, undefined, BUILT_IN) })
    machine.powerOn()
    await time.advance(0)
    expect(seen).toMatch(/^built in 1 \d+\.\d+\.\d+$/)
  })
})

describe('the power goes at an operation of the program chip', () => {
  test.each([
    ['confirms itself', confirms, 'new in a'],
    ['crashes', crashes, 'old reverted 17'],
  ] as const)(
    'G02 G04 which %s: before, inside or after each of them → off; switched on again it ends the same',
    async (_, next, end) => {
      let cuts = 0
      for (let operation = 0, more = true; more; operation++)
        for (const cut of cutsAt(operation)) {
          const { machine, time, screen, programChip } = makeBoard(next)
          programChip.cut({ ...cut, operation: programChip.operations() + operation })
          machine.powerOn()
          await time.advance(60_000)
          if (machine.state !== 'off') {
            more = false
            break
          }
          cuts++
          machine.powerOn()
          await time.advance(60_000)
          machine.powerOff() // and once more: what a trial that was confirmed says is of its start
          machine.powerOn()
          await time.advance(0)
          expect(`${machine.state} ${screen()[0]}`, JSON.stringify(cut)).toBe(`running ${end}`)
        }
      expect(cuts).toBeGreaterThanOrEqual(12 * 12)
    },
  )
})
