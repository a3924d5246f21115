import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadQuickJsNode } from '../../emulator/console/quickjs-node.ts'
import { makeFlashChip } from '../../emulator/device/flash.ts'
import { PROGRAM_CHIP } from '../../emulator/device/slots.ts'
import { v8Engine } from '../../emulator/v8-engine.ts'
import { STACK_BYTES } from '../../emulator/vm/limits.ts'
import { bytesOfProgram } from '../../emulator/vm/program-text.ts'
import { quickJsEngine } from '../../emulator/vm/quickjs-engine.ts'
import { profiles } from '../../host-link/wire/profile.ts'
import { CODE } from '../../host-link/wire/tms/codes.ts'
import { bundle, ensureBuilt } from '../../scripts/build.ts'
import { COUNTER_FLOOR, NO_SCOPE } from '../../terminal/boot/floor.ts'
import { areasOf } from '../../terminal/boot/layout.ts'
import { scriptsOf } from '../../terminal/boot/scripts.ts'
import type { Device } from '../../terminal/device/device.ts'
import { start } from '../../terminal/main.ts'
import { makeTill, type Till } from '../rig/till.ts'

let program = ''
let arms = ''
beforeAll(async () => {
  program = await readFile((await ensureBuilt()).file, 'utf8')
  const entry = fileURLToPath(new URL('programs/arms.ts', import.meta.url))
  arms = (await bundle('conformance', 'arms.js', entry)).code
})

/** Both scripts on a device that has nothing but a set-up, which is wrong: what each left, and how often an application began. */
async function evaluated(given: { readonly update?: object; readonly place: string }) {
  let begun = 0
  const setup = () => {
    begun++
    return { parameters: { none: 1 }, update: given.update }
  }
  const still = () => undefined
  const device = {
    info: { setup, restart: still },
    slots: { running: () => ({ place: given.place, trial: false }) },
    display: { clear: still, draw: still, size: () => ({ columns: 20, rows: 4 }) },
    clock: { sleep: () => new Promise<never>(() => undefined) },
  }
  const context = createContext({ device })
  const running: string[] = []
  for (const script of scriptsOf(program)) {
    runInContext(script, context)
    running.push(String(runInContext('application.running', context)))
    if (running.length === 1) expect(begun).toBe(1) // it has looked, and nothing has begun
  }
  for (let job = 0; job < 5; job++) await Promise.resolve()
  return { running, begun: begun - 1 }
}

describe('the scripts of the program', () => {
  it('the program built in, and no service → the first runs by itself, the second does nothing', async () => {
    expect(await evaluated({ place: 'factory' })).toEqual({
      running: ['[object Promise]', '[object Promise]'],
      begun: 1,
    })
  })

  it.each([
    ['a service in the set-up', { update: {}, place: 'factory' }],
    ['a program that was downloaded, also where there is no service any more', { place: 'a' }],
  ])('%s → the second starts the first, with the download engine', async (_, given) => {
    expect(await evaluated(given)).toEqual({ running: ['undefined', '[object Promise]'], begun: 1 })
  })
})

/** A terminal without a service whose built-in program arms the real one, which stands in slot a. */
async function onTrial(keysDiffer: boolean): Promise<Till> {
  const bytes = bytesOfProgram(program)
  const areas = areasOf(PROGRAM_CHIP)
  const programChip = makeFlashChip({ geometry: PROGRAM_CHIP })
  const head = new Uint8Array(8)
  new DataView(head.buffer).setUint32(0, bytes.length, true)
  head[4] = keysDiffer ? 1 : 0
  programChip.program(areas?.documents.address ?? 0, head)
  for (let at = 0; at < bytes.length; at += 4096) {
    const part = new Uint8Array(4096).fill(0xff)
    part.set(bytes.subarray(at, at + 4096))
    programChip.program((areas?.a.address ?? 0) + at, part)
  }
  const module = await loadQuickJsNode()
  const engine = quickJsEngine({ module, bundle: arms, stackBytes: STACK_BYTES.mainThread })
  const till = makeTill({ engine, programChip })
  till.machine.powerOn()
  return till
}

describe('a program on trial where no service is named', () => {
  it('it is judged all the same, confirmed, and stays over more starts than it had tries', async () => {
    const till = await onTrial(false)
    await till.see(/1 ?消费/, 60_000)
    for (let starts = 0; starts < 5; starts++) {
      till.machine.powerOff()
      till.machine.powerOn()
      await till.see(/1 ?消费/, 60_000)
    }
    expect(till.screens.join('\n')).not.toMatch(/old (reverted|confirmed)/)
  })

  it('one that finds other keys → given up at its first try, with its code', async () => {
    const till = await onTrial(true)
    await till.see(new RegExp(`old reverted ${CODE.healthKeys}`), 60_000)
    expect(till.stops).toEqual([])
  })
})

it('the program built in, without the download engine → the counter rises to its own', async () => {
  let seen: Device | undefined
  const engine = v8Engine((device) => {
    seen = device
    return start(device, profiles)
  })
  const till = makeTill({ engine })
  till.machine.powerOn()
  await till.toIdle()
  const { counter } = seen?.slots.factory() ?? { counter: 0 }
  expect(counter).toBeGreaterThan(0)
  expect(seen?.secure.floor(COUNTER_FLOOR, NO_SCOPE)).toBe(counter)
})
