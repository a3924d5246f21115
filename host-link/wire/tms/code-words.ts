import { CODE, type Code } from './codes.ts'

/** 代码: what a code of a report means, for the console and the manual. */
export interface CodeRow {
  readonly code: Code
  readonly zh: string
  readonly en: string
}

// biome-ignore format: one row a code, in the order of their numbers
export const codeRows: readonly CodeRow[] = [
  row('ok',               '正常',               'in order'),
  row('signature',        '签名不足或不符',     'too few right signatures'),
  row('expired',          '文件已过期',         'expired, or older than the newest seen'),
  row('wrongModel',       '机型不符',           'not for this model'),
  row('wrongTenant',      '租户不符',           'of another operator'),
  row('counterLow',       '安全计数过低',       'security counter too low'),
  row('seqLow',           '文件序号过旧',       'an earlier document'),
  row('runtime',          '运行环境不符',       'not for this runtime'),
  row('parameterSchema',  '参数表版本不符',     'not for this table of parameters'),
  row('journalLayout',    '流水格式不符',       'cannot take over the journal'),
  row('noSpace',          '空间不足',           'not enough room'),
  row('baseMissing',      '缺少基础版本',       'the base of the delta is not there'),
  row('indexWrong',       '块索引错误',         'wrong index'),
  row('blockWrong',       '数据块错误',         'wrong block'),
  row('unpackWrong',      '解包失败',           'cannot be unpacked'),
  row('programWrong',     '程序校验不符',       'unpacked to another program'),
  row('flashFault',       '闪存故障',           'flash fault'),
  row('tries',            '试运行次数用尽',     'all trials used up'),
  row('hang',             '程序无响应',         'program hangs'),
  row('healthJournal',    '流水检查失败',       'journal not as before'),
  row('healthKeys',       '密钥检查失败',       'keys not as before'),
  row('healthParameters', '参数检查失败',       'parameters not as before'),
  row('healthSelfTest',   '自检失败',           'self-test failed'),
  row('healthBatch',      '批次检查失败',       'batch not as before'),
  row('deferredByUser',   '商户推迟',           'deferred by the merchant'),
  row('cancelled',        '已取消',             'cancelled'),
  row('notForMe',         '非本机文件',         'for another terminal'),
  row('parameterUnknown', '未知参数',           'unknown parameter'),
  row('parameterValue',   '参数值无效',         'parameter value out of range'),
  row('needsProgram',     '需先升级程序',       'needs another program first'),
  row('linkLost',         '连接中断',           'link lost'),
  row('timeout',          '超时',               'timed out'),
  row('requiredVersion',  '需先装中间版本',     'needs a version in between'),
  row('malformed',        '格式错误',           'malformed or too long'),
]

function row(name: keyof typeof CODE, zh: string, en: string): CodeRow {
  return { code: CODE[name], zh, en }
}
