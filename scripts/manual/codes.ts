import { RESPONSE_CODES, type ResponseClass } from '../../host-link/wire/response-code.ts'

/** What to do by the kind of an answer, where the code has no advice of its own. */
// biome-ignore format: one row a class
const byClass: { readonly [C in ResponseClass]: string } = {
  A: '成功，照常打印签购单。',
  B: '没有扣款。看清原因，改正后重做。',
  C: '没有扣款。请持卡人换卡，或与发卡行联系。',
  D: '没有扣款。不要再刷这张卡，请持卡人与发卡行联系。',
  E: '先看屏幕上钱的结论；终端自动冲正，之后再试。',
}

// biome-ignore format: one row a code
const own: { readonly [code: string]: string } = {
  '03': '商户号没有登记，联系客服。',
  '04': '没有扣款。按商户的规定收卡，请主管来。',
  '10': '只批准了一部分：看清屏幕上的金额，差额另收。',
  '12': '主机不做这种交易，或条件不符；核对后重做，再三出现请联系客服。',
  '13': '金额不对，核对后重做。',
  '14': '卡号不对：手输的请核对卡面。',
  '21': '卡还没有激活或已休眠；会员卡先做售卡激活。',
  '22': '超过了可以办理的天数，或操作不对；改用退货，或请持卡人联系发卡行。',
  '25': '主机找不到原交易或账单：核对凭证号、参考号、日期、客户号。',
  '30': '再试一次；再三出现请联系客服。',
  '34': '没有扣款。不要争执，请主管来。',
  '41': '没有扣款。卡已挂失，按商户的规定收卡，请主管来。',
  '43': '没有扣款。不要争执，请主管来。',
  '51': '钱（或积分）不够，没有扣款。换一种付款方式。',
  '54': '卡已过期，请换卡。',
  '55': '密码错：请持卡人重输，最多三次。',
  '61': '超过持卡人的限额。减少金额，或换卡。',
  '64': '金额超过或不同于原交易：退货看剩下多少，完成最多是预授权的 115%。',
  '68': '请稍后重做。',
  '75': '密码错的次数用完了，今天不能再用，请持卡人联系发卡行。',
  '77': '终端和主机的批次不一样：先结算，再重做。',
  '90': '正在日切，几分钟后重做。',
  '91': '发卡行暂时不能用，稍后重做或换卡。',
  '92': '发卡行线路不通，稍后重做或换卡。',
  '94': '主机已有同号的交易：不要重复收款，先查询那一笔。',
  '95': '结算时对账不符，终端自动把交易逐笔上送，不用做什么。',
  '96': '主机有故障，稍后重做。',
  '97': '终端没有登记，联系客服。',
  '99': '终端自动重新签到，请重做。',
  A0: '终端自动重新签到，请重做；再三出现请联系客服。',
  A2: '成功。发卡行要求持卡人事后确认。',
}

/** 应答码: code, what the screen says, what to do. */
export function codeRows(): readonly (readonly [code: string, text: string, advice: string])[] {
  return RESPONSE_CODES.map(({ code, class: kind, zh }) => [code, zh, own[code] ?? byClass[kind]])
}

/** Codes with advice of their own that no answer has. */
export function strayCodes(): readonly string[] {
  const known = RESPONSE_CODES.map(({ code }) => code)
  return Object.keys(own).filter((code) => !known.includes(code))
}
