/**
 * What the HTTP API says about parameters 参数. A value of password kind is `MASKED` in every answer; to hand `MASKED` back
 * keeps what is stored.
 */
import type { ApprovalView, MayApprove } from './api-releases.ts'

export const MASKED = '••••••'

/** 层, from the widest to the narrowest: the last that gives a key wins, unless one before it has locked the key. */
export const LAYER_KINDS = ['product', 'model', 'acquirer', 'merchant', 'store', 'terminal'] as const
export type LayerKind = (typeof LAYER_KINDS)[number]

/** A layer: `name` is empty for the product, else the model, acquirer, merchant, `merchant/store` or serial. */
export interface LayerName {
  readonly kind: LayerKind
  readonly name: string
}

export type ParameterValue = string | number | boolean

/** 变量: `#{name}` in a text value is replaced by it on the server. */
export interface Variable {
  readonly kind: 'text' | 'password'
  readonly value: string
}

/** What a layer says. `locks`: keys that no layer below may give; each lock has its value here. */
export interface LayerContent {
  readonly values: { readonly [key: string]: ParameterValue }
  readonly locks: readonly string[]
  readonly variables: { readonly [name: string]: Variable }
}

export type LayerState = 'draft' | 'waiting' | 'published' | 'superseded' | 'rejected'

export interface LayerVersion {
  readonly layer: LayerName
  readonly version: number
  readonly state: LayerState
  readonly content: LayerContent
  /** Unix seconds from which terminals use it; 0: at once. */
  readonly effective: number
  readonly waves: 'all' | 'default'
  readonly reason: string
  readonly by: string
  readonly time: number
  /** Deployment that brings it to the terminals. */
  readonly deployment?: number
  readonly approvals: readonly ApprovalView[]
}

export interface LayerRow {
  readonly layer: LayerName
  readonly version: number
  readonly keys: number
  readonly locks: number
  readonly terminals: number
  readonly waiting: boolean
  readonly time: number
  readonly by: string
}

export interface LayerDetail {
  readonly layer: LayerName
  readonly published?: LayerVersion
  readonly draft?: LayerVersion
  /** Newest first, with the two above. */
  readonly history: readonly LayerVersion[]
  readonly terminals: number
  readonly mayApprove: MayApprove
}

/** A wrong entry; `key` is empty where the layer as a whole is meant. */
export interface LayerFinding {
  readonly layer: LayerName
  readonly key: string
  readonly problem:
    | 'unknown'
    | 'value'
    | 'locked'
    | 'lockWithoutValue'
    | 'variable'
    | 'name'
    | 'size'
    | 'flagged'
  readonly zh: string
  readonly en: string
}

export interface KeyChange {
  readonly key: string
  readonly kind: 'added' | 'removed' | 'changed' | 'locked' | 'unlocked'
  readonly before?: ParameterValue
  readonly after?: ParameterValue
}

/** 比较 of a draft with what is published. */
export interface LayerDiff {
  readonly changes: readonly KeyChange[]
  /** What is wrong: with any of `findings` it cannot be saved; `flags` are ignored values of older layers below. */
  readonly findings: readonly LayerFinding[]
  readonly flags: readonly LayerFinding[]
  readonly terminals: number
  /** Of those, terminals whose own set changes by it. */
  readonly changed: number
  readonly examples: readonly string[]
}

/** 来源 of one key of one terminal. */
export interface ExplainRow {
  readonly key: string
  readonly number: number
  readonly zh: string
  readonly en: string
  readonly value: ParameterValue
  /** Absent: nobody gives it, the table's own default is used. */
  readonly layer?: LayerName
  readonly version?: number
  readonly lockedBy?: LayerName
  /** What the value hides, the nearest first; `locked`: given below a lock, and ignored. */
  readonly overrides: readonly {
    readonly layer: LayerName
    readonly value: ParameterValue
    readonly locked: boolean
  }[]
  /** Variables that were put in. */
  readonly variables: readonly string[]
  /** Against what the terminal says: changed at the terminal itself is drift 本地修改. */
  readonly reported: 'same' | 'drift' | 'waiting' | 'unknown'
  readonly emptyBatch: boolean
}

export interface TerminalParameters {
  readonly serial: string
  readonly rows: readonly ExplainRow[]
  readonly flags: readonly LayerFinding[]
  readonly document?: {
    readonly pseq: number
    readonly hash: string
    readonly bytes: number
    readonly made: number
    readonly effective: number
  }
  readonly reportedPseq?: number
  readonly driftPolicy: 'keep' | 'overwrite'
}

/** One row of the table of parameters, for the editor. */
export interface ParameterRow {
  readonly key: string
  readonly number: number
  readonly zh: string
  readonly en: string
  readonly type: 'flag' | 'count' | 'choice' | 'text'
  readonly initial: ParameterValue
  readonly min?: number
  readonly max?: number
  readonly choices?: readonly string[]
  readonly lengthMax?: number
  readonly changedBy: 'acquirer' | 'administrator'
  readonly emptyBatch: boolean
}

export interface DriftRow {
  readonly serial: string
  readonly merchant?: string
  readonly store?: string
  readonly names: readonly string[]
  readonly wanted?: number
  readonly reported?: number
  readonly lastSeen?: number
}
