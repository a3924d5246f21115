import type { Key } from '../keypad.ts'
import type { PinRequest, PinResult } from '../secure.ts'
import { EMPTY_SLOT, pinBlocks, TEST_PAN, TEST_SLOT } from './keys.ts'
import type { Port } from './port.ts'
import { loadKeys } from './secure.ts'
import { fromHex, holds, same, type Threw, type Vector, vector, type Watch, watch, within } from './vector.ts'

export const request: PinRequest = {
  slot: TEST_SLOT,
  pan: TEST_PAN,
  prompt: 'enter',
  locale: 'en',
  bypass: false,
  timeoutMs: 30_000,
}

/** Loads the keys and asks for a PIN. */
async function ask(port: Port, changes: Partial<PinRequest> = {}): Promise<Watch<PinResult | Threw>> {
  loadKeys(port, '004')
  const asked = watch(() => port.device.secure.enterPin({ ...request, ...changes }))
  await port.rig.pass(0)
  return asked
}
/** Presses `keys`: a digit a character, `e` enter, `c` clear, `x` cancel. */
export async function type({ rig }: Port, keys: string): Promise<void> {
  const names: { readonly [letter: string]: Key } = { e: 'enter', c: 'clear', x: 'cancel' }
  for (const letter of keys) {
    rig.press(names[letter] ?? (letter as Key))
    await rig.pass(0)
  }
}
function block(pin: string): object {
  return { kind: 'entered', block: fromHex(pinBlocks.find((row) => row.pin === pin)?.block ?? '') }
}

/** A vector: these keys at the prompt give this result (undefined: it goes on waiting). */
function typed(
  id: string,
  title: string,
  keys: string,
  wanted: object | undefined,
  changes: Partial<PinRequest> = {},
): Vector {
  return vector(id, title, async (port) => {
    const asked = await ask(port, changes)
    await type(port, keys)
    same(asked.result, wanted, 'result')
  })
}

