import type { deploymentStates, releaseStates, targetStates, waveStates } from './states.ts'

/** The things that the download service 终端管理系统 keeps. Times are Unix seconds, 0 where there is none yet. */

export type ReleaseState = keyof typeof releaseStates
export type DeploymentState = keyof typeof deploymentStates
export type WaveState = keyof typeof waveStates
export type TargetState = keyof typeof targetStates

/** SHA-256 of an object in lower-case hex, 64 digits. */
export type ObjectHash = string

/** Asset data 资产 and where a terminal stands; all text, '' where nobody said. */
export interface Asset {
  readonly maker: string
  readonly model: string
  /** 收单机构. */
  readonly acquirer: string
  /** 商户编号 (field 42). */
  readonly merchant: string
  readonly merchantName: string
  /** 门店编号. */
  readonly store: string
  /** 终端编号 (field 41). */
  readonly terminalId: string
  /** 结算账户, as the acquirer names it; never a card number. */
  readonly account: string
  /** 安装地址. */
  readonly address: string
  /** Minutes east of UTC of the place where it stands. */
  readonly zoneMinutes: number
  /** Words for filters, each of letters, digits, `-`. `internal` marks our own terminals, which go first. */
  readonly labels: readonly string[]
  readonly note: string
}

export type TerminalStatus = 'active' | 'locked' | 'retired'

/** What a terminal said last in a report that its own key signed. */
export interface Reported {
  readonly at: number
  readonly epoch: number
  readonly seq: number
  readonly place: 'factory' | 'a' | 'b'
  readonly version: string
  readonly program: ObjectHash
  readonly release: ObjectHash
  readonly counter: number
  readonly trial: boolean
  /** Download state by name (`wire/tms/codes.ts`), its release, percent and code. */
  readonly download: string
  readonly offered: ObjectHash
  readonly percent: number
  readonly code: number
  /** Bits of what activation waits for (`wire/tms/codes.ts`). */
  readonly waiting: number
  readonly parameterSeq: number
  readonly parameters: ObjectHash
  readonly drift: number
  readonly batchNumber: number
  readonly batchCount: number
  readonly owed: number
  readonly quality: number
  /** The whole report as it came, for pages: a signed envelope. */
  readonly envelope: Uint8Array
}

export interface Presence {
  readonly online: boolean
  /** Rises with each connection; an "offline" of an older one is passed over. */
  readonly connection: number
  readonly since: number
}

export interface Terminal extends Asset {
  readonly serial: string
  /** `serial` mod 64 of its digest: the part of the topic tree that it lives in. */
  readonly shard: number
  readonly status: TerminalStatus
  /** Ed25519 public key of its reports in hex; '' until known. */
  readonly reportKey: string
  /** How we know the key: taken from the first hello, or entered by a person. */
  readonly keyTrust: 'none' | 'firstUse' | 'registered'
  readonly presence: Presence
  /** Number of the newest signed order 指令, 0: none yet. */
  readonly orderNo: number
  /** Nonce of its last hello, hex; '' before the first. */
  readonly nonce: string
  readonly reported: Reported | undefined
  readonly createdAt: number
}

/** What a person enters for a new terminal. `passwordHash`: `hashPassword` of `node/acl.ts`. */
export interface NewTerminal extends Asset {
  readonly serial: string
  readonly passwordHash: string
  readonly reportKey?: string
}

/** 分组. A static list or a filter (`filter.ts`); a filter is looked at anew whenever the group is used. */
export interface Group {
  readonly name: string
  readonly filter: string
  /** Serials of a static group; empty for a filter. */
  readonly members: readonly string[]
  readonly note: string
}

/** 程序版本: one signed manifest and its payloads. */
export interface Release {
  readonly id: number
  readonly version: string
  /** SHA-256 of the manifest's envelope as uploaded: what orders name. */
  readonly manifest: ObjectHash
  readonly manifestSize: number
  readonly seq: number
  readonly counter: number
  readonly models: readonly string[]
  /** SHA-256 of the program that runs in the end. */
  readonly program: ObjectHash
  readonly programLength: number
  /** Release that a payload is a delta of, '' for a full one, and its size. */
  readonly payloads: readonly { readonly base: string; readonly size: number }[]
  readonly signers: readonly string[]
  readonly expires: number
  readonly noticeZh: string
  readonly noticeEn: string
  readonly state: ReleaseState
  readonly uploadedBy: string
  readonly uploadedAt: number
  readonly approvedBy: string
  readonly approvedAt: number
  readonly withdrawnBy: string
  readonly withdrawnAt: number
  readonly reason: string
}

/** When and how a terminal may activate; the terms of an order. */
export interface Policy {
  readonly earliest: number
  /** Minutes of the terminal's day, 0–1,439; equal ones mean any time. */
  readonly windowFrom: number
  readonly windowTo: number
  /** 0: none. After it the terminal settles by itself and updates. */
  readonly deadline: number
  /** How often the merchant may say later, 0–9. */
  readonly deferrals: number
  readonly allowOpenBatch: boolean
  /** Without asking the merchant, at the safe point. */
  readonly automatic: boolean
}

