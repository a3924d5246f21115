import type { FlashGeometry } from '../flash.ts'
import type { DownTopic, UpTopic } from '../inbox.ts'
import type { Key } from '../keypad.ts'
import type { Stripe } from '../reader.ts'
import type { Capability, Ending, GiverKind, HeapBytes, Printed, Resume, Rig, Shown } from './port.ts'
import { fromHex, toHex } from './vector.ts'

/** `device.rig` as the engine of a port has it: a call a row of `rigCalls`, values as JSON has them, bytes in hexadecimal. */
export interface RigPeripheral {
  press(key: Key): void
  swipe(stripe: Stripe): void
  swipeBadly(): void
  paperOut(lines: number): void
  paperIn(): void
  cable(plugged: boolean): void
  pass(ms: number): Promise<void>
  screen(): Shown
  paper(): readonly Printed[]
  giver(kind: GiverKind): void
  given(): { readonly slot: number; readonly checkValue: string } | null
  /** `reset`: hangs up once it has `bytes`. */
  hostAnswer(how: 'accept' | 'refuse' | 'silent' | 'reset', bytes: number): void
  hostReceived(): string
  hostSend(bytes: string): void
  hostClose(): void
  hostOpen(): number
  serviceThere(isThere: boolean): void
  serviceSend(topic: DownTopic, bytes: string): void
  serviceReceived(): readonly { readonly topic: UpTopic; readonly bytes: string }[]
  serviceObjects(bytes: string | null): void
  capabilities(): readonly Capability[]
  heap(): Promise<HeapBytes | null>
  /** Milliseconds of the world outside, with fractions: for measuring alone. */
  stopwatch(): number
  resume(): Resume
  /** This vector runs now, for the `stage`th time after the first. */
  begin(vector: string, stage: number): void
  /** The run is about to end so; null: it is not. */
  expect(ending: Ending | null): void
  note(note: number): void
  cut(chip: 'flash' | 'slots', operation: number): void
  power(): void
  report(result: VectorResult): void
  facts(facts: Facts): void
  /** All has been reported. Never resolves. */
  done(): Promise<void>
}

/** `absent`: the port has declared that it lacks what the vector needs, which `detail` names. */
export interface VectorResult {
  readonly id: string
  readonly title: string
  readonly result: 'passed' | 'failed' | 'absent'
  /** What the port did instead; empty when it passed. */
  readonly detail: string
}

/** What the suite has found out about the device beside the vectors. */
export interface Facts {
  readonly maker: string
  readonly model: string
  readonly runtime: string
  readonly security: string
  readonly display: { readonly columns: number; readonly rows: number }
  readonly paperColumns: number
  readonly flash: FlashGeometry
  readonly slots: FlashGeometry
  readonly program: { readonly bytes: number; readonly sha256: string }
  /** SHA-256 over all that the script of `trace.ts` gave: the same on every port of the same model. */
  readonly trace: string
  /** Real milliseconds of instant calls, as long as each took on average of a few. */
  readonly callMs: { readonly [call: string]: number }
  readonly longestCall: string
  /** Of `clock.monotonicMs()`, from the engine to the device and back. */
  readonly crossingMicroseconds: number
  readonly keyToPictureMs: number
}

/** The rig as vectors use it. */
export function rigOf(raw: RigPeripheral): Rig {
  const capabilities = raw.capabilities()
  const has = (capability: Capability): boolean => capabilities.includes(capability)
  return {
    press: (key) => raw.press(key),
    swipe: (stripe) => raw.swipe(stripe),
    swipeBadly: () => raw.swipeBadly(),
    paperOut: (lines) => raw.paperOut(lines),
    paperIn: () => raw.paperIn(),
    cable: (plugged) => raw.cable(plugged),
    pass: (ms) => raw.pass(ms),
    screen: () => raw.screen(),
    paper: () => raw.paper(),
    giver: (kind) => raw.giver(kind),
    given: () => raw.given() ?? undefined,
    host: {
      answer: (how) =>
        typeof how === 'string' ? raw.hostAnswer(how, 0) : raw.hostAnswer('reset', how.reset),
      received: () => fromHex(raw.hostReceived()),
      send: (bytes) => raw.hostSend(toHex(bytes)),
      close: () => raw.hostClose(),
      open: () => raw.hostOpen(),
    },
    capabilities,
    ...(has('heap') && { heap: async () => (await raw.heap()) ?? { used: 0, peak: 0, limit: 0 } }),
    ...(has('inbox') && { service: serviceOf(raw, has('secondSource')) }),
  }
}

function serviceOf(raw: RigPeripheral, hasSource: boolean): NonNullable<Rig['service']> {
  return {
    there: (isThere) => raw.serviceThere(isThere),
    send: (topic, bytes) => raw.serviceSend(topic, toHex(bytes)),
    received: () => raw.serviceReceived().map(({ topic, bytes }) => ({ topic, bytes: fromHex(bytes) })),
    ...(hasSource && {
      objects: (bytes: Uint8Array | undefined) =>
        raw.serviceObjects(bytes === undefined ? null : toHex(bytes)),
    }),
  }
}