// biome-ignore format: one vector a paragraph
export const pinVectors: readonly Vector[] = [
  ...pinBlocks.map(({ pin }) =>
    typed(`pin.block.${pin.length}`, `a PIN of ${pin.length} digits gives its ISO 9564-1 format 0 block`, `${pin}e`, block(pin))),
  typed('pin.digits.min', 'enter after three digits does nothing; a fourth makes a PIN', '123e4e', block('1234')),
  typed('pin.digits.max', 'a 13th digit is not taken', '1234567890123e', block('123456789012')),
  typed('pin.clear', 'clear takes digits away before enter', '99cccc1234e', block('1234')),
  vector('pin.other-keys', 'keys that are not on a PIN pad change nothing', async (port) => {
    const asked = await ask(port)
    await type(port, '12')
    for (const key of ['00', 'menu', 'up', 'down', 'f1', 'f4'] as const) port.rig.press(key)
    await type(port, '34e')
    same(asked.result, block('1234'), 'result')
  }),
  typed('pin.bypass', 'enter with no digit is bypassed where that is allowed', 'e', { kind: 'bypassed' }, { bypass: true }),
  typed('pin.bypass.cleared', 'digits that were cleared are no digits', '12cce', { kind: 'bypassed' }, { bypass: true }),
  typed('pin.bypass.not', 'enter with no digit goes on waiting where it is not', 'e', undefined),
  typed('pin.bypass.short', 'three digits are no bypass', '123e', undefined, { bypass: true }),
  typed('pin.cancel-key', 'the cancel key is cancelled, whatever was typed', '1234x', { kind: 'cancelled' }),
  vector('pin.cancel', 'cancel() ends it; a new entry starts without the old digits', async (port) => {
    const first = await ask(port)
    await type(port, '99')
    port.device.secure.cancel()
    await port.rig.pass(0)
    same(first.result, { kind: 'cancelled' }, 'first')
    const second = await ask(port)
    await type(port, '1234e')
    same(second.result, block('1234'), 'second')
  }),
  vector('pin.timeout', 'it times out, and not later for keys that were pressed', async (port) => {
    const asked = await ask(port, { timeoutMs: 1000 })
    await port.rig.pass(600)
    await type(port, '12')
    await port.rig.pass(350)
    same(asked.result, undefined, 'after 950 ms')
    await port.rig.pass(100)
    same(asked.result, { kind: 'timeout' }, 'after 1,050 ms')
  }),
  vector('pin.busy', 'a second entry while one runs is busy, and leaves the first alone', async (port) => {
    const first = await ask(port)
    await type(port, '12')
    same(await within(port.rig, 0, () => port.device.secure.enterPin(request)), { kind: 'busy' }, 'second')
    await type(port, '34e')
    same(first.result, block('1234'), 'first')
  }),
  vector('pin.no-key', 'without a PIK there is no prompt, only noKey', async (port) => {
    same(await within(port.rig, 0, () => port.device.secure.enterPin({ ...request, slot: EMPTY_SLOT })), { kind: 'noKey' }, 'result')
    holds(!port.rig.screen().secure, 'the secure element took the screen')
  }),
  vector('pin.keys.none', 'the application gets no key while a PIN is typed, neither then nor later', async (port) => {
    const key = watch(() => port.device.keypad.next(60_000))
    await ask(port)
    for (const other of ['menu', 'f1', '00', 'up'] as const) port.rig.press(other)
    await type(port, '12c1234e')
    same(key.result, undefined, 'a waiting next()')
    port.device.keypad.cancel()
    same(await within(port.rig, 0, () => port.device.keypad.next(0)), { kind: 'timeout' }, 'queue after it')
  }),
  vector('pin.keys.before', 'keys that were queued before are not digits, and are still there after it', async (port) => {
    await type(port, '99')
    const asked = await ask(port)
    await type(port, '1234e')
    same(asked.result, block('1234'), 'result')
    same(await within(port.rig, 0, () => port.device.keypad.next(0)), { kind: 'key', key: '9' }, 'queue')
  }),
  vector('pin.keys.after', 'the first key after the end of the entry is the application’s again', async (port) => {
    await ask(port)
    await type(port, 'x5')
    same(await within(port.rig, 0, () => port.device.keypad.next(0)), { kind: 'key', key: '5' }, 'next()')
  }),
  vector('pin.screen.owner', 'the secure element owns the screen until the end: what is drawn then shows after', async (port) => {
    const { device, rig } = port
    device.display.draw(0, 0, 'BEFORE', 'normal')
    await ask(port)
    holds(rig.screen().secure, 'the screen is not the secure element’s')
    device.display.draw(1, 0, 'FAKE', 'normal')
    await rig.pass(0)
    const during = rig.screen().rows.map((row) => row.text).join('\n')
    holds(!/BEFORE|FAKE/.test(during), 'the application’s text shows during the entry')
    await type(port, 'x')
    same(rig.screen().secure, false, 'secure after it')
    same(rig.screen().rows.slice(0, 2).map((row) => row.text), ['BEFORE', 'FAKE'], 'rows after it')
  }),
  vector('pin.screen.amount', 'the amount stands with the prompt, in yuan', async (port) => {
    await ask(port, { amountFen: 888_005 })
    holds(port.rig.screen().rows.some((row) => row.text.includes('8880.05')), 'no 8880.05 on the screen')
  }),
  vector('pin.screen.digits', 'digits show as asterisks: as many as were typed, never themselves', async (port) => {
    await ask(port)
    for (let count = 1; count <= 14; count++) {
      await type(port, '7')
      const text = port.rig.screen().rows.map((row) => row.text).join('\n')
      holds(!text.includes('7'), 'a digit shows')
      same(text.split('*').length - 1, Math.min(12, count), 'asterisks')
    }
  }),
  vector('pin.result.digits', 'no result holds the digits', async (port) => {
    const asked = await ask(port)
    await type(port, '123456e')
    const { result } = asked
    same(Object.keys(result ?? {}).sort(), ['block', 'kind'], 'properties')
    holds(!/1,?2,?3,?4,?5,?6/.test(JSON.stringify(result)), 'the digits are in the result')
  }),
  vector('pin.pan-bound', 'another PAN gives another block', async (port) => {
    const asked = await ask(port, { pan: '6222600001234567999' })
    await type(port, '1234e')
    holds(asked.result?.kind === 'entered', 'no block')
    holds(JSON.stringify(asked.result) !== JSON.stringify(block('1234')), 'the PAN is not in the block')
  }),
  vector('pin.too-often', '200 PINs in a row are stopped; after the wait that is asked for the next is taken', async (port) => {
    for (let count = 0; count < 200; count++) {
      const asked = await ask(port)
      const { result } = asked
      if (result !== undefined) {
        if (result.kind !== 'tooOften') same(result, { kind: 'tooOften' }, `after ${count} PINs`)
        else await next(port, result.waitMs)
        return
      }
      await type(port, '1234e')
      await port.rig.pass(1000)
    }
    holds(false, '200 PINs were taken')
  }),
]

async function next(port: Port, waitMs: number): Promise<void> {
  holds(waitMs > 0 && waitMs <= 600_000, `waitMs is ${waitMs}`)
  await port.rig.pass(waitMs)
  const asked = await ask(port)
  await type(port, '1234e')
  same(asked.result, block('1234'), 'after the wait')
}
