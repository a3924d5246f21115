import { NONCE_BYTES } from '../../host-link/wire/tms/order.ts'
import { encodeHello } from '../../host-link/wire/tms/talk.ts'
import type { Secure } from '../device/secure.ts'
import { type Bench, progressOf, stateOf } from './bench.ts'
import { BLOCK_BYTES } from './fetch.ts'
import { type Facts, makeReporter } from './report.ts'
import type { Sets } from './sets.ts'
import type { UpdaterParts } from './updater.ts'

/** A hello without an answer is said again, doubled each time; with one, now and then. */
const HELLO_AGAIN_MS = 30_000
const HELLO_AGAIN_MS_MAX = 600_000
const HELLO_EVERY_MS = 21_600_000
/** A report without an acknowledgement is sent again after this, doubled each time. */
const REPORT_AGAIN_MS = 30_000
/** Between two looks whether there is something new to report; after something could not be sent. */
const GAP_MS = 1_000
const DOUBLINGS_MAX = 10
/** States of a download that is over. */
const ENDS: readonly string[] = ['confirmed', 'failed', 'reverted', 'superseded', 'expired']

/** What the terminal says of its own accord: hello and 状态报告. */
export interface Voice {
  /** Says hello or reports, where it is time and the service is there. Only straight after `clear`. */
  speak(): void
  /** When there may be something to say, in monotonic milliseconds. */
  nextMs(): number
  /** Of the last hello; empty before the first: then no order is an answer. */
  nonce(): Uint8Array
  /** Hello is to be said now. */
  greet(): void
  /** An order came. */
  answered(nowMs: number): void
  /** A report is to be sent, also where nothing is new. */
  report(): void
  acknowledged(bytes: Uint8Array): void
  /** What activation waits for, as reported last. */
  waiting(): number
}

/** `code`: why nothing comes now; `refusal`: of the last parameter set. */
export function makeVoice(
  bench: Bench,
  parts: UpdaterParts,
  code: () => number,
  refusal: Sets['refusal'],
): Voice {
  const { device, trust } = bench
  const { inbox, clock, secure } = device
  const reporter = makeReporter(device, parts.update.tenant)
  let nonce: Uint8Array = new Uint8Array(0)
  let hellos = 0
  let helloMs = 0
  let reports = 0
  /** When to look again whether there is something new to report, and whether that waits for it. */
  let lookMs = 0
  let lookDue = false
  /** When to say the last report again. */
  let againMs = 0
  /** What the newest report says, in so far as it matters. */
  let told = ''
  let waiting = 0

  function speak(): void {
    const nowMs = clock.monotonicMs()
    if (inbox.state() !== 'online') return
    if (nowMs >= helloMs) {
      sayHello(nowMs)
      return
    }
    lookDue = nowMs < lookMs
    if (lookDue) return
    lookMs = nowMs + GAP_MS
    const news = prepare(nowMs, told)
    const envelope = reporter.waiting()
    if (envelope === undefined || (!news && nowMs < againMs)) return
    inbox.publish('state', envelope, 1)
    sent(nowMs)
  }

  function sayHello(nowMs: number): void {
    const { serial, maker, model } = device.info.identity()
    nonce = secure.random(NONCE_BYTES)
    prepare(nowMs, '')
    const report = reporter.waiting() ?? null
    const hello = {
      ...{ nonce, serial, epoch: reporter.epoch(), maker, model, blockMax: BLOCK_BYTES, report },
      ...{ rootVersion: trust.rootVersion(), reportKey: secure.reportKey() },
    }
    helloMs = nowMs + GAP_MS
    if (inbox.publish('hello', encodeHello(hello), 1) !== 'queued') return
    sent(nowMs)
    helloMs = nowMs + backOff(secure, HELLO_AGAIN_MS, hellos++, HELLO_AGAIN_MS_MAX)
  }

  /** A report is on its way. */
  function sent(nowMs: number): void {
    againMs = nowMs + REPORT_AGAIN_MS * 2 ** Math.min(DOUBLINGS_MAX, reports++)
  }

  /** Makes a new report unless all that matters was `said` before; false: there is none. */
  function prepare(nowMs: number, said: string): boolean {
    const { facts, essential } = factsNow()
    if (essential === said) return false
    if (reporter.make(nonce, facts, bench.boot, trust.time(nowMs) ?? 0) === undefined) return false
    ;[told, reports] = [essential, 0]
    return true
  }

  /** `essential`: what, when it changes, is worth a report. */
  function factsNow(): { readonly facts: Facts; readonly essential: string } {
    const { waiting: bits, ...given } = parts.facts()
    waiting = bits
    const download = bench.record.download()
    const { last, seq } = bench.boot
    const state = stateOf(bench)
    const why = download.code || code()
    const { done, size } = progressOf(bench)
    const release = download.release.length > 0 ? download.release : null
    const own = release !== null && ENDS.includes(state)
    const end = own
      ? { release, end: state, code: download.code, order: download.order }
      : last && { ...last, order: 0 }
    const parameters = { ...given.parameters, ...refusal() }
    const tenth = size > 0 ? Math.floor((done * 10) / size) : 0
    const ids = given.commandResults.map(({ id }) => id)
    return {
      facts: {
        ...given,
        ...{ parameters, last: end ?? null },
        download: { state, release, doneBytes: done, size, code: why, waiting },
      },
      essential: JSON.stringify([state, why, tenth, waiting, release, end, ids, parameters, seq]),
    }
  }

  return {
    speak,
    nextMs() {
      if (inbox.state() !== 'online') return Infinity
      // Not before the next look, which is where it is sent.
      const reportMs = reporter.waiting() === undefined ? Infinity : Math.max(againMs, lookMs)
      return Math.min(helloMs, lookDue ? lookMs : Infinity, reportMs)
    },
    nonce: () => nonce,
    greet() {
      ;[hellos, helloMs] = [0, 0]
    },
    answered(nowMs) {
      ;[hellos, helloMs] = [0, nowMs + HELLO_EVERY_MS]
    },
    report() {
      ;[told, lookMs] = ['', 0]
    },
    acknowledged: reporter.acknowledged,
    waiting: () => waiting,
  }
}

/** Doubled each time, between half and all of it by chance: those who failed together do not come back together. */
export function backOff(secure: Secure, ms: number, times: number, most: number): number {
  const whole = Math.min(most, ms * 2 ** Math.min(DOUBLINGS_MAX, Math.max(0, times)))
  return Math.ceil(whole * (0.5 + (secure.random(1)[0] ?? 0) / 512))
}
