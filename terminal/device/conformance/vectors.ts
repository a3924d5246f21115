import { clockVectors } from './clock.ts'
import { displayVectors } from './display.ts'
import { documentVectors } from './documents.ts'
import { factVectors } from './facts.ts'
import { flashVectors } from './flash.ts'
import { flashCutVectors } from './flash-cut.ts'
import { inboxVectors } from './inbox.ts'
import { isolationVectors } from './isolation.ts'
import { keyLoadingVectors } from './key-loading.ts'
import { lifeVectors } from './life.ts'
import { limitVectors } from './limits.ts'
import { linkVectors } from './link.ts'
import { linkFaultVectors } from './link-faults.ts'
import { memoryVectors } from './memory.ts'
import { orderVectors } from './order.ts'
import { pinVectors } from './pin.ts'
import { pinChangeVectors } from './pin-change.ts'
import { printerVectors } from './printer.ts'
import { readerVectors } from './reader.ts'
import { secureVectors } from './secure.ts'
import { slotsVectors } from './slots.ts'
import { traceVectors } from './trace.ts'
import type { Vector } from './vector.ts'
import { waitingVectors } from './waiting.ts'
import { widthVectors } from './width.ts'

/** All vectors in the order in which they run; PINs and injections come last, because their limits must be waited for. */
export const vectors: readonly Vector[] = [
  ...waitingVectors,
  ...orderVectors,
  ...limitVectors,
  ...displayVectors,
  ...widthVectors,
  ...readerVectors,
  ...printerVectors,
  ...linkVectors,
  ...linkFaultVectors,
  ...inboxVectors,
  ...flashVectors,
  ...flashCutVectors,
  ...slotsVectors,
  ...clockVectors,
  ...factVectors,
  ...secureVectors,
  ...documentVectors,
  ...traceVectors,
  ...lifeVectors,
  ...memoryVectors,
  ...pinVectors,
  ...isolationVectors,
  ...pinChangeVectors,
  ...keyLoadingVectors,
]
