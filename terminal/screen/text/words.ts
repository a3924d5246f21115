/** Words of the screen and the slips by key: 中文 and English. Short: a compact screen has 16 columns, eight Chinese characters. */
export type Words = { readonly [key: string]: readonly [zh: string, en: string] }
