import { readFileSync } from 'node:fs'
import { inflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import {
  type Cut,
  type FlashChip,
  type FlashSnapshot,
  makeFlashChip,
  PowerCut,
} from '../../../emulator/device/flash.ts'
import { asBatchNumber } from '../../../host-link/wire/values.ts'
import type { Journal } from '../../../terminal/journal/journal.ts'
import { openJournal } from '../../../terminal/journal/log.ts'
import { bytesOf, EMPTY, modelAfter, perform, type Step, viewOf } from '../../rig/flash-model.ts'
import { BUDGET, cutsAt, openReady } from '../../rig/flash-run.ts'
import { readJournal } from '../../rig/journal-reader.ts'

const geometry = { sectorBytes: 1024, sectorCount: 8, unitBytes: 4 }
/** Images that the journal of this project's format 1 left on a chip of this geometry. */
const format1 = JSON.parse(readFileSync(new URL('format-1.json', import.meta.url), 'utf8')) as {
  readonly settings: { readonly [key: string]: string }
  readonly closed: Format1
  readonly open: Format1
}
interface Format1 {
  readonly batch: number
  readonly nextTrace: number
  readonly image: string
}
const SETTINGS = [1, 2, 100, 101] as const

/** Settings, some of them written often, batches that were settled, traces used. */
function lived(chip: FlashChip, batches = 2): Journal {
  const journal = openReady(chip)
  let model = EMPTY
  const steps: Step[] = SETTINGS.map((key) => ({ do: 'set', key, bytes: 40 + key, fill: key }))
  for (let batch = 0; batch < batches; batch++) {
    for (let sale = 0; sale < 6; sale++)
      steps.push({ do: 'open', kind: 1, bytes: 60, card: true }, { do: 'approve', bytes: 30 })
    steps.push(
      { do: 'burn' },
      { do: 'set', key: 2, bytes: 50, fill: batch },
      { do: 'freeze' },
      { do: 'closeBatch' },
    )
  }
  for (const step of steps) {
    expect(perform(journal, model, step)).toBe('written')
    model = modelAfter(model, step)
  }
  expect(journal.scrub()).toBe('written')
  return journal
}

/** All that must outlive a change of format. */
function kept(journal: Journal): unknown[] {
  const settings = SETTINGS.map((key) => Buffer.from(journal.setting(key) ?? []).toString('hex'))
  return [journal.batch(), journal.nextTrace(), journal.count(), journal.frozen(), settings]
}

/** Formats of all headers on the chip, in use or not, as docs/journal.md draws them. */
function formatsOn(chip: FlashChip): number[] {
  const image = chip.image()
  const found = new Set<number>()
  for (let at = 0; at < image.length; at += geometry.sectorBytes)
    if ((image[at + 1] ?? 0) >> 4 === 1 && image[at] === 24) found.add(image[at + 8] ?? 0)
  return [...found].sort()
}

/** What a program of format 1 does not know: kinds above 11, and bits 21 and 22 of a batch number. */
function strangeInFormat1(chip: FlashChip): string[] {
  const strange: string[] = []
  const { records } = readJournal(chip.image(), geometry)
  expect(records.length).toBeGreaterThan(4)
  for (const { kind, payload } of records) {
    if (kind > 11) strange.push(`kind ${kind}`)
    const at = kind === 1 ? 12 : kind === 4 ? 0 : undefined
    if (at !== undefined && ((payload[at + 2] ?? 0) & 0x60) !== 0) strange.push(`bits in kind ${kind}`)
  }
  return strange
}

describe('the format of the journal 日志格式', () => {
  it('a new journal has the newest format and nothing is pending', () => {
    const journal = openReady(makeFlashChip({ geometry }))
    expect([journal.format(), journal.formatPending()]).toEqual([2, false])
  })

  it('back to format 1: no header, record or bit that only format 2 knows stays on the chip; settings, batch and trace stay', () => {
    const chip = makeFlashChip({ geometry })
    const journal = lived(chip)
    const before = kept(journal)
    expect(journal.bringTo(1)).toBe('written')
    expect([journal.format(), journal.formatPending(), formatsOn(chip)]).toEqual([1, false, [1]])
    expect(strangeInFormat1(chip)).toEqual([])
    expect(kept(journal)).toEqual(before)
    expect(kept(openReady(chip))).toEqual(before)
    expect(openReady(chip).format()).toBe(1)
  })

  it('and forward again: the same is there, in format 2, and trade goes on', () => {
    const chip = makeFlashChip({ geometry })
    const journal = lived(chip)
    const before = kept(journal)
    journal.bringTo(1)
    const again = openReady(chip)
    expect(again.bringTo(2)).toBe('written')
    expect([again.format(), formatsOn(chip), kept(again)]).toEqual([2, [2], before])
    expect(again.open(1, bytesOf(60, 1))).toBe('written')
    expect(viewOf(openReady(chip))).toBe(viewOf(again))
  })

  it('while it is in format 1 nothing is traded, frozen or closed: no entry comes into an older format', () => {
    const journal = lived(makeFlashChip({ geometry }))
    journal.bringTo(1)
    expect(journal.open(1, bytesOf(60, 1))).toBe('frozen')
    expect(journal.freeze()).toBe('fault')
    expect(journal.closeBatch(asBatchNumber(9))).toBe('fault')
    expect(journal.set(1, bytesOf(9, 9))).toBe('written')
    expect(journal.burnTrace()).toBe('written')
  })

  it('G07 with an entry in the batch, while it is frozen, or before the scrub → notNow and nothing is written', () => {
    const chip = makeFlashChip({ geometry })
    const journal = lived(chip)
    const image = () => Buffer.from(chip.image()).toString('hex')
    const refused = (open: Journal): void => {
      const before = image()
      expect(open.bringTo(1)).toBe('notNow')
      expect([image() === before, open.format(), open.formatPending()]).toEqual([true, 2, false])
    }
    journal.open(1, bytesOf(60, 1))
    refused(journal)
    journal.close(journal.owed()[0]?.trace ?? journal.nextTrace(), 'approved', bytesOf(10, 1))
    refused(journal)
    journal.freeze()
    refused(journal)
    journal.closeBatch(asBatchNumber(7))
    refused(journal)
    journal.scrub()
    journal.freeze()
    refused(journal)
    journal.closeBatch(asBatchNumber(8))
    journal.scrub()
    expect(journal.bringTo(1)).toBe('written')
  })

  it('the format that it has already → written, and no operation of the chip', () => {
    const chip = makeFlashChip({ geometry })
    const journal = lived(chip)
    const before = chip.operations()
    expect([journal.bringTo(2), chip.operations()]).toEqual(['written', before])
  })

  it('an image that the program of format 1 left, its batch closed: read, brought to format 2, traded on', () => {
    const { closed, settings } = format1
    const chip = imageOf(closed.image)
    const journal = openReady(chip)
    const seen = () => [
      journal.batch(),
      journal.nextTrace(),
      Object.keys(settings).map((key) => Buffer.from(journal.setting(Number(key)) ?? []).toString('hex')),
    ]
    const expected = [closed.batch, closed.nextTrace, Object.values(settings)]
    expect([journal.format(), ...seen()]).toEqual([1, ...expected])
    expect(journal.bringTo(2)).toBe('written')
    expect([journal.format(), formatsOn(chip), ...seen()]).toEqual([2, [2], ...expected])
    expect(journal.open(1, bytesOf(60, 1))).toBe('written')
  })

  it('the same with its batch open → refused: the program that wrote it must settle it', () => {
    const chip = imageOf(format1.open.image)
    const before = chip.operations()
    expect(openJournal(chip, asBatchNumber(1))).toMatchObject({ kind: 'halt', label: 'format' })
    expect(chip.operations()).toBe(before)
  })

  it('a format that no program of ours has → RangeError', () => {
    const journal = openReady(makeFlashChip({ geometry }))
    for (const format of [0, 3, 1.5, Number.NaN]) expect(() => journal.bringTo(format)).toThrow(RangeError)
  })

  for (const [from, to] of [
    [2, 1],
    [1, 2],
  ] as const)
    it(`G05 power cut in every way at every operation of ${from} → ${to}, and once more in what follows: nothing is lost, and it ends in ${to}`, () => {
      const chip = makeFlashChip({ geometry })
      const journal = lived(chip, 1)
      if (from === 1) journal.bringTo(1)
      const expected = kept(journal)
      const start = chip.snapshot()
      const total = operationsOf(chip, start, to)
      expect(total).toBeGreaterThan(20)
      for (let operation = 0; operation < total; operation++)
        for (const [way, plan] of cutsAt(operation).entries()) {
          const where = `operation ${operation}, way ${way}`
          expect(changeCut(chip, start, plan, to), where).toBe(true)
          const afterCut = chip.snapshot()
          requireDone(chip, to, expected, where)
          if (way % SECOND_EVERY !== operation % SECOND_EVERY) continue
          const rest = operationsOf(chip, afterCut, to)
          const again = cutsAt((operation * 5 + way) % Math.max(1, rest))
          const second = again[(operation + way) % again.length]
          changeCut(chip, afterCut, second, to)
          requireDone(chip, to, expected, `${where}, then ${JSON.stringify(second)}`)
        }
    })
})

function imageOf(deflated: string): FlashChip {
  return makeFlashChip({ geometry, image: inflateRawSync(Buffer.from(deflated, 'base64')) })
}

const SECOND_EVERY = BUDGET >= 10 ? 1 : 4

function operationsOf(chip: FlashChip, from: FlashSnapshot, to: number): number {
  chip.restore(from)
  chip.repower()
  const before = chip.operations()
  expect(openReady(chip).bringTo(to)).toBe('written')
  return chip.operations() - before
}

/** Whether the power went. */
function changeCut(chip: FlashChip, from: FlashSnapshot, plan: Cut | undefined, to: number): boolean {
  chip.restore(from)
  chip.repower()
  if (plan !== undefined) chip.cut({ ...plan, operation: chip.operations() + plan.operation })
  try {
    openReady(chip).bringTo(to)
    return false
  } catch (error) {
    if (error instanceof PowerCut) return true
    throw error
  }
}

/** Cells of sectors not in use that may turn back: an erase that was cut short and not done again. */
function looseCells(chip: FlashChip): number[] {
  const sectorOf = (address: number) => Math.floor(address / geometry.sectorBytes)
  const used = new Set(readJournal(chip.image(), geometry).records.map(({ address }) => sectorOf(address)))
  return [...chip.snapshot().weak.keys()].filter((address) => !used.has(sectorOf(address)))
}

/** After the next start and the change that goes on: all is there, in one format, and stays so over further starts. */
function requireDone(chip: FlashChip, to: number, expected: unknown, where: string): void {
  chip.repower()
  const journal = openReady(chip)
  expect(kept(journal), where).toEqual(expected)
  if (journal.formatPending()) expect(journal.format(), where).toBe(to)
  expect(journal.bringTo(to), where).toBe('written')
  expect(looseCells(chip), where).toEqual([])
  for (let start = 0; start < 3; start++) {
    chip.repower()
    const later = openReady(chip)
    expect([later.format(), later.formatPending(), formatsOn(chip)], where).toEqual([to, false, [to]])
    expect(kept(later), where).toEqual(expected)
    if (to === 1) expect(strangeInFormat1(chip), where).toEqual([])
  }
}
