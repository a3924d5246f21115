import { contract } from '../contract.ts'
import type { Device } from '../device.ts'
import type { Key } from '../keypad.ts'
import { TEST_PAN, TEST_SLOT } from './keys.ts'
import type { Port } from './port.ts'
import { loadKeys } from './secure.ts'
import { holds, named, same, type Vector, vector, watch, within } from './vector.ts'

type Cancellable = 'keypad' | 'reader' | 'secure' | 'link' | 'inbox'

/** Starts the peripheral's wait, as long as `timeoutMs`. */
async function start(port: Port, name: Cancellable, timeoutMs: number) {
  const { device, rig } = port
  if (name === 'link') {
    same(await within(rig, 1000, () => device.link.open(1000)), { kind: 'open' }, 'open')
  }
  if (name === 'secure') loadKeys(port, '004')
  const watched = watch((): Promise<{ readonly kind: string }> => wait(device, name, timeoutMs))
  await rig.pass(0)
  return watched
}
function wait(device: Device, name: Cancellable, timeoutMs: number): Promise<{ readonly kind: string }> {
  const pin = {
    slot: TEST_SLOT,
    pan: TEST_PAN,
    prompt: 'enter',
    locale: 'zh',
    bypass: false,
    timeoutMs,
  } as const
  switch (name) {
    case 'keypad':
      return device.keypad.next(timeoutMs)
    case 'reader':
      return device.reader.wait(timeoutMs)
    case 'secure':
      return device.secure.enterPin(pin)
    case 'link':
      return device.link.receive(timeoutMs)
    case 'inbox':
      return device.inbox.next(timeoutMs)
  }
}
const waits: readonly Cancellable[] = ['keypad', 'reader', 'secure', 'link', 'inbox']

/** The rules of device.ts that hold for every wait alike. */
function rulesOf(name: Cancellable): readonly Vector[] {
  const vectorOf = (id: string, title: string, run: (port: Port) => Promise<void>) =>
    vector(id, title, run, ...(name === 'inbox' ? (['inbox'] as const) : []))
  // biome-ignore format: one vector a paragraph
  return [
    vectorOf(`wait.${name}.deadline`, `${name}: waits until its time, then times out`, async (port) => {
      const watched = await start(port, name, 1000)
      await port.rig.pass(950)
      same(watched.result, undefined, 'after 950 ms')
      await port.rig.pass(100)
      same(watched.result, { kind: 'timeout' }, 'after 1,050 ms')
    }),
    vectorOf(`wait.${name}.zero`, `${name}: 0 ms asks for what is there now`, async (port) => {
      same((await start(port, name, 0)).result, { kind: 'timeout' }, 'result')
    }),
    vectorOf(`wait.${name}.longest`, `${name}: 600,000 ms is taken`, async (port) => {
      const watched = await start(port, name, 600_000)
      await port.rig.pass(1000)
      same(watched.result, undefined, 'after 1 s')
    }),
    vectorOf(`wait.${name}.busy`, `${name}: a second wait is busy at once, the first goes on`, async (port) => {
      const first = await start(port, name, 1000)
      same(await within(port.rig, 0, () => wait(port.device, name, 1000)), { kind: 'busy' }, 'second')
      same(first.result, undefined, 'first')
      await port.rig.pass(1100)
      same(first.result, { kind: 'timeout' }, 'first, later')
    }),
    vectorOf(`wait.${name}.cancel`, `${name}: cancel ends the wait, and it can wait again`, async (port) => {
      const first = await start(port, name, 1000)
      port.device[name].cancel()
      await port.rig.pass(0)
      same(first.result, { kind: 'cancelled' }, 'first')
      const second = await start(port, name, 1000)
      await port.rig.pass(950)
      same(second.result, undefined, 'second: the old deadline is still there')
    }),
    vectorOf(`wait.${name}.cancel-idle`, `${name}: cancel with nothing pending does nothing`, async (port) => {
      port.device[name].cancel()
      const watched = await start(port, name, 1000)
      same(watched.result, undefined, 'the next wait')
    }),
  ]
}

