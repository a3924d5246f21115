import { expect, it } from 'vitest'
import { makeFlashChip, PowerCut } from '../../../emulator/device/flash.ts'
import {
  keepMessage,
  keptMessages,
  MESSAGES_KEPT,
  markRead,
  newestMessage,
} from '../../../terminal/parameter/service-messages.ts'
import type { Pos } from '../../../terminal/pos.ts'
import { openReady } from '../../rig/flash-run.ts'

const message = (number: number) => ({ number, date: '20261121', text: `Message ${number}` })
const newChip = () => makeFlashChip({ geometry: { sectorBytes: 4096, sectorCount: 8, unitBytes: 4 } })
const posOn = (chip: ReturnType<typeof newChip>): Pos => ({ journal: openReady(chip) }) as unknown as Pos

it('power cut at every flash operation of keeping a message → a number that counts as received is there to be read', () => {
  for (let operation = 0; ; operation++) {
    const chip = newChip()
    const pos = posOn(chip)
    for (let number = 1; number <= MESSAGES_KEPT; number++) keepMessage(pos, message(number))
    chip.cut({ operation: chip.operations() + operation, when: 'inside', tear: { kind: 'prefix', bytes: 8 } })
    let cut = false
    try {
      keepMessage(pos, message(MESSAGES_KEPT + 1))
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error
      cut = true
    }
    chip.cut(undefined)
    chip.repower()
    const after = posOn(chip)
    const [newest] = keptMessages(after)
    expect(newest?.number, `operation ${operation}`).toBeGreaterThanOrEqual(newestMessage(after))
    if (cut) continue
    expect(newest).toMatchObject({ ...message(MESSAGES_KEPT + 1), read: false })
    expect(operation).toBeGreaterThan(0)
    return
  }
})

it('one is read → it alone is marked, also after a restart; the oldest gives way to the ninth', () => {
  const chip = newChip()
  const pos = posOn(chip)
  expect(newestMessage(pos)).toBe(0)
  for (let number = 1; number <= 3; number++) expect(keepMessage(pos, message(number))).toBe('written')
  const second = keptMessages(pos).find(({ number }) => number === 2)
  if (second === undefined) throw new Error('kept just now')
  expect(markRead(pos, second)).toBe('written')
  expect(keptMessages(posOn(chip)).map(({ number, read }) => [number, read])).toEqual([
    [3, false],
    [2, true],
    [1, false],
  ])
  for (let number = 4; number <= 9; number++) keepMessage(pos, message(number))
  expect(keptMessages(posOn(chip)).map(({ number }) => number)).toEqual([9, 8, 7, 6, 5, 4, 3, 2])
  expect(newestMessage(posOn(chip))).toBe(9)
})
