import { describe, expect, test } from 'vitest'
import type { Bus } from '../../../emulator/device/bus.ts'
import { makeScreen } from '../../../emulator/device/display.ts'
import { makePinEntry } from '../../../emulator/device/pin-entry.ts'
import type { Key } from '../../../terminal/device/keypad.ts'
import type { PinRequest } from '../../../terminal/device/secure.ts'
import { makeBench } from './bench.ts'

const request: PinRequest = {
  slot: 1,
  pan: '6222600001234567890',
  prompt: 'enter',
  locale: 'zh',
  bypass: false,
  timeoutMs: 1000,
}

/** An entry whose buffer can be seen: `encrypt` keeps the view it is given, and how it was then. */
function makeEntry() {
  const bench = makeBench()
  const { scheduler, observer } = bench.options
  const screen = makeScreen({ model: 'compact', scheduler, observer, quality: () => 4, alive: () => true })
  const bus: Bus = { observer, scheduler, alive: true, after: scheduler.after, show: screen.show }
  const seen: { buffer: ArrayBufferLike | undefined; digits: number[] } = { buffer: undefined, digits: [] }
  const entry = makePinEntry(bus, screen, 'compact', (_, digits) => {
    seen.buffer = digits.buffer
    seen.digits = [...digits]
    return { kind: 'entered', block: new Uint8Array(8) }
  })
  const press = (keys: readonly Key[]): void => {
    for (const key of keys) entry.press(key)
  }
  return { ...bench, entry, seen, press }
}

describe('the buffer of the digits', () => {
  test('enter → the digits once, as numbers, and the whole buffer zero when the event is over', () => {
    const { entry, seen, press } = makeEntry()
    void entry.begin(request)
    press(['9', '8', '7', '6', 'enter'])
    expect(seen.digits).toEqual([9, 8, 7, 6])
    expect([...new Uint8Array(seen.buffer ?? new ArrayBuffer(1))]).toEqual(new Array(12).fill(0))
  })

  test.each([
    ['clear', (entry: ReturnType<typeof makeEntry>) => entry.press(['clear'])],
    ['the cancel key', (entry: ReturnType<typeof makeEntry>) => entry.press(['cancel'])],
    ['cancel()', (entry: ReturnType<typeof makeEntry>) => entry.entry.cancel()],
    ['the end of the power', (entry: ReturnType<typeof makeEntry>) => entry.entry.drop()],
    ['the time-out', (entry: ReturnType<typeof makeEntry>) => entry.time.advance(1000)],
  ])('%s → zero at once', async (_, end) => {
    const made = makeEntry()
    void made.entry.begin(request)
    made.press(['1', '2', '3', '4', 'enter']) // the buffer is the entry's own, so this view stays good
    void made.entry.begin(request)
    made.press(['9', '8', '7', '6', '5'])
    const bytes = new Uint8Array(made.seen.buffer ?? new ArrayBuffer(0))
    expect([...bytes.subarray(0, 5)]).toEqual([9, 8, 7, 6, 5])
    await end(made)
    expect([...bytes]).toEqual(new Array(12).fill(0))
  })
})

test('keys outside an entry are not taken', () => {
  const { entry } = makeEntry()
  expect(entry.press('1')).toBe(false)
})
