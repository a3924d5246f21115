import { COUNTER_FLOOR, NO_SCOPE } from '../../../../terminal/boot/floor.ts'
import { areasOf } from '../../../../terminal/boot/layout.ts'
import { arm, confirm, readBoot, revert } from '../../../../terminal/boot/record.ts'
import type { Device } from '../../../../terminal/device/device.ts'
import type { Key } from '../../../../terminal/device/keypad.ts'
import { number } from '../../../../terminal/journal/record.ts'

/**
 * A program that does with the boot record what a key says, and shows how it stands. What stands in the slots, their lengths and
 * counters, whoever put it there has written into the documents; `mark` stands at the head of each program's text.
 */
const { device, mark } = globalThis as unknown as { readonly device: Device; readonly mark: string }
const { slots, secure, keypad, display, info } = device

function armed(place: 'a' | 'b'): string {
  const areas = areasOf(slots.geometry())
  if (areas === undefined) return 'no chip'
  const row = slots.read(areas.documents.address + (place === 'a' ? 0 : 8), 8)
  const length = number(row, 0, 4)
  const hash = slots.hash(areas[place].address, length)
  const program = { place, length, hash, release: hash, counter: number(row, 4, 4), version: `of ${place}` }
  return arm(device, program, new Uint8Array(0))
}

function fellOver(): never {
  throw new Error(`${mark} fell over`)
}

/** The value is shown so that nobody leaves the loop out. */
function hung(): string {
  let turn = 0
  do turn = (turn + 1) & 7
  while (turn >= 0)
  return `${turn}`
}

const acts: { readonly [K in Key]?: () => string | undefined } = {
  '1': () => armed('a'),
  '2': () => armed('b'),
  '3': () => confirm(device),
  '4': () => revert(device, 40),
  '5': () => secure.raiseFloor(COUNTER_FLOOR, readBoot(device).active.counter, NO_SCOPE),
  '6': hung,
  '7': fellOver,
  '8': () => void info.restart(),
}

function show(said: string): void {
  const { active, previous, pending, last } = readBoot(device)
  const { place, trial } = slots.running()
  const lines = [
    `${mark} in ${place}${trial ? ' on trial' : ''}`,
    `active ${active.place}`,
    `before ${previous?.place ?? 'none'}`,
    `next ${pending === undefined ? 'none' : `${pending.place} ${pending.tries}`}`,
    `last ${last === undefined ? 'none' : `${last.end} ${last.code}`}`,
    said,
  ]
  display.clear()
  for (const [row, line] of lines.entries()) display.draw(row, 0, line, 'normal')
}

async function run(): Promise<never> {
  show('')
  for (;;) {
    const pressed = await keypad.next(600_000)
    if (pressed.kind === 'key') show(acts[pressed.key]?.() ?? '')
  }
}

export const running: Promise<never> = run()
