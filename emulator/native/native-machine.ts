import { fromHex, toHex } from '../../keys/hex.ts'
import type { Key } from '../../terminal/device/keypad.ts'
import type { Stripe } from '../../terminal/device/reader.ts'
import type { Place } from '../../terminal/device/slots.ts'
import { plainPicture } from '../device/display.ts'
import type {
  Dial,
  Model,
  Observer,
  Operator,
  PaperLine,
  Picture,
  Scheduler,
  Stream,
} from '../device/ports.ts'
import type { Machine, MachineState } from '../machine.ts'
import { type Launch, type RigProcess, startRig } from './rig-process.ts'

export interface NativeOptions {
  /** The rig of the next start, with the words of its command line. */
  launch(): Launch
  readonly model: Model
  readonly scheduler: Scheduler
  readonly observer: Observer
  readonly dial: Dial
  /** What the device's own random source gives. */
  random(length: number): Uint8Array
  onStopped?(why: string, count: number): void
  onStart?(program: { readonly place: Place; readonly attempt: number }): void
  /** The process has ended by itself: without power, its exit code, and what it said about it. */
  onEnded?(status: number | string, complaint: string): void
  /** The answer to the word `heap`. */
  onHeap?(heap: HeapWord): void
  /** What the guest asks of the rig around it, where the device has one (the conformance suite). */
  readonly rig?: RigCalls
}

/** Calls of `device.rig`, by name. */
export interface RigCalls {
  readonly kinds: { readonly [name: string]: 'instant' | 'waits' }
  call(name: string, args: readonly unknown[]): unknown
}

/** A native terminal with its power switch, in virtual time: `quiet` belongs into the scheduler's settling. */
export interface NativeMachine extends Machine {
  /** Resolves when the terminal has done all that follows from what has happened. */
  quiet(): Promise<void>
  /** A word of the rig that no hand can say: `fail-at 7`, `cut 0 3`. Said while it is off, it is obeyed before the next power. */
  word(word: string): void
}

/**
 * The native runtime as a machine: what `makeMachine` is for an emulated device. One process is one time with power; the
 * driver gives it time, chance and the line, and takes from it what a person sees.
 */
