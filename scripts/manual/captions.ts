import type { Picture } from '../../emulator/device/ports.ts'
import type { Step } from '../../emulator/scenario/scenario.ts'
import type { Key } from '../../terminal/device/keypad.ts'
import { mainMenu } from '../../terminal/flow/menu.ts'
import type { Entry } from '../../terminal/screen/menu.ts'
import { textOf } from '../../terminal/screen/text.ts'
import { type Act, isIdle, isKeyTest, textOfPicture } from './record.ts'

/** Names on the keys. */
// biome-ignore format: one row a key
const keyNames: { readonly [K in Key]?: string } = {
  enter:  '确认',
  clear:  '清除',
  cancel: '取消',
  menu:   '菜单',
  up:     '上',
  down:   '下',
}

/** So many digits are a card number. */
const CARD_DIGITS_MIN = 13

/** What a person does, in words. Of a password or a PIN no digit is said. */
export function captionOf(act: Act): string {
  if (isKeyTest(act)) return '把每个键按一遍'
  return act.steps.map((step) => actOf(step, act.picture)).join(',')
}

function actOf(step: Step, picture: Picture): string {
  switch (step.kind) {
    case 'press':
      return `按 ${keyNames[step.key] ?? step.key}`
    case 'type':
      if (/密码/.test(textOfPicture(picture))) return '输入密码'
      return step.digits.length >= CARD_DIGITS_MIN ? '输入卡号' : `输入 ${step.digits}`
    case 'pin':
      return '持卡人输入密码,按 确认'
    case 'swipe':
      return '刷卡'
    case 'power':
      return step.on ? '(来电)' : '(断电)'
    case 'link':
      return step.up ? '(网络恢复)' : '(网络断开)'
    case 'paper':
      return step.present ? '装上新纸' : '(纸用完)'
    case 'tamper':
      return '(机壳被打开)'
    case 'service':
      return '(送厂家维修)'
    case 'wait':
      return '(稍候)'
    case 'expect':
    case 'locale':
    case 'unsupported':
      return ''
    default:
      return step satisfies never
  }
}

/** What comes before some frames: what happened, and which digits were pressed in the menus, with what they choose. */
export interface Lead {
  readonly text: string
  /** How many acts it tells. */
  readonly acts: number
}

/** The lead that begins with the first of `acts`; undefined where it is an act that is worth its screen. */
export function leadOf(acts: readonly Act[]): Lead | undefined {
  const [act] = acts
  const [step] = act?.steps ?? []
  if (act === undefined || step === undefined || !isIdle(act.picture)) return undefined
  if (step.kind === 'press') return menuPath(acts)
  return ['link', 'paper', 'power'].includes(step.kind)
    ? { text: `（${captionOf(act).replace(/[()]/g, '')}）`, acts: 1 }
    : undefined
}

function menuPath(acts: readonly Act[]): Lead {
  const path: string[] = []
  let entries: readonly Entry[] | undefined = mainMenu
  while (entries !== undefined) {
    const [step] = acts[path.length]?.steps ?? []
    if (step?.kind !== 'press') break
    const chosen: Entry | undefined = entries[Number(step.key) - 1]
    if (chosen === undefined) break
    path.push(`**${step.key}** ${textOf('zh', chosen.text)}`)
    entries = typeof chosen.open === 'function' ? undefined : chosen.open
  }
  // A key that chooses nothing.
  if (path.length === 0) return { text: '', acts: 1 }
  return { text: `待机画面按：${path.join(' → ')}`, acts: path.length }
}
