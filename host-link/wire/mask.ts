/** What stands for a value that nobody may read, whatever its length. */
export const HIDDEN = '****'

/** A PAN as first six, stars, last four. What is not 12 to 19 digits is hidden whole: it cannot be masked safely. */
export function maskPan(pan: string): string {
  if (!/^\d{12,19}$/.test(pan)) return HIDDEN
  return pan.slice(0, 6) + '*'.repeat(pan.length - 10) + pan.slice(-4)
}

/** A digit of full width in GBK, two characters as text has one a byte. */
const FULL_WIDTH = /\xa3([\xb0-\xb9])/g
/** Digits that may hold a PAN: 12 or more, also when written in groups: `6222.6000`, `6222 - 6000`, `６２２２６０００`. */
const DIGITS =
  /(?:\d|\xa3[\xb0-\xb9])(?:(?:(?!\xa3[\xb0-\xb9])[^0-9A-Za-z]){0,2}(?:\d|\xa3[\xb0-\xb9])){11,}/g

/**
 * A free text without card numbers: every run of 12 to 19 digits, Luhn or not, shows its first six and last four,
 * every longer run nothing. Up to two characters that are neither letter nor digit do not end a run: a date with its
 * time may be masked too, which is better than a card number that is not. Text with control characters is no text and is hidden whole.
 */
export function maskText(text: string): string {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x20 || unit === 0x7f) return HIDDEN
  }
  return text.replace(DIGITS, (run) => maskPan(digitsOf(run)))
}

function digitsOf(run: string): string {
  const narrow = run.replace(FULL_WIDTH, (_, low: string) => String(low.charCodeAt(0) - 0xb0))
  return narrow.replace(/\D/g, '')
}
