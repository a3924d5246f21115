import { describe, expect, test } from 'vitest'
import type { Engine } from '../../emulator/engine.ts'
import {
  CRASHES_MAX,
  type MachineOptions,
  makeMachine,
  REBOOT_MS,
  RESTART_MS_MAX,
  STEADY_MS,
} from '../../emulator/machine.ts'
import { v8Engine } from '../../emulator/v8-engine.ts'
import { fromHex } from '../../keys/hex.ts'
import { keyBlocks, TEST_PAN, TEST_SLOT } from '../../terminal/device/conformance/keys.ts'
import type { Device } from '../../terminal/device/device.ts'
import { makeBench } from './device/bench.ts'

type Start = (device: Device) => Promise<never>

function makeBoard(start: Start, changes: Partial<MachineOptions> = {}) {
  const bench = makeBench('compact')
  const stops: [string, number][] = []
  const machine = makeMachine({
    options: bench.options,
    chip: bench.chip,
    engine: v8Engine(start),
    onStopped: (why, count) => stops.push([why, count]),
    ...changes,
  })
  return { ...bench, machine, stops }
}

/** Counts its starts in flash, shows the count, echoes keys. */
const counter: Start = async (device) => {
  const { unitBytes } = device.flash.geometry()
  let starts = 0
  while (device.flash.read(starts * unitBytes, 1)[0] === 0) starts++
  device.flash.program(starts * unitBytes, new Uint8Array(unitBytes))
  device.display.draw(0, 0, `start ${starts + 1}`, 'normal')
  for (let column = 0; ; column++) {
    const key = await device.keypad.next(600_000)
    if (key.kind !== 'key') continue
    if (key.key === 'cancel') throw new Error('the cashier pressed cancel')
    if (key.key === 'f1') device.info.restart()
    device.display.draw(1, column, key.key, 'normal')
  }
}

describe('the power switch', () => {
  test('on → the application runs; off → dark, dead; on again → flash is as it was, the screen is not', async () => {
    const { machine, time, screen, pictures } = makeBoard(counter)
    expect(machine.state).toBe('off')
    machine.powerOn()
    await time.advance(0)
    machine.operator.press('7')
    await time.advance(0)
    expect(machine.state).toBe('running')
    expect(screen()).toEqual(['start 1', '7', '', ''])

    machine.powerOff()
    expect(machine.state).toBe('off')
    expect(pictures.at(-1)).toMatchObject({ lit: false, secure: false })
    expect(screen()).toEqual(['', '', '', ''])
    machine.operator.press('8') // nobody is there
    await time.advance(60_000)
    expect(pictures.at(-1)?.lit).toBe(false)

    machine.powerOn()
    await time.advance(0)
    expect(screen()).toEqual(['start 2', '', '', ''])
  })

  test('keys that were queued are gone with the power', async () => {
    const slow: Start = async (device) => {
      await device.clock.sleep(1000)
      const key = await device.keypad.next(0)
      device.display.draw(0, 0, key.kind, 'normal')
      return new Promise<never>(() => {})
    }
    const { machine, time, screen } = makeBoard(slow)
    machine.powerOn()
    machine.operator.press('1')
    machine.powerOff()
    machine.powerOn()
    await time.advance(1000)
    expect(screen()[0]).toBe('timeout')
  })

  test('on while on and off while off do nothing', async () => {
    const { machine, time, screen, pictures } = makeBoard(counter)
    machine.powerOff()
    expect(pictures).toEqual([])
    machine.powerOn()
    machine.powerOn()
    await time.advance(0)
    expect(screen()[0]).toBe('start 1')
  })

  test('the open line closes with the power, the working keys stay', async () => {
    const open: Start = async (device) => {
      device.secure.loadWorkingKeys(TEST_SLOT, '004', fromHex(keyBlocks['004']))
      await device.link.open(1000)
      return new Promise<never>(() => {})
    }
    const { machine, time, line, options } = makeBoard(open)
    machine.powerOn()
    await time.advance(0)
    machine.powerOff()
    expect(line.closes).toBe(1)
    let version = 0
    const look: Start = async (device) => {
      version = device.secure.slot(TEST_SLOT).version
      return new Promise<never>(() => {})
    }
    const { chip } = makeBench()
    makeMachine({ options, chip, engine: v8Engine(look) }).powerOn()
    await time.advance(0)
    expect(version).toBe(1)
  })

  test('paper and cable can be changed while it is off', async () => {
    const look: Start = async (device) => {
      device.display.draw(0, 0, `${device.printer.paper()} ${device.link.quality()}`, 'normal')
      return new Promise<never>(() => {})
    }
    const { machine, time, screen } = makeBoard(look)
    machine.operator.paperOut()
    machine.operator.cable(false)
    machine.powerOn()
    await time.advance(0)
    expect(screen()[0]).toBe('out 0')
  })

  test('a master key that does not fit → powerOn throws, the machine stays off', () => {
    const bench = makeBench()
    const masterKeys = bench.options.masterKeys.map((each) => ({ ...each, checkValue: '000000' }))
    const options = { ...bench.options, masterKeys }
    const machine = makeMachine({ options, chip: bench.chip, engine: v8Engine(counter) })
    expect(() => machine.powerOn()).toThrow('master key of slot 1')
    expect(machine.state).toBe('off')
  })
})

