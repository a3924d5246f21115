/** A state with its names, and what follows from being in it. */
interface Named {
  readonly zh: string
  readonly en: string
}

interface TargetRow extends Named {
  /** `open`: goes on; `good`: counts as success; `bad`: counts as failure; `gone`: counts for nothing. */
  readonly end: 'open' | 'good' | 'bad' | 'gone'
  /** The terminal has been offered it: it is part of the terminal's desired state. */
  readonly offered: boolean
}

function named(zh: string, en: string): Named {
  return { zh, en }
}

function target(zh: string, en: string, end: TargetRow['end'], offered: boolean): TargetRow {
  return { zh, en, end, offered }
}

// biome-ignore format: one row a state
export const releaseStates = {
  draft:     named('待审批', 'waits for a second person'),
  approved:  named('已批准', 'approved'),
  withdrawn: named('已撤回', 'withdrawn'),
} as const satisfies Record<string, Named>

// biome-ignore format: one row a state
export const deploymentStates = {
  draft:           named('草稿',   'draft'),
  waitingApproval: named('待审批', 'waits for a second person'),
  scheduled:       named('已排期', 'scheduled'),
  running:         named('进行中', 'running'),
  paused:          named('已暂停', 'paused'),
  finished:        named('已完成', 'finished'),
  aborted:         named('已中止', 'aborted'),
} as const satisfies Record<string, Named>

// biome-ignore format: one row a state
export const waveStates = {
  waiting: named('未开始', 'waiting'),
  running: named('进行中', 'running'),
  baking:  named('观察中', 'baking'),
  passed:  named('已通过', 'passed'),
  failed:  named('未通过', 'failed'),
} as const satisfies Record<string, Named>

// biome-ignore format: one row a state of a terminal in a deployment
export const targetStates = {
  waiting:     target('未轮到',   'its wave has not begun',        'open', false),
  queued:      target('待通知',   'to be told',                    'open', true ),
  notified:    target('已通知',   'told',                          'open', true ),
  accepted:    target('已接受',   'accepted',                      'open', true ),
  deferred:    target('商户推迟', 'deferred by the merchant',      'open', true ),
  downloading: target('下载中',   'downloading',                   'open', true ),
  downloaded:  target('已下载',   'downloaded and verified',       'open', true ),
  armed:       target('待重启',   'armed',                         'open', true ),
  trial:       target('试运行',   'trial start',                   'open', true ),
  confirmed:   target('已确认',   'confirmed by the terminal',     'good', false),
  reverted:    target('已回退',   'went back to the old program',  'bad',  false),
  refused:     target('已拒绝',   'refused by the terminal',       'bad',  false),
  failed:      target('失败',     'failed',                        'bad',  false),
  expired:     target('已过期',   'expired',                       'bad',  false),
  superseded:  target('已被取代', 'superseded by a newer one',     'gone', false),
  cancelled:   target('已取消',   'cancelled',                     'gone', false),
} as const satisfies Record<string, TargetRow>

/**
 * A log 日志 that is lacking: the terminal has sent all of its pieces, once, and nobody acknowledges them. What has not come
 * a moment after that never comes; a new command asks for the log again.
 */
export function isLogLacking({
  kind,
  state,
  log,
}: {
  readonly kind: string
  readonly state: string
  readonly log?: { readonly bytes: number; readonly size: number }
}): boolean {
  return kind === 'log' && state === 'done' && (log === undefined || log.bytes < log.size)
}

/** States whose `end` is this, for queries. */
export function targetStatesOf(end: TargetRow['end']): readonly (keyof typeof targetStates)[] {
  return (Object.keys(targetStates) as (keyof typeof targetStates)[]).filter(
    (state) => targetStates[state].end === end,
  )
}
