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
import { FLASH_DEFAULT, type FlashChip, makeFlashChip } from '../device/flash.ts'
import type { SecureStorage } from '../device/ports.ts'

/** What a terminal keeps without power. */
export interface Kept {
  readonly chip: FlashChip
  readonly secureStorage: SecureStorage
  close(): void
}

const FLASH = 'flash.bin'
const SECURE = 'secure.bin'
/** Keys and journal are their owner's alone. */
const OWNER_ONLY = 0o600

/**
 * The flash chip and the secure element's storage in a folder that exists, as `flash.bin` and `secure.bin`, or in
 * memory when no folder is given. Every change has been handed to the system before the call that made it returns, so
 * what the terminal shows outlives the end of this process; it is not forced to the disk.
 *
 * @throws Error with one sentence when `flash.bin` is there and is no image of the chip.
 */
export function openFlash(folder: string | undefined): Kept {
  return folder === undefined ? inMemory() : inFolder(folder)
}

function inMemory(): Kept {
  let secure: Uint8Array | undefined
  return {
    chip: makeFlashChip(),
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
  const flash = join(folder, FLASH)
  const secure = join(folder, SECURE)
  const { sectorBytes, sectorCount } = FLASH_DEFAULT
  if (!existsSync(flash))
    writeFileSync(flash, new Uint8Array(sectorBytes * sectorCount).fill(0xff), { mode: OWNER_ONLY })
  const image = readFileSync(flash)
  if (image.length !== sectorBytes * sectorCount)
    throw new Error(
      `${flash} is no flash image: it has ${image.length} bytes, not ${sectorBytes * sectorCount}`,
    )
  const file = openSync(flash, 'r+')
  fchmodSync(file, OWNER_ONLY) // a file that was there, copied from elsewhere perhaps
  const chip = makeFlashChip({
    image,
    persist(dirty) {
      for (const { sector, bytes } of dirty) writeSync(file, bytes, 0, bytes.length, sector * sectorBytes)
    },
  })
  return {
    chip,
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
    close: () => closeSync(file),
  }
}
