import { fromHex, toHex } from '../keys/hex.ts'
import type {
  Capability,
  Ending,
  HeapBytes,
  RigHost,
  RigService,
} from '../terminal/device/conformance/port.ts'
import type { Facts, RigPeripheral, VectorResult } from '../terminal/device/conformance/rig.ts'
import type { ConformanceGiver } from './conformance-giver.ts'
import type { Eyes } from './conformance-world.ts'
import type { Operator } from './device/ports.ts'
import type { VirtualTime } from './virtual-time.ts'

/** Longest rest between two runs, and more than the suite ever waits by itself. */
const SILENCE_MS_MAX = 200_000
/** Starts in a row in which the suite did not say a word. */
const DUMB_STARTS_MAX = 3

/** A device of some port with power, as a rig holds it: the same for every port. */
export interface Bench {
  readonly operator: Operator
  /** Time of the device. Its settling waits until all that follows from an event has happened, also in the engine. */
  readonly time: VirtualTime
  readonly eyes: Eyes
  readonly host: RigHost
  readonly giver: ConformanceGiver['rig']
  readonly service?: RigService
  readonly capabilities: readonly Capability[]
  heap(): Promise<HeapBytes | undefined>
  /** Plans a cut of the power inside the `operation`th operation of `chip` from now. */
  cut(chip: 'flash' | 'slots', operation: number): void
  powerOn(): void
  powerOff(): void
  /** The power is gone by itself: by a planned cut, or because the port gave up, which `why` says. */
  lost(): { readonly ending: Ending; readonly why: string } | undefined
  /** Milliseconds of the world outside, with fractions. */
  stopwatch(): number
}

/** What a run of the suite gives. */
export interface SuiteRun {
  readonly results: readonly VectorResult[]
  /** Undefined: the suite did not come so far. */
  readonly facts: Facts | undefined
  /** Of the program at its end. */
  readonly heap: HeapBytes | undefined
  /** Runs of the program that the suite took. */
  readonly starts: number
}

export interface RigRunner {
  /** What the program finds as `device.rig`. */
  readonly rig: RigPeripheral
  /** To be called when the program has crashed, the `count`th time in a row. */
  crashed(why: string, count: number): void
  /** Gives the bench power and time until the suite has reported all. Throws Error where the port does not go on. */
  run(): Promise<SuiteRun>
}

export interface RunnerOptions {
  /** Vectors whose id begins so. */
  readonly only: string
  onResult?(result: VectorResult): void
}

