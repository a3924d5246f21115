import type { Action } from './access.ts'
import type {
  DriftRow,
  LayerContent,
  LayerDetail,
  LayerDiff,
  LayerName,
  LayerRow,
  ParameterRow,
  TerminalParameters,
} from './api-parameters.ts'
import type {
  AuditVerdictView,
  AuditView,
  FailureRow,
  Me,
  NewToken,
  Overview,
  SilentRow,
  TokenView,
  UserView,
  VersionSpread,
} from './api-people.ts'
import type {
  DeploymentDetail,
  DeploymentPlan,
  DeploymentPreview,
  DeploymentRow,
  ReleaseDetail,
  ReleaseRow,
  RootView,
  TargetPage,
} from './api-releases.ts'
import type {
  AlarmView,
  CommandOrder,
  CommandView,
  FilterWord,
  GroupRule,
  GroupView,
  ImportAnswer,
  LogView,
  NewTerminalAnswer,
  Page,
  SavedFilter,
  TerminalChange,
  TerminalDetail,
  TerminalEvent,
  TerminalRow,
} from './api-terminals.ts'

/**
 * The HTTP API of the service, `/api/v1`: every request with what it takes and what it answers. The service, the console
 * page and the commands all use this one table. JSON both ways; only `uploadRelease` and `addRoot` take bytes.
 * What fails is answered by `ApiError`. Any changing request with `?dryRun=1` is done, answered, and undone.
 */
export interface Calls {
  // Who asks
  logIn: Call<{ body: { name: string; password: string }; answer: Me }>
  logOut: Call<{ answer: Empty }>
  me: Call<{ answer: Me }>
  changePassword: Call<{ body: { old: string; fresh: string }; answer: Empty }>

  // Fleet 终端
  overview: Call<{ answer: Overview }>
  terminals: Call<{ query: ListQuery & { filter?: string; group?: string }; answer: Page<TerminalRow> }>
  filterWords: Call<{ answer: readonly FilterWord[] }>
  savedFilters: Call<{ answer: readonly SavedFilter[] }>
  saveFilter: Call<{ path: 'name'; body: { text: string; shared: boolean }; answer: SavedFilter }>
  dropFilter: Call<{ path: 'name'; answer: Empty }>
  terminal: Call<{ path: 'serial'; answer: TerminalDetail }>
  addTerminal: Call<{ body: TerminalChange & { model: string }; answer: NewTerminalAnswer }>
  changeTerminal: Call<{ path: 'serial'; body: Omit<TerminalChange, 'serial'>; answer: TerminalDetail }>
  /** Of a retired terminal nothing is taken any more, and it is told nothing. */
  retireTerminal: Call<{ path: 'serial'; body: Reason; answer: TerminalDetail }>
  restoreTerminal: Call<{ path: 'serial'; body: Reason; answer: TerminalDetail }>
  /** A new password for the broker, shown once. */
  resetTerminal: Call<{ path: 'serial'; body: Reason; answer: NewTerminalAnswer }>
  importTerminals: Call<{ body: { csv: string }; answer: ImportAnswer }>
  terminalEvents: Call<{ path: 'serial'; query: { limit?: string }; answer: readonly TerminalEvent[] }>
  terminalParameters: Call<{ path: 'serial'; answer: TerminalParameters }>

  // Groups 分组
  groups: Call<{ answer: readonly GroupView[] }>
  putGroup: Call<{ path: 'name'; body: { note: string; rule: GroupRule }; answer: GroupView }>
  dropGroup: Call<{ path: 'name'; answer: Empty }>

  // Releases 版本
  releases: Call<{ answer: readonly ReleaseRow[] }>
  release: Call<{ path: 'id'; answer: ReleaseDetail }>
  /** The body is the bytes of a `.release` file, `application/octet-stream`. */
  uploadRelease: Call<{ bytes: true; answer: ReleaseDetail }>
  approveRelease: Call<{ path: 'id'; body: { note: string }; answer: ReleaseDetail }>
  withdrawRelease: Call<{ path: 'id'; body: Reason; answer: ReleaseDetail }>

  // Root documents 信任根
  /** The factory's first. */
  roots: Call<{ answer: readonly RootView[] }>
  /** The body is the bytes of the next root document's envelope, `application/octet-stream`. Terminals are told. */
  addRoot: Call<{ bytes: true; answer: RootView }>

