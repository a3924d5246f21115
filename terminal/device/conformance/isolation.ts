import type { Key } from '../keypad.ts'
import { pinBlocks, TEST_PAN, TEST_SLOT } from './keys.ts'
import { request, type } from './pin.ts'
import type { Port } from './port.ts'
import { loadKeys } from './secure.ts'
import { fromHex, holds, named, same, type Vector, vector, watch, within } from './vector.ts'

/** PIN 密码 isolation: what the application, and whoever looks over its shoulder, can learn of an entry. */

const RARE: Key = '7'
const entered = { kind: 'entered', block: fromHex(pinBlocks[0].block) }

async function ask(port: Port, changes: Partial<typeof request> = {}) {
  loadKeys(port, '004')
  await limitOver(port)
  const asked = watch(() => port.device.secure.enterPin({ ...request, ...changes }))
  await port.rig.pass(0)
  same(asked.result, undefined, 'the entry begins')
  return asked
}
/** Waits until PINs are taken again: the vectors before have made some. */
async function limitOver(port: Port): Promise<void> {
  const asked = watch(() => port.device.secure.enterPin({ ...request, timeoutMs: 0 }))
  await port.rig.pass(0)
  if (asked.result?.kind === 'tooOften') await port.rig.pass(asked.result.waitMs)
}
const screenText = ({ rig }: Port): string =>
  rig
    .screen()
    .rows.map(({ text }) => text)
    .join('\n')

/** Ways in which an entry ends, and what it gives. */
// biome-ignore format: one row a way
const endings: readonly (readonly [name: string, act: (port: Port) => Promise<unknown>, kind: string])[] = [
  ['enter',   (port) => type(port, 'e'),                       'entered'],
  ['key',     (port) => type(port, 'x'),                       'cancelled'],
  ['cancel',  async (port) => port.device.secure.cancel(),     'cancelled'],
  ['timeout', (port) => port.rig.pass(31_000),                 'timeout'],
]

