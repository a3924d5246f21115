import type { Acquirer } from '../../../host-link/host/acquirer.ts'
import type { HostCard } from '../../../host-link/host/registry.ts'
import type { Till } from '../till.ts'
import * as errands from './errands.ts'
import { BILLS, FLEET_CARDS } from './fleet.ts'
import type { Errand } from './person.ts'
import { type Deal, dealsOn, papersOn } from './slips.ts'

/** Every flow of the menus that writes to the flash or sends: what is done before, and the errand itself, from what slips say. */
export interface Story {
  readonly name: string
  /** It sends nothing. */
  readonly local?: boolean
  /** It sends, and writes nothing. */
  readonly unwritten?: boolean
  /** What the host has for it beside the rules of the fleet. */
  readonly acquirer?: Partial<Acquirer>
  readonly before: readonly ((till: Till) => Errand)[]
  act(till: Till): Errand
}

const [BANK, , POOR, MEMBER, OTHER, UNSOLD] = FLEET_CARDS as readonly HostCard[] & {
  readonly [at in 0 | 1 | 2 | 3 | 4 | 5]: HostCard
}
const STORE = '0012'
const BILL = BILLS[0] ?? { customer: '' }

/** The slip of the last transaction of this type. */
function last(till: Till, type: string): Deal {
  const deal = [...dealsOn(papersOn(till.paper)).values()].filter((one) => one.type === type).pop()
  if (deal === undefined) throw new Error(`no slip of a ${type}`)
  return deal
}

const story = (name: string, act: Story['act'], ...before: Story['before']): Story => ({ name, before, act })
const sell = () => errands.sale(MEMBER, 32_345, STORE) // with a discount and a cash-back
const hold = () => errands.preauth(BANK, 50_000, STORE)
const complete = (till: Till) => errands.completing(last(till, '预授权'), BANK, 40_000, '2')
const plan = () => errands.instalment(BANK, 100_000, STORE, '1', '1')
const cash = () => errands.cashSale(777, STORE, 1_000)
const points = () => errands.pointsSale(MEMBER, 50, STORE)
const charge = () => errands.topUp(MEMBER, 5_000)
const menu = (name: string, ...keys: Errand['keys']): Errand => ({ name, keys })
const local = (name: string, act: Story['act']): Story => ({ ...story(name, act), local: true })

const cashier = (key: '1' | '2' | '3', number: string): Errand => ({
  ...menu('cashier', '4', '8', key),
  cashier: number,
})
const password = (): Errand => ({
  ...menu('password', '4', '5'),
  asked: [
    [/请输入原密码/, ['0', '0', '0', '0', 'enter']],
    [/请输入新密码/, ['2', '7', '1', '8', 'enter']],
    [/再次输入新密码/, ['2', '7', '1', '8', 'enter']],
  ],
})
const setting = (): Errand => ({
  ...menu('setting', '4', '9', '7'),
  asked: [
    [/请管理员输入密码/, ['1', '2', '3', '4', '5', '6', '7', '8', 'enter']],
    [/语言/, ['enter']], // the list of all
    [/输入序号查看/, ['1', '0', 'enter']], // how long an answer is waited for
    [/5-120/, ['4', '5', 'enter']],
    [/语言/, ['enter']],
    [/输入序号查看/, ['cancel']],
  ],
})
const message = (): Errand => ({
  ...menu('service information', '8', '3'),
  asked: [
    [/1 \*11-21/, ['1']],
    [/商场/, ['enter']],
    [/2 \*11-21/, ['2']],
    [/停电/, ['cancel']],
  ],
})
const inspection = (): Errand => ({
  ...menu('inspection', '4', '9', '5'),
  asked: [
    [/请输入工程师编号/, ['1', '2', '3', '4', 'enter']],
    ...[/显示/, /按键/, /读卡/, /打印/, /封条/, /接线/].map((question) => [question, ['enter']] as const),
  ],
})
const MESSAGES = [
  { number: 1, date: '20261121', text: '本周五二十三点停电' },
  { number: 2, date: '20261121', text: '商场周日提前开门' },
]
const DOWNLOAD = { answerTimeoutS: 45, resends: 5, merchantName: '新名字商店' }