  // Deployments 下发
  previewDeployment: Call<{ body: DeploymentPlan; answer: DeploymentPreview }>
  deployments: Call<{ answer: readonly DeploymentRow[] }>
  deployment: Call<{ path: 'id'; answer: DeploymentDetail }>
  createDeployment: Call<{ body: DeploymentPlan; answer: DeploymentDetail }>
  /** draft → waitingApproval. */
  submitDeployment: Call<{ path: 'id'; answer: DeploymentDetail }>
  /** waitingApproval → scheduled; it starts by itself at its time. */
  approveDeployment: Call<{ path: 'id'; body: { note: string }; answer: DeploymentDetail }>
  pauseDeployment: Call<{ path: 'id'; body: Reason; answer: DeploymentDetail }>
  resumeDeployment: Call<{ path: 'id'; answer: DeploymentDetail }>
  nextWave: Call<{ path: 'id'; answer: DeploymentDetail }>
  abortDeployment: Call<{ path: 'id'; body: Reason; answer: DeploymentDetail }>
  /** Failed, refused, reverted and expired targets once more; no serials: all of them. */
  retryDeployment: Call<{ path: 'id'; body: { serials?: readonly string[] }; answer: { retried: number } }>
  targets: Call<{
    path: 'id'
    query: ListQuery & { state?: string; wave?: string }
    answer: TargetPage
  }>

  // Parameters 参数
  parameterTable: Call<{ answer: readonly ParameterRow[] }>
  layers: Call<{ answer: readonly LayerRow[] }>
  layer: Call<{ query: LayerQuery; answer: LayerDetail }>
  /** Saves a draft, which changes nothing at any terminal; refused with all findings where something is wrong. */
  saveLayer: Call<{ query: LayerQuery; body: LayerDraft; answer: LayerDetail }>
  dropDraft: Call<{ query: LayerQuery; answer: LayerDetail }>
  /** Validates and compares with what is published; writes nothing. */
  diffLayer: Call<{ query: LayerQuery; body: LayerContent; answer: LayerDiff }>
  /** Makes the draft count, or where the policy says so, hands it to a second person. */
  publishLayer: Call<{ query: LayerQuery; body: { draft: number }; answer: LayerDetail }>
  approveLayer: Call<{ query: LayerQuery; body: { version: number; note: string }; answer: LayerDetail }>
  rejectLayer: Call<{ query: LayerQuery; body: { version: number; note: string }; answer: LayerDetail }>
  /** A draft with the content of an old version: to publish it is to go back. */
  revertLayer: Call<{ query: LayerQuery; body: { version: number } & Reason; answer: LayerDetail }>
  drift: Call<{ query: ListQuery; answer: Page<DriftRow> }>

  // Commands 命令
  sendCommand: Call<{
    body: { serials?: readonly string[]; filter?: string; order: CommandOrder }
    answer: {
      commands: readonly { serial: string; id: number }[]
      refused: readonly { serial: string; why: string }[]
    }
  }>
  commands: Call<{ path: 'serial'; answer: readonly CommandView[] }>
  /** The log that a command brought. */
  logOf: Call<{ path: 'id'; answer: LogView }>
  cancelCommand: Call<{ path: 'id'; answer: Empty }>
  alarms: Call<{ answer: readonly AlarmView[] }>
  seeAlarm: Call<{ path: 'id'; answer: Empty }>

  // Audit 审计, people 人员, tokens 令牌
  audit: Call<{
    query: ListQuery & { who?: string; event?: string; subject?: string }
    answer: Page<AuditView>
  }>
  verifyAudit: Call<{ answer: AuditVerdictView }>
  users: Call<{ answer: readonly UserView[] }>
  addUser: Call<{ body: { name: string; role: string; password: string }; answer: UserView }>
  changeUser: Call<{ path: 'name'; body: UserChange; answer: UserView }>
  tokens: Call<{ answer: readonly TokenView[] }>
  /** For oneself, with one's own role or less; `days` 1 to 366. */
  addToken: Call<{ body: { name: string; role: string; days: number }; answer: NewToken }>
  revokeToken: Call<{ path: 'id'; answer: TokenView }>

  // Reports 报表
  versions: Call<{ query: { filter?: string }; answer: VersionSpread }>
  failures: Call<{ query: { deployment?: string }; answer: readonly FailureRow[] }>
  silent: Call<{ query: ListQuery & { days?: string }; answer: Page<SilentRow> }>
}

