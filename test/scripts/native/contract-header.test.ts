import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { PRELUDE } from '../../../emulator/vm/prelude.ts'
import { CONTRACT_HEADER, contractHeader } from '../../../scripts/native/contract-header.ts'
import { contract } from '../../../terminal/device/contract.ts'
import { KEYS } from '../../../terminal/device/keypad.ts'

const header = contractHeader()

describe('contract.h', () => {
  it('is what terminal/device says → nobody has to compare the two by eye', () => {
    expect(readFileSync(CONTRACT_HEADER, 'utf8')).toBe(header)
  })

  it('has a row and a prototype for each call, with its kind and its TypeScript signature', () => {
    for (const [peripheral, methods] of Object.entries(contract)) {
      for (const [method, kind] of Object.entries(methods)) {
        expect(header).toContain(`    X(${peripheral}, ${method}, ${kind.toUpperCase()})`)
        expect(header).toMatch(
          new RegExp(`/\\* ${method}\\(.*\\): .* \\*/\nJSValue ${peripheral}_${method}\\(JSContext`),
        )
      }
    }
  })

  it('has the words of the contract in their order, and the prelude as the emulator has it', () => {
    expect(header).toContain(`#define KEYS ${KEYS.map((key) => `"${key}"`).join(', ')}\n`)
    expect(header).toContain('#define STYLES "normal", "inverse", "large"\n')
    const lines = (header.split('#define PRELUDE \\\n')[1] ?? '').split('\n\n')[0] ?? ''
    const text = lines.split(' \\\n').map((line) => JSON.parse(line.trim()) as string)
    expect(text.join('')).toBe(`${PRELUDE}\n`)
  })
})
