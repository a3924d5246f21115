import type { Pos } from '../pos.ts'
import { type Entry, row } from '../screen/menu.ts'
import { cashierLogOn, changePassword } from './cashier.ts'
import { addCashier, deleteCashier, listCashiers, resetCashier } from './cashiers.ts'
import { downloadParameters } from './download.ts'
import { injectKeys, renewKey, showKeyValues } from './keys.ts'
import { switchLanguage } from './language.ts'
import { lockTerminal } from './lock.ts'
import { echoTest, reversalFlow, signOffFlow, signOnFlow, version } from './management.ts'
import { parameterSettings } from './parameters.ts'
import { inspection, uploadStatus } from './report.ts'
import { selfTest } from './self-test.ts'
import { softwareUpdate } from './update-page.ts'

// biome-ignore format: one row an entry
const cashierMenu: readonly Entry[] = [
  row('addCashier',      addCashier),    // 1 增加柜员
  row('deleteCashier',   deleteCashier), // 2 删除柜员
  row('resetCashier',    resetCashier),  // 3 重置密码
  row('listCashiers',    listCashiers),  // 4 柜员列表
]

/** 密钥. */
// biome-ignore format: one row an entry
const keysMenu: readonly Entry[] = [
  row('injectKeys',      injectKeys),    // 1 密钥注入
  row('renewKey',        renewKey),      // 2 远程密钥下载
  row('keyValues',       showKeyValues),     // 3 密钥校验
]

function mayInspect({ profile, session }: Pos): boolean {
  return profile.codes.inspection !== undefined || session.download.inspection !== undefined
}

// biome-ignore format: one row an entry
const moreMenu: readonly Entry[] = [
  row('signOff',         signOffFlow),                                          // 1 签退
  row('lock',            lockTerminal),                                         // 2 锁定终端
  row('download',        downloadParameters),                                   // 3 参数下载
  row('statusUpload',    uploadStatus),                                         // 4 状态上送
  row('inspection',      inspection, mayInspect),                               // 5 巡检
  row('selfTest',        selfTest),                                             // 6 机具自检
  row('parameters',      parameterSettings),                                    // 7 参数设置
  row('keys',            keysMenu),                                             // 8 密钥
  row('softwareUpdate',  softwareUpdate),                                       // 9 软件更新
]

/** 管理. */
// biome-ignore format: one row an entry
export const managementMenu: readonly Entry[] = [
  row('signOn',         signOnFlow),     // 1 签到
  row('reversal',       reversalFlow),   // 2 冲正
  row('echoTest',       echoTest),       // 3 回响测试
  row('cashierLogOn',   cashierLogOn),   // 4 柜员登录
  row('changePassword', changePassword), // 5 修改密码
  row('language',       switchLanguage), // 6 English / 中文
  row('version',        version),        // 7 版本
  row('cashiers',       cashierMenu),    // 8 柜员管理
  row('more',           moreMenu),       // 9 更多
]
