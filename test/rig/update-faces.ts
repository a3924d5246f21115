import { createHash } from 'node:crypto'
import { type FlashChip, makeFlashChip } from '../../emulator/device/flash.ts'
import type { InboxEvents } from '../../emulator/device/ports.ts'
import { PROGRAM_CHIP } from '../../emulator/device/slots.ts'
import { v8Engine } from '../../emulator/v8-engine.ts'
import { same } from '../../host-link/wire/bytes.ts'
import { profiles } from '../../host-link/wire/profile.ts'
import type { Command, Order, OrderPolicy } from '../../host-link/wire/tms/order.ts'
import type { ParameterSet } from '../../host-link/wire/tms/parameter-set.ts'
import type { ReleaseManifest } from '../../host-link/wire/tms/release.ts'
import { areasOf } from '../../terminal/boot/layout.ts'
import { arm, type Program, readBoot } from '../../terminal/boot/record.ts'
import type { Device } from '../../terminal/device/device.ts'
import { start } from '../../terminal/main.ts'
import { updateProgram } from '../../terminal/update/program.ts'
import type { StagedSet, Updater, UpdaterParts, UpdateView } from '../../terminal/update/updater.ts'
import { makeTill, type Till, type TillOptions, WALL_MS } from './till.ts'

/** Unix seconds at the start of a till: its wall shows Beijing time. */
export const START_SECONDS = WALL_MS / 1000 - 8 * 3600
/** 09:05 on the wall. */
export const START_MINUTE = 9 * 60 + 5

export const POLICY: OrderPolicy = {
  ...{ earliest: 0, windowFrom: 0, windowTo: 0, deadline: 0, deferrals: 2 },
  ...{ allowOpenBatch: false, automatic: true },
}

/** What a download brought, as the test says: it stands in for the service and the line, which have tests of their own. */
export interface Script {
  view: Partial<UpdateView>
  policy: OrderPolicy | undefined
  manifest: ReleaseManifest | undefined
  order: Order | undefined
  /** Unix seconds of the last order; 0: none was heard. */
  seconds: number
  /** Text of the program that stands verified in slot A; undefined: none. */
  program: string | undefined
  counter: number
  staged: StagedSet[]
  deferred: number
  readonly calls: string[]
  parts: UpdaterParts | undefined
}

export interface UpdateTill extends Till {
  readonly script: Script
  readonly programChip: FlashChip
  /** What was published: topic and bytes. */
  readonly published: (readonly [topic: string, bytes: Uint8Array])[]
  /** Versions that came up, in order: `factory`, or the text of a program. */
  readonly starts: string[]
  /** Puts a program into slot A as a download would, verified. */
  ready(text: string, change?: Partial<Pick<Script, 'policy' | 'manifest' | 'counter'>>): void
  command(...list: Command[]): void
}

/** A program that begins with this word crashes, or hangs. */
const CRASHES = 'crash'
const HANGS = 'hang'

/**
 * A till whose downloads are a script: boot record, first stage, machine, application and host are the real ones. Programs
 * are texts: each runs this very application, but for those that begin with `crash` or `hang`.
 */
export function makeUpdateTill(
  options: TillOptions & {
    /** What a program sees of the device, where it is another than this one. */
    readonly seenBy?: (program: string, device: Device) => Device
  } = {},
): UpdateTill {
  const programChip = options.programChip ?? makeFlashChip({ geometry: PROGRAM_CHIP })
  const published: (readonly [string, Uint8Array])[] = []
  const starts: string[] = []
  const script: Script = {
    ...{ view: {}, policy: undefined, manifest: undefined, order: undefined, seconds: 0, program: undefined },
    ...{ counter: 1, staged: [], deferred: 0, calls: [], parts: undefined },
  }
  const app = (name: string) => (device: Device) => {
    starts.push(name)
    if (name.startsWith(CRASHES)) return Promise.reject(new Error('this program is broken'))
    if (name.startsWith(HANGS)) return new Promise<never>(() => undefined)
    return start(options.seenBy?.(name, device) ?? device, profiles, {
      ...updateProgram,
      makeUpdater: (parts) => scripted(script, parts, () => till.time.monotonicMs()),
    })
  }
  const till = makeTill({
    ...options,
    programChip,
    engine: v8Engine(app('factory'), (bytes) => app(Buffer.from(bytes).toString()), Buffer.from('factory')),
    setup: { ...options.setup, update: { tenant: 'demo', root: new Uint8Array(0) } },
    device: {
      inbox: {
        open(events: InboxEvents) {
          events.online()
          return {
            publish(topic, bytes) {
              published.push([topic, bytes])
              return 'queued'
            },
            close: () => undefined,
          }
        },
      },
      ...options.device,
    },
  })
  return {
    ...till,
    ...{ script, programChip, published, starts },
    ready(text, change = {}) {
      const areas = areasOf(programChip.geometry())
      if (areas === undefined) throw new Error('the chip is too small')
      programChip.erase(areas.a.address / programChip.geometry().sectorBytes)
      const padded = Buffer.alloc(Math.ceil(text.length / 4) * 4, 0xff)
      padded.write(text)
      programChip.program(areas.a.address, padded)
      Object.assign(script, {
        program: text,
        policy: POLICY,
        view: { state: 'verified', version: text },
        ...change,
      })
    },
    command(...list) {
      script.parts?.commands(list)
    },
  }
}