export function makeNativeMachine(options: NativeOptions): NativeMachine {
  const { scheduler, observer } = options
  let state: MachineState = 'off'
  let run: RigProcess | undefined
  let leaving: Promise<void> = Promise.resolve()
  let starting: Promise<void> | undefined
  let disarm: (() => void) | undefined
  let stream: Stream | undefined
  let calls = 0
  let isPlugged = true
  let linesLeft: number | undefined
  let early: string[] = []
  let beforePower: string[] = []
  let told = ''
  /** The guest waits for the answer of an instant rig call: what the rig does for it is obeyed before that. */
  let isAsked = false

  /** Words to a terminal that has power, also while its process is still coming up. */
  function say(word: string): void {
    if (state === 'off') return
    if (run === undefined) early.push(word)
    else if (isAsked) run.answer(word)
    else {
      tellTime()
      run.send(word)
    }
  }
  /** It knows no other time than what it was told. */
  function tellTime(): void {
    const now = time()
    if (now !== told) run?.send(now)
    told = now
  }
  const time = (): string => `time\t${Math.floor(scheduler.monotonicMs())}\t${Math.floor(scheduler.wallMs())}`

  function dial(): void {
    const own = ++calls
    const isOurs = (): boolean => own === calls && state !== 'off'
    const events = {
      bytes: (bytes: Uint8Array) => isOurs() && say(`bytes\t${toHex(bytes)}`),
      closed: () => isOurs() && say('closed'),
    }
    options.dial({ bytes: (bytes) => void events.bytes(bytes), closed: () => void events.closed() }).then(
      (opened) => {
        if (!isOurs()) opened?.close()
        else {
          stream = opened
          say(`dialled\t${opened === undefined ? 0 : 1}`)
        }
      },
      () => isOurs() && say('dialled 0'),
    )
  }
  function hangUp(): void {
    calls++
    stream?.close()
    stream = undefined
  }

  async function rigCall(rest: string): Promise<void> {
    const [id = '', name = '', ...json] = rest.split(' ')
    const own = run
    const args = JSON.parse(json.join(' '), revived) as unknown[]
    const { rig } = options
    if (rig === undefined) throw new Error(`the terminal asks for rig.${name}, and there is no rig`)
    const reply = (value: unknown): string => `rig-answer\t${id}\t${JSON.stringify(value ?? null, shown)}`
    isAsked = rig.kinds[name] !== 'waits'
    const result = rig.call(name, args)
    isAsked = false
    if (rig.kinds[name] !== 'waits') own?.answer(reply(result))
    else {
      const value = await result
      if (own === run) say(reply(value)) // what it waited for may have been time
    }
  }

  const hears: { readonly [word: string]: (rest: string) => void } = {
    idle(rest) {
      disarm?.()
      disarm = undefined
      wake(Number(rest.split(' ')[0]))
    },
    screen: (rest) => observer.screen(JSON.parse(rest) as Picture),
    paper: (rest) => observer.paper(JSON.parse(rest) as PaperLine),
    'slip-end': () => observer.slipEnd(),
    wire(rest) {
      const { direction, bytes } = JSON.parse(rest) as WireWord
      observer.wire(direction, fromHex(bytes))
    },
    beep: (rest) => observer.beep?.((JSON.parse(rest) as { kind: 'key' | 'good' | 'bad' }).kind),
    stopped(rest) {
      const { why, count } = JSON.parse(rest) as { why: string; count: number }
      options.onStopped?.(why, count)
    },
    start: (rest) => options.onStart?.(JSON.parse(rest) as { place: Place; attempt: number }),
    random: (rest) => run?.answer(`random\t${toHex(options.random(Number(rest)))}`),
    dial,
    send: (rest) => stream?.send(fromHex(rest)),
    'hang-up': hangUp,
    heap: (rest) => options.onHeap?.(JSON.parse(rest) as HeapWord),
    rig: (rest) => void rigCall(rest),
  }
  function said(word: string, rest: string): void {
    const hear = hears[word]
    if (hear === undefined) throw new Error(`a word of the native terminal that nobody knows: ${word}`)
    hear(rest)
  }
  /** The device sleeps until `atMs` of monotonic time. */
  function wake(atMs: number): void {
    if (atMs < 0 || state === 'off') return
    disarm = scheduler.after(Math.max(0, atMs - scheduler.monotonicMs()), () => {
      disarm = undefined
      told = ''
      tellTime()
    })
  }

  function powerOn(): void {
    if (state !== 'off') return
    state = 'running'
    early = []
    starting = leaving.then(() => {
      if (state === 'off') return
      run = startRig(options.launch(), {
        said,
        ended(status, complaint) {
          gone()
          options.onEnded?.(status, complaint)
        },
      })
      if (options.rig !== undefined) run.answer(`rig-calls\t${JSON.stringify(options.rig.kinds)}`)
      if (!isPlugged) run.answer('cable\t0')
      if (linesLeft !== undefined) run.answer(`paper\tout\t${linesLeft}`)
      for (const word of beforePower) run.answer(word)
      beforePower = []
      told = time()
      run.answer(told) // the power
      for (const word of early) run.send(word)
      early = []
    })
  }
  /** What is left of a run whose process has ended, by itself or by the switch. */
  function gone(): void {
    state = 'off'
    run = undefined
    disarm?.()
    disarm = undefined
    hangUp()
  }
  function powerOff(): void {
    if (state === 'off') return
    leaving = (starting ?? Promise.resolve()).then(() => ending)
    const ending = run?.kill()
    if (stream !== undefined) observer.wire('close', new Uint8Array(0))
    gone()
    observer.screen(plainPicture(options.model, false, '', isPlugged ? 4 : 0))
  }

  return {
    get state() {
      return state
    },
    operator: hands(say, {
      plug(plugged) {
        isPlugged = plugged
      },
      paper(lines) {
        linesLeft = lines
      },
    }),
    powerOn,
    powerOff,
    memory: () => undefined,
    async quiet() {
      await starting
      await run?.quiet()
      await leaving
    },
    word: (word) => (state === 'off' ? void beforePower.push(word) : say(word)),
  }
}

/** In bytes; `requests` counts what was asked of the heap since the start of the process. */
export interface HeapWord {
  readonly used: number
  readonly peak: number
  readonly limit: number
  readonly requests: number
}

interface WireWord {
  readonly direction: 'out' | 'in' | 'open' | 'close'
  readonly bytes: string
}

/** The operator's acts as words. What stays without power is remembered here: cable and paper. */
function hands(
  say: (word: string) => void,
  body: { plug(plugged: boolean): void; paper(linesLeft: number | undefined): void },
): Operator {
  return {
    press: (key: Key) => say(`key\t${key}`),
    swipe: ({ track1 = '', track2 = '', track3 = '' }: Stripe) =>
      say(`swipe\t${track1}\t${track2}\t${track3}`),
    swipeBadly: () => say('swipe-bad'),
    paperOut(lines = 0) {
      body.paper(lines)
      say(`paper\tout\t${lines}`)
    },
    paperIn() {
      body.paper(undefined)
      say('paper\tin')
    },
    cable(plugged) {
      body.plug(plugged)
      say(`cable\t${plugged ? 1 : 0}`)
    },
    tamper: () => say('tamper'),
    service: () => say('service'),
  }
}

/** Bytes in JSON: `{ "hex": "…" }`. */
function shown(_: string, value: unknown): unknown {
  return value instanceof Uint8Array ? { hex: toHex(value) } : value
}
function revived(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const { hex } = value as { hex?: unknown }
  return typeof hex === 'string' && Object.keys(value).length === 1 ? fromHex(hex) : value
}
