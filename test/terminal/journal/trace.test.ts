import { describe, expect, it } from 'vitest'
import { makeFlashChip } from '../../../emulator/device/flash.ts'
import { asBatchNumber, asTrace } from '../../../host-link/wire/values.ts'
import { bytesOf, EMPTY, viewOf, viewOfModel } from '../../rig/flash-model.ts'
import { openReady } from '../../rig/flash-run.ts'
import { SMALL } from '../../rig/flash-script.ts'
import { placeRecord } from '../../rig/journal-reader.ts'

describe('the trace number 流水号', () => {
  const startOf = (trace: number) => [trace & 255, (trace >> 8) & 255, trace >> 16]
  function imageAt(first: number, entries: readonly number[], last: number): Uint8Array {
    const image = new Uint8Array(SMALL.sectorBytes * SMALL.sectorCount).fill(0xff)
    const start = first === 1 ? 999_999 : first - 1
    const header = [
      2,
      1,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      5,
      0,
      0,
      ...startOf(first - 1),
      ...startOf(start),
      1,
      0,
      0,
    ]
    let address = placeRecord(image, SMALL, { address: 0, sequence: 1, kind: 1 }, header)
    address = placeRecord(image, SMALL, { address, sequence: 2, kind: 1 }, header)
    let sequence = 3
    for (const trace of entries) {
      address = placeRecord(image, SMALL, { address, sequence: sequence++, kind: 7 }, [
        ...startOf(trace),
        1,
        9,
      ])
      address = placeRecord(image, SMALL, { address, sequence: sequence++, kind: 8 }, [
        ...startOf(trace),
        1,
        8,
      ])
    }
    placeRecord(image, SMALL, { address, sequence, kind: 5 }, startOf(last))
    return image
  }

  it('S34 all numbers used once in the batch → wraps to 1 and skips those alive, also after a start', () => {
    const chip = makeFlashChip({ geometry: SMALL, image: imageAt(1, [1, 2, 4], 999_998) })
    let journal = openReady(chip)
    const taken: number[] = []
    for (let i = 0; i < 5; i++) {
      taken.push(journal.nextTrace())
      expect(i % 2 ? journal.burnTrace() : journal.open(1, bytesOf(9, i))).toBe('written')
      journal = openReady(chip)
    }
    expect(taken).toEqual([999_999, 3, 5, 6, 7])
    expect(
      journal
        .owed()
        .map((e) => e.trace)
        .sort(),
    ).toEqual([5, 7, 999_999])
    expect(journal.find(asTrace(2))?.batch).toBe(5)
  })

  it('wrap with numbers left → goes on at 1, entries stay in order, nothing is looked up', () => {
    const chip = makeFlashChip({ geometry: SMALL, image: imageAt(999_990, [999_995], 999_998) })
    const journal = openReady(chip)
    for (const trace of [999_999, 1, 2]) {
      expect(journal.nextTrace()).toBe(trace)
      expect(journal.open(1, bytesOf(9, trace))).toBe('written')
      expect(journal.close(asTrace(trace), 'approved', bytesOf(9, trace))).toBe('written')
    }
    const order: number[] = []
    journal.each((e) => order.push(e.trace) > 0)
    expect(order).toEqual([999_995, 999_999, 1, 2])
    expect(journal.last()?.trace).toBe(2)
    expect(openReady(chip).last()?.trace).toBe(2)
  })

  it('S34 all numbers used, an entry of a closed batch with the number that was used last → it is no entry of the open one, and not the last', () => {
    const image = new Uint8Array(SMALL.sectorBytes * SMALL.sectorCount).fill(0xff)
    const header = (base: number, since: number, used: number, start: readonly number[]) => [
      ...[2, base, 0, 0, 0, base - 1, 0, 0, since, 0, 0, 0, 5, 0, 0],
      ...[...startOf(used), ...start, 1, 0, 0],
    ]
    // [kind, payload] of one record after the other
    const sectors: readonly (readonly (readonly [number, readonly number[]])[])[] = [
      [
        ...[1, 1].map((kind) => [kind, header(1, 0, 10, startOf(9))] as const),
        ...[7, 8].map((kind) => [kind, [...startOf(11), 1, 9]] as const),
        ...[4, 4].map((kind) => [kind, [5, 0, 0]] as const),
      ],
      [
        ...[1, 1].map((kind) => [kind, header(7, 6, 8, [255, 255, 255])] as const),
        ...[7, 8].map((kind) => [kind, [...startOf(9), 1, 9]] as const),
        ...[10, 11].map((used) => [5, startOf(used)] as const),
      ],
    ]
    let sequence = 1
    sectors.forEach((records, sector) => {
      let address = sector * SMALL.sectorBytes
      for (const [kind, payload] of records)
        address = placeRecord(image, SMALL, { address, sequence: sequence++, kind }, payload)
    })
    const journal = openReady(makeFlashChip({ geometry: SMALL, image }))
    expect([journal.last()?.trace, journal.find(asTrace(11)), journal.count()]).toEqual([9, undefined, 1])
    expect(journal.nextTrace()).toBe(12)
  })

  it('an enquiry and a start → its number is not used again', () => {
    const chip = makeFlashChip({ geometry: SMALL })
    openReady(chip).burnTrace()
    expect(openReady(chip).nextTrace()).toBe(2)
  })
})

describe('misuse is a bug and throws', () => {
  it.each([
    ['too long an intent', (j: ReturnType<typeof openReady>) => j.open(1, new Uint8Array(401))],
    [
      'too long an outcome',
      (j: ReturnType<typeof openReady>) => j.close(asTrace(1), 'approved', new Uint8Array(301)),
    ],
    ['too long a setting', (j: ReturnType<typeof openReady>) => j.set(1, new Uint8Array(201))],
    ['a key over 255', (j: ReturnType<typeof openReady>) => j.set(256, new Uint8Array(1))],
    [
      'close of what is not open',
      (j: ReturnType<typeof openReady>) => j.close(asTrace(9), 'approved', new Uint8Array(1)),
    ],
    [
      'undo twice',
      (j: ReturnType<typeof openReady>) =>
        j.undo(asTrace(1), new Uint8Array(1)) && j.undo(asTrace(1), new Uint8Array(1)),
    ],
    ['a slip of nothing', (j: ReturnType<typeof openReady>) => j.markPrinted(asTrace(9), 1)],
  ])('%s', (_, act) => {
    const journal = openReady(makeFlashChip({ geometry: SMALL }))
    journal.open(1, bytesOf(9, 1))
    expect(() => act(journal)).toThrow(/journal/)
  })

  it('a batch changes only when it may', () => {
    const journal = openReady(makeFlashChip({ geometry: SMALL }))
    expect(journal.adoptBatch(asBatchNumber(77))).toBe('written')
    journal.open(1, bytesOf(9, 1))
    expect(journal.closeBatch(asBatchNumber(78))).toBe('fault')
    journal.close(asTrace(1), 'declined', bytesOf(9, 1))
    expect([journal.adoptBatch(asBatchNumber(79)), journal.batch()]).toEqual(['fault', 77])
    expect([journal.closeBatch(asBatchNumber(78)), journal.batch()]).toEqual(['written', 78])
    expect(journal.find(asTrace(1))).toBeUndefined()
    expect(viewOfModel({ ...EMPTY, batch: 78, trace: 1, scrubPending: true })).toBe(viewOf(journal))
  })
})
