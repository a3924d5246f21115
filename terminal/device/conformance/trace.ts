import type { Device } from '../device.ts'
import { keyBlocks, TEST_PAN, TEST_SLOT } from './keys.ts'
import type { Port } from './port.ts'
import { loadKeys } from './secure.ts'
import { holds, pattern, same, toHex, type Vector, vector, watch } from './vector.ts'

/** The script asks for a PIN, and those before it may have used up what there is. */
const PIN_CREDIT_MS = 600_000

/**
 * A script that touches every peripheral whose answers do not depend on chance or on secrets of the one device. All that it
 * sees goes into one hash, which must be the same each time, and on every port of the same model.
 */
export async function traceHash(port: Port): Promise<string> {
  const { device, rig } = port
  await rig.pass(PIN_CREDIT_MS)
  const trace = makeTrace(device)
  const startMs = device.clock.monotonicMs()
  const seen = (what: string, value: unknown): void => {
    trace.add(`${device.clock.monotonicMs() - startMs} ${what} ${textOf(value)}`)
  }
  const look = (): void => seen('screen', rig.screen())
  device.clock.set({ year: 2026, month: 12, day: 31, hour: 23, minute: 59, second: 58 })
  const told = (what: string, call: () => Promise<unknown>): void => {
    watch(async () => seen(what, await call()))
  }
  screenPart(device)
  told('key', () => device.keypad.next(1000))
  told('card', () => device.reader.wait(1000))
  told('sleep', () => device.clock.sleep(1000))
  look()
  await rig.pass(300)
  rig.press('menu')
  rig.press('7')
  rig.swipe({ track2: ';6222600001234567890=30122010000000000?' })
  await rig.pass(700)
  told('queue', () => device.keypad.next(0))
  await rig.pass(0)
  await linePart(port, told, seen)
  told('print', () => device.printer.print(slip))
  await rig.pass(2000)
  seen('paper', rig.paper())
  secretPart(port, seen)
  told('pin', () =>
    device.secure.enterPin({
      slot: TEST_SLOT,
      pan: TEST_PAN,
      amountFen: 12_345,
      prompt: 'enter',
      locale: 'zh',
      bypass: false,
      timeoutMs: 5000,
    }),
  )
  for (const key of ['1', '2', 'clear', '2', '3', '4'] as const) {
    rig.press(key)
    await rig.pass(10)
    look()
  }
  rig.press('cancel')
  await rig.pass(0)
  look()
  flashPart(device, seen)
  seen('text', [
    toHex(device.charset.encodeGbk('刷卡消费 A1￥')),
    device.charset.decodeGbk(Uint8Array.of(0xcb, 0xa2, 0x41, 0xff)),
  ])
  seen('time', device.clock.now())
  return trace.hash()
}

const slip = [
  { text: '签购单', align: 'centre', size: 'large' },
  { text: '商户 示例家居广场', align: 'left', size: 'normal' },
  { text: 'RMB 123.45', align: 'right', size: 'normal' },
  { feed: 3 },
] as const

function screenPart({ display }: Device): void {
  display.clear()
  display.draw(0, 1, '消费 SALE', 'inverse')
  display.draw(1, 0, '￥123.45', 'large')
  display.draw(3, 3, 'x中y'.repeat(20), 'normal')
  display.icons({ signedOn: true, owed: false, paperOut: false })
}

type See = (what: string, value: unknown) => void

async function linePart(
  { device: { link }, rig }: Port,
  told: (what: string, call: () => Promise<unknown>) => void,
  seen: See,
): Promise<void> {
  told('open', () => link.open(1000))
  await rig.pass(0)
  told('send', () => link.send(pattern(333)))
  told('receive', () => link.receive(1000))
  await rig.pass(20)
  seen('host', rig.host.received())
  rig.host.send(pattern(100))
  rig.host.send(pattern(5))
  await rig.pass(0)
  told('receive', () => link.receive(1000))
  await rig.pass(0)
  rig.host.close()
  told('receive', () => link.receive(1000))
  await rig.pass(0)
}

function secretPart(port: Port, seen: See): void {
  const { secure } = port.device
  loadKeys(port, '004')
  const { version: _, ...slot } = secure.slot(TEST_SLOT)
  seen('slot', slot)
  for (const algorithm of ['cup-ecb', 'x9.19', 'cbc-mac', 'cmac'] as const)
    seen(algorithm, secure.mac(TEST_SLOT, algorithm, pattern(100)))
  seen('track', secure.encryptTrack(TEST_SLOT, '6222600001234567890D30122010000000000'))
  seen('load', secure.loadWorkingKeys(TEST_SLOT, '004', pattern(60)).kind)
  seen('short', secure.loadWorkingKeys(TEST_SLOT, '001', pattern(keyBlocks['001'].length)).kind)
}

function flashPart({ flash }: Device, seen: See): void {
  const { unitBytes } = flash.geometry()
  flash.erase(0)
  flash.program(0, pattern(16 * unitBytes))
  flash.program(0, pattern(17 * unitBytes).slice(unitBytes))
  seen('flash', flash.read(0, 20 * unitBytes))
}

/** A hash of a hash and the next line: no heap is needed for what has been. */
function makeTrace({ secure }: Device) {
  let hash = new Uint8Array(32)
  return {
    add(line: string): void {
      const bytes = new Uint8Array(32 + 2 * line.length)
      bytes.set(hash)
      for (let at = 0; at < line.length; at++) {
        const unit = line.charCodeAt(at)
        bytes[32 + 2 * at] = unit >> 8
        bytes[33 + 2 * at] = unit & 0xff
      }
      hash = Uint8Array.from(secure.hash(bytes))
    },
    hash: () => toHex(hash),
  }
}

/** JSON with its properties in order and its bytes in hexadecimal. */
function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return toHex(value)
  if (Array.isArray(value)) return `[${value.map(textOf).join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'nothing'
  const parts = Object.entries(value).filter(([, part]) => part !== undefined)
  return `{${parts
    .map(([name, part]) => `${name}:${textOf(part)}`)
    .sort()
    .join()}}`
}

// biome-ignore format: one vector a paragraph
export const traceVectors: readonly Vector[] = [
  vector('determinism.twice', 'the same script twice gives the same screens, slips, bytes and times', async (port) => {
    const first = await traceHash(port)
    await port.rig.pass(12_345)
    same(await traceHash(port), first, 'hash of all that it saw')
  }),
  vector('determinism.restart', 'and in the next run', async (port) => {
    const { life } = port
    if (life === undefined) throw new RangeError('the rig starts no run again')
    const hash = await traceHash(port)
    const number = Number.parseInt(hash.slice(0, 12), 16)
    if (life.stage === 0) life.keep(number)
    await life.ends('restart', 'info.restart()', () => port.device.info.restart())
    holds(number === life.note, 'the hash of the run before was another')
  }, 'life'),
  vector('determinism.chance', 'chance is not the same twice: the hash has none in it', async ({ device: { secure } }) => {
    const [first, second] = [secure.random(32), secure.random(32)]
    holds(toHex(first) !== toHex(second), 'the same 32 bytes')
  }),
]
