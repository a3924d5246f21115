import { INSTALLED } from './installed.ts'
import { keyBlocks, macs, TEST_SLOT } from './keys.ts'
import { open } from './link.ts'
import type { Life, Port } from './port.ts'
import { loadKeys } from './secure.ts'
import { fromHex, holds, named, pattern, same, type Vector, vector, watch, within } from './vector.ts'

/** How a run of the program begins and ends (docs/device.md, "What the runtime does"). */

type LifeRun = (port: Port, life: Life) => Promise<void>

function lifeVector(id: string, title: string, run: LifeRun): Vector {
  return vector(
    id,
    title,
    async (port) => {
      if (port.life === undefined) throw new RangeError('the rig starts no run again')
      await run(port, port.life)
    },
    'life',
  )
}

/** Ways in which a run ends by itself. */
// biome-ignore format: one row a way
const crashes: readonly (readonly [name: string, title: string, act: (port: Port, life: Life) => unknown])[] = [
  ['reject',   'a rejection of application.running',            (_, life) => life.settle('reject')],
  ['fulfil',   'a fulfilment of application.running',           (_, life) => life.settle('fulfil')],
  ['refused',  'a call beyond the contract, also where the program would catch what it throws', ({ device }) => caught(() => device.secure.random(0))],
  ['waits',    'a waiting call beyond the contract',            ({ device }) => caught(() => device.keypad.next(-1))],
  ['loop',     'a run without end',                             (_, life) => spin(life)],
]
function caught(call: () => unknown): void {
  try {
    call()
  } catch {
    // a program that goes on after this goes on after anything
  }
}
/** Counts where somebody could look, or it would be nothing to the bundler. */
function spin(life: Life): void {
  const globals = named(globalThis)
  for (let spins = 0; life.stage >= 0; spins++) globals.spins = spins
}

/** What must not be in the engine when the program begins. */
// biome-ignore format: one row a name
const gone: readonly (readonly [name: string, isGone: (globals: Globals) => boolean])[] = [
  ['Date',           (globals) => refuses(() => make(globals, 'Date'))],
  ['Date.now',       (globals) => refuses(() => callOf(globals, 'Date', 'now'))],
  ['random',         (globals) => refuses(() => callOf(globals, 'Math', 'random'))],
  ['eval',           (globals) => refuses(() => call(globals, 'eval'))],
  ['Function',       (globals) => refuses(() => call(globals, 'Function'))],
  ['constructor',    () => [() => {}, async () => {}, function* () {}, async function* () {}].every((each) => refuses(() => (each.constructor as (text: string) => unknown)('return 1')))],
  ['WeakRef',        (globals) => areAbsent(globals, 'WeakRef')],
  ['FinalizationRegistry', (globals) => areAbsent(globals, 'FinalizationRegistry')],
  ['engine-modules', (globals) => areAbsent(globals, 'std', 'os', 'bjson', 'scriptArgs', 'print', 'require', 'process', 'load')],
]
interface Globals {
  readonly [name: string]: unknown
}
function call(globals: Globals, name: string): unknown {
  return (globals[name] as (text: string) => unknown)('1')
}
function make(globals: Globals, name: string): unknown {
  return new (globals[name] as new () => unknown)()
}
function callOf(globals: Globals, name: string, member: string): unknown {
  return (globals[name] as { readonly [member: string]: () => unknown })[member]?.() ?? fail()
}
function areAbsent(globals: Globals, ...names: readonly string[]): boolean {
  return names.every((name) => globals[name] === undefined)
}
function fail(): never {
  throw new Error('not there')
}
function refuses(act: () => unknown): boolean {
  try {
    act()
    return false
  } catch {
    return true
  }
}

