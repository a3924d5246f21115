const NAME = /^[\p{L}\p{N}][\p{L}\p{N} .-]{0,31}$/u
const LABEL = /^\P{C}{1,32}$/u
/** So many hex digits are a key of DES, or part of a longer one. */
const KEY_DIGITS = 16

/** Whether somebody can be called so. */
export function isName(text: string): boolean {
  return NAME.test(text) && !looksLikeKey(text)
}

/** Whether a key can be called so. */
export function isLabel(text: string): boolean {
  return LABEL.test(text) && !looksLikeKey(text)
}

/**
 * What is typed where it does not belong is kept and recorded: 16 hex digits in a row may be a key or a component,
 * whatever stands between their groups and however wide they are.
 */
function looksLikeKey(text: string): boolean {
  const together = text.normalize('NFKC').replace(/[^\p{L}\p{N}]/gu, '')
  return new RegExp(`[0-9A-F]{${KEY_DIGITS}}`, 'i').test(together)
}
