import { type FlashChip, makeFlashChip } from '../../emulator/device/flash.ts'
import { asBatchNumber } from '../../host-link/wire/values.ts'
import type { Entry, Journal } from '../../terminal/journal/journal.ts'
import { openJournal } from '../../terminal/journal/log.ts'
import { makeTill, SECTOR_BYTES, v8 } from './joined.ts'
import { type Row, rounds, stopwatch, type Work } from './row.ts'

const SMALL = 64
const LARGE = 256
const SALES = 40
const ERASES_MAX = 100_000
/** A day's business of a busy till. */
const BATCH_SALES = 200
const WEAR_SALES = 12_000
const WEAR_SECONDS = 12

/**
 * What a sale costs the flash. The bytes are counted at the chip under the real application; capacity and wear by
 * giving the same entries to the real journal again and again, with a batch closed between, for there the
 * application has no settlement yet.
 */
export async function benchFlash(work: Work): Promise<readonly Row[]> {
  const real = await realSales(rounds(work, SALES, 4))
  work.progress('capacity')
  const late = stopwatch(work, WEAR_SECONDS)
  const small = capacity(SMALL, real.entries, late)
  const large = capacity(LARGE, real.entries, late)
  work.progress('wear')
  const sales = rounds(work, WEAR_SALES, BATCH_SALES)
  const daily = wear(real.entries, sales, BATCH_SALES, stopwatch(work, WEAR_SECONDS))
  const full = wear(real.entries, sales, Number.POSITIVE_INFINITY, stopwatch(work, WEAR_SECONDS))
  const life = ({ sales: sold, erases }: Wear) => Math.round((sold * ERASES_MAX) / erases)
  const measured = ({ sales: sold, batches, erases }: Wear) =>
    `measured: ${sold} sales, ${batches} batches closed, ${erases} erases of the most used sector`
  return [
    {
      quantity: 'bytes programmed per sale',
      value: real.bytes,
      unit: 'B',
      beside: { what: 'by the journal over many batches', value: daily.bytes / daily.sales },
      note: 'with both slips marked; sector headers and copies included',
    },
    { quantity: 'programs per sale', value: real.programs, unit: '' },
    { quantity: `sales in a batch, 256 KiB${small.cut}`, value: small.sales, unit: 'sales' },
    { quantity: `sales in a batch, 1 MiB${large.cut}`, value: large.sales, unit: 'sales' },
    {
      quantity: `256 KiB: sales until a sector has ${ERASES_MAX.toLocaleString('en-GB')} erases, ${BATCH_SALES} a batch`,
      value: life(daily),
      unit: 'sales',
      note: measured(daily),
    },
    {
      quantity: 'the same with batches closed only when full',
      value: life(full),
      unit: 'sales',
      note: measured(full),
    },
  ]
}

async function realSales(sales: number) {
  const till = makeTill({ engine: v8() })
  await till.boot()
  const before = { bytes: till.chip.bytesProgrammed(), programs: till.chip.programs() }
  for (let sale = 0; sale < sales; sale++) await till.sell()
  const bytes = (till.chip.bytesProgrammed() - before.bytes) / sales
  const programs = (till.chip.programs() - before.programs) / sales
  till.machine.powerOff()
  till.chip.repower()
  const entries: Entry[] = []
  opened(till.chip).each((entry) => entries.push(entry) > 0)
  return { bytes, programs, entries }
}

/** The journal calls of one sale, in the application's order (`flow/sale.ts`, `flow/step/print.ts`). */
function write(journal: Journal, { kind, intent, outcome, printedCopies }: Entry): void {
  const trace = journal.nextTrace()
  let copies = 0
  const wrote = [journal.open(kind, intent), journal.close(trace, 'approved', outcome ?? new Uint8Array())]
  for (let bit = 1; bit <= printedCopies; bit <<= 1) {
    if ((printedCopies & bit) === 0) continue
    copies |= bit
    wrote.push(journal.markPrinted(trace, copies))
  }
  if (wrote.some((each) => each !== 'written')) throw new Error(`bench: the journal says ${wrote.join(', ')}`)
}

function capacity(sectorCount: number, entries: readonly Entry[], late: () => boolean) {
  const journal = opened(chipOf(sectorCount))
  let sales = 0
  while (fits(journal, entries) && !late()) write(journal, entries[sales++ % entries.length] as Entry)
  return { sales, cut: fits(journal, entries) ? ' at least: time ran out' : '' }
}

/** Whether the next sale can be opened, whatever of them it is. */
function fits(journal: Journal, entries: readonly Entry[]): boolean {
  const longest = (of: (entry: Entry) => number) => Math.max(...entries.map(of))
  const intent = longest((entry) => entry.intent.length)
  return (
    journal.room(
      intent,
      longest((entry) => entry.outcome?.length ?? 0),
    ) > 0
  )
}

interface Wear {
  readonly sales: number
  readonly batches: number
  readonly bytes: number
  /** Of the most used sector. */
  readonly erases: number
}

function wear(entries: readonly Entry[], wanted: number, batchSales: number, late: () => boolean): Wear {
  const chip = chipOf(SMALL)
  const journal = opened(chip)
  let sales = 0
  let batches = 0
  for (let inBatch = 0; sales < wanted && (sales < BATCH_SALES || !late()); inBatch++) {
    if (inBatch >= batchSales || !fits(journal, entries)) {
      batches++
      inBatch = 0
      if (journal.closeBatch(asBatchNumber(batches + 1)) !== 'written')
        throw new Error('bench: the batch cannot be closed')
    }
    write(journal, entries[sales++ % entries.length] as Entry)
  }
  return { sales, batches, bytes: chip.bytesProgrammed(), erases: Math.max(...chip.erases()) }
}

function chipOf(sectorCount: number): FlashChip {
  return makeFlashChip({ geometry: { sectorBytes: SECTOR_BYTES, sectorCount, unitBytes: 4 } })
}

function opened(chip: FlashChip): Journal {
  const result = openJournal(chip, asBatchNumber(1))
  if (result.kind !== 'ready') throw new Error(`bench: the journal does not open: ${result.why}`)
  return result.journal
}
