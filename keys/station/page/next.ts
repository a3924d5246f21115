import { RENEW_DAYS, type StationView } from '../station.ts'

/** What is to be done now; `nextWords` has the words, for page and console alike. */
export type Next =
  | { readonly kind: 'enrolFirst' | 'logInFirst' | 'audit' | 'identity' | 'firstKey' | 'importList' }
  | { readonly kind: 'renewIdentity'; readonly id: string }
  | { readonly kind: 'enrolSecond' | 'logInSecond'; readonly name: string }
  | {
      readonly kind: 'component'
      readonly number: number
      readonly of: number
      readonly given: readonly string[]
    }
  | { readonly kind: 'compare'; readonly name: string; readonly checkValue: string }
  | { readonly kind: 'noLine'; readonly left: number }
  | { readonly kind: 'inject'; readonly left: number; readonly busy: number }
  | { readonly kind: 'retry'; readonly failed: number }
  | { readonly kind: 'finish'; readonly loaded: number }

/** The one thing to do at this moment of the station; there is exactly one at every moment. */
export function nextOf(view: StationView): Next {
  const [first] = view.people
  if (view.state === 'new') {
    if (first === undefined) return { kind: 'enrolFirst' }
    // Whoever came first must be there when the second one comes.
    return first.loggedIn ? { kind: 'enrolSecond', name: first.name } : { kind: 'logInFirst' }
  }
  if (view.state === 'closed') {
    const inside = view.people.find((person) => person.loggedIn)
    return inside === undefined ? { kind: 'logInFirst' } : { kind: 'logInSecond', name: inside.name }
  }
  return nextOfOpen(view)
}

function nextOfOpen({ missing, identity, ceremony, counts, lines }: StationView): Next {
  // Before all else: a station whose records are not whole gives no key.
  if (missing.includes('audit')) return { kind: 'audit' }
  if (ceremony !== undefined) {
    const typed = ceremony.components.find((component) => component.state === 'typed')
    if (typed !== undefined) return { kind: 'compare', name: typed.name, checkValue: typed.checkValue }
    const given = ceremony.components.map(({ name }) => name)
    return { kind: 'component', number: given.length + 1, of: ceremony.wanted, given }
  }
  if (missing.includes('identity'))
    return identity === undefined ? { kind: 'identity' } : { kind: 'renewIdentity', id: identity.id }
  if (missing.includes('zmk')) return { kind: 'firstKey' }
  const busy = counts.sent + counts.proven
  const left = counts.expected + busy
  if (left + counts.loaded + counts.failed === 0) return { kind: 'importList' }
  const lineOpen = lines.some(({ state }) => state === 'waiting' || state === 'busy')
  if (left > 0) return lineOpen ? { kind: 'inject', left, busy } : { kind: 'noLine', left }
  if (counts.failed > 0) return { kind: 'retry', failed: counts.failed }
  return { kind: 'finish', loaded: counts.loaded }
}

/** What a person is to know before it stops the work; undefined where there is nothing. */
export function warningWords({ identity }: StationView, locale: 'zh' | 'en'): string | undefined {
  if (identity === undefined || identity.daysLeft < 0 || identity.daysLeft > RENEW_DAYS) return undefined
  const { id, daysLeft } = identity
  return locale === 'zh'
    ? `${id} 的身份证书还有 ${daysLeft} 天到期：请及时导入新的身份文件。`
    : `The certificate of ${id} expires in ${daysLeft} ${daysLeft === 1 ? 'day' : 'days'}: import a new identity file before that.`
}

/** The step as one sentence. */
export function nextWords(next: Next, locale: 'zh' | 'en'): string {
  return locale === 'zh' ? chinese(next) : english(next)
}

