import { same } from '../../host-link/wire/bytes.ts'
import { WireError } from '../../host-link/wire/message.ts'
import { CODE } from '../../host-link/wire/tms/codes.ts'
import type { Order } from '../../host-link/wire/tms/order.ts'
import { type Block, decodeBlock, decodeWant } from '../../host-link/wire/tms/talk.ts'
import type { InboxResult } from '../device/inbox.ts'
import { type Bench, openBench, settleEnd } from './bench.ts'
import type { Line } from './fetch.ts'
import { receive, withdraw } from './receive.ts'
import { makeSets, type Sets } from './sets.ts'
import type { UpdaterParts } from './updater.ts'
import { backOff, makeVoice } from './voice.ts'

const BUSY_MS = 250
/** The longest wait for something to happen. */
const IDLE_MS = 60_000
/** 退避: what failed is tried again after this, doubled each time. */
const RETRY_MS = 60_000
const RETRY_MS_MAX = 3_600_000
/** During a trial, and after a bug of ours. */
const LOOK_AGAIN_MS = 30_000
const NO_HASH = new Uint8Array(0)

export interface Engine {
  readonly bench: Bench
  readonly sets: Sets
  run(): Promise<never>
  /** Looks again at once. */
  wake(): void
  ask(): void
  report(): void
  order(): Order | undefined
  /** Why nothing comes now, or why the last order was not taken; 0: nothing to say. */
  code(): number
  /** What activation waits for, as reported last. */
  waiting(): number
}

/** The updater's talk with the service: one loop that says hello, hears orders, has them carried out and reports. */
export function makeEngine(parts: UpdaterParts): Engine | undefined {
  const { device } = parts
  const { inbox, clock } = device
  let order: Order | undefined
  /** The order that is worked on is not the newest any more. */
  let stale = false
  let due = false
  let attempts = 0
  let retryMs = 0
  let code: number = CODE.ok
  let waits = false

  const line: Line = {
    inbox,
    clock,
    clear,
    stopped: () => stale,
    async block(ms) {
      const endMs = clock.monotonicMs() + ms
      for (;;) {
        const leftMs = Math.max(0, endMs - clock.monotonicMs())
        const result = await inbox.next(Math.min(leftMs, IDLE_MS))
        const block = await handle(result)
        voice.speak()
        if (block !== undefined) return block
        const late = result.kind === 'timeout' && leftMs <= IDLE_MS
        if (stale || late || result.kind === 'offline') return undefined
      }
    },
  }
  const opened = inbox.state() === 'none' ? undefined : openBench(parts, line)
  if (opened === undefined) return undefined
  const bench = opened
  const { trust } = bench
  const sets = makeSets(bench, parts)
  const voice = makeVoice(bench, parts, () => code, sets.refusal)

  async function clear(): Promise<number> {
    const beginMs = clock.monotonicMs()
    let paused = false
    await clock.sleep(0)
    while (parts.busy()) {
      paused = true
      await clock.sleep(BUSY_MS)
    }
    return paused ? clock.monotonicMs() - beginMs : 0
  }

  async function turn(): Promise<void> {
    await clear()
    settleEnd(bench)
    voice.speak()
    const nowMs = clock.monotonicMs()
    const wanted = due ? order : undefined
    if (wanted !== undefined && nowMs >= retryMs) return work(wanted)
    const untilMs = Math.min(nowMs + IDLE_MS, wanted === undefined ? Infinity : retryMs, voice.nextMs())
    waits = true
    const result = await inbox.next(Math.max(0, untilMs - nowMs))
    waits = false
    await handle(result)
  }

  /** Carries the order out as far as it goes now. */
  async function work(wanted: Order): Promise<void> {
    due = false
    stale = false
    const brought = await sets.bring(wanted)
    const end = brought.kind === 'done' ? await receive(bench, wanted) : brought
    if (end.kind === 'stopped') return
    due = end.kind !== 'done'
    code = end.kind === 'failed' ? end.code : end.kind === 'fault' ? CODE.flashFault : CODE.ok
    if (end.kind === 'offline') code = CODE.linkLost
    attempts = due && end.kind !== 'offline' ? attempts + 1 : 0
    const onTrial = bench.boot.pending !== undefined
    const pauseMs = onTrial ? LOOK_AGAIN_MS : backOff(device.secure, RETRY_MS, attempts - 1, RETRY_MS_MAX)
    retryMs = due ? clock.monotonicMs() + pauseMs : 0
  }

  /** Takes one thing from the inbox; a block is for whoever asked for it. */
  async function handle(result: InboxResult): Promise<Block | undefined> {
    await clear()
    if (result.kind === 'busy' || result.kind === 'none') await clock.sleep(BUSY_MS)
    if (result.kind === 'online') voice.greet()
    if (result.kind !== 'message') return undefined
    try {
      if (result.topic === 'blk') return decodeBlock(result.bytes)
      if (result.topic === 'want') hear(result.bytes)
      else voice.acknowledged(result.bytes)
    } catch (error) {
      if (!(error instanceof WireError)) throw error
    }
    return undefined
  }

  /** An answer to hello: the roots it brings, then the order. What is not accepted changes nothing. */
  function hear(bytes: Uint8Array): void {
    const want = decodeWant(bytes)
    const version = trust.rootVersion()
    trust.acceptRoots(want.roots)
    if (want.order === null) {
      if (trust.rootVersion() > version) voice.greet()
      return
    }
    const nowMs = clock.monotonicMs()
    const heard = trust.acceptOrder(want.order, voice.nonce(), nowMs)
    if (typeof heard === 'number') {
      code = heard
      return
    }
    if (order === undefined || essence(order) !== essence(heard)) {
      stale = true
      ;[attempts, retryMs] = [0, 0]
      // It runs already, and the service does not know.
      if (heard.program !== null && same(heard.program.hash, bench.boot.active.release)) voice.report()
    }
    // At once and durable: after a cut it must not count as ready until the next order comes.
    if (!same(heard.program?.hash ?? NO_HASH, bench.record.download().release)) withdraw(bench)
    order = heard
    due = true
    voice.answered(nowMs)
    parts.commands(heard.commands)
  }

  function wake(): void {
    if (waits) inbox.cancel()
  }

  return {
    ...{ bench, sets, wake },
    async run() {
      for (;;)
        try {
          await turn()
        } catch (error) {
          clock.monotonicMs() // throws too where the power is gone: then this is the end
          parts.fault?.(error)
          await clock.sleep(LOOK_AGAIN_MS)
        }
    },
    ask() {
      voice.greet()
      wake()
    },
    report() {
      voice.report()
      wake()
    },
    order: () => order,
    code: () => code,
    waiting: voice.waiting,
  }
}

/** What of an order ends the work on the one before it, when it changes. */
function essence({ program, parameterSets }: Order): string {
  return JSON.stringify([program, parameterSets])
}
