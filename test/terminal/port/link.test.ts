import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeBody } from '../../../emulator/device/body.ts'
import type { Bus } from '../../../emulator/device/bus.ts'
import { plainDialler } from '../../../emulator/device/channel-stream.ts'
import { makeLink } from '../../../emulator/device/link.ts'
import type { Observer, Stream, StreamEvents } from '../../../emulator/device/ports.ts'
import { makeVirtualTime } from '../../../emulator/virtual-time.ts'
import { fromHex, toHex } from '../../../keys/hex.ts'
import type { Link } from '../../../terminal/device/link.ts'
import { describeNative, startGuest, testNative } from './guest.ts'

const WALL_MS = 1_767_225_600_000

/** What somebody does: the program with its link, the host, the cable, time. */
type Step =
  | readonly ['open' | 'receive', number]
  | readonly ['send' | 'bytes', number]
  | readonly ['cancel' | 'close' | 'quality' | 'accept' | 'refuse' | 'hostCloses']
  | readonly ['cable', boolean]
  | readonly ['pass', number]

/** A world with a link in it: takes a step, lets all follow, and gives what was seen. */
interface World {
  step(step: Step): Promise<readonly string[]>
  end(): void
}

const shown = (bytes: Uint8Array): string => `${bytes.length}:${bytes[0]}-${bytes.at(-1)}`
function pattern(seed: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (seed * 7 + i) & 0xff)
}

function emulatedWorld(): World {
  let seen: string[] = []
  let count = 0
  let dialling: { events: StreamEvents; answer(stream: Stream | undefined): void } | undefined
  let host: StreamEvents | undefined
  const time = makeVirtualTime({ wallMs: WALL_MS, settle: () => new Promise((done) => setImmediate(done)) })
  const observer: Observer = {
    ...{ screen() {}, paper() {}, slipEnd() {} },
    wire: (how, bytes) => seen.push(`wire ${how}${bytes.length > 0 ? ` ${shown(bytes)}` : ''}`),
  }
  const bus: Bus = { observer, scheduler: time, alive: true, after: time.after, show() {} }
  const { link, cable } = makeLink({
    ...{ bus, body: makeBody(), security: 'plain', changed() {} },
    dial: plainDialler((events) => {
      seen.push('dial')
      return new Promise((answer) => {
        dialling = { events, answer }
      })
    }),
  })
  function accept(): void {
    const call = dialling
    dialling = undefined
    if (call === undefined) return
    const { events } = call
    host = events
    const over = (): void => {
      if (host === events) host = undefined
    }
    call.answer({ send() {}, close: over })
  }
  return {
    async step(step) {
      const [what, value] = step
      if (what === 'accept') accept()
      else if (what === 'refuse') dialling = void dialling?.answer(undefined)
      else if (what === 'bytes') host?.bytes(pattern(++count, value))
      else if (what === 'hostCloses') host?.closed()
      else if (what === 'cable') cable(value)
      else if (what === 'pass') await time.advance(value)
      else if (what === 'send') void call(link, what, pattern(++count, value), (line) => seen.push(line))
      else void call(link, what, value, (line) => seen.push(line))
      await time.advance(0)
      const taken = seen
      seen = []
      return taken
    },
    end() {},
  }
}

interface Result {
  readonly kind: string
  readonly bytes?: Uint8Array
}
type Calls = { [name: string]: (value: unknown) => Result | number | undefined | Promise<Result> }

/** A call of the link, and what comes of it, in the emulator as in the guest. */
async function call(link: Link, what: string, value: unknown, tell: (line: string) => void): Promise<void> {
  const result = await (link as unknown as Calls)[what]?.(value)
  if (typeof result === 'number') tell(`${what} → ${result}`)
  else if (result !== undefined)
    tell(`${what} → ${result.kind}${result.bytes === undefined ? '' : ` ${shown(result.bytes)}`}`)
}

const GUEST = `
  const shown = (bytes) => bytes.length + ':' + bytes[0] + '-' + bytes[bytes.length - 1]
  for (;;) {
    const [what, value, seed] = await rig.wait()
    const result = link[what](what === 'send' ? Uint8Array.from({ length: value }, (_, i) => (seed * 7 + i) & 0xff) : value)
    if (result === undefined) continue
    Promise.resolve(result).then((of) =>
      report(what + ' → ' + (of.kind === undefined ? of : of.kind) + (of.bytes ? ' ' + shown(of.bytes) : '')))
  }`

