import {
  bareSeconds,
  DOWNLOAD_MS,
  type Figure,
  figure,
  type Measuring,
  median,
  running,
  settled,
  WINDOW_BYTES,
} from './measure.ts'
import { at, atMost, rollOut } from './run.ts'

const PAYLOAD_BYTES = 262_144
const SLOW_BYTES_PER_SECOND = 1_000

/** Bare broker, nobody slow, some slow, in turn: what else the machine does falls on all three. Figures are medians. */
export async function download(options: Measuring): Promise<readonly Figure[]> {
  const [bare, base, mixed]: [number[], Rolled[], Rolled[]] = [[], [], []]
  const each = { bytes: PAYLOAD_BYTES, slowBytesPerSecond: SLOW_BYTES_PER_SECOND }
  for (let round = 0; round < options.rounds; round++) {
    bare.push(await bareSeconds(options, PAYLOAD_BYTES))
    base.push(await rolled(options, { ...each, frozenPercent: 0, slowPercent: 0 }))
    mixed.push(await rolled(options, { ...each, frozenPercent: 1, slowPercent: 5 }))
  }
  const of = (list: readonly Rolled[], name: keyof Rolled) => median(list.map((one) => one[name]))
  const fewest = (name: keyof Rolled) => Math.min(...mixed.map((one) => one[name]))
  const all = [...mixed, ...base]
  const ratios = mixed.map(({ p99 }, round) => p99 / (base[round]?.p99 ?? Number.NaN))
  const moved = options.terminals * PAYLOAD_BYTES
  return [
    figure('rounds', options.rounds, ''),
    figure('bare broker, the same bytes', median(bare), 's'),
    figure('service, nobody frozen or slow: the last after', of(base, 'last'), 's'),
    figure('… p50', of(base, 'p50'), 's'),
    figure('… p99', of(base, 'p99'), 's'),
    figure('service ÷ bare broker', of(base, 'last') / median(bare), ''),
    figure('… MiB a second', moved / 1_048_576 / of(base, 'last'), 'MiB/s'),
    figure('1 % frozen, 5 % slow: the others, p99', of(mixed, 'p99'), 's'),
    figure('… beside nobody frozen or slow, median', median(ratios), '', '≤ 2'),
    figure('… and worst round', Math.max(...ratios), '', '≤ 2'),
    figure('… complete, of the others, fewest', fewest('done'), '', String(mixed[0]?.others)),
    figure('… complete, of the slow, fewest', fewest('slowDone'), '', String(mixed[0]?.slow)),
    figure('… the last of the slow after', of(mixed, 'slowLast'), 's'),
    figure('… of which their line alone wants', PAYLOAD_BYTES / SLOW_BYTES_PER_SECOND, 's'),
    figure('… frozen, fewest', fewest('frozen'), '', String(mixed[0]?.toFreeze)),
    figure('… of the frozen, complete', Math.max(...mixed.map(({ frozenDone }) => frozenDone)), '', '0'),
    figure('blocks sent twice', (100 * of(mixed, 'doubleBytes')) / moved, '%'),
    figure(
      'blocks that were wrong',
      all.reduce((sum, { wrong }) => sum + wrong, 0),
      '',
      '0',
    ),
  ]
}

/** One release brought to all. Seconds are since it was approved. */
export interface Rolled {
  /** Of terminals that are neither slow nor frozen. */
  readonly last: number
  readonly p50: number
  readonly p99: number
  readonly done: number
  readonly others: number
  readonly slowDone: number
  readonly slow: number
  readonly slowLast: number
  /** Those that stopped reading, of how many that were to, and how many were complete all the same. */
  readonly frozen: number
  readonly toFreeze: number
  readonly frozenDone: number
  readonly doubleBytes: number
  readonly wrong: number
}

export interface Rolling {
  readonly bytes: number
  readonly frozenPercent: number
  readonly slowPercent: number
  readonly slowBytesPerSecond: number
}

/** Brings `bytes` to all, and waits for all that can become complete, the slow ones too. */
export function rolled(
  { broker, terminals, blockBytes }: Pick<Measuring, 'broker' | 'terminals' | 'blockBytes'>,
  { bytes, ...how }: Rolling,
): Promise<Rolled> {
  const generator = { mode: 'acts' as const, ...how, blockBytes, windowBytes: WINDOW_BYTES }
  const numbers = Array.from({ length: terminals }, (_, number) => number % 100)
  const toFreeze = numbers.filter((of) => of < how.frozenPercent).length
  const slow = numbers.filter((of) => of < how.frozenPercent + how.slowPercent).length - toFreeze
  const others = terminals - toFreeze - slow
  return running({ broker, terminals, generator, blockBytes }, async (run) => {
    await settled(run)
    const { atMs } = await rollOut(run, bytes)
    await atMost(DOWNLOAD_MS, async () => {
      const { doneMs, slowDoneMs, frozen } = await run.state()
      return doneMs.length >= others && slowDoneMs.length >= slow && frozen >= toFreeze
    })
    const { doneMs, slowDoneMs, frozen, frozenDone, doubleBytes, wrong } = await run.state()
    const after = (times: readonly number[], share: number) => (at(times, share) - atMs) / 1000
    return {
      ...{ last: after(doneMs, 1), p50: after(doneMs, 0.5), p99: after(doneMs, 0.99) },
      ...{ done: doneMs.length, others, slowDone: slowDoneMs.length, slow, slowLast: after(slowDoneMs, 1) },
      ...{ frozen, toFreeze, frozenDone, doubleBytes, wrong },
    }
  })
}
