import { loadavg } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { CommandError } from './command-error.ts'
import { download } from './tms-bench/download.ts'
import { far } from './tms-bench/far.ts'
import { bareSeconds, type Figure, figure, type Measuring, running, settled } from './tms-bench/measure.ts'
import { at, type Run, rollOut, until, usage } from './tms-bench/run.ts'

export interface TmsBenchOptions extends Measuring {
  readonly scenarios: readonly ScenarioName[]
  readonly json: boolean
}

type Scenario = (options: Measuring) => Promise<readonly Figure[]>

// biome-ignore format: one row a scenario
export const scenarios = {
  hold:     { title: 'all connected, nobody lost',                             measure: hold     },
  tell:     { title: 'all told of a new release',                              measure: tell     },
  download: { title: '256 KiB to each, 1 % frozen, 5 % at 1 kB/s',             measure: download },
  kill:     { title: 'broker killed and back',                                 measure: kill     },
  far:      { title: '1 MiB to a tenth of them, 150 and 600 ms, 2 % loss',     measure: far      },
} as const satisfies Record<string, { readonly title: string; readonly measure: Scenario }>

export type ScenarioName = keyof typeof scenarios

/** About what an order with its signature is long. */
const ORDER_BYTES = 512
const nothing = { bytes: 0, blockBytes: 1 }

/** Measures and prints. Figures depend on the machine: one that misses its limit is printed so, and is no error. */
export async function tmsBench(options: TmsBenchOptions): Promise<void> {
  for (const name of options.scenarios) {
    const { title, measure } = scenarios[name]
    const figures = await measure(options)
    if (options.json) {
      console.log(
        JSON.stringify({
          scenario: name,
          broker: options.broker,
          terminals: options.terminals,
          load: loadavg()[0],
          figures,
        }),
      )
      continue
    }
    console.log(
      `${name}: ${title} (${options.terminals} terminals, ${options.broker}, load ${loadavg()[0]?.toFixed(1)})`,
    )
    for (const { name: what, value, unit, limit } of figures)
      console.log(
        `  ${what.padEnd(50)} ${shown(value).padStart(10)} ${unit.padEnd(10)}${limit === undefined ? '' : ` wanted ${limit}`}`,
      )
  }
}

const shown = (value: number): string =>
  Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 2 : 1)

async function hold({ broker, terminals, holdSeconds }: Measuring): Promise<readonly Figure[]> {
  const bare = { broker, terminals, generator: { mode: 'counts', bytes: 1 }, bare: nothing } as const
  const alone = await running(bare, async (run) => usage(run.brokerPid())?.memoryMib ?? Number.NaN)
  return running({ broker, terminals }, async (run) => {
    const before = await run.state()
    const cpu = usage(run.brokerPid())?.cpuSeconds ?? Number.NaN
    await setTimeout(holdSeconds * 1000)
    const after = await run.state()
    const { cpuSeconds, memoryMib } = usage(run.brokerPid()) ?? {
      cpuSeconds: Number.NaN,
      memoryMib: Number.NaN,
    }
    return [
      figure('held', holdSeconds, 's', '600 s'),
      figure('connections lost', after.lost - before.lost, '', '0'),
      figure('online at the end', after.online, '', String(terminals)),
      figure('core of the broker while holding', (100 * (cpuSeconds - cpu)) / holdSeconds, '%'),
      figure('memory of the broker process', memoryMib, 'MiB'),
      figure('… of the bare broker with as many', alone, 'MiB'),
      figure('service ÷ bare broker', memoryMib / alone, ''),
    ]
  })
}

async function tell(options: Measuring): Promise<readonly Figure[]> {
  const { broker, terminals } = options
  const bare = await bareSeconds(options, ORDER_BYTES)
  return running({ broker, terminals }, async (run) => {
    await settled(run)
    const { atMs } = await rollOut(run, 4_096)
    await until('all are told', 120_000, async () => (await run.state()).toldMs.length >= terminals)
    const { toldMs } = await run.state()
    const since = toldMs.map((ms) => (ms - atMs) / 1000)
    return [
      figure('half of them told after', at(since, 0.5), 's'),
      figure('the last told after', at(since, 1), 's', '≤ 5 s'),
      figure('bare broker, a message as long to each', bare, 's'),
      figure('service ÷ bare broker', at(since, 1) / bare, ''),
    ]
  })
}

async function kill({ broker, terminals }: Measuring): Promise<readonly Figure[]> {
  const bare = { broker, terminals, generator: { mode: 'counts', bytes: 1 }, bare: nothing } as const
  const alone = await running(bare, backAfterKill)
  return running({ broker, terminals }, async (run) => {
    await settled(run)
    const { seconds, online, busiest } = await backAfterKill(run)
    return [
      figure('all back after', seconds, 's', '≤ 90 s'),
      figure('back', online, '', String(terminals)),
      figure('longest time with a core at 100 %', busiest, 's', '≤ 15 s'),
      figure('bare broker: all back after', alone.seconds, 's'),
      figure('service ÷ bare broker', seconds / alone.seconds, ''),
    ]
  })
}

/** Kills the broker and starts it again. `busiest`: the longest time in which one of the processes used more than 95 % of a core. */
async function backAfterKill(run: Run) {
  await run.killBroker()
  await until('all noticed', 60_000, async () => (await run.state()).online === 0)
  const backMs = Date.now()
  await run.startBroker()
  // Beside another's broker the service has much to do too.
  const watched = [...new Set([run.brokerPid(), run.servicePid()])].map(watchedCore)
  while ((await run.state()).online < run.terminals && Date.now() - backMs < 300_000) {
    await setTimeout(1_000)
    for (const one of watched) one.look()
  }
  const { online } = await run.state()
  const busiest = Math.max(...watched.map((one) => one.busiest()))
  return { seconds: (Date.now() - backMs) / 1000, online, busiest }
}

/** How long a process used a core up, at a stretch. */
function watchedCore(pid: number) {
  const used = () => ({ atMs: Date.now(), cpuSeconds: usage(pid)?.cpuSeconds ?? 0 })
  let last = used()
  let [busy, busiest] = [0, 0]
  return {
    busiest: () => busiest,
    look() {
      const now = used()
      const seconds = (now.atMs - last.atMs) / 1000
      busy = now.cpuSeconds - last.cpuSeconds > 0.95 * seconds ? busy + seconds : 0
      busiest = Math.max(busiest, busy)
      last = now
    },
  }
}

/** Names of scenarios out of a text with commas. Throws CommandError. */
export function scenariosOf(text: string): readonly ScenarioName[] {
  return text.split(',').map((name) => {
    if (Object.hasOwn(scenarios, name)) return name as ScenarioName
    throw new CommandError(`tms bench: --scenario wants some of ${Object.keys(scenarios).join(', ')}`)
  })
}
