import { availableParallelism, totalmem } from 'node:os'
import { benchBatch } from './bench/batch.ts'
import { benchBoot } from './bench/boot.ts'
import { benchBundle } from './bench/bundle.ts'
import { benchChannel } from './bench/channel.ts'
import { benchClearing } from './bench/clearing.ts'
import { benchCodec } from './bench/codec.ts'
import { benchEngine } from './bench/engine.ts'
import { benchFlash } from './bench/flash.ts'
import { benchHeap } from './bench/heap.ts'
import { benchHost } from './bench/host.ts'
import { benchHostKeys } from './bench/host-keys.ts'
import { benchNative } from './bench/native.ts'
import { isMet, jsonOf, type Row, tableOf, type Work } from './bench/row.ts'
import { benchSale } from './bench/sale.ts'
import { benchStation } from './bench/station.ts'
import { CommandError } from './command-error.ts'

interface Measurement {
  readonly title: string
  readonly measure: (work: Work) => Promise<readonly Row[]>
}

/** In the order in which they run: `boot` meets a process that has not compiled the engine yet. */
// biome-ignore format: one row a measurement
export const measurements: { readonly [name: string]: Measurement } = {
  boot:   { title: 'boot to the idle screen',   measure: benchBoot   },
  sale:   { title: 'one sale on the device',    measure: benchSale   },
  heap:   { title: 'heap in QuickJS',           measure: benchHeap   },
  batch:  { title: 'a full batch',              measure: benchBatch  },
  engine: { title: 'engine by itself',          measure: benchEngine },
  codec:  { title: 'codec',                     measure: benchCodec  },
  flash:  { title: 'flash',                     measure: benchFlash  },
  host:   { title: 'host',                      measure: benchHost   },
  hostKeys: { title: 'keys at the host',        measure: benchHostKeys },
  channel: { title: 'encrypted channel',        measure: benchChannel },
  clearing: { title: 'clearing by store',       measure: benchClearing },
  station: { title: 'injection station',    measure: benchStation },
  native: { title: 'native runtime',            measure: benchNative },
  bundle: { title: 'bundle',                    measure: benchBundle },
}

export interface BenchOptions {
  /** Names of measurements, with commas between; all when not given. */
  readonly only?: string
  /** One JSON document instead of tables. */
  readonly json?: boolean
  /** Share of the full work, above 0 and at most 10; 1 when not given, about three minutes. */
  readonly budget?: number
}

/**
 * Measures and prints. A missed target is printed as such and is no error: figures depend on the machine.
 *
 * @throws CommandError for a name that is no measurement, or a budget out of range; nothing was measured then.
 */
export async function bench(options: BenchOptions = {}): Promise<void> {
  const { only, json = false, budget = 1 } = options
  if (!(budget > 0 && budget <= 10))
    throw new CommandError('bench: --budget wants a number above 0, at most 10')
  const names = only === undefined ? Object.keys(measurements) : only.split(',')
  const chosen = names.map((name) => [name, measurementNamed(name)] as const)
  const machine = machineClass()
  if (!json) console.log(`${machine.date}, ${machine.class}, Node ${machine.node}`)
  const results: { [name: string]: readonly Row[] } = {}
  for (const [name, { title, measure }] of chosen) {
    const progress = (text: string): void => console.error(`bench: ${name}: ${text}`)
    progress('…')
    const rows = await measure({ budget, progress })
    results[name] = rows
    if (!json) console.log(tableOf(title, rows))
  }
  if (json) console.log(JSON.stringify({ ...machine, budget, results: mapped(results) }, null, 2))
  else console.log(verdict(Object.values(results).flat()))
}

function measurementNamed(name: string): Measurement {
  const found = Object.keys(measurements).includes(name) ? measurements[name] : undefined
  if (found === undefined)
    throw new CommandError(
      `bench: there is no measurement ${name}; one of ${Object.keys(measurements).join(', ')}`,
    )
  return found
}

function mapped(results: { readonly [name: string]: readonly Row[] }) {
  return Object.fromEntries(Object.entries(results).map(([name, rows]) => [name, rows.map(jsonOf)]))
}

function verdict(rows: readonly Row[]): string {
  const missed = rows.filter((row) => isMet(row) === false)
  const asked = rows.filter((row) => row.target !== undefined).length
  const names = missed.map(({ quantity }) => quantity).join('; ')
  return `${asked - missed.length} of ${asked} targets met${names === '' ? '' : `; not met: ${names}`}`
}

/** What sort of machine this is, without its name. */
function machineClass(): { readonly date: string; readonly class: string; readonly node: string } {
  const gib = Math.round(totalmem() / 2 ** 30)
  return {
    date: new Date(Date.now()).toISOString().slice(0, 10),
    class: `${availableParallelism()} cores, ${gib} GiB`,
    node: process.versions.node,
  }
}
