import { WireError } from '../wire/message.ts'

/** 巡检 what an engineer found at a terminal: field 62 of an inspection. */
export interface Inspection {
  /** 工程师编号: 2 to 8 digits. */
  readonly engineer: string
  /** The checklist and the state of the device, in the order in which they were sent. */
  readonly findings: readonly { readonly name: string; readonly value: string }[]
}

export const INSPECTION_BYTES_MAX = 300

/**
 * `E`, the engineer's number, `;`, then `name=value;` any number of times. Throws a WireError for more than 300 bytes,
 * anything but printable ASCII, a name that is empty or stands twice, or another layout.
 */
export function parseInspection(text: string): Inspection {
  const match = /^E(\d{2,8});((?:[!-:<>-~][ -:<>-~]*=[ -:<>-~]*;)*)$/.exec(text)
  if (!match || text.length > INSPECTION_BYTES_MAX)
    throw new WireError('field.62', 0, 'wants E, 2 to 8 digits, then name=value; up to 300 bytes')
  const findings = (match[2] ?? '')
    .split(';')
    .slice(0, -1)
    .map((pair) => {
      const [name = '', value = ''] = pair.split('=')
      return { name, value }
    })
  if (new Set(findings.map(({ name }) => name)).size !== findings.length)
    throw new WireError('field.62', 0, 'names a finding twice')
  return { engineer: match[1] ?? '', findings }
}
