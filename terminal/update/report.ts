import { WireError } from '../../host-link/wire/message.ts'
import { sealEnvelope } from '../../host-link/wire/tms/envelope.ts'
import { encodeReport, type Report, type Running } from '../../host-link/wire/tms/report.ts'
import { KID_BYTES } from '../../host-link/wire/tms/root.ts'
import { decodeAck } from '../../host-link/wire/tms/talk.ts'
import { FLOOR, NO_SCOPE } from '../boot/floor.ts'
import { type BootRecord, factoryProgram } from '../boot/record.ts'
import type { Device } from '../device/device.ts'

/** What a report says beside who says it. */
export type Facts = Omit<
  Report,
  'tenant' | 'seq' | 'created' | 'expires' | 'serial' | 'epoch' | 'nonce' | 'running' | 'device'
>

export interface Reporter {
  /** Of this start; 0 while it could not be made durable. */
  epoch(): number
  /** Signs the facts of now, as the next report of this start; undefined without an epoch. */
  make(nonce: Uint8Array, facts: Facts, boot: BootRecord, created: number): Uint8Array | undefined
  /** The newest report that the service has not acknowledged. */
  waiting(): Uint8Array | undefined
  /** An acknowledgement came. Not ours, or not of the newest: nothing. */
  acknowledged(bytes: Uint8Array): void
}

/** 状态报告: numbered (epoch, seq), signed by the secure element; only the newest counts. */
export function makeReporter(device: Device, tenant: string): Reporter {
  const { secure, info } = device
  const { serial, maker, model, runtime } = info.identity()
  let ours = 0
  let seq = 0
  let open: Uint8Array | undefined

  /** A number that no start before has used, from the first report of this one. */
  function epoch(): number {
    if (ours > 0) return ours
    const next = secure.floor(FLOOR.epoch, NO_SCOPE) + 1
    if (secure.raiseFloor(FLOOR.epoch, next, NO_SCOPE) === 'raised') ours = next
    return ours
  }

  return {
    epoch,
    waiting: () => open,
    make(nonce, facts, boot, created) {
      if (epoch() === 0) return undefined
      seq++
      const report: Report = {
        ...facts,
        ...{ tenant, seq, created, expires: 0, serial, epoch: ours, nonce },
        running: runningNow(device, boot),
        device: { maker, model, runtime },
      }
      const kid = secure.hash(secure.reportKey()).subarray(0, KID_BYTES)
      open = sealEnvelope('report', encodeReport(report), [{ kid, sign: (bytes) => secure.sign(bytes) }])
      return open
    },
    acknowledged(bytes) {
      try {
        const ack = decodeAck(bytes)
        if (ack.epoch === ours && ack.seq === seq) open = undefined
      } catch (error) {
        if (!(error instanceof WireError)) throw error
      }
    },
  }
}

/** What really runs: the program on trial, the active one, or the one built in. */
function runningNow(device: Device, { active, pending }: BootRecord): Running {
  const { place, trial } = device.slots.running()
  const found = [pending, active].find((program) => program?.place === place) ?? factoryProgram(device)
  const { version, hash: program, release, counter } = found
  // It started on trial, and was confirmed since: not on trial any more.
  return { place, version, program, release, counter, trial: trial && found === pending }
}
