/**
 * Who may do what at the service 下载服务. One row an action, one column a role; there is no other rule about who may ask
 * for what. That a second person has to agree is in `approval.ts`.
 */
export type UserRole = 'viewer' | 'operator' | 'releaser' | 'approver' | 'administrator'

/** 角色, with what people read. */
// biome-ignore format: one row a role
export const userRoles: { readonly [R in UserRole]: { readonly zh: string; readonly en: string } } = {
  viewer:        { zh: '查看员', en: 'viewer'        },
  operator:      { zh: '操作员', en: 'operator'      },
  releaser:      { zh: '发布员', en: 'releaser'      },
  approver:      { zh: '复核员', en: 'approver'      },
  administrator: { zh: '管理员', en: 'administrator' },
}
export const USER_ROLES = Object.keys(userRoles) as readonly UserRole[]

const row = (
  zh: string,
  viewer: boolean,
  operator: boolean,
  releaser: boolean,
  approver: boolean,
  administrator: boolean,
) => ({ zh, may: { viewer, operator, releaser, approver, administrator } })
const yes = true
const no = false

/**
 * 权限表. An administrator manages people and machines of the service, and for that very reason neither releases nor
 * approves: whoever can make identities could otherwise be both persons of a pair.
 */
// biome-ignore format: one row an action
export const accessTable = {
  //                                          viewer operator releaser approver administrator
  read:                  row('查看',           yes,   yes,     yes,     yes,     yes ), // fleet, releases, deployments, reports
  readAudit:             row('查看审计',       no,    no,      no,      yes,     yes ),
  ownAccount:            row('本人密码与筛选', yes,   yes,     yes,     yes,     yes ), // password, saved filters, own tokens
  editTerminals:         row('终端资料',       no,    yes,     no,      no,      yes ), // asset data, import, retire
  editGroups:            row('分组',           no,    yes,     yes,     no,      no  ),
  command:               row('远程命令',       no,    yes,     no,      no,      no  ), // message, log, report, inspection
  lock:                  row('锁机',           no,    yes,     no,      yes,     no  ),
  uploadRelease:         row('上传版本',       no,    no,      yes,     no,      no  ),
  approveRelease:        row('复核版本',       no,    no,      no,      yes,     no  ),
  withdrawRelease:       row('撤回版本',       no,    no,      yes,     yes,     no  ), // to stop is never hard
  planDeployment:        row('计划下发',       no,    no,      yes,     no,      no  ),
  approveDeployment:     row('复核下发',       no,    no,      no,      yes,     no  ),
  runDeployment:         row('执行下发',       no,    yes,     yes,     no,      no  ), // start, resume, next wave
  haltDeployment:        row('暂停下发',       no,    yes,     yes,     yes,     no  ), // pause, abort
  editParameters:        row('编辑参数',       no,    yes,     yes,     no,      no  ),
  approveParameters:     row('复核参数',       no,    no,      no,      yes,     no  ),
  manageUsers:           row('用户管理',       no,    no,      no,      no,      yes ),
  manageService:         row('服务管理',       no,    no,      no,      no,      yes ), // root documents, access lists of brokers
} as const satisfies { readonly [action: string]: ReturnType<typeof row> }

export type Action = keyof typeof accessTable
export const ACTIONS = Object.keys(accessTable) as readonly Action[]

/** Whether a role may do this. */
export function mayDo(role: UserRole, action: Action): boolean {
  return accessTable[action].may[role]
}

/** Whether a word is the name of a role. */
export function isUserRole(word: string): word is UserRole {
  return USER_ROLES.some((role) => role === word)
}
