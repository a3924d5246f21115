import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs'

const PAGE = new Uint8Array(4096).fill(0x5a)
const SECONDS = 1

/** How often a second the disk under `folder` takes a page of 4096 bytes at the end of a file for good. */
export function syncsPerSecond(folder: string): number {
  const path = `${folder}/syncs`
  const file = openSync(path, 'w')
  try {
    const before = performance.now()
    let count = 0
    while (performance.now() - before < SECONDS * 1000) {
      writeSync(file, PAGE)
      fdatasyncSync(file)
      count++
    }
    return (1000 * count) / (performance.now() - before)
  } finally {
    closeSync(file)
    rmSync(path)
  }
}
