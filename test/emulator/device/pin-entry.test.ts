import { describe, expect, test } from 'vitest'
import type { Bus } from '../../../emulator/device/bus.ts'
import { makeScreen } from '../../../emulator/device/display.ts'
import { CHANGE_BYTES, changedPin, onePin } from '../../../emulator/device/pin-dialogue.ts'
import { makePinEntry, type PinDialogue } from '../../../emulator/device/pin-entry.ts'
import type { Key } from '../../../terminal/device/keypad.ts'
import type { PinChangeResult, PinRequest, PinResult } from '../../../terminal/device/secure.ts'
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
  const pad = makePinEntry<PinResult | PinChangeResult>(bus, screen, 'compact')
  const one: PinDialogue<PinResult> = onePin(request, (_, digits) => {
    seen.buffer = digits.buffer
    seen.digits = [...digits]
    return { kind: 'entered', block: new Uint8Array(8) }
  })
  const entry = {
    press: pad.press,
    cancel: pad.cancel,
    drop: pad.drop,
    begin: (_: PinRequest) => pad.begin(one),
  }
  const memory = new Uint8Array(CHANGE_BYTES)
  const pins: number[][] = []
  /** A change whose memory can be seen. */
  const change = () =>
    pad.begin(
      changedPin(
        { slot: 1, pan: request.pan, again: false, locale: 'zh', timeoutMs: 1000 },
        memory,
        (_, old, fresh) => {
          pins.push([...old], [...fresh])
          return { kind: 'entered', oldBlock: new Uint8Array(8), newBlock: new Uint8Array(8) }
        },
      ),
    )
  const press = (keys: readonly Key[]): void => {
    for (const key of keys) entry.press(key)
  }
  return { ...bench, entry, change, memory, pins, seen, press }
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

describe('修改密码 PIN change: what waits between its screens', () => {
  const digits = (text: string) => [...text, 'enter'] as Key[]
  const none = new Array(CHANGE_BYTES).fill(0)

  test('old, new, new again → both once, and everything zero when the event is over', async () => {
    const { change, memory, pins, press } = makeEntry()
    const result = change()
    press(digits('1234'))
    expect([...memory.subarray(0, 4)]).toEqual([1, 2, 3, 4])
    press(digits('98765'))
    expect([...memory.subarray(12, 17)]).toEqual([9, 8, 7, 6, 5])
    press(digits('98765'))
    expect(pins).toEqual([
      [1, 2, 3, 4],
      [9, 8, 7, 6, 5],
    ])
    expect([...memory]).toEqual(none)
    expect((await result).kind).toBe('entered')
  })

  test('a repetition that differs → the first new PIN is gone at once; three of them → different, nothing left', async () => {
    const { change, memory, pins, press } = makeEntry()
    const result = change()
    press(digits('1234'))
    for (let round = 0; round < 3; round++) {
      press(digits('5678'))
      press(digits('56789'))
      expect([...memory.subarray(12)]).toEqual(new Array(12).fill(0))
    }
    expect(await result).toEqual({ kind: 'different' })
    expect([...memory]).toEqual(none)
    expect(pins).toEqual([])
  })

  const ends: readonly (readonly [string, (made: ReturnType<typeof makeEntry>) => unknown])[] = [
    ['the cancel key', (made) => made.press(['cancel'])],
    ['cancel()', (made) => made.entry.cancel()],
    ['the end of the power', (made) => made.entry.drop()],
    ['the time-out', (made) => made.time.advance(1000)],
  ]
  test.each(
    ends.flatMap(([name, end]) =>
      [0, 1, 2].flatMap((entered) => ['', '43'].map((more) => [name, entered, more, end] as const)),
    ),
  )('%s after %i PINs and the digits "%s" (N05) → nothing left, no block', async (_, entered, more, end) => {
    const made = makeEntry()
    const result = made.change()
    for (const pin of ['1234', '5678'].slice(0, entered)) made.press(digits(pin))
    made.press([...more] as Key[])
    await end(made)
    expect([...made.memory]).toEqual(none)
    expect(made.pins).toEqual([])
    void result
  })
})
