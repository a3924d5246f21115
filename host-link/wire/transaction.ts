/** One kind of message: how it is told apart on the wire, and what it owes when its answer is lost. */
export interface Transaction {
  readonly name: TransactionName
  readonly mti: string
  /** 交易处理码, field 3; a reversal has its original's. */
  readonly processingCode: string | undefined
  /** 服务点条件码, field 25; a reversal has its original's. */
  readonly condition: string | undefined
  /** 交易类型码, field 60.1; a reversal has its original's. */
  readonly type: string | undefined
  /** 网络管理信息码, field 60.3; a sign-on has its profile's. */
  readonly network: string | undefined
  /** Whether a lost or unauthenticated answer leaves a 冲正 reversal owed. */
  readonly reverses: boolean
  /** Whether it has a trace number (field 11). */
  readonly traced: boolean
  /** Whether request and answer carry a MAC (field 64). */
  readonly authenticated: boolean
  readonly zh: string
  readonly en: string
}
export type TransactionName =
  | 'sale'
  | 'balanceEnquiry'
  | 'reversal'
  | 'signOn'
  | 'signOff'
  | 'echo'
  | 'statusInquiry'

const yes = true
const no = false

function row(
  name: TransactionName,
  mti: string,
  processingCode: string | undefined,
  condition: string | undefined,
  type: string | undefined,
  network: string | undefined,
  reverses: boolean,
  traced: boolean,
  authenticated: boolean,
  zh: string,
  en: string,
): Transaction {
  return { name, mti, processingCode, condition, type, network, reverses, traced, authenticated, zh, en }
}

// biome-ignore format: one row a transaction
export const transactions = {
  //                   name              mti     3          25         60.1       60.3       reverses traced MAC
  sale:            row('sale',           '0200', '000000',  '00',      '22',      '000',     yes,     yes,   yes, '消费',     'sale'           ),
  balanceEnquiry:  row('balanceEnquiry', '0200', '310000',  '00',      '01',      '000',     no,      yes,   yes, '余额查询', 'balance enquiry'),
  reversal:        row('reversal',       '0400', undefined, undefined, undefined, '000',     no,      yes,   yes, '冲正',     'reversal'       ),
  signOn:          row('signOn',         '0800', undefined, undefined, '00',      undefined, no,      yes,   no,  '签到',     'sign-on'        ),
  signOff:         row('signOff',        '0820', undefined, undefined, '00',      '002',     no,      yes,   no,  '签退',     'sign-off'       ),
  echo:            row('echo',           '0820', undefined, undefined, '00',      '301',     no,      no,    no,  '回响测试', 'echo test'      ),
  statusInquiry:   row('statusInquiry',  '0820', undefined, undefined, '00',      '801',     no,      yes,   yes, '状态查询', 'status inquiry' ),
} as const satisfies { readonly [Name in TransactionName]: Transaction }

/** Message type of the answer: `0200` → `0210`. Throws a RangeError where that is not four digits. */
export function answerMti(mti: string): string {
  if (!/^\d\d[02468]\d$/.test(mti)) throw new RangeError('message type: a request of four digits')
  return mti.slice(0, 2) + (Number(mti[2]) + 1) + mti.slice(3)
}