// biome-ignore format: one vector a paragraph
export const waitingVectors: readonly Vector[] = [
  vector('contract.calls', 'every call of the contract is there', async ({ device }) => {
    for (const [name, calls] of Object.entries(contract)) {
      const peripheral = named(named(device)[name])
      for (const call of Object.keys(calls)) holds(typeof peripheral[call] === 'function', `no ${name}.${call}`)
    }
  }),
  ...waits.flatMap(rulesOf),
  vector('keypad.order', 'keys come in the order in which they were pressed', async ({ device, rig }) => {
    const pressed: readonly Key[] = ['1', '00', 'menu', 'enter']
    for (const key of pressed) rig.press(key)
    for (const key of pressed) same(await within(rig, 0, () => device.keypad.next(0)), { kind: 'key', key }, 'next')
  }),
  vector('keypad.wait', 'a wait gets the key when it is pressed, once', async ({ device, rig }) => {
    const watched = watch(() => device.keypad.next(1000))
    await rig.pass(500)
    rig.press('up')
    await rig.pass(0)
    same(watched.result, { kind: 'key', key: 'up' }, 'result')
    same(await within(rig, 0, () => device.keypad.next(0)), { kind: 'timeout' }, 'queue')
  }),
  vector('keypad.once', 'a key after the deadline is for the next wait, not for the old one', async ({ device, rig }) => {
    const first = watch(() => device.keypad.next(100))
    await rig.pass(200)
    rig.press('5')
    await rig.pass(0)
    same(first.result, { kind: 'timeout' }, 'first')
    same(await within(rig, 0, () => device.keypad.next(0)), { kind: 'key', key: '5' }, 'second')
  }),
  vector('keypad.race.key', 'a key and then cancel: the key, and nothing is left over', async ({ device, rig }) => {
    const watched = watch(() => device.keypad.next(1000))
    rig.press('5')
    device.keypad.cancel()
    await rig.pass(0)
    same(watched.result, { kind: 'key', key: '5' }, 'result')
    same(await within(rig, 0, () => device.keypad.next(0)), { kind: 'timeout' }, 'queue')
  }),
  vector('keypad.race.cancel', 'cancel and then a key: cancelled, and the key is queued', async ({ device, rig }) => {
    const watched = watch(() => device.keypad.next(1000))
    device.keypad.cancel()
    rig.press('5')
    await rig.pass(0)
    same(watched.result, { kind: 'cancelled' }, 'result')
    same(await within(rig, 0, () => device.keypad.next(0)), { kind: 'key', key: '5' }, 'queue')
  }),
  vector('keypad.flush', 'flush forgets the queued keys', async ({ device, rig }) => {
    rig.press('5')
    device.keypad.flush()
    same(await within(rig, 0, () => device.keypad.next(0)), { kind: 'timeout' }, 'queue')
  }),
  vector('keypad.queue.limit', '32 keys are queued, the 33rd is dropped', async ({ device, rig }) => {
    for (let count = 0; count < 32; count++) rig.press(String(count % 10) as Key)
    rig.press('menu')
    for (let count = 0; count < 32; count++) {
      const key = String(count % 10) as Key
      same(await within(rig, 0, () => device.keypad.next(0)), { kind: 'key', key }, `key ${count}`)
    }
    same(await within(rig, 0, () => device.keypad.next(0)), { kind: 'timeout' }, 'key 32')
  }),
  vector('order.picture', 'the picture is complete when the application waits', async ({ device, rig }) => {
    device.display.draw(0, 0, 'A', 'normal')
    device.display.draw(0, 1, 'B', 'normal')
    watch(() => device.keypad.next(1000))
    same(rig.screen().rows[0]?.text, 'AB', 'row 0')
  }),
  vector('order.sleep', 'sleepers wake in the order of their times, equal ones as they came', async ({ device, rig }) => {
    const woken: string[] = []
    const sleeper = (name: string, ms: number): void => {
      watch(async () => {
        await device.clock.sleep(ms)
        woken.push(name)
      })
    }
    sleeper('c', 300)
    sleeper('a1', 100)
    sleeper('a2', 100)
    sleeper('zero', 0)
    await rig.pass(1000)
    same(woken, ['zero', 'a1', 'a2', 'c'], 'order')
  }),
]