describe('the power cut by the flash chip', () => {
  test('inside a program → the machine is off at once, and the application does nothing more', async () => {
    const steps: string[] = []
    const stubborn: Start = async (device) => {
      for (;;) {
        try {
          device.flash.program(0, new Uint8Array(4))
          steps.push('programmed')
        } catch {
          steps.push('thrown')
        }
        if (steps.length > 3) throw new Error('went on')
        device.display.draw(0, 0, 'ghost', 'normal')
      }
    }
    const { machine, time, chip, pictures, stops } = makeBoard(stubborn)
    chip.cut({ operation: 1, when: 'inside', tear: { kind: 'someBits' } })
    machine.powerOn()
    await time.advance(10_000)
    expect(machine.state).toBe('off')
    expect(pictures.at(-1)?.lit).toBe(false)
    expect(pictures.flatMap(({ rows }) => rows.map((row) => row.text)).join('')).not.toContain('ghost')
    expect(stops).toEqual([])
  })

  test('while the secure element saves, by a key → off; the finger notices nothing', async () => {
    const asks: Start = async (device) => {
      device.secure.loadWorkingKeys(TEST_SLOT, '004', fromHex(keyBlocks['004']))
      await device.secure.enterPin({
        slot: TEST_SLOT,
        pan: TEST_PAN,
        prompt: 'enter',
        locale: 'zh',
        bypass: false,
        timeoutMs: 60_000,
      })
      throw new Error('went on')
    }
    const { machine, time, storage, stops } = makeBoard(asks)
    machine.powerOn()
    await time.advance(0)
    for (const key of ['1', '2', '3', '4'] as const) machine.operator.press(key)
    storage.saves = 'cut'
    machine.operator.press('enter')
    await time.advance(10_000)
    expect([machine.state, stops]).toEqual(['off', []])
  })

  test('while the secure element saves for the first time → off; the next start makes it good', async () => {
    const { machine, time, storage, screen } = makeBoard(counter)
    storage.saves = 'cut'
    machine.powerOn()
    expect(machine.state).toBe('off')
    storage.saves = 'well'
    machine.powerOn()
    await time.advance(0)
    expect(screen()[0]).toBe('start 1')
  })
})

describe('an application that stops', () => {
  test('a crash → a line with the count, and a new start after restartMs', async () => {
    const { machine, time, screen, stops } = makeBoard(counter, { restartMs: 500 })
    machine.powerOn()
    await time.advance(0)
    machine.operator.press('cancel')
    await time.advance(499)
    expect(machine.state).toBe('restarting')
    expect(screen()).toEqual(['重启 RESTART 1', '', '', ''])
    expect(stops).toEqual([['Error: the cashier pressed cancel', 1]])
    await time.advance(1)
    expect(machine.state).toBe('running')
    expect(screen()[0]).toBe('start 2')
  })

  test('crashes in a row → longer and longer waits, then halted until the switch', async () => {
    let starts = 0
    const waits: number[] = []
    let last = 0
    const { machine, time, screen } = makeBoard(async (device) => {
      starts++
      void device
      throw new Error('always')
    })
    machine.powerOn()
    for (let crash = 0; crash < CRASHES_MAX; crash++) {
      const before = starts
      await time.runUntil(() => starts > before, 2 * RESTART_MS_MAX)
      waits.push(time.monotonicMs() - last)
      last = time.monotonicMs()
    }
    expect(waits).toEqual([0, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000])
    await time.advance(2 * RESTART_MS_MAX)
    expect(machine.state).toBe('halted')
    expect(screen()[0]).toBe(`停机 HALTED ${CRASHES_MAX + 1}`)
    const before = starts
    await time.advance(600_000)
    expect(starts).toBe(before)
    machine.powerOff()
    machine.powerOn()
    await time.advance(0)
    expect(starts).toBe(before + 1)
    expect(machine.state).toBe('restarting')
    expect(screen()[0]).toBe('重启 RESTART 1')
  })

  test('an application that ran well for a while → its next crash is a first one', async () => {
    const { machine, time, stops } = makeBoard(counter)
    machine.powerOn()
    for (let crash = 0; crash < 3; crash++) {
      await time.advance(STEADY_MS)
      machine.operator.press('cancel')
      await time.advance(1000)
    }
    expect(stops.map(([, count]) => count)).toEqual([1, 1, 1])
  })

  test('the power goes while it waits to restart → it stays off', async () => {
    const { machine, time, pictures } = makeBoard(counter)
    machine.powerOn()
    await time.advance(0)
    machine.operator.press('cancel')
    await time.advance(10)
    machine.powerOff()
    pictures.length = 0
    await time.advance(600_000)
    expect(machine.state).toBe('off')
    expect(pictures).toEqual([])
  })

  test('an engine that reports the end of a run that is over → nothing happens to the next one', async () => {
    const runs: ((why: string) => void)[] = []
    const engine: Engine = {
      name: 'late',
      start(_, events) {
        runs.push(events.stopped)
        return { kill() {} }
      },
    }
    const { machine, stops } = makeBoard(counter, { engine })
    machine.powerOn()
    machine.powerOff()
    runs[0]?.('late news')
    expect([machine.state, stops]).toEqual(['off', []])
    machine.powerOn()
    runs[0]?.('late news')
    expect([machine.state, stops]).toEqual(['running', []])
    runs[1]?.('news')
    expect([machine.state, stops]).toEqual(['restarting', [['news', 1]]])
  })

  test('info.restart() → the call does not come back, the application starts again, no crash is counted', async () => {
    const { machine, time, screen, stops } = makeBoard(counter)
    machine.powerOn()
    await time.advance(0)
    machine.operator.press('f1')
    await time.advance(REBOOT_MS)
    expect(screen()).toEqual(['start 2', '', '', ''])
    expect(stops).toEqual([])
    expect(machine.state).toBe('running')
  })
})
