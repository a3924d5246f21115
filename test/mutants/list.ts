import { attacks } from './attacks.ts'
import { boot } from './boot.ts'
import { bootMachine } from './boot-machine.ts'
import { cashierReads } from './cashier-reads.ts'
import { channels } from './channel.ts'
import { ciphers } from './ciphers.ts'
import { clearing } from './clearing.ts'
import { counter } from './counter.ts'
import { device } from './device.ts'
import { downloadDocuments } from './download-documents.ts'
import { downloadTrust } from './download-trust.ts'
import { downloadWay } from './download-way.ts'
import { exchange } from './exchange.ts'
import { fetchMutants } from './fetch.ts'
import { host } from './host.ts'
import { hostBooks } from './host-books.ts'
import { hostDesk } from './host-desk.ts'
import { hostDoors } from './host-doors.ts'
import { hostMoney } from './host-money.ts'
import { hostPage } from './host-page.ts'
import { hostServices } from './host-services.ts'
import { inboxAndFloors } from './inbox.ts'
import { injection } from './injection.ts'
import { injectionWay } from './injection-way.ts'
import { invariants } from './invariants.ts'
import { issuer } from './issuer.ts'
import { journal } from './journal.ts'
import { journalFormat } from './journal-format.ts'
import { journalRing } from './journal-ring.ts'
import { journalSettlement } from './journal-settlement.ts'
import { keyBlocks } from './key-blocks.ts'
import { keyLoad } from './key-load.ts'
import { keyStore } from './key-store.ts'
import { keys } from './keys.ts'
import { cashiersManual } from './manual.ts'
import type { Mutant } from './mutant.ts'
import { nativeEngine } from './native-engine.ts'
import { nativeFlash } from './native-flash.ts'
import { nativeFront } from './native-front.ts'
import { nativeMemory } from './native-memory.ts'
import { nativeProgram } from './native-program.ts'
import { nativeSecure } from './native-secure.ts'
import { postgres } from './postgres.ts'
import { prepaid } from './prepaid.ts'
import { primitives } from './primitives.ts'
import { programOfScripts } from './program.ts'
import { release } from './release.ts'
import { remoteKeys } from './remote-keys.ts'
import { reversal } from './reversal.ts'
import { reviewG1 } from './review-g1.ts'
import { reviewG2 } from './review-g2.ts'
import { reviewG3 } from './review-g3.ts'
import { reviewG4 } from './review-g4.ts'
import { secondSource } from './second-source.ts'
import { secureElement } from './secure-element.ts'
import { settlement } from './settlement.ts'
import { shown } from './shown.ts'
import { sm4 } from './sm4.ts'
import { station } from './station.ts'
import { stationBook } from './station-book.ts'
import { stationFaces } from './station-faces.ts'
import { stationLines } from './station-lines.ts'
import { storyMutants } from './stories.ts'
import { terminal } from './terminal.ts'
import { tms } from './tms.ts'
import { tmsFaces } from './tms-faces.ts'
import { tmsMend } from './tms-mend.ts'
import { tmsPage } from './tms-page.ts'
import { tmsSecure } from './tms-secure.ts'
import { tmsService } from './tms-service.ts'
import { trade } from './trade.ts'
import { undo } from './undo.ts'
import { updateFaces } from './update-faces.ts'
import { updateMend } from './update-mend.ts'
import { updaterMutants } from './updater.ts'
import { wire } from './wire.ts'
import { wireFields } from './wire-fields.ts'

/** Every rule of money, keys and bytes, broken once. `npm run mutants` shows that a test fails for each. */
export const mutants: readonly Mutant[] = [
  ...journal,
  ...journalFormat,
  ...tmsService,
  ...downloadWay,
  ...storyMutants,
  ...programOfScripts,
  ...downloadTrust,
  ...tmsPage,
  ...tmsFaces,
  ...nativeEngine,
  ...nativeFlash,
  ...nativeFront,
  ...nativeMemory,
  ...nativeProgram,
  ...nativeSecure,
  ...tmsMend,
  ...tmsSecure,
  ...tms,
  ...updateFaces,
  ...updateMend,
  ...updaterMutants,
  ...fetchMutants,
  ...release,
  ...inboxAndFloors,
  ...secondSource,
  ...downloadDocuments,
  ...bootMachine,
  ...boot,
  ...journalRing,
  ...journalSettlement,
  ...exchange,
  ...reversal,
  ...terminal,
  ...trade,
  ...counter,
  ...prepaid,
  ...undo,
  ...settlement,
  ...invariants,
  ...reviewG4,
  ...reviewG3,
  ...reviewG2,
  ...reviewG1,
  ...host,
  ...issuer,
  ...hostBooks,
  ...hostMoney,
  ...hostServices,
  ...hostDesk,
  ...hostPage,
  ...hostDoors,
  ...clearing,
  ...postgres,
  ...keys,
  ...ciphers,
  ...attacks,
  ...channels,
  ...injection,
  ...secureElement,
  ...injectionWay,
  ...keyBlocks,
  ...keyLoad,
  ...keyStore,
  ...primitives,
  ...remoteKeys,
  ...sm4,
  ...station,
  ...stationBook,
  ...stationLines,
  ...stationFaces,
  ...wire,
  ...wireFields,
  ...shown,
  ...device,
  ...cashiersManual,
  ...cashierReads,
]

/**
 * The list, begun somewhere else for each seed: consecutive seeds begin far apart (steps of the golden ratio), so
 * that runs which get through a part only come by everything soon.
 */
export function begunAt<T>(list: readonly T[], seed: number): readonly T[] {
  const start = Math.floor(((seed * 0.618_033_988_749_895) % 1) * list.length)
  return [...list.slice(start), ...list.slice(0, start)]
}
