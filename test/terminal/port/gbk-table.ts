import { makeCharset } from '../../../emulator/device/charset.ts'

const LEAD_FIRST = 0x81
const LEAD_LAST = 0xfe
const TRAIL_FIRST = 0x40
const TRAIL_LAST = 0xfe
const HEAD = `/* The characters of GBK by lead and trail byte, U+FFFD where there is none: emulator/device/charset.ts for C.
 * Made by \`npx vitest run test/terminal/port/charset.test.ts -u\`; do not edit, and do not normalise. */
static const char16_t gbk[126][192] = {
`

/** terminal/port/gbk.h: the table that the emulator reads out of `TextDecoder`, a row a lead byte. */
export function gbkHeader(): string {
  const decoder = new TextDecoder('gbk')
  const charset = makeCharset((bytes) => decoder.decode(bytes))
  const rows: string[] = []
  for (let lead = LEAD_FIRST; lead <= LEAD_LAST; lead++) {
    let row = ''
    for (let trail = TRAIL_FIRST; trail <= TRAIL_LAST; trail++) {
      const text = charset.decodeGbk(Uint8Array.of(lead, trail))
      row += Array.from(text).length === 1 ? text : '\ufffd' // trail 7F is none
    }
    rows.push(`    u"${row}", /* ${lead.toString(16)} */\n`)
  }
  return `${HEAD}${rows.join('')}};\n`
}
