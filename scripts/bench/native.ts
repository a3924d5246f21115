import { spawnSync } from 'node:child_process'
import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { buildNative, type NativeBuild } from '../native/build-native.ts'
import { ARCHES, type Arch } from '../native/tools.ts'
import { quickJs, v8 } from './joined.ts'
import { heapRows } from './native-heap.ts'
import { bootedProduct, cpuMsOf, type ProductBoot, withHost } from './native-product.ts'
import { replayRows } from './native-replay.ts'
import { makeNativeTill } from './native-till.ts'
import { median, type Row, rounds, type Work } from './row.ts'
import { saleTimes } from './sale.ts'

const SHIPPED_MAX = 1_000_000
const RESIDENT_MAX = 6_000_000
const BOOT_MS_MAX = 60
/** At the menu, before its memory is looked at: as it is, and after a rest, when it has given back what it does not use (board.c). */
const AS_IS_MS = 300
const REST_MS = 2_000
const BOOTS = 9
const SALES = 60

/** The native runtime: what it weighs, what it needs, and how it does beside the same bundle elsewhere. */
export async function benchNative(work: Work): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const arch of ARCHES) {
    const native = await buildNative(arch)
    if ('missing' in native) {
      work.progress(native.missing)
      continue
    }
    const made = await madeBy(native)
    rows.push(...sizeRows(native, made))
    if (arch === 'x86-64') {
      rows.push(...(await productRows(native, work)))
      rows.push(await saleRow(native, made, work))
    }
    rows.push(...(await heapRows(native, made, work)))
    if (arch === 'arm') rows.push(...(await replayRows(join(made, 'program.bc'), work)))
    rmSync(made, { recursive: true, force: true })
  }
  return rows
}

/** Folder of a device that has been started once: with its secret, and bytecode sealed under it. */
async function madeBy(native: NativeBuild): Promise<string> {
  const till = makeNativeTill({ native })
  await till.boot()
  till.machine.powerOff()
  await till.machine.quiet()
  return till.folder
}

function sizeRows({ arch, folder }: NativeBuild, made: string): readonly Row[] {
  const runtime = statSync(join(folder, 'shuaka-device')).size
  const bytecode = statSync(join(made, 'program.bc')).size
  return [
    {
      quantity: `${arch}: runtime and bytecode`,
      value: runtime + bytecode,
      unit: 'B',
      target: SHIPPED_MAX,
      note: `stripped binary of engine, port and first stage ${runtime}, sealed bytecode ${bytecode}: what a start runs; libc and libcrypto are the system's`,
    },
    {
      quantity: `${arch}: the same with program.js`,
      value: runtime + bytecode + statSync(join(folder, 'program.js')).size,
      unit: 'B',
      note: 'the source, which a start hashes, and compiles only where the bytecode is not its own: no part of the target',
    },
    {
      quantity: `${arch}: engine alone`,
      value: engineBytes(arch, folder),
      unit: 'B',
      note: 'code and data of its objects',
    },
  ]
}

/** Sum of text and data over the engine's objects, by `size` of the compiler's own tools. */
function engineBytes(arch: Arch, folder: string): number {
  const objects = readdirSync(join(folder, 'engine')).filter((name) => name.endsWith('.o'))
  const size = arch === 'arm' ? 'arm-linux-gnueabihf-size' : 'size'
  const { stdout } = spawnSync(
    size,
    objects.map((name) => join(folder, 'engine', name)),
    { encoding: 'utf8' },
  )
  return stdout
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/).map(Number))
    .reduce((sum, [text = 0, data = 0]) => sum + (text + data || 0), 0)
}

function memoryRows(asIs: ProductBoot, rested: ProductBoot): readonly Row[] {
  const what = 'its own, not shared'
  return [
    {
      quantity: 'x86-64: resident memory, idle at the menu',
      value: rested.residentBytes,
      unit: 'B',
      target: RESIDENT_MAX,
      beside: { what, value: rested.privateBytes },
      note: `VmRSS ${REST_MS} ms after its menu came: after half a second of rest pages of code were given back; they come again when they are run`,
    },
    {
      quantity: 'x86-64: the same just after its start',
      value: asIs.residentBytes,
      unit: 'B',
      beside: { what, value: asIs.privateBytes },
      note: `VmRSS ${AS_IS_MS} ms after its menu came, with all pages of libcrypto and of the flash images that the start has touched; a heap of 2 MiB, signed on at a host on loopback`,
    },
  ]
}

async function productRows(native: NativeBuild, work: Work): Promise<readonly Row[]> {
  const boots = rounds(work, BOOTS, 3)
  return withHost(async (folder) => {
    const source: ProductBoot[] = []
    const bytecode: ProductBoot[] = []
    for (let boot = 0; boot < boots; boot++) {
      rmSync(join(folder, 'program.bc'), { force: true })
      source.push(await bootedProduct(native, folder))
      bytecode.push(await bootedProduct(native, folder))
    }
    return [
      ...memoryRows(
        await bootedProduct(native, folder, AS_IS_MS),
        await bootedProduct(native, folder, REST_MS),
      ),
      {
        quantity: `x86-64: boot to idle from bytecode, median of ${boots}`,
        value: median(bytecode.map(({ ms }) => ms)),
        unit: 'ms',
        target: BOOT_MS_MAX,
        beside: { what: 'from source', value: median(source.map(({ ms }) => ms)) },
        note: 'from the start of the process to the main menu, signed on over loopback TCP by a host in this process',
      },
      {
        quantity: 'x86-64: boot to idle from bytecode, best',
        value: Math.min(...bytecode.map(({ ms }) => ms)),
        unit: 'ms',
        beside: { what: 'from source', value: Math.min(...source.map(({ ms }) => ms)) },
      },
      {
        quantity: 'x86-64: processor time of that boot, from bytecode',
        value: median(bytecode.map(({ cpuMs }) => cpuMs)),
        unit: 'ms',
        beside: { what: 'from source', value: median(source.map(({ cpuMs }) => cpuMs)) },
      },
    ]
  })
}

/** Processor time of a sale beside the same sale in WebAssembly and V8, as `sale.ts` measures it there. */
async function saleRow(native: NativeBuild, made: string, work: Work): Promise<Row> {
  const till = makeNativeTill({ native, made })
  await till.boot()
  const sales = rounds(work, SALES, 5)
  for (let sale = 0; sale < 3; sale++) await till.sell()
  const before = cpuMsOf(till.folder)
  for (let sale = 0; sale < sales; sale++) await till.sell()
  const ownMs = (cpuMsOf(till.folder) - before) / sales
  await till.close()
  work.progress('the same in WebAssembly and V8')
  const wasm = median((await saleTimes(work, await quickJs())).deviceMs)
  const inV8 = median((await saleTimes(work, v8())).deviceMs)
  return {
    quantity: `x86-64: processor time of a sale, native, mean of ${sales}`,
    value: ownMs,
    unit: 'ms',
    beside: { what: 'QuickJS in WebAssembly', value: wasm },
    note: `its process with its rig's pipe; V8 ${inV8.toFixed(2)} ms: native is ${(ownMs / inV8).toFixed(1)} times that`,
  }
}
