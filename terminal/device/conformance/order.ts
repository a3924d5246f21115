import type { Device } from '../device.ts'
import { TEST_PAN, TEST_SLOT } from './keys.ts'
import type { Port } from './port.ts'
import { textLine } from './printer.ts'
import { loadKeys } from './secure.ts'
import { holds, same, type Vector, vector, watch, within } from './vector.ts'

/** What comes first where several things happen at once, or nearly. */

type Waiter = 'keypad' | 'reader' | 'secure' | 'link'
const WAIT_MS = 1000

const pin = { slot: TEST_SLOT, pan: TEST_PAN, prompt: 'enter', locale: 'zh', bypass: true } as const

/** A wait of 1 s by `name`, and what happens that would end it. */
const waits: {
  readonly [N in Waiter]: {
    call(device: Device): Promise<{ readonly kind: string }>
    happens(port: Port): void
    readonly gives: string
  }
} = {
  keypad: {
    call: ({ keypad }) => keypad.next(WAIT_MS),
    happens: ({ rig }) => rig.press('5'),
    gives: 'key',
  },
  reader: {
    call: ({ reader }) => reader.wait(WAIT_MS),
    happens: ({ rig }) => rig.swipeBadly(),
    gives: 'unreadable',
  },
  secure: {
    call: ({ secure }) => secure.enterPin({ ...pin, timeoutMs: WAIT_MS }),
    happens: ({ rig }) => rig.press('enter'),
    gives: 'bypassed',
  },
  link: {
    call: ({ link }) => link.receive(WAIT_MS),
    happens: ({ rig }) => rig.host.send(Uint8Array.of(1)),
    gives: 'bytes',
  },
}

async function ready(port: Port, name: Waiter): Promise<void> {
  if (name === 'secure') loadKeys(port, '004')
  if (name !== 'link') return
  same(await within(port.rig, WAIT_MS, () => port.device.link.open(WAIT_MS)), { kind: 'open' }, 'open')
}
async function begun(port: Port, name: Waiter) {
  await ready(port, name)
  return watch(() => waits[name].call(port.device))
}

function rulesOf(name: Waiter): readonly Vector[] {
  const { gives, happens } = waits[name]
  // biome-ignore format: one vector a paragraph
  return [
    vector(`deadline.${name}.exact`, `${name}: a wait of 1,000 ms waits 999 ms and not 1,001`, async (port) => {
      const waiting = await begun(port, name)
      await port.rig.pass(WAIT_MS - 1)
      same(waiting.result, undefined, 'after 999 ms')
      await port.rig.pass(2)
      same(waiting.result, { kind: 'timeout' }, 'after 1,001 ms')
    }),
    vector(`deadline.${name}.before`, `${name}: what happens 1 ms before the deadline counts`, async (port) => {
      const waiting = await begun(port, name)
      await port.rig.pass(WAIT_MS - 1)
      happens(port)
      await port.rig.pass(0)
      same(waiting.result?.kind, gives, 'result')
      await port.rig.pass(10)
      same(waiting.result?.kind, gives, 'result after the deadline')
    }),
    vector(`deadline.${name}.after`, `${name}: what happens 1 ms after the deadline does not reach the wait that is over`, async (port) => {
      const waiting = await begun(port, name)
      await port.rig.pass(WAIT_MS + 1)
      happens(port)
      await port.rig.pass(0)
      same(waiting.result, { kind: 'timeout' }, 'result')
    }),
    vector(`cancel.${name}.early`, `${name}: cancelled in the turn in which it began`, async (port) => {
      await ready(port, name)
      const waiting = watch(() => waits[name].call(port.device))
      port.device[name].cancel()
      await port.rig.pass(0)
      same(waiting.result, { kind: 'cancelled' }, 'result')
    }),
    vector(`cancel.${name}.late`, `${name}: cancel after the deadline finds nothing, and the next wait is not cancelled`, async (port) => {
      const waiting = await begun(port, name)
      await port.rig.pass(WAIT_MS + 1)
      port.device[name].cancel()
      const second = watch(() => waits[name].call(port.device))
      await port.rig.pass(0)
      same([waiting.result, second.result], [{ kind: 'timeout' }, undefined], 'results')
    }),
    vector(`cancel.${name}.race`, `${name}: an event and cancel in one turn: the event, once; cancel first: cancelled`, async (port) => {
      const waiting = await begun(port, name)
      await port.rig.pass(10)
      happens(port)
      port.device[name].cancel()
      await port.rig.pass(0)
      same(waiting.result?.kind, gives, 'event first')
      const second = await begun(port, name)
      await port.rig.pass(10)
      port.device[name].cancel()
      happens(port)
      await port.rig.pass(0)
      same(second.result, { kind: 'cancelled' }, 'cancel first')
    }),
    vector(`cancel.${name}.twice`, `${name}: cancelled twice it ends once, and the deadline says nothing more`, async (port) => {
      const kinds: string[] = []
      await ready(port, name)
      watch(async () => kinds.push((await waits[name].call(port.device)).kind))
      port.device[name].cancel()
      port.device[name].cancel()
      await port.rig.pass(2 * WAIT_MS)
      same(kinds, ['cancelled'], 'results')
    }),
  ]
}