async function nativeWorld(): Promise<World> {
  const guest = await startGuest(GUEST)
  let count = 0
  let nowMs = 0
  let isDialling = false
  let isOpen = false
  const time = (): Promise<void> => guest.obey(`time\t${nowMs}\t${WALL_MS + nowMs}`)
  const due = (): number =>
    Number(
      guest.lines
        .filter((line) => line.startsWith('idle '))
        .at(-1)
        ?.slice(5),
    )

  async function pass(ms: number): Promise<void> {
    const endMs = nowMs + ms
    while (due() >= 0 && due() <= endMs) {
      nowMs = due()
      await time()
    }
    nowMs = endMs
    await time()
  }
  function seen(line: string): string[] {
    if (line === 'dial') isDialling = true
    if (line === 'hang-up') isDialling = isOpen = false
    if (line.startsWith('rig ')) return [JSON.parse(line.slice(line.indexOf('[')))[0] as string]
    if (!line.startsWith('wire ')) return line === 'dial' ? [line] : []
    const { direction, bytes } = JSON.parse(line.slice(5)) as { direction: string; bytes: string }
    return [`wire ${direction}${bytes.length > 0 ? ` ${shown(fromHex(bytes))}` : ''}`]
  }
  async function take(step: Step): Promise<void> {
    const [what, value] = step
    if (what === 'accept' || what === 'refuse') {
      if (!isDialling) return
      isDialling = false
      isOpen = what === 'accept'
      await guest.obey(`dialled\t${isOpen ? 1 : 0}`)
    } else if (what === 'bytes') {
      if (isOpen) await guest.obey(`bytes\t${toHex(pattern(++count, value))}`)
    } else if (what === 'hostCloses') {
      if (isOpen) await guest.obey('closed')
    } else if (what === 'cable') await guest.obey(`cable\t${value ? 1 : 0}`)
    else if (what === 'pass') await pass(value)
    else await guest.give([what, value ?? null, what === 'send' ? ++count : 0])
  }
  guest.told()
  return {
    async step(step) {
      await take(step)
      const isOwn = (line: string): boolean => !/^rig \d+ wait/.test(line)
      return guest.told('dial', 'hang-up', 'wire', 'rig').filter(isOwn).flatMap(seen)
    },
    end: () => void guest.rig.kill(),
  }
}

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<Step>(['open', 5000], ['open', 1], ['open', 0]) },
  { weight: 4, arbitrary: fc.constant<Step>(['accept']) },
  { weight: 4, arbitrary: fc.constantFrom<Step>(['receive', 3000], ['receive', 0]) },
  {
    weight: 5,
    arbitrary: fc.constantFrom<Step>(['bytes', 1], ['bytes', 300], ['bytes', 30_000], ['bytes', 65_536]),
  },
  { weight: 2, arbitrary: fc.constantFrom<Step>(['send', 1], ['send', 4096]) },
  fc.constantFrom<Step>(['refuse'], ['hostCloses'], ['cancel'], ['close'], ['quality'], ['cable', false]),
  {
    weight: 2,
    arbitrary: fc.constantFrom<Step>(['cable', true], ['pass', 1], ['pass', 3000], ['pass', 5000]),
  },
)

async function bothSee(steps: readonly Step[]): Promise<string[]> {
  const native = await nativeWorld()
  const emulated = emulatedWorld()
  const all: string[] = []
  for (const [at, each] of steps.entries()) {
    const wanted = await emulated.step(each)
    const found = await native.step(each)
    expect(found, `step ${at}: ${each.join(' ')}, after ${JSON.stringify(steps.slice(0, at))}`).toEqual(
      wanted,
    )
    all.push(...found)
  }
  native.end()
  return all
}

