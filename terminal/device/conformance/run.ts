import { clockVectors } from './clock.ts'
import { displayVectors } from './display.ts'
import { documentVectors } from './documents.ts'
import { factVectors } from './facts.ts'
import { flashVectors } from './flash.ts'
import { inboxVectors } from './inbox.ts'
import { keyLoadingVectors } from './key-loading.ts'
import { linkVectors } from './link.ts'
import { pinVectors } from './pin.ts'
import { pinChangeVectors } from './pin-change.ts'
import type { Port } from './port.ts'
import { printerVectors } from './printer.ts'
import { readerVectors } from './reader.ts'
import { secureVectors } from './secure.ts'
import { slotsVectors } from './slots.ts'
import { type Vector, within } from './vector.ts'
import { waitingVectors } from './waiting.ts'

/** More than an inbox of 128 KiB is asked to hold in these vectors. */
const UNREAD_MAX = 1_000

/** All vectors in the order in which they run; PINs and injections come last, because their limits must be waited for. */
export const vectors: readonly Vector[] = [
  ...waitingVectors,
  ...displayVectors,
  ...readerVectors,
  ...printerVectors,
  ...linkVectors,
  ...inboxVectors,
  ...flashVectors,
  ...slotsVectors,
  ...clockVectors,
  ...factVectors,
  ...secureVectors,
  ...documentVectors,
  ...pinVectors,
  ...pinChangeVectors,
  ...keyLoadingVectors,
]

export interface VectorResult {
  readonly id: string
  readonly title: string
  readonly passed: boolean
  /** What the port did instead; empty when it passed. */
  readonly detail: string
}
export interface Report {
  readonly passed: number
  readonly failed: number
  readonly results: readonly VectorResult[]
}

/** 一致性测试: a port is done when this reports no failure. `only` picks vectors by the beginning of their id. */
export async function runConformance(port: Port, only = ''): Promise<Report> {
  const results: VectorResult[] = []
  for (const vector of vectors) {
    if (vector.id.startsWith(only)) results.push(await runVector(port, vector))
  }
  const passed = results.filter((result) => result.passed).length
  return { passed, failed: results.length - passed, results }
}

async function runVector(port: Port, { id, title, run }: Vector): Promise<VectorResult> {
  try {
    await reset(port)
    await run(port)
    return { id, title, passed: true, detail: '' }
  } catch (error) {
    return { id, title, passed: false, detail: error instanceof Error ? error.message : String(error) }
  }
}

/** Everything idle, blank, plugged in and filled, whatever the vector before has left. */
async function reset({ device, rig }: Port): Promise<void> {
  rig.cable(true)
  rig.paperIn()
  rig.host.answer('accept')
  rig.giver('none')
  rig.service?.there(false)
  for (const name of ['keypad', 'reader', 'secure', 'link', 'inbox'] as const) device[name].cancel()
  device.link.close()
  device.keypad.flush()
  device.display.clear()
  device.display.icons({ signedOn: false, owed: false, paperOut: false })
  await rig.pass(0)
  rig.host.received()
  rig.paper()
  await emptyInbox({ device, rig })
}

/** What the vector before has left unread. */
async function emptyInbox({ device, rig }: Port): Promise<void> {
  for (let unread = 0; unread < UNREAD_MAX; unread++) {
    const { kind } = await within(rig, 0, () => device.inbox.next(0))
    if (kind === 'timeout' || kind === 'none') break
  }
  rig.service?.received()
}
