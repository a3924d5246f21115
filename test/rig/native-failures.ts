import { expect } from 'vitest'
import { converge, differences, leaks } from './audit.ts'
import { typeOf } from './frames.ts'
import type { NativeTill } from './native-till.ts'

/** How a sale has ended whose machine ran out of memory somewhere. */
export type SaleEnd = 'unsent' | 'approved' | 'undone'

const STEADY_MS = 61_000
const OUT_OF_MEMORY = /^out of memory: the heap (of \d+ bytes is full|is full in the first stage)$/

/**
 * Sells once while the `k`-th request for memory fails, and, where `again` is given, that one of the start after it too. Then
 * lets time pass until nothing is owed, and compares the books of terminal and host: nothing is forgotten, nothing is
 * charged twice, nothing was shown or printed too early.
 */
export async function sellWithout(till: NativeTill, k: number, again?: number): Promise<SaleEnd> {
  const label = `request ${k}${again === undefined ? '' : `, and ${again} of the start after it`}`
  const sent = till.network.passed.length
  const stops = till.stops.length
  const screens = till.screens.length
  till.native.word(`fail-at\t${k}`)
  await attempted(till)
  if (again !== undefined && till.stops.length > stops) till.native.word(`fail-at\t${again}`)
  await till
    .toIdle('cancel')
    .catch((error: unknown) => expect.fail(`${label}: ${[error, ...till.ends].join('\n')}`))
  await converge(till)
  await till.time.advance(STEADY_MS) // crashes in a row are counted anew
  till.native.word('fail-at\t0')
  await till.toIdle()
  expect(till.ends, label).toEqual([])
  for (const why of till.stops.slice(stops)) expect(why, label).toMatch(OUT_OF_MEMORY)
  expect(await differences(till), label).toEqual([])
  expect(till.violations, label).toEqual([])
  expect(leaks(till), label).toEqual([])
  expect(till.host.alarms().conflict ?? 0, label).toBe(0)
  if (!till.network.passed.slice(sent).some(({ body }) => typeOf(body) === '0200')) return 'unsent'
  return /交易成功/.test(till.screens.slice(screens).join('\n')) ? 'approved' : 'undone'
}

/** A sale up to its end or to where the machine is gone from under the cashier's hands. */
async function attempted(till: NativeTill): Promise<void> {
  const stops = till.stops.length
  try {
    await till.order()
    await till.time.runUntil(() => /交易成功/.test(till.screen()) || till.stops.length > stops, 60_000)
    if (till.stops.length === stops) await till.toIdle()
  } catch (error) {
    if (till.stops.length === stops) throw error
  }
}
