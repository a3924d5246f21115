import { areasOf } from '../../../terminal/boot/layout.ts'
import { arm, readBoot } from '../../../terminal/boot/record.ts'
import type { Device } from '../../../terminal/device/device.ts'
import { number } from '../../../terminal/journal/record.ts'

/** A program that arms what stands in slot a, once, and afterwards shows how that ended. */
const { device } = globalThis as unknown as { readonly device: Device }
const { last } = readBoot(device)
const areas = areasOf(device.slots.geometry())
device.display.draw(0, 0, `old ${last?.end ?? ''} ${last?.code ?? ''}`, 'normal')
if (areas !== undefined && last === undefined) {
  // Whoever put it there has written its length into the documents.
  const length = number(device.slots.read(areas.documents.address, 4), 0, 4)
  const hash = device.slots.hash(areas.a.address, length)
  arm(device, { place: 'a', length, hash, release: hash, counter: 1, version: '2.0' }, new Uint8Array(0))
  device.info.restart()
}

export const running: Promise<unknown> = device.keypad.next(600_000)
