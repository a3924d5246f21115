import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadQuickJsNode } from '../../emulator/console/quickjs-node.ts'
import type { Engine } from '../../emulator/engine.ts'
import { v8Engine } from '../../emulator/v8-engine.ts'
import { STACK_BYTES } from '../../emulator/vm/limits.ts'
import { quickJsEngine } from '../../emulator/vm/quickjs-engine.ts'
import { ensureBuilt } from '../../scripts/build.ts'
import { startWhole } from '../../terminal/whole.ts'
import { CARDS, makeTill } from '../rig/till.ts'

let quickJs: Engine

beforeAll(async () => {
  const bundle = await readFile((await ensureBuilt()).file, 'utf8')
  quickJs = quickJsEngine({ module: await loadQuickJsNode(), bundle, stackBytes: STACK_BYTES.mainThread })
})

/** A day at the till: sales, a wrong PIN, a balance, a lost answer with its reversal, a power cut, a reprint. */
async function day(engine: Engine, dialect: 'cup' | 'cbor') {
  const till = makeTill({ engine, setup: { dialect } })
  till.machine.powerOn()
  await till.order()
  await till.toIdle()
  await till.order({ pin: '000000' })
  await till.pin('123456')
  await till.toIdle()
  await till.order({ amount: '1250', ...(CARDS[1] && { card: CARDS[1] }) })
  await till.toIdle()
  till.network.fate = ({ direction }) => ({ kind: direction === 'toTerminal' ? 'lose' : 'deliver' })
  await till.order({ amount: '999' })
  await till.time.advance(61_000)
  till.network.fate = () => ({ kind: 'deliver' })
  await till.toIdle()
  await till.order({ amount: '4200' })
  await till.see(/交易成功/)
  till.machine.powerOff()
  await till.time.advance(1_000)
  till.machine.powerOn()
  await till.toIdle()
  await till.press('3', '1')
  await till.time.advance(10_000)
  await till.toIdle()
  const { screens, wire, stops } = till
  return {
    screens,
    paper: till.paper,
    wire,
    stops,
    flash: Buffer.from(till.chip.image()).toString('base64'),
    memory: till.machine.memory(),
  }
}

describe('the same application in V8 and in QuickJS', () => {
  it.each(['cup', 'cbor'] as const)(
    '%s: the same screens, slips, frames and flash for a day at the till',
    async (dialect) => {
      const inV8 = await day(v8Engine(startWhole), dialect)
      const inQuickJs = await day(quickJs, dialect)
      expect(inQuickJs.stops).toEqual([])
      expect(inQuickJs.screens).toEqual(inV8.screens)
      expect(inQuickJs.paper).toEqual(inV8.paper)
      expect(inQuickJs.wire).toEqual(inV8.wire)
      expect(inQuickJs.flash).toBe(inV8.flash)
      expect(inV8.screens.join('\n')).toContain('已冲正')
      expect(inV8.wire.length).toBeGreaterThan(20)
    },
  )
})
