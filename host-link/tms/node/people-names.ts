import { BY_POLICY } from '../approval.ts'

/** Names of the service itself in the audit: no person can have one. */
const RESERVED: readonly string[] = [BY_POLICY, 'service', 'first']

/** A name of a person: letters of any script, digits, `.`, `-`, `_` and single blanks inside; 1 to 40 characters. */
export function isPersonName(name: string): boolean {
  return (
    name.length <= 40 &&
    name === name.normalize('NFC') &&
    /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}._-]| (?! ))*$/u.test(name) &&
    !name.endsWith(' ') &&
    !RESERVED.includes(nameKey(name))
  )
}

/** The one form in which names are compared. */
export function nameKey(name: string): string {
  return name.normalize('NFKC').toLowerCase()
}
