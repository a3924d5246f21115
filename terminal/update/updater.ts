import { same } from '../../host-link/wire/bytes.ts'
import type { DownloadState } from '../../host-link/wire/tms/codes.ts'
import type { Command, Order, OrderPolicy } from '../../host-link/wire/tms/order.ts'
import type { ParameterSet } from '../../host-link/wire/tms/parameter-set.ts'
import type { ReleaseManifest } from '../../host-link/wire/tms/release.ts'
import type { Report } from '../../host-link/wire/tms/report.ts'
import { arm, type Booted, type BootRecord, type Program, readBoot } from '../boot/record.ts'
import type { Device } from '../device/device.ts'
import type { Setup } from '../device/info.ts'
import { idlePlace, progressOf, stateOf } from './bench.ts'
import { makeEngine } from './engine.ts'
import { stricter } from './safe-point.ts'

/** 下载: what of a program download the rest of the terminal sees and may do (docs/download.md). */
export interface Updater {
  /** The background loop; never resolves, and rejects only when the power is gone. Started once, after recovery. */
  run(): Promise<never>
  state(): UpdateView
  /** Something changed (a key, a transaction over, a batch settled): looks again at once. */
  wake(): void
  /** 检查更新: says hello now where the service is online. */
  ask(): void
  /** Sends a 状态报告 soon. */
  report(): void
  /** The program that was verified in its slot and may be armed now; read again from the slot at every start. */
  programReady(): Program | undefined
  /** 引导记录, as it is now. */
  boot(): BootRecord
  /** Arms the program that is ready: the next start tries it. `note`: what is to be the same then. */
  arm(program: Program, note: Uint8Array): Booted
  /** Its manifest, or that of what is being received. */
  manifest(): ReleaseManifest | undefined
  /** When to activate: what the order said, which is kept over a power cut, or where it is stricter the release. */
  policy(): OrderPolicy | undefined
  /** Unix seconds by the newest order and the time since; 0: nobody has said. */
  now(): number
  /** The newest order of this start, with its commands; undefined until the service was heard. */
  order(): Order | undefined
  /** The merchant chose later 稍后: one deferral more is used. Durable. False where it could not be kept. */
  defer(): boolean
  /** Accepted and not yet applied, oldest first. */
  stagedParameters(): readonly StagedSet[]
  /** It stands in the store: its document goes. */
  parametersApplied(pseq: number): void
  /** It was refused for good: its document goes, and it is not fetched again. */
  parametersFailed(pseq: number, code: number): void
}

/** A parameter set 参数集 with the SHA-256 of its document. */
export interface StagedSet {
  readonly set: ParameterSet
  readonly hash: Uint8Array
}

export interface UpdateView {
  readonly state: DownloadState
  /** Version text of what is received or ready. */
  readonly version: string | undefined
  /** 0–100 of the payload, while receiving. */
  readonly percent: number | undefined
  /** Why it failed, or why nothing comes now (`codes.ts`); 0: nothing to say. */
  readonly code: number
  /** What activation waits for, as the safe point told (bits of the report). */
  readonly waiting: number
  /** Unix seconds; 0: none. */
  readonly deadline: number
  readonly deferralsLeft: number
  readonly notice: { readonly zh: string; readonly en: string } | undefined
  readonly parametersWaiting: number
}

/** What a report says that the updater does not know by itself. */
export interface ReportFacts
  extends Pick<Report, 'parameters' | 'batch' | 'checkValues' | 'comms' | 'health' | 'commandResults'> {
  /** Bits of `WAITING`. */
  readonly waiting: number
}

/** What the updater is given: the device and the faces of `safe-point.ts`, `parameters.ts`, `commands.ts`. */
export interface UpdaterParts {
  readonly device: Device
  readonly update: NonNullable<Setup['update']>
  /** A transaction or menu is open: nothing is sent and no program flash is touched. */
  busy(): boolean
  facts(): ReportFacts
  /** SHA-256 of the parameter set that stands in the store: it is not fetched again. */
  parameterSet(): Uint8Array | undefined
  /** Allow-listed commands of an order, each time it comes; they are known by their id. */
  commands(list: readonly Command[]): void
  /** A bug of ours stopped the loop, which goes on in a while. For tests. */
  fault?(error: unknown): void
}

/**
 * The updater of this start. Undefined where the device takes no programs or has no inbox, or where the factory's root is
 * none. Mounts what stands on the program chip; nothing is sent before `run`.
 */
export function makeUpdater(parts: UpdaterParts): Updater | undefined {
  const made = makeEngine(parts)
  if (made === undefined) return undefined
  const { bench, sets, ...engine } = made
  const { record, trust } = bench
  const policyNow = (): OrderPolicy | undefined => {
    const { policy } = record.download()
    return policy && stricter(policy, bench.manifest?.policy)
  }
  return {
    ...engine,
    state() {
      const { state, code, deferrals } = record.download()
      const policy = policyNow()
      const { manifest } = bench
      const { done, size } = progressOf(bench)
      return {
        state: stateOf(bench),
        version: manifest?.version,
        percent: state === 'receiving' && size > 0 ? Math.floor((done * 100) / size) : undefined,
        code: code || engine.code(),
        waiting: engine.waiting(),
        deadline: policy?.deadline ?? 0,
        deferralsLeft: Math.max(0, (policy?.deferrals ?? 0) - deferrals),
        notice: manifest?.notice,
        parametersWaiting: sets.staged().length,
      }
    },
    programReady() {
      const { state, release } = record.download()
      const { manifest, verified, boot } = bench
      const wanted = engine.order()?.program
      if (wanted === null || (wanted !== undefined && !same(wanted.hash, release))) return undefined // superseded
      if (state !== 'verified' || !verified || manifest === undefined || boot.pending !== undefined)
        return undefined
      const { program, counter, version } = manifest
      return { place: idlePlace(bench), ...program, release, counter, version }
    },
    boot: () => readBoot(parts.device),
    arm: (program, note) => arm(parts.device, program, note),
    manifest: () => bench.manifest,
    policy: policyNow,
    now: () => trust.time(parts.device.clock.monotonicMs()) ?? 0,
    defer() {
      const download = record.download()
      return record.write({ ...download, deferrals: download.deferrals + 1 }, true)
    },
    stagedParameters: sets.staged,
    parametersApplied: sets.applied,
    parametersFailed: sets.failed,
  }
}
