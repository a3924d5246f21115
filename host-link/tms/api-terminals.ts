/**
 * What the HTTP API says about terminals, groups, commands and reports. Times are Unix seconds; hashes are lower-case hex;
 * what is not known is absent.
 */
import type { Asset, CommandKind, CommandState, TargetState, TerminalStatus } from './model.ts'

/** One page of a list. `next`: hand it back as `after` for the rows that follow; absent on the last page. */
export interface Page<Row> {
  readonly rows: readonly Row[]
  readonly total: number
  readonly next?: string
}

/** 等待原因: why a terminal does not go on yet. The first seven are what the terminal says, the others the service. */
export type WaitingFor =
  | 'batch'
  | 'window'
  | 'transaction'
  | 'owed'
  | 'deferred'
  | 'paper'
  | 'power'
  | 'offline'
  | 'wave'
  | 'rate'
  | 'paused'

export type DownloadState =
  | 'empty'
  | 'receiving'
  | 'verified'
  | 'armed'
  | 'trial'
  | 'confirmed'
  | 'failed'
  | 'reverted'
  | 'superseded'
  | 'expired'

/** What the terminal last said of its download; `percent` 0 to 100, `code` of the table of codes, 0 for none. */
export interface DownloadView {
  readonly state: DownloadState
  readonly release?: string
  readonly version?: string
  readonly percent: number
  readonly code: number
  readonly waiting: readonly WaitingFor[]
}

/** 终端列表: one row of the fleet. */
export interface TerminalRow {
  readonly serial: string
  readonly maker?: string
  readonly model: string
  readonly status: TerminalStatus
  readonly merchant?: string
  readonly store?: string
  readonly terminalId?: string
  readonly online: boolean
  readonly lastSeen?: number
  /** Text of the program that runs. */
  readonly version?: string
  readonly wantedVersion?: string
  readonly download?: DownloadView
  readonly parameters: ParameterState
  readonly batchOpen?: boolean
  readonly locked: boolean
}

/** Desired against reported. `drift`: how many keys somebody changed at the terminal. */
export interface ParameterState {
  readonly wanted?: number
  readonly reported?: number
  readonly upToDate: boolean
  readonly drift: number
}

/** 筛选: a filter that a person keeps under a name; `text` is of the filter language. */
export interface SavedFilter {
  readonly name: string
  readonly text: string
  readonly shared: boolean
  readonly owner: string
}

/** A word of the filter language, for the help beside the field. */
export interface FilterWord {
  readonly word: string
  readonly zh: string
  readonly en: string
  readonly example: string
}

/** 资产 and 绑定: what is known of a terminal beside what it reports (银发〔2021〕259号 wants the binding). '' is unknown. */
export interface TerminalAsset extends Asset {
  readonly serial: string
  /** Ed25519, 64 hex digits: the key that its reports are signed with; '' until known. */
  readonly reportKey: string
}

/** What a change or a new terminal gives; what is absent stays as it is, or is empty. */
export type TerminalChange = Partial<Omit<TerminalAsset, 'serial'>> & { readonly serial: string }

/** A new terminal's password for the broker is in this answer and nowhere else. */
export interface NewTerminalAnswer {
  readonly row: TerminalRow
  readonly password: string
}

export interface SlotView {
  readonly place: 'factory' | 'a' | 'b'
  readonly running: boolean
  readonly trial: boolean
  readonly version?: string
  readonly release?: string
  readonly programHash?: string
  readonly counter?: number
}

/** 终端页: all that is known of one terminal. */
export interface TerminalDetail {
  readonly row: TerminalRow
  readonly asset: TerminalAsset
  /** Groups that it is in now, also by their filters. */
  readonly groups: readonly string[]
  readonly shard: number
  readonly epoch: number
  /** Place and program that run; what the other slot has is not reported. */
  readonly slots: readonly SlotView[]
  readonly doneBytes?: number
  readonly sizeBytes?: number
  readonly lastEnd?: {
    readonly release: string
    readonly end: DownloadState
    readonly code: number
  }
  readonly batch?: {
    readonly number: number
    readonly count: number
    readonly frozen: boolean
    readonly owed: number
  }
  /** 校验值: check values only, never a key. */
  readonly checkValues: readonly { readonly slot: string; readonly values: readonly string[] }[]
  readonly comms?: { readonly [name: string]: string | number }
  readonly health?: { readonly [name: string]: string | number }
  readonly runtime?: string
  readonly commands: readonly CommandView[]
  readonly deployments: readonly {
    readonly deployment: number
    readonly name: string
    readonly wave: number
    readonly state: TargetState
    readonly code: number
    readonly waiting: readonly WaitingFor[]
    readonly since: number
  }[]
}

/** 事件: what a terminal said and what was done with it, newest first. `epoch` and `sequence` 0: by the service itself. */
export interface TerminalEvent {
  readonly id: number
  readonly time: number
  readonly epoch: number
  readonly sequence: number
  readonly kind: string
  readonly text: string
}

export type GroupRule =
  | { readonly kind: 'list'; readonly serials: readonly string[] }
  /** Whoever matches is in it, also a terminal that comes later. */
  | { readonly kind: 'filter'; readonly text: string }

export interface GroupView {
  readonly name: string
  readonly note: string
  readonly rule: GroupRule
  readonly terminals: number
}

/** 远程命令: the allow-list, nothing else can be asked of a terminal. Both languages: the merchant's is the terminal's. */
export type CommandOrder =
  /** 服务信息, number 1 to 9,999; 160 characters at most each. */
  | { readonly kind: 'message'; readonly number: number; readonly zh: string; readonly en: string }
  /** Why, as the merchant reads it: 60 characters at most each. */
  | { readonly kind: 'lock'; readonly zh: string; readonly en: string }
  | { readonly kind: 'unlock' }
  /** The last bytes of the log, 1 to 32,768. */
  | { readonly kind: 'log'; readonly bytes: number }
  | { readonly kind: 'report' }
  /** 巡检 by the plan of this name. */
  | { readonly kind: 'inspection'; readonly plan: string }

export interface CommandView {
  readonly id: number
  readonly serial: string
  readonly kind: CommandKind
  readonly order: CommandOrder
  readonly by: string
  readonly time: number
  readonly state: CommandState
  readonly code?: number
  /** What the terminal answered, as text. */
  readonly answer?: string
  /** Of a log: how many of its bytes have come; `logOf` has them. */
  readonly log?: { readonly bytes: number; readonly size: number }
  readonly doneAt?: number
}

/** 日志 of a terminal, from its first byte on as far as it has come. */
export interface LogView {
  readonly command: number
  readonly serial: string
  readonly bytes: number
  readonly size: number
  readonly complete: boolean
  /** What is no text in it is `·`. */
  readonly text: string
  /** The bytes as they came. */
  readonly base64: string
}

export interface ImportAnswer {
  readonly added: number
  readonly changed: number
  readonly same: number
  /** Passwords of the new terminals for the broker: in this answer and nowhere else. */
  readonly passwords: readonly { readonly serial: string; readonly password: string }[]
  /** Lines that are wrong; with any of them nothing is imported. `line` counts from 1, the head is line 1. */
  readonly wrong: readonly { readonly line: number; readonly why: string }[]
  /** What waits for a second person: new parameter sets for so many terminals. */
  readonly waits?: { readonly deployments: readonly number[]; readonly terminals: number }
}

/** 告警: what a deployment or the service wants a person to see. */
export interface AlarmView {
  readonly id: number
  readonly time: number
  readonly deployment: number
  readonly text: string
  readonly seenBy: string
}