interface CallParts {
  readonly path?: string
  readonly query?: object
  readonly body?: unknown
  readonly bytes?: true
  readonly answer: unknown
}
type Call<Parts extends CallParts> = Parts
export type CallName = keyof Calls
export type AnswerOf<Name extends CallName> = Calls[Name]['answer']
/** What a request takes beside its name: `path` is the value that stands in its path. */
export type InputOf<Name extends CallName> = (Calls[Name] extends { path: string }
  ? { readonly path: string }
  : unknown) &
  (Calls[Name] extends { query: infer Query } ? { readonly query: Query } : unknown) &
  (Calls[Name] extends { body: infer Body } ? { readonly body: Body } : unknown) &
  (Calls[Name] extends { bytes: true } ? { readonly bytes: Uint8Array } : unknown)

export type Empty = Readonly<Record<never, never>>
export interface Reason {
  readonly reason: string
}
/** `limit` 1 to 500, 100 where absent; `after`: the `next` of the page before. */
export interface ListQuery {
  after?: string
  limit?: string
}
export type LayerQuery = LayerName
export interface LayerDraft {
  readonly content: LayerContent
  /** Unix seconds; 0: at once. */
  readonly effective: number
  /** How it reaches the terminals: to all at once, or in the default waves with their gates. */
  readonly waves: 'all' | 'default'
  readonly reason: string
}
/** One of the three at a time. `password`: a new one, that the person changes at the next log-in. */
export type UserChange =
  | { readonly role: string }
  | { readonly enabled: boolean }
  | { readonly password: string }

/** 错误: `at` names the place in what was sent, as `policy.windowFrom`; `findings` are of `saveLayer` alone. */
export interface ApiError {
  readonly error: {
    readonly code: ApiErrorCode
    readonly zh: string
    readonly en: string
    readonly at?: string
    readonly findings?: LayerDiff['findings']
  }
}

// biome-ignore format: one row a code, with the status of HTTP
export const apiErrors = {
  badInput:     { status: 400, zh: '输入有误'     },
  notLoggedIn:  { status: 401, zh: '未登录'       },
  credentials:  { status: 401, zh: '姓名或密码不对' },
  locked:       { status: 423, zh: '已锁定'       },
  foreign:      { status: 403, zh: '来源不符'     },
  forbidden:    { status: 403, zh: '无此权限'     },
  secondPerson: { status: 403, zh: '需另一人复核' },
  notFound:     { status: 404, zh: '没有此项'     },
  method:       { status: 405, zh: '方法不符'     },
  refused:      { status: 409, zh: '不能执行'     },
  tooLarge:     { status: 413, zh: '内容过大'     },
  mediaType:    { status: 415, zh: '类型不符'     },
  tooMany:      { status: 429, zh: '请稍候'       },
  fault:        { status: 500, zh: '服务故障'     },
} as const satisfies { readonly [code: string]: { readonly status: number; readonly zh: string } }
export type ApiErrorCode = keyof typeof apiErrors

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'
export interface Route {
  readonly method: Method
  /** Below `/api/v1`; one part may be `{}`, the `path` of the call. */
  readonly path: string
  /** 'anyone' has not logged in; 'self': whoever has. */
  readonly action: Action | 'anyone' | 'self'
}

const route = (method: Method, path: string, action: Route['action']): Route => ({ method, path, action })

