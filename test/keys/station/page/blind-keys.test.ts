import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type BlindBuffer,
  type BlindStep,
  makeBlindBuffer,
} from '../../../../keys/station/page/blind-keys.ts'

const plain = { isComposing: false, ctrlKey: false, metaKey: false, altKey: false }
const press = (buffer: BlindBuffer, key: string): BlindStep => buffer.press({ ...plain, key })
const typed = (buffer: BlindBuffer, text: string): BlindStep[] => [...text].map((key) => press(buffer, key))
const hex = (digits: number): BlindBuffer => makeBlindBuffer('hex', (count) => count === digits)
const passphrase = (): BlindBuffer => makeBlindBuffer('passphrase', (count) => count >= 8)

function enteredOf(step: BlindStep): string {
  if (step.kind !== 'entered') throw new Error(`not entered: ${step.kind}`)
  return Buffer.from(step.bytes).toString('utf8')
}

describe('what is typed blind 盲输', () => {
  it('digits of a component in either case → their ASCII in capitals, once all are there', () => {
    const buffer = hex(32)
    typed(buffer, '0123456789abcdefABCDEF0123456789')
    expect(buffer.count).toBe(32)
    expect(enteredOf(press(buffer, 'Enter'))).toBe('0123456789ABCDEFABCDEF0123456789')
    expect(buffer.count).toBe(0)
  })
  it('anything but a hexadecimal digit → refused, and nothing taken', () => {
    const buffer = hex(4)
    for (const key of ['g', 'G', ' ', '-', '０', '十']) expect(press(buffer, key).kind).toBe('refused')
    expect(buffer.count).toBe(0)
  })
  it('Enter before the last digit → refused; one more digit than there are → full', () => {
    const buffer = hex(4)
    typed(buffer, '12A')
    expect(press(buffer, 'Enter').kind).toBe('refused')
    expect(press(buffer, '4').kind).toBe('typed')
    expect(press(buffer, '5').kind).toBe('full')
    expect(enteredOf(press(buffer, 'Enter'))).toBe('12A4')
  })
  it('Backspace takes one character back, also one of several bytes; Escape and Delete all', () => {
    const buffer = passphrase()
    typed(buffer, 'säß密')
    expect(buffer.count).toBe(4)
    press(buffer, 'Backspace')
    press(buffer, 'Backspace')
    typed(buffer, 'ure door')
    expect(enteredOf(press(buffer, 'Enter'))).toBe('säure door')
    typed(buffer, 'abc')
    expect(press(buffer, 'Escape').kind).toBe('cleared')
    typed(buffer, 'abc')
    expect(press(buffer, 'Delete').kind).toBe('cleared')
    expect(buffer.count).toBe(0)
    expect(press(buffer, 'Backspace').kind).toBe('typed')
    expect(buffer.count).toBe(0)
  })
  it('an input method 输入法 or a dead key → told, and nothing taken', () => {
    const buffer = passphrase()
    expect(press(buffer, 'Process').kind).toBe('method')
    expect(press(buffer, 'Dead').kind).toBe('method')
    expect(buffer.press({ ...plain, key: 'a', isComposing: true }).kind).toBe('method')
    expect(buffer.count).toBe(0)
  })
  it('keys with Ctrl, Meta or Alt, arrows and Tab → the browser’s, nothing taken: Ctrl-V and Ctrl-Z do nothing here', () => {
    const buffer = passphrase()
    for (const modifier of ['ctrlKey', 'metaKey', 'altKey'])
      for (const key of ['v', 'z', 'c'])
        expect(buffer.press({ ...plain, key, [modifier]: true }).kind).toBe('passed')
    for (const key of ['Tab', 'ArrowLeft', 'Shift', 'F5']) expect(press(buffer, key).kind).toBe('passed')
    expect(buffer.count).toBe(0)
  })
  it('any passphrase that fits comes out as it was typed, and never more than 256 bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 8, maxLength: 80 }), (text) => {
        const single = [...text].filter((character) => character.length === 1 && character > ' ').join('')
        fc.pre([...single].length >= 8)
        const buffer = passphrase()
        const steps = typed(buffer, single)
        const out = enteredOf(press(buffer, 'Enter'))
        expect(Buffer.byteLength(out)).toBeLessThanOrEqual(256)
        if (steps.every((step) => step.kind === 'typed')) expect(out).toBe(single)
      }),
    )
    const buffer = passphrase()
    typed(buffer, 'x'.repeat(300))
    expect(buffer.count).toBe(256)
    expect(press(buffer, 'x').kind).toBe('full')
  })
})
