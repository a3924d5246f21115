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
  updateDefer:      ['还可推迟 # 次', 'Can wait # times'],
  updateDeadline:   ['最迟 # 小时内', 'Within # hours'],
  updateMinutes:    ['约需 # 分钟', 'About # minutes'],
  updateStarts:     ['无人时自动升级', 'Starts when idle'],
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

/** 代码 in a few words, at its number: 中文 without a blank, then English. */
// biome-ignore format: one row a code, in the order of their numbers
const codeWords: readonly string[] = [
  '正常 Good',
  '签名不足或不符 Bad signature',
  '文件已过期 Out of date',
  '机型不符 Another model',
  '租户不符 Other operator',
  '安全计数过低 Counter too low',
  '文件序号过旧 An earlier one',
  '运行环境不符 Another runtime',
  '参数表版本不符 Another table',
  '流水格式不符 Another journal',
  '空间不足 No room',
  '缺少基础版本 Base is missing',
  '块索引错误 Wrong index',
  '数据块错误 Wrong block',
  '解包失败 Not unpacked',
  '程序校验不符 Wrong program',
  '闪存故障 Flash fault',
  '试运行次数用尽 Did not start',
  '程序无响应 Hung',
  '流水检查失败 Journal differs',
  '密钥检查失败 Keys differ',
  '参数检查失败 Set-up differs',
  '自检失败 Self-test failed',
  '批次检查失败 Batch differs',
  '商户推迟 Put off',
  '已取消 Cancelled',
  '非本机文件 Not for this one',
  '未知参数 Unknown number',
  '参数值无效 Wrong value',
  '需先升级程序 Program first',
  '连接中断 Line lost',
  '超时 No answer',
  '需先装中间版本 Version between',
  '格式错误 Malformed',
]

/** What a code means, for whoever reads the screen; empty: it has no word. */
export function codeWord(locale: 'zh' | 'en', code: number): string {
  const both = codeWords[code] ?? ''
  const at = both.indexOf(' ')
  return locale === 'zh' ? both.slice(0, at) : both.slice(at + 1)
}