/** The rig around a bench, and the suite's book: where it was when its run ended. `bench` is asked when it is needed. */
export function makeRigRunner(bench: () => Bench, { only, onResult }: RunnerOptions): RigRunner {
  const results: VectorResult[] = []
  const passes: { readonly ms: number; readonly done: () => void }[] = []
  const book: Book = { vector: null, stage: 0, expected: null, note: 0 }
  let end: { readonly ending: Ending; readonly why: string; readonly atMs: number } | undefined
  let crashes = 0
  let starts = 0
  let dumbStarts = 0
  let facts: Facts | undefined
  let isDone = false

  /** The first thing that ended a run counts. */
  function ended(ending: Ending, why: string): void {
    end ??= { ending, why, atMs: bench().time.monotonicMs() }
    if (ending !== 'crash') crashes = 0
    passes.length = 0
  }

  const life: Pick<
    RigPeripheral,
    'resume' | 'begin' | 'expect' | 'note' | 'cut' | 'power' | 'report' | 'facts' | 'done'
  > = {
    resume() {
      const now = bench().time.monotonicMs()
      const last = end ?? { ending: 'restart' as const, why: '', atMs: lastWordMs }
      const { vector, stage, expected, note } = book
      const ending = starts === 0 ? null : last.ending
      if (ending === 'restart') crashes = 0
      starts++
      dumbStarts = 0
      end = undefined
      passes.length = 0
      Object.assign(book, { expected: null })
      return {
        only,
        vector,
        stage,
        expected,
        ended: ending,
        why: last.why,
        restMs: now - last.atMs,
        crashes,
        note,
      }
    },
    begin: (vector, stage) => void Object.assign(book, { vector, stage }),
    expect: (expected) => void Object.assign(book, { expected }),
    note: (note) => void Object.assign(book, { note }),
    cut: (chip, operation) => bench().cut(chip, operation),
    power() {
      ended('power', '')
      bench().powerOff()
      bench().powerOn()
    },
    report(result) {
      results.push(result)
      onResult?.(result)
    },
    facts(found) {
      facts = found
    },
    done() {
      isDone = true
      return new Promise(() => {})
    },
  }
  let lastWordMs = 0
  const hands = handsOf(bench, (ms) => new Promise((done) => passes.push({ ms, done })))
  const rig = listened({ ...hands, ...life }, () => {
    lastWordMs = bench().time.monotonicMs()
  })

  async function step(): Promise<void> {
    const { time, lost, powerOn } = bench()
    await time.advance(0)
    const gone = lost()
    if (gone !== undefined) {
      if (++dumbStarts > DUMB_STARTS_MAX) throw new Error(`the port does not start the suite: ${gone.why}`)
      if (gone.ending === 'crash') crashes++
      ended(gone.ending, gone.why)
      powerOn()
      return
    }
    const pass = passes.shift()
    if (pass !== undefined) {
      await time.advance(pass.ms)
      pass.done()
    } else if (!isDone) {
      const goesOn = await time.runUntil(
        () => passes.length > 0 || isDone || lost() !== undefined,
        SILENCE_MS_MAX,
      )
      if (goesOn) return
      if (starts === 0) throw new Error(`the port does not start the suite: ${end?.why ?? 'it says nothing'}`)
      ended('silence', 'it neither ended nor asked for anything')
      bench().powerOff()
      bench().powerOn()
    }
  }

  return {
    rig,
    crashed(why, count) {
      ended('crash', why)
      crashes = count
    },
    async run() {
      bench().powerOn()
      while (!isDone) await step()
      const asked = bench().heap()
      await bench().time.advance(0)
      const heap = await asked
      return { results, facts, heap, starts }
    },
  }
}

interface Book {
  readonly vector: string | null
  readonly stage: number
  readonly expected: Ending | null
  readonly note: number
}

/** Calls `heard` before every call. */
function listened(rig: RigPeripheral, heard: () => void): RigPeripheral {
  return new Proxy(rig, {
    get(of, name) {
      const call: unknown = Reflect.get(of, name)
      if (typeof call !== 'function') return call
      return (...args: unknown[]): unknown => {
        heard()
        return Reflect.apply(call, of, args)
      }
    },
  })
}

/** Hands and eyes of the rig, and its host. */
function handsOf(
  bench: () => Bench,
  pass: (ms: number) => Promise<void>,
): Omit<
  RigPeripheral,
  'resume' | 'begin' | 'expect' | 'note' | 'cut' | 'power' | 'report' | 'facts' | 'done'
> {
  return {
    press: (key) => bench().operator.press(key),
    swipe: (stripe) => bench().operator.swipe(stripe),
    swipeBadly: () => bench().operator.swipeBadly(),
    paperOut: (lines) => bench().operator.paperOut(lines),
    paperIn: () => bench().operator.paperIn(),
    cable: (plugged) => bench().operator.cable(plugged),
    pass,
    screen: () => bench().eyes.screen(),
    paper: () => bench().eyes.paper(),
    giver: (kind) => bench().giver.giver(kind),
    given: () => bench().giver.given() ?? null,
    hostAnswer: (how, bytes) => bench().host.answer(how === 'reset' ? { reset: bytes } : how),
    hostReceived: () => toHex(bench().host.received()),
    hostSend: (bytes) => bench().host.send(fromHex(bytes)),
    hostClose: () => bench().host.close(),
    hostOpen: () => bench().host.open(),
    serviceThere: (isThere) => bench().service?.there(isThere),
    serviceSend: (topic, bytes) => bench().service?.send(topic, fromHex(bytes)),
    serviceReceived: () =>
      (bench().service?.received() ?? []).map(({ topic, bytes }) => ({ topic, bytes: toHex(bytes) })),
    serviceObjects: (bytes) => bench().service?.objects?.(bytes === null ? undefined : fromHex(bytes)),
    capabilities: () => bench().capabilities,
    heap: async () => (await bench().heap()) ?? null,
    stopwatch: () => bench().stopwatch(),
  }
}
