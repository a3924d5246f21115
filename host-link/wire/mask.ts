/** What stands for a value that nobody may read, whatever its length. */
export const HIDDEN = '****'

/** A PAN as first six, stars, last four. What is not 12 to 19 digits is hidden whole: it cannot be masked safely. */
export function maskPan(pan: string): string {
  if (!/^\d{12,19}$/.test(pan)) return HIDDEN
  return pan.slice(0, 6) + '*'.repeat(pan.length - 10) + pan.slice(-4)
}

/** Digits that may hold a PAN: 12 or more, also when written in groups. */
const DIGITS = /\d(?:[ -]?\d){11,}/g

/**
 * A free text without card numbers: every run of 12 to 19 digits, Luhn or not, shows its first six and last four,
 * every longer run nothing. Text with control characters is no text and is hidden whole.
 */
export function maskText(text: string): string {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x20 || unit === 0x7f) return HIDDEN
  }
  return text.replace(DIGITS, (run) => maskPan(run.replace(/[ -]/g, '')))
}
