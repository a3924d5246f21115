import fc from 'fast-check'
import type { FieldValue, Message } from '../../../host-link/wire/message.ts'

/** The specification's field table, copied from it and not from the code under test: element, format, length. */
// biome-ignore format: one row a field
export const SPECIFICATION: readonly (readonly [number, string, 'fix' | 'LL' | 'LLL', number])[] = [
  [2, 'n', 'LL', 19], [3, 'n', 'fix', 6], [4, 'n', 'fix', 12], [11, 'n', 'fix', 6], [12, 'n', 'fix', 6],
  [13, 'n', 'fix', 4], [14, 'n', 'fix', 4], [15, 'n', 'fix', 4], [22, 'n', 'fix', 3], [23, 'n', 'fix', 3],
  [25, 'n', 'fix', 2], [26, 'n', 'fix', 2], [32, 'n', 'LL', 11], [35, 'z', 'LL', 37], [36, 'z', 'LLL', 104],
  [37, 'an', 'fix', 12], [38, 'an', 'fix', 6], [39, 'an', 'fix', 2], [41, 'ans', 'fix', 8], [42, 'ans', 'fix', 15],
  [44, 'an', 'LL', 25], [48, 'n', 'LLL', 322], [49, 'an', 'fix', 3], [52, 'b', 'fix', 8], [53, 'n', 'fix', 16],
  [54, 'an', 'LLL', 20], [55, 'b', 'LLL', 255], [57, 'ans', 'LLL', 999], [58, 'ans', 'LLL', 100],
  [59, 'ans', 'LLL', 999], [60, 'n', 'LLL', 17], [61, 'n', 'LLL', 29], [62, 'b', 'LLL', 512], [63, 'ans', 'LLL', 163],
  [64, 'b', 'fix', 8],
]

const ALPHABET: { readonly [form: string]: string } = {
  n: '0123456789',
  z: '0123456789ABCDEF',
  an: 'ABCXYZabcxyz0189 ',
}

function anyValue(form: string, kind: string, length: number): fc.Arbitrary<FieldValue> {
  const minLength = kind === 'fix' ? length : 0
  const maxLength = length
  if (form === 'b') return fc.uint8Array({ minLength, maxLength })
  const unit =
    form === 'ans'
      ? fc.nat(255).map((code) => String.fromCharCode(code))
      : fc.constantFrom(...(ALPHABET[form] as string))
  return fc.string({ unit, minLength, maxLength })
}

/** Any message the specification allows: any type, any subset of the elements, any value of each. */
export const anyMessage: fc.Arbitrary<Message> = fc
  .record({
    mti: fc.nat(9999).map((mti) => String(mti).padStart(4, '0')),
    elements: fc
      .subarray([...SPECIFICATION])
      .chain((rows) =>
        fc.tuple(
          ...rows.map(([number, form, kind, length]) =>
            anyValue(form, kind, length).map((value) => [number, value]),
          ),
        ),
      ),
  })
  .map(({ mti, elements }) => ({ mti, fields: Object.fromEntries(elements) }))

/** The UnionPay encoding in hex, written straight from the specification's sentences for comparison. */
export function referenceHex({ mti, fields }: Message): string {
  let bitmap = ''
  let body = ''
  for (let number = 1; number <= 64; number++) {
    const row = SPECIFICATION.find(([candidate]) => candidate === number)
    const value = fields[number]
    bitmap += row && value !== undefined ? '1' : '0'
    if (!row || value === undefined) continue
    const [, form, kind] = row
    if (kind === 'LL') body += String(value.length).padStart(2, '0')
    if (kind === 'LLL') body += String(value.length).padStart(4, '0')
    if (typeof value !== 'string') body += Buffer.from(value).toString('hex')
    else if (form === 'an' || form === 'ans') body += Buffer.from(value, 'latin1').toString('hex')
    else if (value.length % 2 === 0) body += value
    else if (kind === 'fix' && number !== 22) body += `0${value}`
    else body += `${value}0`
  }
  return (mti + BigInt(`0b${bitmap}`).toString(16).padStart(16, '0') + body).toLowerCase()
}