// biome-ignore format: one vector a paragraph
export const lifeVectors: readonly Vector[] = [
  ...crashes.map(([name, title, act]) =>
    lifeVector(`life.ends.${name}`, `${title} ends the run, and another begins 1 s later`, async (port, life) => {
      await life.ends('crash', title, () => act(port, life))
      same(life.crashes, 1, 'crashes in a row')
      holds(life.restMs >= 1000 && life.restMs <= 2000, `the next run began after ${life.restMs} ms`)
    })),
  lifeVector('life.ends.nothing', 'a run that waits for nothing ends, and another begins 1 s later', async (_, life) => {
    await life.endsInSilence('a run that waits for nothing')
    same(life.crashes, 1, 'crashes in a row')
  }),
  lifeVector('life.backoff', 'crashes in a row: each rest is twice the one before', async (_, life) => {
    await life.ends('crash', 'the first crash', () => life.settle('reject'))
    if (life.stage === 1) same([life.crashes, life.restMs < 2000], [1, true], 'after the first')
    await life.endsInARow('the second crash', () => life.settle('reject'))
    if (life.stage === 2) same([life.crashes, Math.floor(life.restMs / 1000)], [2, 2], 'after the second')
    await life.endsInARow('the third crash', () => life.settle('reject'))
    if (life.stage === 3) same([life.crashes, Math.floor(life.restMs / 1000)], [3, 4], 'after the third')
    await life.ends('crash', 'a crash after a minute of work', () => life.settle('reject'))
    same([life.crashes, Math.floor(life.restMs / 1000)], [1, 1], 'after a steady run')
  }),
  lifeVector('life.restart', 'info.restart() does not come back, begins a run at once, and counts as no crash', async ({ device, rig }, life) => {
    await rig.pass(0)
    await life.ends('restart', 'info.restart()', () => {
      device.info.restart()
      throw new Error('it came back')
    })
    holds(life.restMs < 1000, `the next run began after ${life.restMs} ms`)
  }),
  lifeVector('life.restart.fresh', 'nothing of a run is left in the next: no global, key, wait, stream or picture, and the monotonic clock began anew', async (port, life) => {
    const { device, rig } = port
    const globals = named(globalThis)
    if (life.stage === 0) {
      await open(port)
      globals.left = 1
      device.display.draw(0, 0, 'LEFT', 'inverse')
      device.display.icons({ signedOn: true, owed: true, paperOut: true })
      watch(() => device.reader.wait(600_000))
      await rig.pass(2000)
      rig.press('5')
    }
    await life.ends('restart', 'info.restart()', () => device.info.restart())
    same(globals.left, undefined, 'global')
    same(rig.host.open(), 0, 'open connections')
    same(rig.screen().rows.filter(({ text, runs }) => text !== '' || runs.length > 0), [], 'picture')
    same(await within(rig, 0, () => device.keypad.next(0)), { kind: 'timeout' }, 'key')
    same(await within(rig, 0, () => device.link.receive(0)), { kind: 'closed' }, 'stream')
    const card = watch(() => device.reader.wait(10))
    await rig.pass(0)
    same(card.result, undefined, 'reader')
    holds(device.clock.monotonicMs() < 2000, `the monotonic clock stands at ${device.clock.monotonicMs()}`)
  }),
  lifeVector('life.power.fresh', 'the same after the power was gone', async (port, life) => {
    const { device, rig } = port
    if (life.stage === 0) {
      await open(port)
      device.display.draw(0, 0, 'LEFT', 'normal')
      await rig.pass(2000)
      rig.press('5')
    }
    await life.ends('power', 'the power that goes', () => life.power())
    same(rig.host.open(), 0, 'open connections')
    same(rig.screen().rows.filter(({ text }) => text !== ''), [], 'picture')
    same(await within(rig, 0, () => device.keypad.next(0)), { kind: 'timeout' }, 'key')
    holds(device.clock.monotonicMs() < 2000, `the monotonic clock stands at ${device.clock.monotonicMs()}`)
  }),
  ...(['power', 'restart'] as const).map((ending) =>
    lifeVector(`life.keeps.${ending}`, `flash, wall clock, working keys, floors and PIN credit outlive ${ending === 'power' ? 'the power' : 'a restart'}`, async (port, life) => {
      const { device: { flash, clock, secure, info } } = port
      const scope = fromHex('50574552')
      const { unitBytes } = flash.geometry()
      if (life.stage === 0) {
        flash.erase(0)
        flash.program(0, pattern(8 * unitBytes))
        loadKeys(port, '004')
        life.keep(secure.floor(7, scope) + 3)
        secure.raiseFloor(7, secure.floor(7, scope) + 3, scope)
        clock.set({ year: 2031, month: 5, day: 6, hour: 7, minute: 8, second: 9 })
      }
      await life.ends(ending, ending, () => (ending === 'power' ? life.power() : info.restart()))
      same(flash.read(0, 8 * unitBytes), pattern(8 * unitBytes), 'flash')
      same(secure.floor(7, scope), life.note, 'floor')
      const mac = macs.find(({ kind, algorithm }) => kind === '004' && algorithm === 'x9.19')?.mac ?? ''
      same(secure.mac(TEST_SLOT, 'x9.19', pattern(40)), { kind: 'mac', mac: fromHex(mac) }, 'MAC under the MAK from before')
      const { year, month, day, hour, minute } = clock.now()
      same([year, month, day, hour, minute], [2031, 5, 6, 7, 8], 'wall clock')
      same(fromHex(keyBlocks['004']).length, 60, 'key block')
    })),
  lifeVector('life.device', '`device` has every call of the contract and nothing else', async ({ device }) => {
    for (const [name, calls] of Object.entries(device)) {
      if (name !== 'rig') same(Object.keys(calls as object).sort(), INSTALLED[name] ?? [], name)
    }
    same(Object.keys(device).filter((name) => name !== 'rig').sort(), Object.keys(INSTALLED).sort(), 'peripherals')
  }),
  lifeVector('life.device.constant', 'what one call gives is nobody else’s: changing it changes nothing', async ({ device }) => {
    const size = device.display.size() as { columns: number }
    const { columns } = size
    size.columns = 0
    same(device.display.size().columns, columns, 'size')
    const setup = device.info.setup() as { terminalId: string }
    const { terminalId } = setup
    setup.terminalId = ''
    same(device.info.setup().terminalId, terminalId, 'setup')
  }),
  ...gone.map(([name, isGone]) =>
    lifeVector(`life.gone.${name}`, `${name} is not there, or refuses`, async () => {
      holds(isGone(named(globalThis)), `${name} is there`)
    })),
  lifeVector('life.recursion', 'an endless recursion is an error that the program may catch, and nothing is lost', async ({ device, rig }) => {
    let depth = 0
    const dive = (): number => {
      depth++
      return dive() + 1
    }
    holds(refuses(dive), 'it ended')
    holds(depth > 50, `${depth} calls deep`)
    same(await within(rig, 0, () => device.keypad.next(0)), { kind: 'timeout' }, 'the device after it')
  }),
  lifeVector('life.recursion.text', 'so is nested text for JSON', async ({ device, rig }) => {
    const deep = '['.repeat(50_000)
    holds(refuses(() => JSON.parse(deep)), 'it was taken')
    same(await within(rig, 0, () => device.keypad.next(0)), { kind: 'timeout' }, 'the device after it')
  }),
  lifeVector('life.language', 'ES2020 as the program needs it: classes with private members, generators, regular expressions, big integers', async () => {
    class Counter {
      #count = 0n
      static made = 0
      next(): bigint {
        this.#count += 2n ** 40n
        return this.#count
      }
    }
    const counter = new Counter()
    counter.next()
    same(String(counter.next()), '2199023255552', 'big integer')
    same([...'刷卡😀'].length, 3, 'characters')
    same(/(?<year>\d{4})-(?<=-)\d/u.exec('2026-1')?.[1], '2026', 'regular expression')
    same([...new Map([[1, new Set([2, 3])]]).values()].map((set) => set.size), [2], 'Map and Set')
    const made = await Promise.all([1, 2].map(async (value) => value * 2))
    same(made, [2, 4], 'Promise.all')
    same((await Promise.allSettled([Promise.reject(new Error())]))[0]?.status, 'rejected', 'Promise.allSettled')
  }),
  lifeVector('life.values', 'values cross as they are: any UTF-16, numbers, nothing', async ({ device }) => {
    device.display.draw(0, 0, 'a\0b\ud800c\ufffd', 'normal')
    same(device.charset.decodeGbk(device.charset.encodeGbk('a\0b')), 'a\0b', 'NUL')
    same(device.charset.encodeGbk('\udc00').length, 1, 'half a pair')
    same(device.flash.read(0, 0), new Uint8Array(0), 'nothing')
  }),
]
