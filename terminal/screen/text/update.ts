import type { Words } from './words.ts'

// biome-ignore format: one row a text, to be read down the columns
export const update = {
  // 软件更新: the page, the prompt, and how it ended
  softwareUpdate:   ['软件更新', 'Software update'],
  updateCheck:      ['检查更新', 'Check now'],
  updateAsked:      ['已查询,请稍候', 'Asked, wait'],
  updateOffline:    ['下载服务未连接', 'Service offline'],
  updateNew:        ['有新版本', 'New version'],
  updateNow:        ['现在升级', 'Update now'],
  updateSettleNow:  ['结算并升级', 'Settle + update'],
  updateSettled:    ['结算后升级', 'After settlement'],
  updateLater:      ['稍后', 'Later'],
  updateDefer:      ['还可推迟(次)', 'Later, times'],
  updateDeadline:   ['最迟(小时内)', 'Within hours'],
  updateMinutes:    ['约需(分钟)', 'Minutes, about'],
  updateStarts:     ['无人时自动升级', 'Starts by itself'],
  updateSettles:    ['先自动结算', 'Settles first'],
  updateMark:       ['新版', 'New'],
  updateTrial:      ['新版本自检中', 'Checking itself'],
  updateDone:       ['已升级到', 'Updated to'],
  updateBack:       ['升级未成功', 'Update failed'],
  updateStays:      ['继续使用', 'Stays with'],
  updateRefused:    ['参数下载未采用', 'Parameters refused'],
  updateCode:       ['代码', 'Code'],
  // 下载状态
  updateEmpty:      ['没有新版本', 'Nothing new'],
  updateReceiving:  ['正在下载', 'Downloading'],
  updateVerified:   ['等待升级', 'Ready, waits'],
  updateArmed:      ['即将重启', 'About to restart'],
  updateFailed:     ['下载失败', 'Failed'],
  updateParameters: ['待生效参数', 'Parameters wait'],
  // 等待的原因
  waitBatch:        ['批次未结算', 'Batch is open'],
  waitWindow:       ['未到升级时间', 'Not yet its time'],
  waitOwed:         ['有待冲正或待上送', 'Host is owed'],
  waitDeferred:     ['商户推迟', 'Put off'],
  waitPaper:        ['单据未打完', 'A slip is due'],
  // 远程命令
  remoteLocked:     ['终端已被远程锁定', 'REMOTELY LOCKED'],
  remoteLockedHow:  ['请联系收单机构', 'Call the acquirer'],
  inspectionDue:    ['有巡检任务:4-9-5', 'Inspect: 4-9-5'],
  inspectionKept:   ['巡检完成,自动上报', 'Done, is reported'],
  checkLine:        ['通讯是否正常?', 'Line works?'],
} as const satisfies Words
