import type { Device } from '../device.ts'
import { TEST_SLOT } from './keys.ts'
import type { Port } from './port.ts'
import type { Facts, RigPeripheral } from './rig.ts'
import { loadKeys } from './secure.ts'
import { traceHash } from './trace.ts'
import { pattern, toHex, watch } from './vector.ts'

/** Calls of one kind that are timed together: the rig's own call stands outside. */
const CALLS = 8
const CROSSINGS = 2_000
const KEYS = 16

/** Finds out what a report says of a device beside its vectors. Times are the rig's stopwatch: of the world, not of the device. */
export async function factsOf(port: Port, raw: RigPeripheral): Promise<Facts> {
  const { device } = port
  const { maker, model, runtime } = device.info.identity()
  const { length, hash } = device.slots.factory()
  const trace = await traceHash(port)
  const callMs = timesOf(port, raw)
  const longest = Object.entries(callMs).sort(([, a], [, b]) => b - a)[0]
  return {
    ...{ maker, model, runtime, trace, callMs },
    security: device.link.security(),
    display: device.display.size(),
    paperColumns: device.printer.columns(),
    flash: geometryOf(device.flash),
    slots: geometryOf(device.slots),
    program: { bytes: length, sha256: toHex(hash) },
    longestCall: longest?.[0] ?? '',
    crossingMicroseconds: crossing(device, raw),
    keyToPictureMs: await keyToPicture(port, raw),
  }
}

function geometryOf(chip: Pick<Device['flash'], 'geometry'>) {
  const { sectorBytes, sectorCount, unitBytes } = chip.geometry()
  return { sectorBytes, sectorCount, unitBytes }
}

/** The instant calls that do the most, as large as they may be. */
function timesOf(port: Port, raw: RigPeripheral): { readonly [call: string]: number } {
  loadKeys(port, '004')
  const { secure, flash, slots, charset, display } = port.device
  const { sectorBytes } = flash.geometry()
  const chip = slots.geometry()
  const key = secure.reportKey()
  const [small, large] = [pattern(4096), pattern(65_536)]
  const signature = secure.sign(small)
  const text = '刷卡消费'.repeat(50)
  const program = Math.min(372 * 1024, chip.sectorBytes * chip.sectorCount)
  const scope = Uint8Array.of(0x54, 0x49, 0x4d, 0x45)
  let floor = secure.floor(7, scope)
  // biome-ignore format: one row a call
  const calls: readonly (readonly [name: string, call: (count: number) => unknown])[] = [
    ['secure.mac 4,096 bytes',       () => secure.mac(TEST_SLOT, 'x9.19', small)],
    ['secure.hash 65,536 bytes',     () => secure.hash(large)],
    ['secure.verify 4,096 bytes',    () => secure.verify(key, small, signature)],
    ['secure.sign 4,096 bytes',      () => secure.sign(small)],
    ['secure.raiseFloor',            () => secure.raiseFloor(7, ++floor, scope)],
    ['secure.deviceTag 256 bytes',   () => secure.deviceTag(small.subarray(0, 256))],
    ['flash.erase',                  () => flash.erase(0)],
    ['flash.program a sector',       () => flash.program(0, large.slice(0, sectorBytes))],
    ['flash.read a sector',          () => flash.read(0, sectorBytes)],
    ['charset.encodeGbk 200 characters', () => charset.encodeGbk(text)],
    ['display.draw a row',           () => display.draw(0, 0, text, 'normal')],
    ...(program > 0 ? ([[`slots.hash ${program} bytes`, () => slots.hash(0, program)]] as const) : []),
  ]
  const times: { [call: string]: number } = {}
  for (const [name, call] of calls) {
    const before = raw.stopwatch()
    for (let count = 0; count < CALLS; count++) call(count)
    times[name] = (raw.stopwatch() - before) / CALLS
  }
  return times
}

function crossing({ clock }: Device, raw: RigPeripheral): number {
  const before = raw.stopwatch()
  for (let count = 0; count < CROSSINGS; count++) clock.monotonicMs()
  return ((raw.stopwatch() - before) * 1000) / CROSSINGS
}

/** From a key to the picture that it changes, with the engine between: the average of some. */
async function keyToPicture({ device, rig }: Port, raw: RigPeripheral): Promise<number> {
  let sum = 0
  device.display.clear()
  for (let count = 0; count < KEYS; count++) {
    watch(async () => {
      await device.keypad.next(1000)
      device.display.draw(1, 0, `key ${count}`, 'normal')
      await device.keypad.next(1000)
    })
    await rig.pass(0)
    const before = raw.stopwatch()
    rig.press('1')
    await rig.pass(0)
    if (rig.screen().rows[1]?.text !== `key ${count}`) return Number.NaN
    sum += raw.stopwatch() - before
    device.keypad.cancel()
    await rig.pass(0)
  }
  return sum / KEYS
}
