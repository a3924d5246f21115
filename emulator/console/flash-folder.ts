import {
  closeSync,
  existsSync,
  fchmodSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import type { FlashGeometry } from '../../terminal/device/flash.ts'
import { FLASH_DEFAULT, type FlashChip, makeFlashChip } from '../device/flash.ts'
import type { SecureStorage } from '../device/ports.ts'
import { PROGRAM_CHIP } from '../device/slots.ts'

/** What a terminal keeps without power. */
export interface Kept {
  readonly chip: FlashChip
  /** For downloaded programs. */
  readonly programChip: FlashChip
  readonly secureStorage: SecureStorage
  close(): void
}

const FLASH = 'flash.bin'
const PROGRAMS = 'programs.bin'
const SECURE = 'secure.bin'
/** Keys and journal are their owner's alone. */
const OWNER_ONLY = 0o600

/**
 * The flash chips and the secure element's storage in a folder that exists, as `flash.bin`, `secure.bin` and, from the
 * first write to it on, `programs.bin`; in memory when no folder is given. Every change has been handed to the system before the call that made it returns, so
 * what the terminal shows outlives the end of this process; it is not forced to the disk.
 *
 * @throws Error with one sentence when `flash.bin` or `programs.bin` is there and is no image of its chip.
 */
export function openFlash(folder: string | undefined): Kept {
  return folder === undefined ? inMemory() : inFolder(folder)
}

function inMemory(): Kept {
  let secure: Uint8Array | undefined
  return {
    chip: makeFlashChip(),
    programChip: makeFlashChip({ geometry: PROGRAM_CHIP }),
    secureStorage: {
      load: () => secure?.slice(),
      save(bytes) {
        secure = bytes.slice()
        return true
      },
    },
    close: () => undefined,
  }
}

function inFolder(folder: string): Kept {
  const secure = join(folder, SECURE)
  const journal = chipInFile(join(folder, FLASH), FLASH_DEFAULT, true)
  const programs = chipInFile(join(folder, PROGRAMS), PROGRAM_CHIP, false)
  return {
    chip: journal.chip,
    programChip: programs.chip,
    secureStorage: {
      load: () => (existsSync(secure) ? new Uint8Array(readFileSync(secure)) : undefined),
      save(bytes) {
        // All of the new state or all of the old: the rename is one step.
        rmSync(`${secure}.next`, { force: true }) // what a cut save left keeps its own mode
        writeFileSync(`${secure}.next`, bytes, { mode: OWNER_ONLY, flag: 'wx' })
        renameSync(`${secure}.next`, secure)
        return true
      },
    },
    close() {
      journal.close()
      programs.close()
    },
  }
}

/** A chip whose image is that file: made at once, or when the chip is first written. */
function chipInFile(path: string, geometry: FlashGeometry, atOnce: boolean) {
  const size = geometry.sectorBytes * geometry.sectorCount
  const create = (): void => writeFileSync(path, new Uint8Array(size).fill(0xff), { mode: OWNER_ONLY })
  let file: number | undefined
  function open(): number {
    const opened = openSync(path, 'r+')
    fchmodSync(opened, OWNER_ONLY) // a file that was there, copied from elsewhere perhaps
    return opened
  }
  if (atOnce && !existsSync(path)) create()
  const image = existsSync(path) ? readFileSync(path) : undefined
  if (image !== undefined) {
    if (image.length !== size)
      throw new Error(`${path} is no flash image: it has ${image.length} bytes, not ${size}`)
    file = open()
  }
  const chip = makeFlashChip({
    geometry,
    ...(image === undefined ? {} : { image }),
    persist(dirty) {
      if (file === undefined) {
        create()
        file = open()
      }
      for (const { sector, bytes } of dirty)
        writeSync(file, bytes, 0, bytes.length, sector * geometry.sectorBytes)
    },
  })
  return {
    chip,
    close() {
      if (file !== undefined) closeSync(file)
      file = undefined
    },
  }
}
