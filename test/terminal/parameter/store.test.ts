import { describe, expect, it } from 'vitest'
import { type FlashChip, makeFlashChip, PowerCut } from '../../../emulator/device/flash.ts'
import { encodeCbor } from '../../../host-link/wire/cbor.ts'
import { storedParameters, storeParameters, type Values } from '../../../terminal/parameter/store.ts'
import { parameterNames, parameterRow } from '../../../terminal/parameter/table.ts'
import { openReady } from '../../rig/flash-run.ts'

const newChip = (): FlashChip =>
  makeFlashChip({ geometry: { sectorBytes: 4096, sectorCount: 8, unitBytes: 4 } })

const OLD: Values = { answerTimeoutSeconds: 30, reversalAttempts: 5, merchantName: 'Old' }
const NEW: Values = { answerTimeoutSeconds: 45, merchantName: 'New', pinBypass: false, 'sale.limitFen': 500 }

/** Limits of all functions: more than one setting holds. */
const limits = (limitFen: number): Values =>
  Object.fromEntries(
    parameterNames.filter((name) => name.endsWith('.limitFen')).map((name) => [name, limitFen]),
  )
const MANY_OLD = limits(111_111_111_111)
const MANY_NEW = limits(222_222_222_222)

describe('stored parameters', () => {
  it('what was stored is there after a restart; nothing stored is nothing', () => {
    const chip = newChip()
    const journal = openReady(chip)
    expect(storedParameters(journal)).toEqual({})
    for (const values of [OLD, NEW, OLD, {}]) {
      expect(storeParameters(journal, values)).toBe('written')
      expect(storedParameters(openReady(chip))).toEqual(values)
    }
  })

  it('power cut at every flash operation of a change, whichever bank counts → the old values or the new ones', () => {
    for (const before of [[MANY_OLD], [OLD, MANY_OLD]])
      for (let operation = 0; ; operation++) {
        const chip = newChip()
        const journal = openReady(chip)
        for (const values of before) storeParameters(journal, values)
        chip.cut({
          operation: chip.operations() + operation,
          when: 'inside',
          tear: { kind: 'prefix', bytes: 16 },
        })
        const cut = throwsPowerCut(() => storeParameters(journal, MANY_NEW))
        chip.cut(undefined)
        chip.repower()
        const stored = storedParameters(openReady(chip))
        expect(
          cut ? [MANY_OLD, MANY_NEW] : [MANY_NEW],
          `after ${before.length}, operation ${operation}`,
        ).toContainEqual(stored)
        if (cut) continue
        expect(operation).toBeGreaterThan(1)
        break
      }
  })

  it('all parameters at once, as long as they may be: as many settings as they need', () => {
    const chip = newChip()
    const names = parameterNames.filter((name) => name.includes('.'))
    const values: { [name: string]: string | number | boolean } = {}
    for (const name of names) values[name] = parameterRow(name)?.kind.type === 'flag' ? true : 999_999_999_999
    expect(storeParameters(openReady(chip), values)).toBe('written')
    expect(storedParameters(openReady(chip))).toEqual(values)
  })

  it('more than a bank holds → full, and the old values stand', () => {
    const chip = newChip()
    const journal = openReady(chip)
    storeParameters(journal, OLD)
    const names = parameterNames.filter((name) => name.includes('.'))
    const long = Object.fromEntries(names.map((name) => [name, 'x'.repeat(40)]))
    expect(storeParameters(journal, long)).toBe('full')
    expect(storedParameters(openReady(chip))).toEqual(OLD)
  })

  it('a value out of the range of this release, a number that it does not know → left out, the others stand', () => {
    const journal = openReady(newChip())
    storeParameters(journal, { ...OLD, answerTimeoutSeconds: 1 })
    expect(storedParameters(journal)).toEqual({ reversalAttempts: 5, merchantName: 'Old' })
    journal.set(10, new Uint8Array([0]))
    const number = parameterRow('reversalAttempts')?.number ?? 0
    const stored = new Map([
      [number, 7],
      [9_999, 1],
    ])
    journal.set(16, encodeCbor(stored))
    expect(storedParameters(journal)).toEqual({ reversalAttempts: 7 })
  })
})

function throwsPowerCut(work: () => unknown): boolean {
  try {
    work()
    return false
  } catch (error) {
    if (error instanceof PowerCut) return true
    throw error
  }
}
