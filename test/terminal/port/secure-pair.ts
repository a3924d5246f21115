import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeBody } from '../../../emulator/device/body.ts'
import { type EmulatedDevice, makeDevice } from '../../../emulator/device/device.ts'
import { makeRandom } from '../../../emulator/device/flash-faults.ts'
import type { Model, Picture } from '../../../emulator/device/ports.ts'
import { writeDeviceFolder } from '../../../emulator/native/device-folder.ts'
import { type RigProcess, startRig } from '../../../emulator/native/rig-process.ts'
import { fromHex, toHex } from '../../../keys/hex.ts'
import type { MasterAlgorithm } from '../../../keys/store/slot-report.ts'
import type { Key } from '../../../terminal/device/keypad.ts'
import type { Secure } from '../../../terminal/device/secure.ts'
import { makeBench } from '../../emulator/device/bench.ts'

/** One master key of the first start. */
export interface Master {
  readonly slot: number
  readonly algorithm?: MasterAlgorithm
  readonly key: string
  readonly checkValue: string
}

/** What is done to both secure elements. */
export type Act =
  | { readonly kind: 'call'; readonly call: keyof Secure; readonly args: readonly unknown[] }
  | { readonly kind: 'press'; readonly keys: readonly Key[] }
  | { readonly kind: 'time'; readonly ms: number }
  | { readonly kind: 'tamper' | 'restart' }
  /** The power goes, somebody does that to it, and it comes back. */
  | { readonly kind: 'without power'; readonly does: 'tamper' | 'service' }
  /** From here on its storage does not save, or does again. */
  | { readonly kind: 'storage'; readonly saves: boolean }

/** What one of them showed for it: results by the number of their call, pictures, beeps. Bytes are `{ hex }`. */
export interface Shown {
  readonly results: readonly (readonly [number, unknown])[]
  readonly pictures: readonly unknown[]
  readonly beeps: readonly string[]
  /** Why the run is over: something was thrown. */
  readonly stopped: boolean
}

const STOPPED: Shown = { results: [], pictures: [], beeps: [], stopped: true }
const WALL_MS = Date.UTC(2026, 0, 1)
const SEED = 1

/** The guest: obeys the rig, and tells what comes of it. */
const GUEST = `
globalThis.application = { running: (async () => {
  const plain = (v) => v instanceof Uint8Array
    ? { hex: Array.from(v, (b) => b.toString(16).padStart(2, '0')).join('').toUpperCase() }
    : typeof v === 'object' && v !== null ? Object.fromEntries(Object.entries(v).map(([k, x]) => [k, plain(x)])) : v
  const revived = (v) => typeof v !== 'object' || v === null ? v
    : typeof v.hex === 'string' ? Uint8Array.from(v.hex.match(/../g) ?? [], (b) => parseInt(b, 16))
    : Object.fromEntries(Object.entries(v).map(([k, x]) => [k, revived(x)]))
  for (;;) {
    const { id, call, args } = await device.rig.next()
    const result = device.secure[call](...args.map((v) => v === null ? undefined : revived(v)))
    if (result instanceof Promise) result.then((v) => device.rig.said(id, plain(v)))
    else device.rig.said(id, plain(result) ?? null)
  }
})() }
`

/** The same secure element twice, emulated and native, started with the same chance and given the same things to do. */
export interface SecurePair {
  act(act: Act): Promise<{ readonly native: Shown; readonly emulated: Shown }>
  /** The device's folder. */
  readonly folder: string
  close(): Promise<void>
}

export async function makeSecurePair(
  binary: string,
  masters: readonly Master[],
  model: Model = 'standard',
): Promise<SecurePair> {
  const emulated = emulatedSide(masters, model)
  await emulated.started()
  const native = await nativeSide(binary, masters, model)
  let calls = 0
  return {
    folder: native.folder,
    async act(act) {
      const id = act.kind === 'call' ? ++calls : 0
      const [one, other] = [await native.act(id, act), await emulated.act(id, act)]
      // What a machine shows of an end is not the device's.
      if (one.stopped && other.stopped) return { native: STOPPED, emulated: STOPPED }
      return { native: one, emulated: other }
    },
    close: native.close,
  }
}

interface Log {
  results: (readonly [number, unknown])[]
  pictures: unknown[]
  beeps: string[]
  stopped: boolean
}
const emptyLog = (): Log => ({ results: [], pictures: [], beeps: [], stopped: false })

