import type { Pos } from '../pos.ts'
import type { Locale } from '../screen/text.ts'

/** Setting: `z` or `e`. */
export const SETTING_LOCALE = 2

/** 语言: changes over, and keeps it over a restart. */
export async function switchLanguage(pos: Pos): Promise<void> {
  pos.session.locale = pos.session.locale === 'zh' ? 'en' : 'zh'
  pos.journal.set(SETTING_LOCALE, new Uint8Array([pos.session.locale === 'zh' ? 0x7a : 0x65]))
}

/** The language the operator chose, else that of the parameter. */
export function languageAtStart(setting: Uint8Array | undefined, parameter: Locale): Locale {
  return setting === undefined ? parameter : setting[0] === 0x7a ? 'zh' : 'en'
}