function chinese(next: Next): string {
  switch (next.kind) {
    case 'enrolFirst':
      return '请登记第一位人员：填写姓名和角色，并由本人设定口令。'
    case 'enrolSecond':
      return `请登记第二位人员（不能是 ${next.name}）：一个人不能单独使用注入站。`
    case 'logInFirst':
      return '请第一位人员选择自己的名字，输入口令登录。'
    case 'logInSecond':
      return `${next.name} 已登录。请另一位人员登录，注入站才会打开。`
    case 'audit':
      return '审计链不完整，注入站已停用：请保留现场，联系安全负责人。'
    case 'identity':
      return '请导入注入站的身份文件：终端凭它认出这台注入站。'
    case 'renewIdentity':
      return `${next.id} 的身份证书已过期，终端会拒绝它：请导入新的身份文件。`
    case 'firstKey':
      return '请建立区域主密钥 ZMK：各保管人带上自己的密钥分量。'
    case 'component':
      return next.given.length === 0
        ? `分量 1／${next.of}：请第一位保管人输入，其他人回避。`
        : `分量 ${next.number}／${next.of}：请 ${next.given.join('、')} 以外的保管人输入，其他人回避。`
    case 'compare':
      return `请 ${next.name} 把校验值 ${next.checkValue} 与信封上的核对，然后选“一致”或“不一致”。`
    case 'importList':
      return '请导入终端清单（CSV 文件）：只有清单上的终端才会得到密钥。'
    case 'noLine':
      return `还有 ${next.left} 台待注入，但没有可用的端口：请打开串口或网络端口。`
    case 'inject':
      return next.busy > 0
        ? `正在注入 ${next.busy} 台，还有 ${next.left} 台。终端提示完成之前不要拔线。`
        : `请接上下一台终端，在终端上选“管理 → 更多 → 密钥 → 密钥注入”。还有 ${next.left} 台。`
    case 'retry':
      return `${next.failed} 台失败：请在“终端”页查看原因，排除后重新接上即可再次注入。`
    case 'finish':
      return `清单上的 ${next.loaded} 台全部完成。请打印标签、导出主机文件，然后关闭会话。`
  }
}

function english(next: Next): string {
  switch (next.kind) {
    case 'enrolFirst':
      return 'Enrol the first person: a name, a role, and a passphrase that only this person knows.'
    case 'enrolSecond':
      return `Enrol a second person, other than ${next.name}: nobody can use the station alone.`
    case 'logInFirst':
      return 'The first person chooses their name and logs in with their passphrase.'
    case 'logInSecond':
      return `${next.name} is in. Another person must log in before the station opens.`
    case 'audit':
      return 'The audit is not whole and the station gives no key: change nothing, call the security officer.'
    case 'identity':
      return 'Import the identity file of the station: terminals know the station by it.'
    case 'renewIdentity':
      return `The certificate of ${next.id} has expired and terminals refuse it: import a new identity file.`
    case 'firstKey':
      return 'Begin the zone master key (ZMK): its custodians need their components now.'
    case 'component':
      return next.given.length === 0
        ? `Component 1 of ${next.of}: the first custodian types it, all others look away.`
        : `Component ${next.number} of ${next.of}: a custodian other than ${next.given.join(' and ')} types it, all others look away.`
    case 'compare':
      return `${next.name}: compare check value ${next.checkValue} with your envelope, then say whether it is right.`
    case 'importList':
      return 'Import the list of terminals (a CSV file): only those on it will get a key.'
    case 'noLine':
      return `Terminals waiting: ${next.left}; but no line is open for them: open a serial or a network line.`
    case 'inject':
      return next.busy > 0
        ? `Being loaded: ${next.busy}; left: ${next.left}. Do not unplug before the terminal says that it is done.`
        : `Plug in the next terminal: Management → More → Keys → Inject keys. Left: ${next.left}.`
    case 'retry':
      return `Failed: ${next.failed}. See why under Terminals, put it right, and plug them in again.`
    case 'finish':
      return `All ${next.loaded} of the list are done. Print labels, export the file for the host, close the session.`
  }
}
