import { type Entry, row } from '../screen/menu.ts'
import { preauthorising } from './preauth.ts'
import { available } from './step/begin.ts'
import { voiding } from './void.ts'

/** 预授权. */
// biome-ignore format: one row an entry
export const preauthMenu: readonly Entry[] = [
  row('preauth',          preauthorising('preauth'),          (pos) => available(pos, 'preauth')),          // 1 预授权
  row('completion',       preauthorising('completion'),       (pos) => available(pos, 'completion')),       // 2 完成请求
  row('completionAdvice', preauthorising('completionAdvice'), (pos) => available(pos, 'completionAdvice')), // 3 完成通知
  row('preauthVoid',      preauthorising('preauthVoid'),      (pos) => available(pos, 'preauthVoid')),      // 4 预授权撤销
  row('completionVoid',   voiding('completionVoid'),          (pos) => available(pos, 'completionVoid')),   // 5 完成撤销
]
