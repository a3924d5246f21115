import type { PinChangeRequest, PinChangeResult } from '../secure.ts'
import { EMPTY_SLOT, pinBlocks, TEST_PAN, TEST_SLOT } from './keys.ts'
import { request as pinRequest, type as press } from './pin.ts'
import type { Port } from './port.ts'
import { loadKeys } from './secure.ts'
import { fromHex, holds, same, type Threw, type Vector, vector, type Watch, watch, within } from './vector.ts'

const request: PinChangeRequest = {
  slot: TEST_SLOT,
  pan: TEST_PAN,
  again: false,
  locale: 'en',
  timeoutMs: 30_000,
}

/** Loads the keys, asks for a change, waiting where PINs are limited just now, and presses `keys`. */
async function change(
  port: Port,
  keys = '',
  changes: Partial<PinChangeRequest> = {},
): Promise<Watch<PinChangeResult | Threw>> {
  loadKeys(port, '004')
  const first = await asks(port, changes)
  if (first.result?.kind !== 'tooOften') return pressed(port, first, keys)
  await port.rig.pass(first.result.waitMs)
  return pressed(port, await asks(port, changes), keys)
}
async function asks(port: Port, changes: Partial<PinChangeRequest>) {
  const asked = watch(() => port.device.secure.changePin({ ...request, ...changes }))
  await port.rig.pass(0)
  return asked
}
async function pressed<W>(port: Port, asked: W, keys: string): Promise<W> {
  await press(port, keys)
  return asked
}
function blockOf(pin: string): Uint8Array {
  return fromHex(pinBlocks.find((row) => row.pin === pin)?.block ?? '')
}
function blocks(old: string, fresh: string): object {
  return { kind: 'entered', oldBlock: blockOf(old), newBlock: blockOf(fresh) }
}
/** A vector: these keys give this result (undefined: it goes on waiting). */
function typed(id: string, title: string, keys: string, wanted: object | undefined): Vector {
  return vector(id, title, async (port) => {
    same((await change(port, keys)).result, wanted, 'result')
  })
}
const screenText = ({ rig }: Port): string =>
  rig
    .screen()
    .rows.map((row) => row.text)
    .join('\n')