/** When a wave is good enough for the next one to begin, and when a deployment stops by itself. */
export interface Gate {
  /** Of those that have an end, in percent, 0–100. */
  readonly confirmedPercent: number
  /** Seconds that a wave must stand after the turn of its last terminal came, and its first one confirmed. */
  readonly bakeSeconds: number
  /** Failures and reverts of those that have an end, in percent. */
  readonly failurePercent: number
  /** As many ends at least before `failurePercent` counts. */
  readonly sample: number
}

export const DEFAULT_GATE: Gate = { confirmedPercent: 95, bakeSeconds: 86_400, failurePercent: 2, sample: 20 }

export interface Wave {
  readonly index: number
  /** Terminals in it, fixed when the deployment was made; the last takes late joiners. */
  readonly size: number
  readonly state: WaveState
  readonly startedAt: number
  readonly passedAt: number
}

export type DeploymentKind = 'program' | 'parameters'

/** 部署: brings one release, or one parameter set each, to many terminals. */
export interface Deployment {
  readonly id: number
  readonly name: string
  readonly kind: DeploymentKind
  /** Id of the release; 0 for parameters. */
  readonly release: number
  /** Group that it was made for, '' for a list; `dynamic` groups take terminals that join later. */
  readonly group: string
  readonly dynamic: boolean
  readonly policy: Policy
  readonly gate: Gate
  /** Terminals told a minute; 0: no limit. */
  readonly ratePerMinute: number
  /** Not before; 0: when it is approved. */
  readonly startAt: number
  readonly state: DeploymentState
  readonly waves: readonly Wave[]
  /** Order among started deployments: the higher one wins a terminal. 0 before the start. */
  readonly rank: number
  /** Why it is paused or aborted: a person's words or an alarm's. */
  readonly reason: string
  readonly createdBy: string
  readonly createdAt: number
  readonly approvedBy: string
  readonly approvedAt: number
  readonly startedAt: number
  readonly endedAt: number
}

/** What a person decides for a new deployment. `waves`: percent of all, e.g. [1, 10, 30]; the rest follows. */
export interface NewDeployment
  extends Pick<
    Deployment,
    'name' | 'kind' | 'release' | 'group' | 'dynamic' | 'policy' | 'gate' | 'ratePerMinute' | 'startAt'
  > {
  /** 'default': our own terminals, canary, 10 %, 30 %, rest; 'all': one wave; else rising percentages. */
  readonly waves: 'default' | 'all' | readonly number[]
  readonly createdBy: string
}

/** One terminal of a deployment. `object`: the manifest, or this terminal's parameter set. */
export interface Target {
  readonly deployment: number
  readonly serial: string
  readonly kind: DeploymentKind
  readonly wave: number
  readonly state: TargetState
  readonly code: number
  readonly percent: number
  readonly waiting: number
  readonly object: ObjectHash
  readonly size: number
  /** Number under which the terminal was told of it; a retry has a new one. */
  readonly orderNo: number
  readonly queuedAt: number
  readonly notifiedAt: number
  readonly endedAt: number
  readonly updatedAt: number
}

/** A parameter set of one terminal that a deployment of parameters brings: the bytes of its signed envelope. */
export interface ParameterDocument {
  readonly serial: string
  readonly envelope: Uint8Array
}

export type CommandKind = 'message' | 'lock' | 'unlock' | 'log' | 'report' | 'inspection'
export type CommandState = 'waiting' | 'sent' | 'done' | 'failed' | 'cancelled'

/** 远程命令 to one terminal, of a list that both ends know; `argument` is CBOR as `wire/tms/order.ts` says. */
export interface Command {
  readonly id: number
  readonly serial: string
  readonly kind: CommandKind
  readonly argument: Uint8Array
  readonly state: CommandState
  readonly code: number
  readonly result: Uint8Array
  readonly createdBy: string
  readonly createdAt: number
  readonly endedAt: number
}

/** 日志 that a command brought: of `size` bytes those that have come, from the first on. */
export interface CommandLog {
  readonly command: number
  readonly serial: string
  readonly size: number
  readonly bytes: Uint8Array
}

/** A line of what happened, never changed. `epoch` and `seq` are the report's, 0 for what the service did itself. */
export interface Event {
  readonly id: number
  readonly serial: string
  readonly epoch: number
  readonly seq: number
  readonly at: number
  readonly type: string
  readonly text: string
}

export interface Alarm {
  readonly id: number
  readonly at: number
  readonly deployment: number
  readonly text: string
  readonly seenBy: string
}

/** What a person asked for cannot be done; `why` is one clear line. */
export type Refused = { readonly kind: 'refused'; readonly why: string }
export type Done = { readonly kind: 'done' }