describeNative('link 通讯 does what the emulated one does', () => {
  test('anything that program, host, cable and time do → the same results and the same wire, in the same order', async () => {
    const runs = fc.sample(fc.array(step, { minLength: 150, maxLength: 150 }), { seed: 3, numRuns: 8 })
    const seen = new Set<string>()
    for (const steps of runs) for (const line of await bothSee(steps)) seen.add(line.replace(/ \d+:.*/, ''))
    // every result of the contract was among them
    const kinds = ['open', 'refused', 'noLine', 'timeout', 'cancelled', 'busy'].map(
      (kind) => `open → ${kind}`,
    )
    const received = ['bytes', 'timeout', 'closed', 'cancelled', 'busy'].map((kind) => `receive → ${kind}`)
    const rest = ['send → sent', 'send → closed', 'quality → 0', 'quality → 4', 'dial']
    const wire = ['open', 'out', 'in', 'close'].map((how) => `wire ${how}`)
    expect([...seen].sort()).toEqual([...kinds, ...received, ...rest, ...wire].sort())
  })

  // biome-ignore format: one story a row
  const stories: readonly [string, readonly Step[], readonly string[]][] = [
    ['pieces stay as the host cut them, and closed comes after the last',
      [['open', 5000], ['accept'], ['bytes', 3], ['bytes', 4], ['hostCloses'], ['receive', 0], ['send', 1], ['receive', 0], ['receive', 0]],
      ['dial', 'wire open', 'open → open', 'wire in 3:7-9', 'wire in 4:14-17', 'wire close', 'receive → bytes 3:7-9', 'send → closed',
        'receive → bytes 4:14-17', 'receive → closed']],
    ['65,536 unread bytes are kept, also when some were read between',
      [['open', 5000], ['accept'], ['bytes', 65_535], ['bytes', 1], ['receive', 0], ['bytes', 65_534], ['bytes', 1], ['receive', 0]],
      ['dial', 'wire open', 'open → open', 'wire in 65535:7-5', 'wire in 1:14-14', 'receive → bytes 65535:7-5', 'wire in 65534:21-18',
        'wire in 1:28-28', 'receive → bytes 1:14-14']],
    ['one byte more ends the call and drops them all',
      [['open', 5000], ['accept'], ['bytes', 65_536], ['bytes', 1], ['receive', 0]],
      ['dial', 'wire open', 'open → open', 'wire in 65536:7-6', 'wire in 1:14-14', 'wire close', 'receive → closed']],
    ['a host that answers after the time-out finds nobody',
      [['open', 1], ['pass', 1], ['accept'], ['bytes', 5], ['send', 1]],
      ['dial', 'open → timeout', 'send → closed']],
    ['a pulled cable: closed for who waits, what came before can still be read, then noLine',
      [['open', 5000], ['accept'], ['bytes', 2], ['cable', false], ['receive', 0], ['receive', 0], ['open', 5000], ['quality']],
      ['dial', 'wire open', 'open → open', 'wire in 2:7-8', 'wire close', 'receive → bytes 2:7-8', 'receive → closed', 'open → noLine',
        'quality → 0']],
  ]
  test.each(stories)('%s', async (_, steps, wanted) => {
    expect(await bothSee(steps)).toEqual(wanted)
  })
})

testNative.each([
  'link.send(bytes())',
  'link.send(new Uint8Array(4097))',
  'link.send([1])',
  'link.open(-1)',
  'link.open(600001)',
])('%s → RangeError, and the run ends', async (what) => {
  const { rig, told } = await startGuest(what)
  expect(told('rig', 'stopped').join()).toMatch(/^stopped .*RangeError/)
  await rig.kill()
})

testNative('a run that ends hangs up at once, and the next one has no stream', async () => {
  let starts = 0
  const guest = await startGuest(
    `if (rig.ask() === 1) { await link.open(5000); await rig.wait(); throw new Error('the end') }
     report((await link.send(bytes(1))).kind, link.quality())`,
    { ask: () => ++starts },
  )
  await guest.obey('dialled\t1')
  guest.told()
  await guest.give(null)
  const told = guest.told('hang-up', 'wire', 'stopped')
  const begins = ['hang-up', 'wire {"direction":"close"', 'stopped {"why":"Error: the end']
  expect(told.map((line, i) => line.slice(0, begins[i]?.length))).toEqual(begins)
  await guest.obey('time\t1000\t1767225601000')
  expect(guest.take()).toEqual(['closed', 4])
  await guest.rig.kill()
})

testNative('inbox 下载信箱 is declared absent: none at once, offline, and lengths are checked', async () => {
  const { rig, take } = await startGuest(`
    const none = await inbox.next(600000)
    inbox.cancel()
    report(inbox.state(), none.kind, inbox.publish('hello', bytes(1), 0), (await inbox.fetch(new Uint8Array(32), 0, 1, 0)).kind)`)
  expect(take()).toEqual(['none', 'none', 'offline', 'none'])
  await rig.kill()
})

testNative.each([
  'inbox.publish("hello", bytes(), 0)',
  'inbox.publish("hello", new Uint8Array(33793), 0)',
  'inbox.fetch(bytes(1), 0, 1, 0)',
])('%s → RangeError, and the run ends', async (what) => {
  const { rig, told } = await startGuest(what)
  expect(told('rig', 'stopped').join()).toMatch(/^stopped .*RangeError/)
  await rig.kill()
})
