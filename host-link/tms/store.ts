import type {
  Alarm,
  Asset,
  Command,
  CommandKind,
  CommandLog,
  Deployment,
  Done,
  Event,
  Group,
  NewDeployment,
  NewTerminal,
  ObjectHash,
  ParameterDocument,
  Refused,
  Release,
  Target,
  TargetState,
  Terminal,
  TerminalStatus,
} from './model.ts'

export interface Page<Row> {
  readonly rows: readonly Row[]
  /** Give it as `after` for the next page; undefined at the end. */
  readonly next: string | undefined
}

/** What a page of terminals shows: a filter's text (`filter.ts`), from where on, how many (1–1,000). */
export interface TerminalQuery {
  readonly filter?: string
  readonly group?: string
  readonly after?: string
  readonly limit: number
}

export interface TargetQuery {
  readonly deployment: number
  readonly state?: TargetState
  readonly wave?: number
  readonly after?: string
  readonly limit: number
}

/** How many targets of a wave are in a state, with a code. */
export interface TargetCount {
  readonly wave: number
  readonly state: TargetState
  readonly code: number
  readonly count: number
}

export interface StoredObject {
  readonly size: number
  /** The only terminal that may fetch it; '' for all. */
  readonly owner: string
  /** The release that it belongs to, 0 for none. An object of a draft or withdrawn one is not served. */
  readonly release: number
}

/** A release as read from its file and judged; the objects are stored with it. */
export interface NewRelease {
  readonly release: Omit<
    Release,
    'id' | 'state' | 'approvedBy' | 'approvedAt' | 'withdrawnBy' | 'withdrawnAt' | 'reason'
  >
  readonly objects: readonly { readonly hash: ObjectHash; readonly bytes: Uint8Array }[]
}

/**
 * All that the service knows, in SQLite or PostgreSQL. What a method answers is on the disk. Refusals are for a person:
 * one line. `who` is the name of that person; `now` is in Unix seconds.
 */
export interface TmsStore extends Catalogue, Fleet, Deployments, Records {
  close(): Promise<void>
}

export interface Catalogue {
  addRelease(release: NewRelease): Promise<{ readonly kind: 'added'; readonly id: number } | Refused>
  /** By another person than who uploaded it (双人). */
  approveRelease(id: number, who: string, now: number): Promise<Done | Refused>
  /** Stops offering it: its deployments are aborted. Terminals that run it go on. */
  withdrawRelease(id: number, who: string, reason: string, now: number): Promise<Done | Refused>
  release(id: number): Promise<Release | undefined>
  releases(): Promise<readonly Release[]>
  /** A root document after the factory's: terminals with an older one are told of it. */
  addRoot(version: number, bytes: Uint8Array): Promise<Done | Refused>
  /** The newest root document, undefined where the factory's is the only one. */
  root(): Promise<{ readonly version: number; readonly bytes: Uint8Array } | undefined>
  /** Those after the factory's, the oldest first. */
  roots(): Promise<readonly { readonly version: number; readonly bytes: Uint8Array }[]>
  putObject(hash: ObjectHash, bytes: Uint8Array, owner: string): Promise<void>
  object(hash: ObjectHash): Promise<StoredObject | undefined>
  /** `length` bytes from `offset`, fewer at the end. */
  objectBytes(hash: ObjectHash, offset: number, length: number): Promise<Uint8Array | undefined>
}

export interface Fleet {
  /** Those whose serial is there already are left as they are; answers how many are new. */
  addTerminals(terminals: readonly NewTerminal[], now: number): Promise<number>
  terminal(serial: string): Promise<Terminal | undefined>
  /** By serial. Throws `FilterError` for a filter that is none. */
  terminals(query: TerminalQuery): Promise<Page<Terminal>>
  countTerminals(query: Pick<TerminalQuery, 'filter' | 'group'>): Promise<number>
  editTerminal(serial: string, change: Partial<Asset>): Promise<Done | Refused>
  setStatus(serial: string, status: TerminalStatus): Promise<Done | Refused>
  setPassword(serial: string, passwordHash: string): Promise<Done | Refused>
  passwordHash(serial: string): Promise<string | undefined>
  /** All of them, for a broker's password file. */
  passwordHashes(
    after: string,
    limit: number,
  ): Promise<Page<{ readonly serial: string; readonly hash: string }>>
  /** Enters a report key by hand, or forgets one ('') so that the next hello gives it anew. */
  setReportKey(serial: string, key: string): Promise<Done | Refused>
  groups(): Promise<readonly Group[]>
  group(name: string): Promise<Group | undefined>
  putGroup(group: Group): Promise<Done | Refused>
  dropGroup(name: string): Promise<Done | Refused>
  /** How many terminals have each value of a field of `filter.ts`. */
  spread(
    field: string,
    query: Pick<TerminalQuery, 'filter' | 'group'>,
  ): Promise<readonly { readonly value: string; readonly count: number }[]>
}

export interface Deployments {
  /** `serials`: where no group is named. `documents`: for parameters, one for each terminal. */
  createDeployment(
    deployment: NewDeployment,
    targets:
      | { readonly serials: readonly string[] }
      | { readonly documents: readonly ParameterDocument[] }
      | 'group',
    now: number,
  ): Promise<{ readonly kind: 'created'; readonly id: number } | Refused>
  /** draft → waitingApproval. */
  submitDeployment(id: number, who: string, now: number): Promise<Done | Refused>
  /** waitingApproval → scheduled, by another person than who made it. */
  approveDeployment(id: number, who: string, now: number): Promise<Done | Refused>
  pauseDeployment(id: number, who: string, reason: string, now: number): Promise<Done | Refused>
  resumeDeployment(id: number, who: string, now: number): Promise<Done | Refused>
  /** Open targets are cancelled; confirmed ones stay. */
  abortDeployment(id: number, who: string, reason: string, now: number): Promise<Done | Refused>
  /** Begins the next wave without waiting for the gate. */
  nextWave(id: number, who: string, now: number): Promise<Done | Refused>
  /** Failed, refused, reverted and expired targets are told again, under a new order number. */
  retryTargets(id: number, serials: readonly string[] | 'all', who: string, now: number): Promise<number>
  deployment(id: number): Promise<Deployment | undefined>
  deployments(): Promise<readonly Deployment[]>
  counts(id: number): Promise<readonly TargetCount[]>
  targets(query: TargetQuery): Promise<Page<Target>>
  targetsOf(serial: string): Promise<readonly Target[]>
}

export interface Records {
  addCommand(
    command: {
      readonly serial: string
      readonly kind: CommandKind
      readonly argument: Uint8Array
      readonly createdBy: string
    },
    now: number,
  ): Promise<{ readonly kind: 'added'; readonly id: number } | Refused>
  cancelCommand(id: number): Promise<Done | Refused>
  commandsOf(serial: string): Promise<readonly Command[]>
  /** The log that a command brought so far; undefined: nothing, or it asked for none. */
  logOf(command: number): Promise<CommandLog | undefined>
  /** How much has come of the logs of these commands. */
  logSizes(
    commands: readonly number[],
  ): Promise<ReadonlyMap<number, { readonly bytes: number; readonly size: number }>>
  /** Newest first. */
  eventsOf(serial: string, limit: number): Promise<readonly Event[]>
  countEvents(): Promise<number>
  alarms(limit: number): Promise<readonly Alarm[]>
  seeAlarm(id: number, who: string): Promise<void>
}