// biome-ignore format: one row a request
export const routes: { readonly [Name in CallName]: Route } = {
  logIn:             route('POST',   '/session',                       'anyone'),
  logOut:            route('DELETE', '/session',                       'self'),
  me:                route('GET',    '/me',                            'self'),
  changePassword:    route('PUT',    '/me/password',                   'ownAccount'),
  overview:          route('GET',    '/overview',                      'read'),
  terminals:         route('GET',    '/terminals',                     'read'),
  filterWords:       route('GET',    '/filter-words',                  'read'),
  savedFilters:      route('GET',    '/filters',                       'read'),
  saveFilter:        route('PUT',    '/filters/{}',                    'ownAccount'),
  dropFilter:        route('DELETE', '/filters/{}',                    'ownAccount'),
  terminal:          route('GET',    '/terminals/{}',                  'read'),
  addTerminal:       route('POST',   '/terminals',                     'editTerminals'),
  changeTerminal:    route('PUT',    '/terminals/{}',                  'editTerminals'),
  retireTerminal:    route('POST',   '/terminals/{}/retire',           'editTerminals'),
  restoreTerminal:   route('POST',   '/terminals/{}/restore',          'editTerminals'),
  resetTerminal:     route('POST',   '/terminals/{}/password',         'editTerminals'),
  importTerminals:   route('POST',   '/terminal-import',               'editTerminals'),
  terminalEvents:    route('GET',    '/terminals/{}/events',           'read'),
  terminalParameters:route('GET',    '/terminals/{}/parameters',       'read'),
  groups:            route('GET',    '/groups',                        'read'),
  putGroup:          route('PUT',    '/groups/{}',                     'editGroups'),
  dropGroup:         route('DELETE', '/groups/{}',                     'editGroups'),
  releases:          route('GET',    '/releases',                      'read'),
  release:           route('GET',    '/releases/{}',                   'read'),
  uploadRelease:     route('POST',   '/releases',                      'uploadRelease'),
  approveRelease:    route('POST',   '/releases/{}/approve',           'approveRelease'),
  withdrawRelease:   route('POST',   '/releases/{}/withdraw',          'withdrawRelease'),
  roots:             route('GET',    '/roots',                         'read'),
  addRoot:           route('POST',   '/roots',                         'manageService'),
  previewDeployment: route('POST',   '/deployment-preview',            'planDeployment'),
  deployments:       route('GET',    '/deployments',                   'read'),
  deployment:        route('GET',    '/deployments/{}',                'read'),
  createDeployment:  route('POST',   '/deployments',                   'planDeployment'),
  submitDeployment:  route('POST',   '/deployments/{}/submit',         'planDeployment'),
  approveDeployment: route('POST',   '/deployments/{}/approve',        'approveDeployment'),
  pauseDeployment:   route('POST',   '/deployments/{}/pause',          'haltDeployment'),
  resumeDeployment:  route('POST',   '/deployments/{}/resume',         'runDeployment'),
  nextWave:          route('POST',   '/deployments/{}/next-wave',      'runDeployment'),
  abortDeployment:   route('POST',   '/deployments/{}/abort',          'haltDeployment'),
  retryDeployment:   route('POST',   '/deployments/{}/retry',          'runDeployment'),
  targets:           route('GET',    '/deployments/{}/targets',        'read'),
  parameterTable:    route('GET',    '/parameter-table',               'read'),
  layers:            route('GET',    '/layers',                        'read'),
  layer:             route('GET',    '/layer',                         'read'),
  saveLayer:         route('PUT',    '/layer/draft',                   'editParameters'),
  dropDraft:         route('DELETE', '/layer/draft',                   'editParameters'),
  diffLayer:         route('POST',   '/layer/diff',                    'read'),
  publishLayer:      route('POST',   '/layer/publish',                 'editParameters'),
  approveLayer:      route('POST',   '/layer/approve',                 'approveParameters'),
  rejectLayer:       route('POST',   '/layer/reject',                  'approveParameters'),
  revertLayer:       route('POST',   '/layer/revert',                  'editParameters'),
  drift:             route('GET',    '/drift',                         'read'),
  sendCommand:       route('POST',   '/commands',                      'command'), // lock and unlock: 'lock'
  commands:          route('GET',    '/terminals/{}/commands',         'read'),
  logOf:             route('GET',    '/commands/{}/log',               'command'),
  cancelCommand:     route('POST',   '/commands/{}/cancel',            'command'),
  alarms:            route('GET',    '/alarms',                        'read'),
  seeAlarm:          route('POST',   '/alarms/{}/seen',                'haltDeployment'),
  audit:             route('GET',    '/audit',                         'readAudit'),
  verifyAudit:       route('GET',    '/audit/verify',                  'readAudit'),
  users:             route('GET',    '/users',                         'manageUsers'),
  addUser:           route('POST',   '/users',                         'manageUsers'),
  changeUser:        route('PUT',    '/users/{}',                      'manageUsers'),
  tokens:            route('GET',    '/tokens',                        'self'),
  addToken:          route('POST',   '/tokens',                        'ownAccount'),
  revokeToken:       route('DELETE', '/tokens/{}',                     'ownAccount'),
  versions:          route('GET',    '/reports/versions',              'read'),
  failures:          route('GET',    '/reports/failures',              'read'),
  silent:            route('GET',    '/reports/silent',                'read'),
}
export const CALLS = Object.keys(routes) as readonly CallName[]
export const API_PATH = '/api/v1'

/** Method and path, with its question, of a request: what a page gives to `fetch`. */
export function requestOf(
  name: CallName,
  path: string | undefined,
  query: Readonly<Record<string, string | undefined>> = {},
): { readonly method: Method; readonly url: string } {
  const { method, path: pattern } = routes[name]
  const asked = Object.entries(query).flatMap(([key, value]) =>
    value === undefined || value === '' ? [] : [`${key}=${encodeURIComponent(value)}`],
  )
  const below = pattern.replace('{}', encodeURIComponent(path ?? ''))
  return { method, url: `${API_PATH}${below}${asked.length === 0 ? '' : `?${asked.join('&')}`}` }
}
