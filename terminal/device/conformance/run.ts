import type { Life, Port } from './port.ts'
import type { VectorResult } from './rig.ts'
import { type Vector, within } from './vector.ts'
import { vectors } from './vectors.ts'

/** More than an inbox of 128 KiB is asked to hold in these vectors. */
const UNREAD_MAX = 1_000

export interface Report {
  readonly passed: number
  readonly failed: number
  /** Declared absent: the port lacks what the vector needs. */
  readonly absent: number
  readonly results: readonly VectorResult[]
}

/**
 * 一致性测试 in the rig's own program, for a device that is an object there: without the vectors that last over several runs.
 * A port is done when the suite in its own engine (`suite.ts`) reports no failure. `only` picks vectors by the beginning of
 * their id.
 */
export async function runConformance(port: Port, only = ''): Promise<Report> {
  const results: VectorResult[] = []
  for (const vector of vectors) {
    if (vector.id.startsWith(only)) results.push(await runVector(port, vector))
  }
  return reportOf(results)
}

export function reportOf(results: readonly VectorResult[]): Report {
  const count = (result: VectorResult['result']): number =>
    results.filter((each) => each.result === result).length
  return { passed: count('passed'), failed: count('failed'), absent: count('absent'), results }
}

/** Runs one vector on an idle device; `life` is of this vector. */
export async function runVector(port: Port, vector: Vector, life?: Life): Promise<VectorResult> {
  const { id, title, needs, run } = vector
  const lacking = needs.filter((need) => !port.rig.capabilities.includes(need))
  if (lacking.length > 0) return { id, title, result: 'absent', detail: `needs ${lacking.join(', ')}` }
  try {
    await reset(port)
    await run(life === undefined ? port : { ...port, life })
    return { id, title, result: 'passed', detail: '' }
  } catch (error) {
    return { id, title, result: 'failed', detail: error instanceof Error ? error.message : String(error) }
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
  device.keypad.flush()
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