/** Calls `told` in the order in which these have come. */
function logged(log: string[], name: string, call: () => Promise<unknown>): void {
  watch(async () => {
    await call()
    log.push(name)
  })
}

// biome-ignore format: one vector a paragraph
export const orderVectors: readonly Vector[] = [
  ...(['keypad', 'reader', 'secure', 'link'] as const).flatMap(rulesOf),
  vector('order.equal', 'deadlines of one instant end in the order in which they were asked for, whatever the peripheral', async ({ device, rig }) => {
    const log: string[] = []
    logged(log, 'sleep 1', () => device.clock.sleep(100))
    logged(log, 'key', () => device.keypad.next(100))
    logged(log, 'sleep 2', () => device.clock.sleep(100))
    logged(log, 'card', () => device.reader.wait(100))
    logged(log, 'sleep 3', () => device.clock.sleep(100))
    await rig.pass(100)
    same(log, ['sleep 1', 'key', 'sleep 2', 'card', 'sleep 3'], 'order')
  }),
  vector('order.jobs', 'all that follows from one event has happened before the next one is looked at', async ({ device, rig }) => {
    const log: string[] = []
    const chain = async (name: string): Promise<void> => {
      await device.clock.sleep(50)
      for (let step = 0; step < 20; step++) {
        await Promise.resolve()
        log.push(`${name}${step}`)
      }
    }
    const [first, second] = [watch(() => chain('a')), watch(() => chain('b'))]
    await rig.pass(50)
    same([first.result, second.result].map((each) => each === undefined), [true, true], 'nothing threw')
    same(log.map((each) => each[0]).join(''), `${'a'.repeat(20)}${'b'.repeat(20)}`, 'order')
  }),
  vector('order.chain', 'what an event sets off may ask for more in the same instant', async ({ device, rig }) => {
    const log: number[] = []
    const start = device.clock.monotonicMs()
    watch(async () => {
      for (let step = 0; step < 5; step++) {
        await device.clock.sleep(10)
        log.push(device.clock.monotonicMs() - start)
      }
    })
    await rig.pass(50)
    same(log, [10, 20, 30, 40, 50], 'times')
  }),
  vector('order.time-stands', 'time does not pass while the program computes', async ({ device }) => {
    const start = device.clock.monotonicMs()
    let sum = 0
    for (let step = 0; step < 100_000; step++) sum += step
    const passed = device.clock.monotonicMs() - start
    holds(sum > 0 && passed >= 0 && passed < 1000, `${passed} ms`)
  }),
  vector('order.later', 'a waiting call gives its result after the turn in which it was made, also where it is there at once', async ({ device, rig }) => {
    const log: string[] = []
    rig.press('1')
    watch(async () => log.push((await device.keypad.next(1000)).kind))
    watch(async () => log.push((await device.reader.wait(0)).kind))
    log.push('turn')
    await rig.pass(0)
    same(log, ['turn', 'key', 'timeout'], 'order')
  }),
  vector('order.keys.typed-ahead', 'a key that was typed ahead comes before one that is pressed now', async ({ device, rig }) => {
    rig.press('1')
    rig.press('2')
    same(await within(rig, 0, () => device.keypad.next(1000)), { kind: 'key', key: '1' }, 'first')
    rig.press('3')
    same(await within(rig, 0, () => device.keypad.next(1000)), { kind: 'key', key: '2' }, 'second')
    same(await within(rig, 0, () => device.keypad.next(1000)), { kind: 'key', key: '3' }, 'third')
  }),
  vector('order.keys.burst', 'of keys pressed in one instant a wait gets the first, the queue the others', async ({ device, rig }) => {
    const waiting = watch(() => device.keypad.next(1000))
    await rig.pass(1)
    for (const key of ['7', '8', '9'] as const) rig.press(key)
    await rig.pass(0)
    same(waiting.result, { kind: 'key', key: '7' }, 'waiting')
    for (const key of ['8', '9'] as const) same(await within(rig, 0, () => device.keypad.next(0)), { kind: 'key', key }, 'queue')
  }),
  vector('order.waits.all', 'all peripherals wait at the same time, and each gets its own', async ({ device, rig }) => {
    same(await within(rig, WAIT_MS, () => device.link.open(WAIT_MS)), { kind: 'open' }, 'open')
    const key = watch(() => device.keypad.next(5000))
    const card = watch(() => device.reader.wait(5000))
    const bytes = watch(() => device.link.receive(5000))
    const paper = watch(() => device.printer.print([textLine('A')]))
    const nap = watch(() => device.clock.sleep(500).then(() => 'awake'))
    await rig.pass(100)
    same(paper.result, { kind: 'printed' }, 'printer')
    rig.host.send(Uint8Array.of(9))
    rig.swipeBadly()
    rig.press('0')
    await rig.pass(0)
    same([key.result, card.result, bytes.result], [{ kind: 'key', key: '0' }, { kind: 'unreadable' }, { kind: 'bytes', bytes: Uint8Array.of(9) }], 'results')
    same(nap.result, undefined, 'sleep')
    await rig.pass(400)
    same(nap.result, 'awake', 'sleep, later')
  }),
  vector('order.sleepers.many', '100 sleepers wake, each at its time', async ({ device, rig }) => {
    const log: number[] = []
    for (let at = 0; at < 100; at++) {
      const ms = (at * 37) % 100
      logged([], '', async () => {
        await device.clock.sleep(ms)
        log.push(ms)
      })
    }
    await rig.pass(100)
    same(log, Array.from({ length: 100 }, (_, ms) => ms), 'order')
  }),
  vector('order.picture.waits', 'every waiting call shows the picture', async ({ device, rig }) => {
    const calls: readonly (readonly [string, () => Promise<unknown>])[] = [
      ['keypad.next', () => device.keypad.next(0)], ['reader.wait', () => device.reader.wait(0)],
      ['clock.sleep', () => device.clock.sleep(0)], ['printer.print', () => device.printer.print([])],
      ['link.receive', () => device.link.receive(0)], ['link.open', () => device.link.open(0)],
      ['inbox.next', () => device.inbox.next(0)],
    ]
    for (const [name, call] of calls) {
      device.display.clear()
      device.display.draw(0, 0, name, 'normal')
      watch(call)
      same(rig.screen().rows[0]?.text, name, name)
      await rig.pass(1)
      device.link.cancel()
    }
  }),
]
