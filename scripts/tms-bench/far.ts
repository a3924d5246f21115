import {
  DOWNLOAD_MS,
  type Figure,
  figure,
  type Measuring,
  running,
  settled,
  WINDOW_BYTES,
} from './measure.ts'
import { at, atMost, type Run, rollOut } from './run.ts'
import type { GeneratorState } from './talk.ts'

const FAR_BYTES = 1_048_576
const LOSS = 0.02

/** 1 MiB over lines that are long and lose blocks, and the same by the bare broker over the same lines. */
export async function far(
  options: Measuring,
  lines: readonly FarLine[] = [
    { bytes: FAR_BYTES, roundTripMs: 150 },
    { bytes: FAR_BYTES, roundTripMs: 600 },
  ],
): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  for (const line of lines) {
    const bare = await overFarLines(options, line, true)
    const service = await overFarLines(options, line, false)
    figures.push(...figuresOf(line, bare, service))
  }
  return figures
}

interface FarLine {
  readonly bytes: number
  readonly roundTripMs: number
}

interface Far extends GeneratorState {
  readonly terminals: number
}

function figuresOf({ bytes, roundTripMs }: FarLine, bare: Far, service: Far): readonly Figure[] {
  const share = (ms: number): number => (100 * ((bytes / WINDOW_BYTES) * roundTripMs)) / ms
  const { terminals, wholeMs, payloadMs } = service
  return [
    figure(`${roundTripMs} ms: complete`, wholeMs.length, '', String(terminals)),
    figure('… under way at once, at most', service.mostAtOnce, ''),
    figure('… whole, median', at(wholeMs, 0.5) / 1000, 's'),
    figure('… whole, the slowest', at(wholeMs, 1) / 1000, 's'),
    figure('… of window ÷ round trip: payload, median', share(at(payloadMs, 0.5)), '%', '≥ 80 %'),
    figure('… payload, the slowest tenth', share(at(payloadMs, 0.9)), '%'),
    figure('… with order, manifest, index and report, median', share(at(wholeMs, 0.5)), '%'),
    figure('bare broker, same lines and window: complete', bare.wholeMs.length, '', String(terminals)),
    figure('… median', at(bare.wholeMs, 0.5) / 1000, 's'),
    figure('… of window ÷ round trip, median', share(at(bare.wholeMs, 0.5)), '%'),
    figure('… the slowest tenth', share(at(bare.wholeMs, 0.9)), '%'),
    figure('payload ÷ bare broker, medians', at(payloadMs, 0.5) / at(bare.wholeMs, 0.5), ''),
    figure('whole ÷ bare broker, medians', at(wholeMs, 0.5) / at(bare.wholeMs, 0.5), ''),
  ]
}

/**
 * A tenth of the terminals. `bare`: they ask for the same bytes in the same windows over the same lines, and get zeros from
 * a process that has neither orders nor signatures, neither index nor database.
 */
function overFarLines(options: Measuring, line: FarLine, bare: boolean): Promise<Far> {
  const { bytes, roundTripMs } = line
  const { broker, blockBytes, perSecond } = options
  const terminals = Math.max(1, Math.floor(options.terminals / 10))
  const generator = {
    ...{ mode: bare ? ('asks' as const) : ('acts' as const), bytes, blockBytes },
    ...{ quality: { roundTripMs, loss: LOSS }, windowBytes: WINDOW_BYTES },
    // Not faster than this machine moves them: it is the line that is measured.
    spreadMs: perSecond === 0 ? 0 : (terminals * 1000) / perSecond,
    timeoutMs: Math.max(1_000, 2 * roundTripMs),
  }
  const pushes = bare ? { bare: { bytes, blockBytes, asked: true } } : {}
  return running({ broker, terminals, generator, blockBytes, ...pushes }, async (run) => {
    await begun(run, bytes, bare)
    await atMost(DOWNLOAD_MS, async () => (await run.state()).wholeMs.length >= terminals)
    return { ...(await run.state()), terminals }
  })
}

async function begun(run: Run, bytes: number, bare: boolean): Promise<void> {
  if (bare) {
    run.wake()
    return
  }
  await settled(run)
  await rollOut(run, bytes)
}