// biome-ignore format: one vector a paragraph
export const pinChangeVectors: readonly Vector[] = [
  typed('pin.change', 'old, new, new again: two ISO 9564-1 format 0 blocks', '1234e123456e123456e', blocks('1234', '123456')),
  typed('pin.change.digits', 'each PIN has 4 to 12 digits, and clear takes its digits away', '99c1234e12e3456e1234567c123456e', blocks('1234', '123456')),
  typed('pin.change.bypass', 'enter with no digit is no PIN', 'e1234ee123456ee123456e', blocks('1234', '123456')),
  typed('pin.change.differ', 'new PINs that differ are both asked for again', '1234e123456e123457e123456e123456e', blocks('1234', '123456')),
  typed('pin.change.differ.length', 'a longer repetition differs', '1234e123456e1234567e123456e', undefined),
  typed('pin.change.different', 'the third difference is the end', '1234e1111e2222e1111e2222e1111e2222e', { kind: 'different' }),
  typed('pin.change.cancel.old', 'cancel at the old PIN', '1234x', { kind: 'cancelled' }),
  typed('pin.change.cancel.new', 'cancel at the new PIN', '1234ex', { kind: 'cancelled' }),
  typed('pin.change.cancel.again', 'cancel at the repetition', '1234e123456e1x', { kind: 'cancelled' }),
  vector('pin.change.cancelled', 'cancel() ends it at any PIN; a new change starts without the old digits', async (port) => {
    const first = await change(port, '9999e8888e88')
    port.device.secure.cancel()
    await port.rig.pass(0)
    same(first.result, { kind: 'cancelled' }, 'first')
    same((await change(port, '1234e123456e123456e')).result, blocks('1234', '123456'), 'second')
  }),
  vector('pin.change.timeout', 'its time is for all PINs together', async (port) => {
    const asked = await change(port, '1234e', { timeoutMs: 1000 })
    await port.rig.pass(600)
    await press(port, '123456e')
    await port.rig.pass(350)
    same(asked.result, undefined, 'after 950 ms')
    await port.rig.pass(100)
    same(asked.result, { kind: 'timeout' }, 'after 1,050 ms')
  }),
  vector('pin.change.busy', 'of enterPin and changePin one runs at a time', async (port) => {
    const { secure } = port.device
    const first = await change(port, '1234e')
    same(await within(port.rig, 0, () => secure.changePin(request)), { kind: 'busy' }, 'a second change')
    same(await within(port.rig, 0, () => secure.enterPin(pinRequest)), { kind: 'busy' }, 'enterPin')
    await press(port, '123456e123456e')
    same(first.result, blocks('1234', '123456'), 'first')
    await change(port, 'x') // waits until PINs are taken again
    const entry = watch(() => secure.enterPin(pinRequest))
    await port.rig.pass(0)
    same(await within(port.rig, 0, () => secure.changePin(request)), { kind: 'busy' }, 'a change while a PIN is typed')
    same(entry.result, undefined, 'enterPin goes on')
  }),
  vector('pin.change.no-key', 'without a PIK there is no prompt, only noKey', async (port) => {
    same(await within(port.rig, 0, () => port.device.secure.changePin({ ...request, slot: EMPTY_SLOT })), { kind: 'noKey' }, 'result')
    holds(!port.rig.screen().secure, 'the secure element took the screen')
  }),
  vector('pin.change.prompts', 'every PIN has a prompt of its own; the screen is the secure element’s until the end', async (port) => {
    const seen: string[] = []
    const look = (): void => {
      holds(port.rig.screen().secure, 'the screen is not the secure element’s')
      seen.push(screenText(port))
    }
    await change(port)
    look()
    for (const keys of ['1234e', '1111e', '2222e']) {
      await press(port, keys)
      look()
    }
    await press(port, 'x')
    same(new Set(seen).size, 4, 'different pages')
    holds(!port.rig.screen().secure, 'the screen stays the secure element’s')
    await change(port, '', { again: true })
    holds(!seen.includes(screenText(port)), 'after a wrong old PIN the prompt is the same')
  }),
  vector('pin.change.screen.digits', 'digits show as asterisks, of the PIN that is being typed only', async (port) => {
    await change(port, '7777e77')
    same(screenText(port).split('*').length - 1, 2, 'asterisks')
    holds(!screenText(port).includes('7'), 'a digit shows')
  }),
  vector('pin.change.keys.none', 'the application gets no key while it runs, neither then nor later', async (port) => {
    const key = watch(() => port.device.keypad.next(60_000))
    await change(port, '1234e123456e123456e')
    same(key.result, undefined, 'a waiting next()')
    port.device.keypad.cancel()
    same(await within(port.rig, 0, () => port.device.keypad.next(0)), { kind: 'timeout' }, 'queue after it')
  }),
  vector('pin.change.pan-bound', 'another PAN gives other blocks', async (port) => {
    const { result } = await change(port, '1234e123456e123456e', { pan: '6222600001234567999' })
    holds(result?.kind === 'entered', 'no blocks')
    const text = JSON.stringify(result)
    for (const pin of ['1234', '123456']) holds(!text.includes(JSON.stringify(blockOf(pin))), 'the PAN is not in a block')
  }),
  vector('pin.change.too-often', '200 changes in a row are stopped', async (port) => {
    loadKeys(port, '004')
    for (let count = 0; count < 200; count++) {
      const { result } = await pressed(port, await asks(port, {}), '1234e123456e123456e')
      if (result?.kind !== 'entered') return same(result?.kind, 'tooOften', `after ${count} changes`)
      await port.rig.pass(1000)
    }
    holds(false, '200 changes were taken')
  }),
]
