import { WireError } from '../../host-link/wire/message.ts'
import {
  decodeInspectionArgument,
  decodeLockArgument,
  decodeLogArgument,
  decodeMessageArgument,
} from '../../host-link/wire/tms/command.ts'
import { confirm, readBoot, revert } from '../boot/record.ts'
import { rescue } from './rescue.ts'
import { makeUpdater } from './updater.ts'

/**
 * The download engine, which the application is handed and never imports: on a device it is a script of its own (`quickjs.ts`).
 * The heap that an engine needs to read a script grows with its length, and two that are read one after the other need less
 * than one of both. A class of one script is not the class of the other: no error of its own leaves this one.
 */
export const updateProgram = {
  makeUpdater,
  rescue,
  readBoot,
  confirm,
  revert,
  // Arguments of commands; undefined: malformed.
  message: orUndefined(decodeMessageArgument),
  lock: orUndefined(decodeLockArgument),
  log: orUndefined(decodeLogArgument),
  inspection: orUndefined(decodeInspectionArgument),
} as const
export type UpdateProgram = typeof updateProgram

function orUndefined<T>(decode: (bytes: Uint8Array) => T): (bytes: Uint8Array) => T | undefined {
  return (bytes) => {
    try {
      return decode(bytes)
    } catch (error) {
      if (error instanceof WireError) return undefined
      throw error
    }
  }
}