function emulatedSide(masters: readonly Master[], model: Model) {
  const bench = makeBench(model)
  const options = {
    ...bench.options,
    masterKeys: masters.map(({ key, ...rest }) => ({ ...rest, key: fromHex(key) })),
  }
  let log = emptyLog()
  const body = makeBody()
  let device: EmulatedDevice = makeDevice(options, bench.chip, { body })

  function call(id: number, name: keyof Secure, args: readonly unknown[]): void {
    const told = (result: unknown): void => void log.results.push([id, plain(result) ?? null])
    try {
      const method = device.device.secure[name] as (...given: readonly unknown[]) => unknown
      const result = method(...args)
      if (result instanceof Promise) result.then(told, stop)
      else told(result)
    } catch (error) {
      stop(error)
    }
  }
  /** What throws in the guest ends its run. */
  function stop(error: unknown): void {
    if (!(error instanceof RangeError)) throw error
    log.stopped = true
    device.powerLost()
  }
  return {
    /** The picture of the start is not looked at. */
    started: () => bench.time.advance(0),
    async act(id: number, act: Act): Promise<Shown> {
      log = emptyLog()
      const before = [bench.pictures.length, bench.beeps.length]
      if (act.kind === 'call') call(id, act.call, act.args)
      if (act.kind === 'tamper') device.operator.tamper()
      if (act.kind === 'storage') bench.storage.saves = act.saves ? 'well' : 'not'
      if (act.kind === 'press') {
        for (const key of act.keys) {
          device.operator.press(key)
          await bench.time.advance(0)
        }
      }
      if (act.kind === 'restart' || act.kind === 'without power') {
        device.powerLost()
        if (act.kind === 'without power') device.operator[act.does]()
        device = makeDevice(options, bench.chip, { body })
      }
      await bench.time.advance(act.kind === 'time' ? act.ms : 0)
      const isStart = act.kind === 'restart' || act.kind === 'without power'
      const pictures = isStart ? [] : bench.pictures.slice(before[0]).map(seen)
      return { ...log, pictures, beeps: bench.beeps.slice(before[1]) }
    },
  }
}

async function nativeSide(binary: string, masters: readonly Master[], model: Model) {
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-secure-'))
  const program = join(folder, 'guest.js')
  writeFileSync(program, GUEST)
  const { options } = makeBench(model)
  const masterKeys = masters.map(({ key, ...rest }) => ({ ...rest, key: fromHex(key) }))
  const setup = { ...{ model, serial: 'SK000001', setup: options.setup, masterKeys }, host: { kind: 'none' } }
  writeDeviceFolder(folder, setup as never, 'zh')
  const random = makeRandom(SEED)
  let log = emptyLog()
  let asked = 0
  let timer = -1
  let nowMs = 0
  let run: RigProcess

  function said(word: string, rest: string): void {
    if (word === 'random')
      run.answer(`random\t${toHex(Uint8Array.from({ length: Number(rest) }, () => random() & 0xff))}`)
    if (word === 'idle') timer = Number(rest)
    if (word === 'screen') log.pictures.push(seen(JSON.parse(rest) as Picture))
    if (word === 'beep') log.beeps.push((JSON.parse(rest) as { kind: string }).kind)
    if (word === 'stopped') log.stopped = true
    if (word === 'rig') heard(rest)
  }
  function heard(rest: string): void {
    const [id = '', name = '', ...json] = rest.split(' ')
    if (name === 'next') asked = Number(id)
    else {
      log.results.push(JSON.parse(json.join(' ')) as [number, unknown])
      run.answer(`rig-answer\t${id}\tnull`)
    }
  }
  /** A word that comes before the time is obeyed without power. */
  async function power(before?: string): Promise<void> {
    run = startRig(
      { command: binary, args: ['--folder', folder, '--program', program, '--pipe'] },
      {
        said,
        ended(status, complaint) {
          throw new Error(`the rig has ended: ${status} ${complaint}`)
        },
      },
    )
    if (before !== undefined) run.answer(before)
    run.answer('rig-calls\t{"next":"waits","said":"instant"}')
    run.answer(`time\t${nowMs}\t${WALL_MS + nowMs}`)
    await run.quiet()
  }
  /** A folder where the next state would be written: no file can be put there. */
  function block(saves: boolean): void {
    const next = join(folder, 'keys.sealed.next')
    if (saves) rmSync(next, { recursive: true, force: true })
    else mkdirSync(next, { recursive: true })
  }
  /** Time passes from timer to timer. */
  async function pass(ms: number): Promise<void> {
    const endMs = nowMs + ms
    while (timer >= 0 && timer <= endMs && nowMs <= endMs) await at(Math.max(nowMs, timer))
    await at(endMs)
  }
  async function at(ms: number): Promise<void> {
    nowMs = ms
    run.send(`time\t${nowMs}\t${WALL_MS + nowMs}`)
    await run.quiet()
  }
  await power()
  return {
    folder,
    async act(id: number, act: Act): Promise<Shown> {
      log = emptyLog()
      if (act.kind === 'call') {
        const args = act.args.map((value) => (value === undefined ? null : plain(value)))
        run.send(`rig-answer\t${asked}\t${JSON.stringify({ id, call: act.call, args })}`)
      }
      if (act.kind === 'press') for (const key of act.keys) run.send(`key\t${key}`)
      if (act.kind === 'tamper') run.send('tamper')
      if (act.kind === 'storage') block(act.saves)
      if (act.kind === 'restart' || act.kind === 'without power') {
        await run.kill()
        await power('does' in act ? act.does : undefined)
        log.pictures = []
      }
      await run.quiet()
      if (act.kind === 'time') await pass(act.ms)
      return log
    },
    async close() {
      await run.kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** As both tell it: without what is the machine's. */
function seen({ rows, secure, columns }: Picture): unknown {
  return { rows, secure, columns }
}

/** Bytes as `{ hex }`. */
export function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return { hex: toHex(value) }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]))
}
