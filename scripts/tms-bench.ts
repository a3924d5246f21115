import { loadavg } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { CommandError } from './command-error.ts'
import { at, type BrokerName, type Run, rollOut, startRun, until, usage } from './tms-bench/run.ts'

export interface TmsBenchOptions {
  readonly terminals: number
  readonly broker: BrokerName
  readonly scenarios: readonly ScenarioName[]
  /** How long `hold` holds. */
  readonly holdSeconds: number
  /** How often `download` measures each of its three. */
  readonly rounds: number
  readonly json: boolean
}

/** One figure; `limit` is what the issue wants. */
interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly limit?: string
}

type Scenario = (options: TmsBenchOptions) => Promise<readonly Figure[]>

// biome-ignore format: one row a scenario
export const scenarios = {
  hold:     { title: 'all connected, nobody lost',                             measure: hold     },
  tell:     { title: 'all told of a new release',                              measure: tell     },
  download: { title: '256 KiB to each, 1 % frozen, 5 % at 1 kB/s',             measure: download },
  kill:     { title: 'broker killed and back',                                 measure: kill     },
  far:      { title: '1 MiB to a tenth of them, 150 and 600 ms, 2 % loss',     measure: far      },
} as const satisfies Record<string, { readonly title: string; readonly measure: Scenario }>

export type ScenarioName = keyof typeof scenarios

const PAYLOAD_BYTES = 262_144
const FAR_BYTES = 1_048_576
const BLOCK_BYTES = 16_384
/** About what an order with its signature is long. */
const ORDER_BYTES = 512
const WINDOW_BYTES = 65_536
const DOWNLOAD_MS = 1_800_000
/** Terminals that begin in a second. */
const FAR_PER_SECOND = 4

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
        `  ${what.padEnd(44)} ${shown(value).padStart(10)} ${unit.padEnd(10)}${limit === undefined ? '' : ` wanted ${limit}`}`,
      )
  }
}

const shown = (value: number): string =>
  Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 2 : 1)
const figure = (name: string, value: number, unit: string, limit?: string): Figure => ({
  name,
  value,
  unit,
  ...(limit === undefined ? {} : { limit }),
})

async function running<Result>(run: Promise<Run>, work: (run: Run) => Promise<Result>): Promise<Result> {
  const open = await run
  try {
    return await work(open)
  } finally {
    await open.close()
  }
}

