/**
 * 审计: the chain of records. Each record has the SHA-256 of the one before it, so that none can be changed, left out or put
 * in later without all that follow being another chain. The tables are of `node/audit-log.ts`.
 */
export interface AuditRecord {
  /** From 1, without gaps. */
  readonly number: number
  /** Unix seconds. */
  readonly time: number
  /** Who did it: a person's name, or `service`. */
  readonly who: string
  /** Name of the token that was used. */
  readonly token?: string
  readonly event: AuditEvent
  /** What it was done to: `terminal 123`, `release 4`. */
  readonly subject: string
  readonly detail: { readonly [name: string]: string | number | boolean | null }
  /** Hash of the record before, 64 hex digits; zeros for the first. */
  readonly previous: string
}

/** 事件: all that is recorded, with what people read. */
// biome-ignore format: one row an event
export const auditEvents = {
  firstUser:          { zh: '建立首个用户',   en: 'first user made'             },
  loggedIn:           { zh: '登录',           en: 'logged in'                   },
  logInRefused:       { zh: '登录被拒',       en: 'log-in refused'              },
  loggedOut:          { zh: '退出',           en: 'logged out'                  },
  passwordChanged:    { zh: '修改密码',       en: 'password changed'            },
  userAdded:          { zh: '新增用户',       en: 'user added'                  },
  userChanged:        { zh: '修改用户',       en: 'user changed'                },
  tokenMade:          { zh: '签发令牌',       en: 'token made'                  },
  tokenRevoked:       { zh: '吊销令牌',       en: 'token revoked'               },
  filterSaved:        { zh: '保存筛选',       en: 'filter saved'                },
  filterDropped:      { zh: '删除筛选',       en: 'filter dropped'              },
  terminalAdded:      { zh: '新增终端',       en: 'terminal added'              },
  terminalChanged:    { zh: '修改终端',       en: 'terminal changed'            },
  terminalRetired:    { zh: '停用终端',       en: 'terminal retired'            },
  terminalRestored:   { zh: '恢复终端',       en: 'terminal restored'           },
  terminalPassword:   { zh: '重置终端口令',   en: 'terminal password made anew' },
  terminalsImported:  { zh: '导入终端',       en: 'terminals imported'          },
  groupPut:           { zh: '保存分组',       en: 'group saved'                 },
  groupDropped:       { zh: '删除分组',       en: 'group dropped'               },
  releaseUploaded:    { zh: '上传版本',       en: 'release uploaded'            },
  releaseApproved:    { zh: '批准版本',       en: 'release approved'            },
  releaseWithdrawn:   { zh: '撤回版本',       en: 'release withdrawn'           },
  rootAdded:          { zh: '新增信任根',     en: 'root document added'         },
  deploymentCreated:  { zh: '新建下发',       en: 'deployment made'             },
  deploymentSubmitted:{ zh: '提交下发',       en: 'deployment handed in'        },
  deploymentApproved: { zh: '批准下发',       en: 'deployment approved'         },
  deploymentPaused:   { zh: '暂停下发',       en: 'deployment paused'           },
  deploymentResumed:  { zh: '继续下发',       en: 'deployment resumed'          },
  deploymentNextWave: { zh: '放行下一波',     en: 'next wave begun'             },
  deploymentAborted:  { zh: '中止下发',       en: 'deployment aborted'          },
  deploymentRetried:  { zh: '重试下发',       en: 'deployment retried'          },
  layerSaved:         { zh: '保存参数草稿',   en: 'layer draft saved'           },
  layerDropped:       { zh: '放弃参数草稿',   en: 'layer draft dropped'         },
  layerSubmitted:     { zh: '提交参数',       en: 'layer handed in'             },
  layerPublished:     { zh: '发布参数',       en: 'layer published'             },
  layerRejected:      { zh: '退回参数',       en: 'layer rejected'              },
  commandSent:        { zh: '远程命令',       en: 'command sent'                },
  commandCancelled:   { zh: '取消命令',       en: 'command cancelled'           },
  alarmSeen:          { zh: '确认告警',       en: 'alarm seen'                  },
} as const satisfies { readonly [event: string]: { readonly zh: string; readonly en: string } }
export type AuditEvent = keyof typeof auditEvents

/** What stands before the first record. */
export const FIRST_PREVIOUS = '0'.repeat(64)

/** SHA-256 of a text in UTF-8, 64 lower-case hex digits. */
export type HashText = (text: string) => string

/** One text for one record: JSON without blanks, names in the order of their letters, nothing undefined. */
export function canonicalRecord(record: AuditRecord): string {
  return JSON.stringify(sorted(record))
}

function sorted(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
  const entries = Object.entries(value).filter(([, one]) => one !== undefined)
  entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([name, one]) => [name, sorted(one)]))
}

/** A record as it is kept. */
export interface AuditRow {
  readonly number: number
  readonly record: string
  readonly hash: string
}

/** Where a chain stands; hand it back to go on. */
export interface ChainEnd {
  readonly number: number
  readonly hash: string
}
export const CHAIN_START: ChainEnd = { number: 0, hash: FIRST_PREVIOUS }

export type ChainVerdict =
  | { readonly kind: 'whole'; readonly end: ChainEnd }
  /** `record`: the first that is not what was written, or that is not there. */
  | { readonly kind: 'broken'; readonly record: number; readonly why: string }

/**
 * Whether these rows go on where the chain stood. What no copy of the chain alone can tell is whether its last records were
 * cut off: compare number and hash of its end with those noted elsewhere.
 */
export function verifyRows(from: ChainEnd, rows: readonly AuditRow[], hash: HashText): ChainVerdict {
  let end = from
  for (const row of rows) {
    const number = end.number + 1
    if (row.number !== number)
      return broken(number, row.number > number ? 'it is missing' : 'it is there twice')
    const record = recordOf(row.record)
    if (record === undefined || hash(row.record) !== row.hash) return broken(number, 'it was changed')
    if (record.number !== number) return broken(number, 'it is another record')
    if (record.previous !== end.hash) return broken(number, 'it does not follow the record before it')
    end = { number, hash: row.hash }
  }
  return { kind: 'whole', end }
}

function broken(record: number, why: string): ChainVerdict {
  return { kind: 'broken', record, why }
}

/** Only the one text that a record has; anything else was not written by the service. */
export function recordOf(text: string): AuditRecord | undefined {
  try {
    const record: unknown = JSON.parse(text)
    if (record === null || typeof record !== 'object' || Array.isArray(record)) return undefined
    const known = record as AuditRecord
    return canonicalRecord(known) === text ? known : undefined
  } catch {
    return undefined
  }
}
