import type { DownloadState } from './codes.ts'

/** 下载状态: what people call each state, and what may follow it in the reports of one terminal. */
export interface DownloadStateRow {
  readonly state: DownloadState
  readonly zh: string
  readonly en: string
  readonly then: readonly DownloadState[]
}

// biome-ignore format: one row a state, in the order of their numbers
export const downloadStates: readonly DownloadStateRow[] = [
  row('empty',      '无',       'none',        'receiving', 'failed'),
  row('receiving',  '下载中',   'downloading', 'verified', 'failed', 'superseded', 'expired'),
  row('verified',   '待激活',   'ready',       'armed', 'failed', 'superseded', 'expired'),
  row('armed',      '已就绪',   'armed',       'trial', 'reverted'),
  row('trial',      '试运行',   'on trial',    'confirmed', 'reverted'),
  row('confirmed',  '已升级',   'confirmed',   'receiving', 'failed'),
  row('failed',     '失败',     'failed',      'receiving', 'failed'),
  row('reverted',   '已回退',   'reverted',    'receiving', 'failed'),
  row('superseded', '已被替代', 'superseded',  'receiving', 'failed'),
  row('expired',    '已过期',   'expired',     'receiving', 'failed'),
]

function row(state: DownloadState, zh: string, en: string, ...then: DownloadState[]): DownloadStateRow {
  return { state, zh, en, then }
}
