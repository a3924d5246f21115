/** Sentences of the service that people meet often, in Chinese; `$1` is what stands in the brackets of the pattern, `$w1` its word. */
// biome-ignore format: one row a sentence
const rows: readonly (readonly [pattern: RegExp, zh: string])[] = [
  [/^Log in first/,                                                  '请先登录。'],
  [/^Name or password is wrong/,                                     '姓名或密码不对。'],
  [/^Too many wrong passwords: locked for (\d+) minutes/,            '密码错误次数过多，锁定 $1 分钟。'],
  [/^Too many log-ins at once/,                                      '同时登录的人太多，请稍候。'],
  [/^Change your password first/,                                    '请先修改密码。'],
  [/^Your role may not do this/,                                     '您的角色不能这样做。'],
  [/^Another page may not ask/,                                      '请求来自别的网页。'],
  [/^Not under this name/,                                           '不能用这个域名访问。'],
  [/^filter, character (\d+): there is no field "(.*)"/,             '筛选第 $1 个字符：没有字段“$2”。'],
  [/^filter, character (\d+): one of (.*) is wanted/,                '筛选第 $1 个字符：此处应为 $2 之一。'],
  [/^filter, character (\d+): a value is wanted/,                    '筛选第 $1 个字符：此处缺少值。'],
  [/^filter, character (\d+): it ends too early/,                    '筛选第 $1 个字符：内容未完。'],
  [/^filter, character (\d+): a \) is missing/,                      '筛选第 $1 个字符：缺少右括号。'],
  [/^filter, character (\d+): yes or no is wanted/,                  '筛选第 $1 个字符：应为 yes 或 no。'],
  [/^filter, character (\d+): a whole number is wanted/,             '筛选第 $1 个字符：应为整数。'],
  [/^filter, character (\d+): (\w+) is text/,                        '筛选第 $1 个字符：$2 是文字，只能用 =、!= 或 ~。'],
  [/^filter, character (\d+): "(.*)" is not understood/,             '筛选第 $1 个字符：不明白“$2”。'],
  [/^filter, character (\d+): /,                                     '筛选第 $1 个字符处有误。'],
  [/^There is no terminal (.+)\.$/,                                  '没有终端 $1。'],
  [/^There is a terminal (.+) already/,                              '终端 $1 已存在。'],
  [/^There is no such ([a-z]+(?: of your own)?)\.$/,                 '这个$w1已不存在。'],
  [/^Who uploaded a release cannot approve it/,                      '上传版本的人不能复核它，须由另一人。'],
  [/^Who made a deployment cannot approve it/,                       '制定下发的人不能复核它，须由另一人。'],
  [/^Who wrote or handed in a layer cannot approve it/,              '编写或提交参数的人不能复核它，须由另一人。'],
  [/^The release (\S+) is not approved: it is withdrawn/,            '版本 $1 已撤回，不能下发。'],
  [/^The release (\S+) is not approved/,                             '版本 $1 未经复核，不能下发。'],
  [/^Another version of this layer waits/,                           '本层另有一版在等待复核。'],
  [/^(\d+) terminals are meant; (\d+) at most/,                      '选中 $1 台；一次最多 $2 台。'],
  [/^policy\.deadline: it is not after the earliest/,                '截止时间须晚于最早时间。'],
  [/^policy\.deadline: it has passed/,                               '截止时间已过。'],
  [/^The deadline has passed/,                                       '截止时间已过，请另建下发。'],
  [/^waves: rising percentages/,                                     '波次须为递增的百分数（1 至 99）。'],
  [/^(\S+): one serial at least is wanted/,                          '至少填一个序列号。'],
  [/^(\S+): a serial of/,                                            '序列号须为 1 至 20 个字母、数字、“.”、“_”或“-”。'],
  [/^(\S+): text of (\d+) to (\d+) characters/,                      '须填 $2 至 $3 个字符。'],
  [/^(\S+): a whole number from (-?\d+) to (\d+)/,                   '须为 $2 至 $3 的整数。'],
  [/a password has 8 characters or more/,                            '密码至少 8 个字符，其中至少 4 个不同。'],
  [/a name has 1 to 40 letters/,                                     '姓名须为 1 至 40 个字母、数字或汉字，中间可用 . - _ 和空格。'],
  [/^This release is there already/,                                 '这个版本已经上传过。'],
  [/^The release is (\w+) already/,                                  '版本已是其他状态，请刷新。'],
  [/^There is no further wave/,                                      '没有下一波了。'],
  [/^(\d+) commands wait for this terminal already/,                 '该终端已有 $1 条命令在等待。'],
  [/^There is no such command, or it is over/,                       '没有这条命令，或已结束。'],
  [/^(\w+) is not possible: the deployment is/,                      '下发的状态已变，请刷新。'],
  [/^A group has either a filter or members/,                        '分组须有筛选或名单。'],
  [/^A name is 1–40 letters/,                                        '名称须为 1 至 40 个字母、数字、空格、“.”、“_”或“-”。'],
  [/^Somebody has this name already/,                                '已有人用这个姓名。'],
  [/^The last administrator stays one/,                              '最后一位管理员不能改成别的角色。'],
  [/^A token of yours can have no right/,                            '令牌的权限不能超过本人。'],
  [/^The service has a fault/,                                       '详情见服务日志。'],
]

/** What a sentence is about, for `$w1`. */
const nouns: { readonly [en: string]: string } = {
  ...{
    alarm: '告警',
    command: '命令',
    deployment: '下发',
    draft: '草稿',
    'filter of your own': '本人的筛选',
  },
  ...{
    group: '分组',
    layer: '参数层',
    number: '编号',
    release: '程序版本',
    request: '请求',
    terminal: '终端',
  },
  ...{ token: '令牌', user: '用户', version: '版本' },
}

/** The same in Chinese; undefined for a sentence that has no row here. */
export function sentenceZh(en: string): string | undefined {
  const row = rows.find(([pattern]) => pattern.test(en))
  if (row === undefined) return undefined
  const found = row[0].exec(en) ?? []
  return row[1].replace(/\$(w?)(\d)/g, (_, word: string, number: string) => {
    const text = found[Number(number)] ?? ''
    return word === '' ? text : (nouns[text] ?? text)
  })
}
