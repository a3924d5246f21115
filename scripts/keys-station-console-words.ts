import { sentence } from './command-error.ts'

/** Words of the station's console; what to do next is said by `nextWords`, as on the page. */
const en = {
  next: 'Next',
  choose: 'Choose',
  name: 'Name: ',
  role: 'Role, c custodian or o operator [c]: ',
  passphrase: (name: string) => `Passphrase of ${name}: `,
  passphraseNew: (name: string) => `New passphrase of ${name}, 8 characters or more: `,
  passphraseOld: (name: string) => `Old passphrase of ${name}: `,
  passphraseOwn: (name: string) => `${name}, your passphrase: `,
  passphraseAgree: (name: string) => `${name}, your passphrase, to agree: `,
  again: 'Once more: ',
  differ: 'The two are not the same.',
  enrolled: (name: string) => `${name} is enrolled.`,
  open: 'The station is open.',
  identityFile: 'Identity file: ',
  identityTaken: (id: string) => `The station is ${id}.`,
  label: 'Label of the key [ZMK]: ',
  kind: 'Algorithm, AES-256, TDES-192 or TDES-128 [AES-256]: ',
  components: 'Components, 2 or 3 [2]: ',
  expectedCheckValue: 'Check value on the form [none]: ',
  custodian: (number: number, of: number) => `Custodian of component ${number} of ${of}, or abandon: `,
  digits: (name: string, count: number) => `${name}, your ${count} digits: `,
  compare: (checkValue: string) => `Check value ${checkValue}. Is it the one on your envelope? y or n: `,
  wrong: 'Forgotten; type it again.',
  keyMade: (checkValue: string) => `The key is made. Check value ${checkValue}.`,
  listFile: 'CSV file of terminals: ',
  imported: (added: number, known: number) => `${added} terminals imported, ${known} were there already.`,
  line: (line: number) => `line ${line}`,
  lineAddress: 'Line, as serial:/dev/ttyUSB0, tcp:127.0.0.1:9200 or websocket:127.0.0.1:9201: ',
  lineOpen: (address: string) => `Terminals may come on ${address}.`,
  lineWrong: 'A line is serial:PATH, tcp:HOST:PORT or websocket:HOST:PORT.',
  watching: 'Enter ends the watch.',
  exportFile: 'File for the host: ',
  exported: (keys: number) => `${keys} keys written, under the ZMK.`,
  labelSerial: 'Serial number [all that have no label yet]: ',
  labelFile: 'File for labels, empty for the screen: ',
  labelled: (count: number) => `${count} labels.`,
  closed: 'The session is closed and the audit signed.',
  none: 'Choose one of these.',
  loaded: 'loaded',
  failed: 'failed',
  left: 'left',
  perMinute: 'a minute',
  menu: {
    d: 'import an identity',
    n: 'new key',
    i: 'import list',
    o: 'open a line',
    w: 'watch injections',
    l: 'labels',
    x: 'export for the host',
    e: 'enrol a person',
    p: 'change a passphrase',
    c: 'close the session',
    q: 'quit',
  },
}

export type ConsoleWords = typeof en
export type MenuKey = keyof ConsoleWords['menu']

const zh: ConsoleWords = {
  next: '下一步',
  choose: '请选择',
  name: '姓名：',
  role: '角色，c 保管人，o 操作员 [c]：',
  passphrase: (name) => `${name} 的口令：`,
  passphraseNew: (name) => `设定 ${name} 的口令，至少 8 个字符：`,
  passphraseOld: (name) => `${name} 的原口令：`,
  passphraseOwn: (name) => `${name}，请输入本人口令：`,
  passphraseAgree: (name) => `${name}，请输入口令表示同意：`,
  again: '再输入一次：',
  differ: '两次输入不同。',
  enrolled: (name) => `${name} 已登记。`,
  open: '注入站已打开。',
  identityFile: '身份文件：',
  identityTaken: (id) => `注入站编号 ${id}。`,
  label: '密钥名称 [ZMK]：',
  kind: '算法 AES-256、TDES-192 或 TDES-128 [AES-256]：',
  components: '分量数 2 或 3 [2]：',
  expectedCheckValue: '单据上的校验值 [无]：',
  custodian: (number, of) => `分量 ${number}／${of} 的保管人姓名，放弃输入 abandon：`,
  digits: (name, count) => `${name}，请输入 ${count} 位分量：`,
  compare: (checkValue) => `校验值 ${checkValue}，与信封一致吗？y 一致，n 不一致：`,
  wrong: '已清除，请重新输入。',
  keyMade: (checkValue) => `密钥已合成，校验值 ${checkValue}。`,
  listFile: '终端清单 CSV 文件：',
  imported: (added, known) => `已导入 ${added} 台，另有 ${known} 台原已在清单上。`,
  line: (line) => `第 ${line} 行`,
  lineAddress: '端口，如 serial:/dev/ttyUSB0、tcp:127.0.0.1:9200、websocket:127.0.0.1:9201：',
  lineOpen: (address) => `终端可从 ${address} 接入。`,
  lineWrong: '端口写作 serial:路径、tcp:地址:端口 或 websocket:地址:端口。',
  watching: '按 Enter 结束查看。',
  exportFile: '主机文件：',
  exported: (keys) => `已写出 ${keys} 把密钥（在 ZMK 保护下）。`,
  labelSerial: '序列号 [所有还没有标签的]：',
  labelFile: '标签文件，空为显示在屏幕上：',
  labelled: (count) => `${count} 张标签。`,
  closed: '会话已关闭，审计已签名。',
  none: '请从中选择。',
  loaded: '已完成',
  failed: '失败',
  left: '剩余',
  perMinute: '台／分钟',
  menu: {
    d: '导入身份',
    n: '建立密钥',
    i: '导入清单',
    o: '打开端口',
    w: '查看注入进度',
    l: '标签',
    x: '导出主机文件',
    e: '登记人员',
    p: '修改口令',
    c: '关闭会话',
    q: '退出程序',
  },
}

export function consoleWords(locale: 'zh' | 'en'): ConsoleWords {
  return locale === 'zh' ? zh : en
}

// biome-ignore format: one row an error code of the system
const fileFaults: { readonly [code: string]: string } = {
  ENOENT:  '没有这个文件',
  EISDIR:  '这是一个文件夹',
  ENOTDIR: '路径中有一段不是文件夹',
  EEXIST:  '已有同名文件',
  EACCES:  '没有权限',
  EPERM:   '没有权限',
  ENOSPC:  '磁盘已满',
  EROFS:   '文件系统只读',
}

/** Why a file cannot be read or written, as a sentence in the reader's language. */
export function fileWords(path: string, error: unknown, locale: 'zh' | 'en'): string {
  if (locale === 'en') return sentence(error)
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined
  const known = typeof code === 'string' && Object.hasOwn(fileFaults, code) ? fileFaults[code] : undefined
  return `${path}：${known ?? '无法读写'}。`
}
