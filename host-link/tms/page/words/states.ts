/** Why a terminal does not go on, and what a report says in short words. */
// biome-ignore format: one row a word
export const stateWords = {
  'wait.batch':       ['等结算（批次未清）', 'settlement (batch open)'],
  'wait.window':      ['等时间窗', 'its time window'],
  'wait.transaction': ['正在交易', 'a transaction'],
  'wait.owed':        ['有待冲正或未完的结算', 'a reversal or settlement owed'],
  'wait.deferred':    ['商户推迟', 'the merchant said later'],
  'wait.paper':       ['缺纸或待打印', 'paper or a slip owed'],
  'wait.power':       ['电量不足', 'power'],
  'wait.offline':     ['不在线', 'the terminal to be online'],
  'wait.wave':        ['未轮到这一波', 'its wave'],
  'wait.rate':        ['限速排队', 'its turn (rate limit)'],
  'wait.paused':      ['下发已暂停', 'the deployment, which is paused'],
  waiting:            ['等待：{list}', 'waits for {list}'],

  'status.active':    ['正常', 'active'],
  'status.locked':    ['锁机', 'locked'],
  'status.retired':   ['停用', 'retired'],
  online:             ['在线', 'online'],
  offline:            ['离线', 'offline'],

  'place.factory':    ['出厂', 'factory'],
  'place.a':          ['槽 A', 'slot A'],
  'place.b':          ['槽 B', 'slot B'],

  'kind.program':     ['程序', 'program'],
  'kind.parameters':  ['参数', 'parameters'],

  'command.message':    ['服务信息', 'Message'],
  'command.lock':       ['锁机', 'Lock'],
  'command.unlock':     ['解锁', 'Unlock'],
  'command.log':        ['取日志', 'Fetch log'],
  'command.report':     ['立即报告', 'Report now'],
  'command.inspection': ['巡检', 'Inspection'],
  'commandState.waiting':   ['待发送', 'to be sent'],
  'commandState.sent':      ['已发送', 'sent'],
  'commandState.done':      ['已执行', 'done'],
  'commandState.failed':    ['失败', 'failed'],
  'commandState.cancelled': ['已取消', 'cancelled'],

  'user.active':      ['正常', 'active'],
  'user.disabled':    ['停用', 'disabled'],
  'user.locked':      ['锁定', 'locked'],
  'token.active':     ['有效', 'active'],
  'token.expired':    ['已过期', 'expired'],
  'token.revoked':    ['已吊销', 'revoked'],

  'layer.draft':      ['草稿', 'draft'],
  'layer.waiting':    ['待复核', 'waits for a second person'],
  'layer.published':  ['已发布', 'published'],
  'layer.superseded': ['已被取代', 'superseded'],
  'layer.rejected':   ['已退回', 'rejected'],

  'reported.same':    ['一致', 'same'],
  'reported.drift':   ['本地修改', 'changed locally'],
  'reported.waiting': ['待生效', 'on its way'],
  'reported.unknown': ['未报告', 'not reported'],
} as const
