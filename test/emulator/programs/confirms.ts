import { confirm } from '../../../terminal/boot/record.ts'
import type { Device } from '../../../terminal/device/device.ts'

/** A program that is content with itself. */
const { device } = globalThis as unknown as { readonly device: Device }
const { place, trial } = device.slots.running()
device.display.draw(0, 0, `新程序 ${place} ${trial ? 'trial' : ''}`, 'normal')
if (trial) confirm(device)

export const running: Promise<unknown> = device.keypad.next(600_000)
