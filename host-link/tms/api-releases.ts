import type { Page, WaitingFor } from './api-terminals.ts'
import type { DeploymentKind, DeploymentState, ReleaseState, TargetState, WaveState } from './model.ts'

/** What the HTTP API says about releases 程序版本 and deployments 下发. Times are Unix seconds, hashes lower-case hex. */

export interface ReleaseRow {
  readonly id: number
  /** Hash of the signed manifest. */
  readonly manifest: string
  readonly version: string
  /** `seq` of the manifest. */
  readonly number: number
  readonly counter: number
  readonly models: readonly string[]
  readonly state: ReleaseState
  readonly uploadedBy: string
  readonly uploadedAt: number
  readonly expires: number
  readonly programBytes: number
  /** Terminals that report it as running now. */
  readonly terminals: number
  readonly approvedBy?: string
  readonly withdrawnBy?: string
  readonly reason: string
}

/** 复核: who said yes or no to what; the hash pins what was looked at. */
export interface ApprovalView {
  readonly by: string
  readonly time: number
  readonly verdict: 'approved' | 'rejected'
  readonly note: string
}

/** 信任根: one root document. `keys`: how many keys may sign for a role, and how many of them have to. */
export interface RootView {
  readonly version: number
  readonly created: number
  readonly expires: number
  readonly counterFloor: number
  readonly keys: readonly {
    readonly role: string
    readonly threshold: number
    readonly kids: readonly string[]
  }[]
  /** Whether it knows the online keys of this service: without them terminals take no order, or no parameters. */
  readonly knows: { readonly director: boolean; readonly parameters: boolean }
}

export interface ReleaseDetail {
  readonly row: ReleaseRow
  readonly manifestBytes: number
  readonly runtime: readonly [number, number]
  readonly parameterSchema: readonly [number, number]
  readonly journal: {
    readonly readsMin: number
    readonly readsMax: number
    readonly writes: number
    readonly reversible: boolean
  }
  readonly components: readonly { readonly name: string; readonly bytes: number; readonly hash: string }[]
  readonly payloads: readonly {
    readonly base?: string
    readonly baseVersion?: string
    readonly bytes: number
  }[]
  readonly policy: ReleasePolicy
  readonly notice: { readonly zh: string; readonly en: string }
  readonly requiredVersions: readonly string[]
  /** Signers that count, and how many the root wants. */
  readonly signatures: readonly { readonly kid: string; readonly valid: boolean }[]
  readonly threshold: number
  readonly approvals: readonly ApprovalView[]
  /** Whether the one who asks may approve it now, or why not. */
  readonly mayApprove: MayApprove
}

export interface ReleasePolicy {
  readonly class: 'normal' | 'urgent' | 'regulatory'
  readonly earliest?: number
  readonly deadline?: number
  readonly needsSettlement: boolean
  readonly allowOpenBatch: boolean
}

export type MayApprove = 'yes' | 'role' | 'ownWork' | 'state'

/** Which terminals: a filter, a group or a list of serials. */
export type TargetRule =
  | { readonly kind: 'filter'; readonly text: string }
  | { readonly kind: 'group'; readonly name: string }
  | { readonly kind: 'list'; readonly serials: readonly string[] }

/** 放行条件 of each wave. Percentages 0 to 100; a wave stands `bakeSeconds` after its last terminal was told. */
export interface GatePlan {
  readonly confirmedPercent: number
  readonly failurePercent: number
  /** As many ends at least before `failurePercent` counts. */
  readonly sample: number
  readonly bakeSeconds: number
}

/** How terminals take it. Minutes are of the terminal's own day, 0 to 1439; a window may go over midnight. */
export interface TakePolicy {
  /** 0: none, as `deadline`. */
  readonly earliest: number
  /** Equal ones: any time. */
  readonly windowFrom: number
  readonly windowTo: number
  readonly deadline: number
  /** How often the merchant may say later, 0 to 9. */
  readonly deferrals: number
  readonly allowOpenBatch: boolean
  readonly automatic: boolean
}

export interface DeploymentPlan {
  readonly name: string
  /** `parameters`: the sets that the published layers give, to those whose set has changed; `release` is 0 then. */
  readonly kind: DeploymentKind
  readonly release: number
  readonly target: TargetRule
  /** Whether terminals that match later join, in the last wave; only for a group. */
  readonly dynamic: boolean
  /** 'default': own terminals, canary, 10 %, 30 %, rest; 'all': one wave; else rising percentages of all, 1 to 99. */
  readonly waves: 'default' | 'all' | readonly number[]
  readonly gate: GatePlan
  readonly policy: TakePolicy
  /** Terminals that are told in one minute, at most; 0: no limit. */
  readonly ratePerMinute: number
  /** Not before; 0: when it is approved and started. */
  readonly startAt: number
  readonly reason: string
}

/** 预览 of the wizard: nothing is written. */
export interface DeploymentPreview {
  readonly terminals: number
  readonly waves: readonly {
    readonly index: number
    readonly terminals: number
    readonly examples: readonly string[]
  }[]
  /** Terminals that could never take it, and why (table of codes); they are left out. */
  readonly refused: readonly {
    readonly code: number
    readonly terminals: number
    readonly examples: readonly string[]
  }[]
  readonly alreadyThere: number
  /** Bytes that all of them fetch, with the deltas they can use, and without. */
  readonly bytes: number
  readonly bytesFull: number
  readonly warnings: readonly { readonly zh: string; readonly en: string }[]
}

export interface DeploymentRow {
  readonly id: number
  readonly name: string
  readonly kind: DeploymentKind
  readonly release: number
  /** '' for parameters. */
  readonly version: string
  readonly state: DeploymentState
  readonly createdBy: string
  readonly createdAt: number
  readonly terminals: number
  readonly confirmed: number
  readonly failed: number
  readonly wave: number
  readonly waves: number
  /** Why it was paused, for people. */
  readonly why?: string
}

export type Counts<Name extends string> = { readonly [N in Name]?: number }

export interface WaveView {
  readonly index: number
  readonly state: WaveState
  readonly terminals: number
  readonly byState: Counts<TargetState>
  readonly byCode: readonly { readonly code: number; readonly terminals: number }[]
  readonly byWaiting: Counts<WaitingFor>
  readonly startedAt?: number
  readonly bakeUntil?: number
  /** 放行: the figures that the gate looks at. */
  readonly answered: number
  readonly confirmedPercent: number
  readonly failurePercent: number
}

export interface DeploymentDetail {
  readonly row: DeploymentRow
  readonly plan: Omit<DeploymentPlan, 'target' | 'waves'> & { readonly group: string }
  readonly waves: readonly WaveView[]
  readonly approvals: readonly ApprovalView[]
  readonly mayApprove: MayApprove
  /** What the one who asks may do now. */
  readonly steps: readonly DeploymentStep[]
  /** From its start until 95 % of its terminals had confirmed; absent while they have not. */
  readonly secondsTo95?: number
}

export type DeploymentStep =
  | 'submit'
  | 'approve'
  | 'reject'
  | 'start'
  | 'pause'
  | 'resume'
  | 'nextWave'
  | 'abort'

export interface TargetRow {
  readonly serial: string
  readonly wave: number
  readonly state: TargetState
  readonly code: number
  readonly percent: number
  readonly waiting: readonly WaitingFor[]
  readonly since: number
  readonly lastSeen?: number
}
export type TargetPage = Page<TargetRow>