// biome-ignore format: one row a flow
export const stories: readonly Story[] = [
  story('sale 消费',                    sell),
  story('sale 消费, declined',          () => errands.sale(POOR, 90_000, STORE)),
  story('void 消费撤销',                (till) => errands.voiding(last(till, '消费')), sell),
  story('refund 退货',                  (till) => errands.refund(last(till, '消费'), BANK, 400), () => errands.sale(BANK, 900, STORE)),
  story('refund 退货, declined',        (till) => errands.refund(last(till, '消费'), BANK, 901), () => errands.sale(BANK, 900, STORE)),
  story('refund 退货, of the rest',     (till) => errands.refund(last(till, '消费'), BANK, 900), () => errands.sale(BANK, 900, STORE), (till) => errands.refund(last(till, '消费'), BANK, 400)),
  story('pre-authorisation 预授权',     hold),
  story('pre-auth void 预授权撤销',     (till) => errands.completing(last(till, '预授权'), BANK, 50_000, '4'), hold),
  story('completion 完成请求',          complete, hold),
  story('completion advice 完成通知',   (till) => errands.completing(last(till, '预授权'), BANK, 57_500, '3'), hold),
  story('completion void 完成撤销',     (till) => errands.voiding(last(till, '预授权完成请求')), hold, complete),
  story('instalment 分期消费',          plan),
  story('instalment void 分期撤销',     (till) => errands.voiding(last(till, '分期付款消费')), plan),
  story('points sale 积分消费',         points),
  story('points void 积分撤销',         (till) => errands.voiding(last(till, '积分消费')), points),
  story('top-up 现金充值',              charge),
  story('top-up 现金充值, approved',    () => errands.topUp(MEMBER, 120_000)),
  story('top-up void 充值撤销',         (till) => errands.voiding(last(till, '现金充值')), charge),
  story('account top-up 账户充值',      () => errands.accountTopUp(BANK, MEMBER, 1_200)),
  story('activation 售卡激活',          () => errands.activation(UNSOLD, 5_000)),
  story('PIN change 修改密码',          () => errands.pinChange(OTHER, OTHER.pin ?? '', '271828')),
  story('transfer 转账',                () => errands.transfer(MEMBER, OTHER, 50)),
  story('cash 现金',                    cash),
  story('cash void 现金撤销',           (till) => errands.voiding(last(till, '现金消费')), cash),
  story('bill by card 缴费',            () => errands.payBill('1', BILL.customer, BANK)),
  story('bill in cash 现金缴费',        () => errands.payBill('1', BILL.customer)),
  story('settlement 结算',              () => errands.settlement(), sell, cash),
  story('balance 余额查询',             () => errands.balance(BANK)),
  story('points enquiry 积分查询',      () => errands.pointsEnquiry(MEMBER)),
  story('sign-on 签到',                 () => errands.signOn()),
  story('sign-off 签退',                () => menu('sign-off', '4', '9', '1')),
  { ...story('download 参数下载',       () => menu('download', '4', '9', '3')), acquirer: { download: DOWNLOAD } },
  { ...story('messages 服务信息',       message), acquirer: { messages: MESSAGES } },
  { ...story('status 状态上送',         () => menu('status', '4', '9', '4')), unwritten: true },
  { ...story('echo test 回响测试',      () => menu('echo test', '4', '3')), unwritten: true },
  story('inspection 巡检',              inspection),
  local('setting 参数设置',             setting),
  local('lock, unlock 锁定终端',        () => menu('lock', '4', '9', '2')),
  local('log-on 柜员登录',              () => ({ ...menu('log-on', '4', '4'), asked: [[/请输入柜员号/, ['0', '2', 'enter']]] })),
  local('self-test 机具自检',           () => menu('self-test', '4', '9', '6')),
  local('change of password 修改密码',  password),
  local('language 语言',                () => menu('language', '4', '6')),
  local('new cashier 增加柜员',         () => cashier('1', '07')),
  local('cashier deleted 删除柜员',     () => cashier('2', '03')),
  local('cashier reset 重置密码',       () => cashier('3', '03')),
]
