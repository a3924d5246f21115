import { describe, expect, it } from 'vitest'
import { type Cut, type FlashChip, makeFlashChip, PowerCut } from '../../../emulator/device/flash.ts'
import { builtInProgram, makeSlots } from '../../../emulator/device/slots.ts'
import { type Documents, KIND, openDocuments } from '../../../terminal/update/documents.ts'
import { cutsAt } from '../../rig/flash-run.ts'

const GEOMETRY = { sectorBytes: 2_048, sectorCount: 10, unitBytes: 4 }
const AREA = { address: 2_048, bytes: 8 * 2_048 }
const open = (chip: FlashChip): Documents =>
  openDocuments(makeSlots({ chip, builtIn: () => builtInProgram(new Uint8Array(1), 1, '') }), AREA)
const bytesOf = (length: number, mark: number): Uint8Array =>
  new Uint8Array(length).map((_, i) => (i * 7 + mark * 13) & 0xff)
const told = (kind: number, bytes: Uint8Array): string =>
  `${kind}:${bytes.length}:${bytes[5]}:${bytes.at(-1)}`
const all = (documents: Documents): string[] =>
  Object.values(KIND).flatMap((kind) => documents.of(kind).map(({ bytes }) => told(kind, bytes)))

describe('documents 文件区', () => {
  it('of one sector and of several, oldest first, are there after a start; removed ones are not', () => {
    const chip = makeFlashChip({ geometry: GEOMETRY })
    const documents = open(chip)
    for (const [mark, length] of [100, 2_036, 2_037, 5_000].entries())
      expect(documents.write(KIND.parameters, bytesOf(length, mark))).toBe('written')
    expect(documents.write(KIND.root, bytesOf(9_000, 9))).toBe('noSpace')
    const again = open(chip)
    expect(again.of(KIND.parameters).map(({ bytes }) => bytes)).toEqual(
      [0, 1, 2, 3].map((mark) => bytesOf([100, 2_036, 2_037, 5_000][mark] ?? 0, mark)),
    )
    for (const document of again.of(KIND.parameters).slice(1, 3)) again.remove(document)
    expect(
      open(chip)
        .of(KIND.parameters)
        .map(({ bytes }) => bytes.length),
    ).toEqual([100, 5_000])
    expect(again.write(KIND.root, bytesOf(4_000, 4))).toBe('written')
    expect(
      open(chip)
        .of(KIND.root)
        .map(({ bytes }) => bytes),
    ).toEqual([bytesOf(4_000, 4)])
  })

  it('what lay in the second sector of a removed document is never taken for one', () => {
    const chip = makeFlashChip({ geometry: GEOMETRY })
    const one = makeFlashChip({ geometry: GEOMETRY })
    open(one).write(KIND.root, bytesOf(100, 1))
    const forged = one.read(AREA.address, 120)
    const documents = open(chip)
    documents.write(KIND.manifest, Uint8Array.from([...bytesOf(2_036, 2), ...forged]))
    const [document] = documents.of(KIND.manifest)
    if (document !== undefined) documents.remove(document)
    expect(all(open(chip))).toEqual([])
  })

  /** Writes, replaces and removes; returns what must be there after each step. */
  function story(chip: FlashChip, steps: { done: number }): void {
    const documents = open(chip)
    const acts: readonly (() => void)[] = [
      () => void documents.write(KIND.parameters, bytesOf(300, 1)),
      () => void documents.write(KIND.manifest, bytesOf(2_500, 2)),
      () => {
        const old = documents.of(KIND.parameters)
        for (const document of old) documents.remove(document)
      },
      () => void documents.write(KIND.parameters, bytesOf(310, 3)),
    ]
    for (const act of acts.slice(steps.done)) {
      act()
      steps.done++
    }
  }
  const [one, two, three] = [
    told(4, bytesOf(300, 1)),
    told(2, bytesOf(2_500, 2)),
    told(4, bytesOf(310, 3)),
  ] as const
  const LEFT: readonly (readonly string[])[] = [[], [one], [two, one]]

  it('cut at every operation, in every way, and again in the start after it → each document whole or absent, and so it stays', () => {
    const whole = makeFlashChip({ geometry: GEOMETRY })
    const counted = { done: 0 }
    story(whole, counted)
    expect(all(open(whole))).toEqual([two, three])
    for (let operation = 0; operation < whole.operations(); operation++)
      for (const cut of cutsAt(operation))
        for (const second of [0, 3, 7]) {
          const chip = makeFlashChip({ geometry: GEOMETRY, seed: operation + 1 })
          const steps = { done: 0 }
          chip.cut(cut)
          cutShort(() => story(chip, steps))
          chip.repower()
          chip.cut(cutsAt(chip.operations() + second)[(operation + second) % 12] as Cut)
          let found: string[] | undefined
          cutShort(() => {
            found = all(open(chip))
          })
          chip.cut(undefined)
          for (let start = 0; start < 3; start++) {
            chip.repower()
            // One whose removal was cut short may come back, and go again.
            const now = all(open(chip)).filter((each) => steps.done !== 2 || each !== one)
            found = found?.filter((each) => steps.done !== 2 || each !== one) ?? now
            expect(now, JSON.stringify({ cut, second, steps })).toEqual(found)
          }
          for (const each of found ?? []) expect([one, two, three], JSON.stringify(cut)).toContain(each)
          // What had returned before the cut stands.
          for (const each of LEFT[Math.min(steps.done, 2)] ?? [])
            if (steps.done < 2 || each.startsWith('2')) expect(found, JSON.stringify(cut)).toContain(each)
        }
  })
})

function cutShort(act: () => void): void {
  try {
    act()
  } catch (error) {
    if (!(error instanceof PowerCut)) throw error
  }
}
