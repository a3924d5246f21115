import { areasOf } from '../../../terminal/boot/layout.ts'
import { arm, readBoot } from '../../../terminal/boot/record.ts'
import type { Device } from '../../../terminal/device/device.ts'
import { number } from '../../../terminal/journal/record.ts'
import { noteOfKeys } from '../../../terminal/update/check-values.ts'

/** A program that arms what stands in slot a, once, with the note of an application, and afterwards shows how that ended. */
const { device } = globalThis as unknown as { readonly device: Device }
const { last } = readBoot(device)
const areas = areasOf(device.slots.geometry())
device.display.draw(0, 0, `old ${last?.end ?? ''} ${last?.code ?? ''}`, 'normal')
if (areas !== undefined && last === undefined) {
  // Whoever put it there has written its length into the documents, and whether the note is one of other keys.
  const head = device.slots.read(areas.documents.address, 5)
  const length = number(head, 0, 4)
  const hash = device.slots.hash(areas.a.address, length)
  const note = noteOfKeys(device.secure, false).map((byte, at) => (at === 9 ? byte ^ (head[4] ?? 0) : byte))
  arm(device, { place: 'a', length, hash, release: hash, counter: 7, version: '2.0' }, note)
  device.info.restart()
}

export const running: Promise<unknown> = device.keypad.next(600_000)