async function hold({ broker, terminals, holdSeconds }: TmsBenchOptions): Promise<readonly Figure[]> {
  const nothing = { bytes: 0, blockBytes: BLOCK_BYTES }
  const bare = startRun({ broker, terminals, generator: { mode: 'counts', bytes: 1 }, bare: nothing })
  const alone = await running(bare, async (run) => usage(run.brokerPid())?.memoryMib ?? Number.NaN)
  return running(startRun({ broker, terminals }), async (run) => {
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

async function tell(options: TmsBenchOptions): Promise<readonly Figure[]> {
  const { broker, terminals } = options
  const bare = await bareSeconds(options, ORDER_BYTES)
  return running(startRun({ broker, terminals }), async (run) => {
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

/** Bare broker, nobody slow, some slow, in turn: what else the machine does falls on all three. Figures are medians. */
async function download(options: TmsBenchOptions): Promise<readonly Figure[]> {
  const [bare, base, mixed]: [number[], Rolled[], Rolled[]] = [[], [], []]
  for (let round = 0; round < options.rounds; round++) {
    bare.push(await bareSeconds(options, PAYLOAD_BYTES))
    base.push(await rollout(options, 0, 0))
    mixed.push(await rollout(options, 1, 5))
  }
  const of = (list: readonly Rolled[], name: keyof Rolled) => median(list.map((one) => one[name]))
  const ratios = mixed.map(({ p99 }, round) => p99 / (base[round]?.p99 ?? Number.NaN))
  return [
    figure('rounds', options.rounds, ''),
    figure('bare broker, the same bytes', median(bare), 's'),
    figure('service, nobody frozen or slow: the last after', of(base, 'last'), 's'),
    figure('… p50', of(base, 'p50'), 's'),
    figure('… p99', of(base, 'p99'), 's'),
    figure('service ÷ bare broker', of(base, 'last') / median(bare), ''),
    figure('… MiB a second', (options.terminals * PAYLOAD_BYTES) / 1_048_576 / of(base, 'last'), 'MiB/s'),
    figure('1 % frozen, 5 % slow: the others, p99', of(mixed, 'p99'), 's'),
    figure('… beside nobody frozen or slow, median', median(ratios), '', '≤ 2'),
    figure('… and worst round', Math.max(...ratios), '', '≤ 2'),
    figure(
      '… complete, of the others, fewest',
      Math.min(...mixed.map(({ done }) => done)),
      '',
      String(mixed[0]?.others),
    ),
    figure('blocks sent twice', (100 * of(mixed, 'doubleBytes')) / (options.terminals * PAYLOAD_BYTES), '%'),
    figure(
      'blocks that were wrong',
      [...mixed, ...base].reduce((sum, { wrong }) => sum + wrong, 0),
      '',
      '0',
    ),
  ]
}

function median(values: readonly number[]): number {
  return at(
    [...values].sort((a, b) => a - b),
    0.5,
  )
}

interface Rolled {
  readonly last: number
  readonly p50: number
  readonly p99: number
  readonly done: number
  readonly others: number
  readonly doubleBytes: number
  readonly wrong: number
}

function rollout(
  { broker, terminals }: TmsBenchOptions,
  frozenPercent: number,
  slowPercent: number,
): Promise<Rolled> {
  const generator = {
    mode: 'acts' as const,
    frozenPercent,
    slowPercent,
    blockBytes: BLOCK_BYTES,
    windowBytes: WINDOW_BYTES,
  }
  return running(startRun({ broker, terminals, generator }), async (run) => {
    await settled(run)
    const others = Array.from({ length: terminals }, (_, number) => number % 100).filter(
      (of) => of >= frozenPercent + slowPercent,
    ).length
    const { atMs } = await rollOut(run, PAYLOAD_BYTES)
    await until(
      'all others are complete',
      DOWNLOAD_MS,
      async () => (await run.state()).doneMs.length >= others,
    )
    const { doneMs, doubleBytes, wrong } = await run.state()
    const since = doneMs.map((ms) => (ms - atMs) / 1000)
    return {
      last: at(since, 1),
      p50: at(since, 0.5),
      p99: at(since, 0.99),
      done: doneMs.length,
      others,
      doubleBytes,
      wrong,
    }
  })
}

/** Seconds in which the broker alone moves these bytes to each terminal. */
function bareSeconds({ broker, terminals }: TmsBenchOptions, bytes: number): Promise<number> {
  const generator = { mode: 'counts' as const, bytes }
  return running(
    startRun({ broker, terminals, generator, bare: { bytes, blockBytes: BLOCK_BYTES } }),
    async (run) => {
      const startMs = Date.now()
      run.wake()
      await until(
        'the bare broker has moved all',
        DOWNLOAD_MS,
        async () => (await run.state()).doneMs.length >= terminals,
      )
      return (at((await run.state()).doneMs, 1) - startMs) / 1000
    },
  )
}

async function kill({ broker, terminals }: TmsBenchOptions): Promise<readonly Figure[]> {
  const nothing = { bytes: 0, blockBytes: BLOCK_BYTES }
  const bare = startRun({ broker, terminals, generator: { mode: 'counts', bytes: 1 }, bare: nothing })
  const alone = await running(bare, backAfterKill)
  return running(startRun({ broker, terminals }), async (run) => {
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

/** Kills the broker and starts it again. `busiest`: the longest time in which it used more than 95 % of a core. */
async function backAfterKill(run: Run) {
  await run.killBroker()
  await until('all noticed', 60_000, async () => (await run.state()).online === 0)
  const backMs = Date.now()
  await run.startBroker()
  let busy = 0
  let busiest = 0
  let last = { atMs: Date.now(), cpuSeconds: usage(run.brokerPid())?.cpuSeconds ?? 0 }
  while ((await run.state()).online < run.terminals && Date.now() - backMs < 300_000) {
    await setTimeout(1_000)
    const now = { atMs: Date.now(), cpuSeconds: usage(run.brokerPid())?.cpuSeconds ?? 0 }
    const seconds = (now.atMs - last.atMs) / 1000
    busy = now.cpuSeconds - last.cpuSeconds > 0.95 * seconds ? busy + seconds : 0
    busiest = Math.max(busiest, busy)
    last = now
  }
  const { online } = await run.state()
  return { seconds: (Date.now() - backMs) / 1000, online, busiest }
}

async function far(options: TmsBenchOptions): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  const terminals = Math.max(1, Math.floor(options.terminals / 10))
  for (const roundTripMs of [150, 600]) {
    const idealMs = (FAR_BYTES / WINDOW_BYTES) * roundTripMs
    const generator = {
      ...{ mode: 'acts' as const, quality: { roundTripMs, loss: 0.02 }, blockBytes: 4_096 },
      // Not faster than this machine moves them: it is the line that is measured.
      ...{ timeoutMs: Math.max(1_000, 2 * roundTripMs), spreadMs: (terminals * 1000) / FAR_PER_SECOND },
    }
    const { wholeMs, payloadMs } = await running(
      startRun({ broker: options.broker, terminals, generator }),
      async (run) => {
        await settled(run)
        await rollOut(run, FAR_BYTES)
        await until(
          'all are complete',
          DOWNLOAD_MS,
          async () => (await run.state()).doneMs.length >= terminals,
        )
        return run.state()
      },
    )
    const share = (ms: number): number => (100 * idealMs) / ms
    figures.push(
      figure(`${roundTripMs} ms, ${terminals} terminals: whole, median`, at(wholeMs, 0.5) / 1000, 's'),
      figure('… slowest', at(wholeMs, 1) / 1000, 's'),
      figure('… of window ÷ round trip: payload, median', share(at(payloadMs, 0.5)), '%', '≥ 80 %'),
      figure('… payload, the slowest tenth', share(at(payloadMs, 0.9)), '%'),
      figure('… with order, manifest and index, median', share(at(wholeMs, 0.5)), '%'),
    )
  }
  return figures
}

/** Until hellos are answered: what is measured begins in quiet. */
async function settled(run: Run): Promise<void> {
  await until('all are known', 120_000, async () => {
    const { rows } = await run.store.terminals({ filter: 'online = no', limit: 1 })
    return rows.length === 0
  })
  await setTimeout(2_000)
}

/** Names of scenarios out of a text with commas. Throws CommandError. */
export function scenariosOf(text: string): readonly ScenarioName[] {
  return text.split(',').map((name) => {
    if (Object.hasOwn(scenarios, name)) return name as ScenarioName
    throw new CommandError(`tms bench: --scenario wants some of ${Object.keys(scenarios).join(', ')}`)
  })
}
