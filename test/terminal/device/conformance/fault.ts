import type { Device } from '../../../../terminal/device/device.ts'

/** A device with something broken: what, the vector that shows it, and what is there instead. */
export type Fault = readonly [what: string, vector: string, instead: (device: Device) => Partial<Device>]