function scripted(script: Script, parts: UpdaterParts, monotonicMs: () => number): Updater {
  script.parts = parts
  const { device } = parts
  const heardMs = monotonicMs()
  const ready = (): Program | undefined => {
    const { pending, active, last } = readBoot(device)
    if (script.program === undefined || pending !== undefined || active.place === 'a') return undefined
    const release = sha256(`release ${script.program}`)
    // What went back is not tried again without a new order.
    if (last !== undefined && same(last.release, release)) return undefined
    return {
      ...{ place: 'a', length: script.program.length, hash: sha256(script.program) },
      ...{ release, counter: script.counter, version: script.program },
    }
  }
  return {
    run: () => new Promise<never>(() => undefined),
    state: () => ({
      ...{ state: 'empty', version: undefined, percent: undefined, code: 0, waiting: 0 },
      ...{ deadline: script.policy?.deadline ?? 0, notice: undefined },
      ...{ deferralsLeft: (script.policy?.deferrals ?? 0) - script.deferred },
      parametersWaiting: script.staged.length,
      ...script.view,
    }),
    wake: () => undefined,
    ask: () => void script.calls.push('ask'),
    report: () => void script.calls.push('report'),
    programReady: ready,
    boot: () => readBoot(device),
    arm: (program, note) => arm(device, program, note),
    manifest: () => script.manifest,
    policy: () => script.policy,
    now: () => (script.seconds === 0 ? 0 : script.seconds + Math.floor((monotonicMs() - heardMs) / 1000)),
    order: () => script.order,
    defer() {
      script.deferred++
      script.calls.push('defer')
      return true
    },
    stagedParameters: () => script.staged,
    parametersApplied(pseq) {
      script.calls.push(`applied ${pseq}`)
      script.staged = script.staged.filter(({ set }) => set.seq !== pseq)
    },
    parametersFailed(pseq, code) {
      script.calls.push(`failed ${pseq} ${code}`)
      script.staged = script.staged.filter(({ set }) => set.seq !== pseq)
    },
  }
}

/** A parameter set with these values by number. */
export function stagedSet(
  seq: number,
  values: readonly (readonly [number, number | string])[],
  change: Partial<ParameterSet> = {},
): StagedSet {
  const set: ParameterSet = {
    ...{ tenant: 'demo', seq, created: START_SECONDS, expires: START_SECONDS + 86_400, serial: 'SK000001' },
    ...{ schema: 1, effective: 0, values: new Map(values), needsProgram: null, drift: 0, base: null },
    ...change,
  }
  return { set, hash: sha256(`set ${seq}`) }
}

/** A manifest that says of the journal and the batch what the test wants. */
export function manifestOf(change: {
  readonly journal?: ReleaseManifest['journal']
  readonly policy?: Partial<ReleaseManifest['policy']>
}): ReleaseManifest {
  return {
    ...{ tenant: 'demo', seq: 2, created: START_SECONDS, expires: START_SECONDS + 86_400, version: '2' },
    ...{ counter: 1, models: ['test'], runtime: { min: 1, max: 1 }, parameterSchema: { min: 1, max: 1 } },
    journal: change.journal ?? { readsMin: 1, readsMax: 2, writes: 2, reversible: true },
    ...{ components: [], program: { length: 1, hash: sha256('') }, payloads: [], flash: 0 },
    policy: {
      ...{ class: 0, earliest: 0, deadline: 0, needsSettlement: false, allowOpenBatch: true },
      ...change.policy,
    },
    ...{ notice: { zh: '更快的结算', en: 'Faster settlement' }, required: [] },
  }
}

export function sha256(text: string): Uint8Array {
  return Uint8Array.from(createHash('sha256').update(text).digest())
}