// biome-ignore format: one vector a paragraph
export const isolationVectors: readonly Vector[] = [
  ...endings.map(([name, act, kind]) =>
    vector(`pin.isolation.after.${name}`, `an entry that ended by ${name}: nothing typed is on the screen, in the queue or in the next entry`, async (port) => {
      const asked = await ask(port)
      await type(port, '7777')
      await act(port)
      await port.rig.pass(0)
      same(asked.result?.kind, kind, 'result')
      holds(!port.rig.screen().secure, 'the screen is still the secure element’s')
      holds(!/[7*]/.test(screenText(port)), 'something of it is on the screen')
      same(await within(port.rig, 0, () => port.device.keypad.next(0)), { kind: 'timeout' }, 'queue')
      const next = await ask(port)
      holds(!screenText(port).includes('*'), 'digits from before show in the next entry')
      await type(port, '1234e')
      same(next.result, entered, 'the next entry')
    })),
  vector('pin.isolation.wait', 'a key that the application waited for before the entry comes neither in it nor because of it', async (port) => {
    const key = watch(() => port.device.keypad.next(120_000))
    const asked = await ask(port)
    await type(port, '77')
    same(key.result, undefined, 'during it')
    await type(port, '77e')
    same(asked.result?.kind, 'entered', 'result')
    same(key.result, undefined, 'after it')
    port.rig.press('up')
    await port.rig.pass(0)
    same(key.result, { kind: 'key', key: 'up' }, 'the first key after it')
  }),
  vector('pin.isolation.flush', 'flush and cancel of the keypad change nothing in an entry', async (port) => {
    const asked = await ask(port)
    await type(port, '12')
    port.device.keypad.flush()
    port.device.keypad.cancel()
    await type(port, '34e')
    same(asked.result, entered, 'result')
  }),
  vector('pin.isolation.poll', 'an application that asks for keys all the time gets none', async (port) => {
    const asked = await ask(port)
    for (const digit of ['1', '2', '3', '4'] as const) {
      port.rig.press(digit)
      same(await within(port.rig, 0, () => port.device.keypad.next(0)), { kind: 'timeout' }, `after ${digit}`)
    }
    await type(port, 'e')
    same(asked.result, entered, 'result')
  }),
  vector('pin.isolation.screen.clear', 'clear, draw and icons during an entry leave its screen as it is', async (port) => {
    await ask(port)
    await type(port, '12')
    const before = screenText(port)
    const { display } = port.device
    const { columns, rows } = display.size()
    display.clear()
    for (let row = 0; row < rows; row++) display.draw(row, 0, 'X'.repeat(columns), 'inverse')
    display.icons({ signedOn: true, owed: true, paperOut: true })
    await port.rig.pass(10)
    same(screenText(port), before, 'screen')
    holds(port.rig.screen().secure, 'the screen is the application’s')
    await type(port, 'x')
    same(port.rig.screen().rows[0]?.text, 'X'.repeat(columns), 'after it')
  }),
  vector('pin.isolation.request', 'what the application does to its request afterwards changes nothing', async (port) => {
    loadKeys(port, '004')
    await limitOver(port)
    const own = { ...request }
    const asked = watch(() => port.device.secure.enterPin(own))
    await port.rig.pass(0)
    Object.assign(own, { pan: '6222600009999999999', slot: 9, timeoutMs: 1 })
    await type(port, '1234e')
    same(asked.result, entered, 'result')
  }),
  vector('pin.isolation.time', 'the time of an entry tells nothing of its digits: it ends at its deadline, whatever was typed', async (port) => {
    for (const keys of ['', '1', '123456', '777777777777']) {
      const asked = await ask(port, { timeoutMs: 5000 })
      await type(port, keys)
      await port.rig.pass(4998)
      same(asked.result, undefined, `${keys.length} digits, after 4,998 ms`)
      await port.rig.pass(3)
      same(asked.result, { kind: 'timeout' }, `${keys.length} digits, after 5,001 ms`)
    }
  }),
  vector('pin.isolation.block', 'the same PIN for the same PAN is the same block, for another PAN another: nothing else is in it', async (port) => {
    const blocks: unknown[] = []
    for (const pan of [TEST_PAN, TEST_PAN, '6222600001234567999']) {
      const asked = await ask(port, { pan })
      await type(port, '1234e')
      blocks.push(asked.result?.kind === 'entered' ? asked.result.block : undefined)
    }
    same(blocks[0], blocks[1], 'the same PAN')
    holds(String(blocks[1]) !== String(blocks[2]), 'another PAN')
  }),
  vector('pin.isolation.keys', 'no call gives a key: a slot has check values of 3 bytes, and nothing more', async (port) => {
    loadKeys(port, '004')
    const slot = named(port.device.secure.slot(TEST_SLOT))
    for (const name of Object.keys(slot)) holds(['masterKey', 'pinKey', 'macKey', 'trackKey', 'version', 'staged'].includes(name), `slot has ${name}`)
    for (const name of ['masterKey', 'pinKey', 'macKey', 'trackKey']) holds(/^[0-9A-F]{6}$/.test(String(slot[name])), `${name} is ${slot[name]}`)
  }),
  vector('pin.isolation.restart', 'an entry ends with the run: the next one has the screen, the keypad, and no digit', async (port) => {
    const { life } = port
    if (life === undefined) throw new RangeError('the rig starts no run again')
    if (life.stage === 0) {
      await ask(port)
      await type(port, `${RARE}${RARE}`)
    }
    await life.ends('restart', 'info.restart()', () => port.device.info.restart())
    holds(!port.rig.screen().secure, 'the screen is the secure element’s')
    holds(!/[7*]/.test(screenText(port)), 'something of it is on the screen')
    port.rig.press('3')
    same(await within(port.rig, 0, () => port.device.keypad.next(0)), { kind: 'key', key: '3' }, 'keypad')
    const asked = await ask(port)
    await type(port, '1234e')
    same(asked.result, entered, 'an entry in the next run')
  }, 'life'),
]
