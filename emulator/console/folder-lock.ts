import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** A folder that another terminal is using. */
export class FolderInUse extends Error {
  override readonly name = 'FolderInUse'
}

/**
 * Takes `folder` (made when it is not there, for its owner alone) for this process: two terminals on one flash chip would each ruin the
 * other's journal. A lock that a dead process left behind is taken over.
 *
 * @returns what gives the folder back.
 * @throws FolderInUse with one sentence when a living process has it.
 */
export function lockFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 }) // keys are kept there
  const file = join(folder, 'lock')
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const handle = openSync(file, 'wx', 0o600)
      writeSync(handle, `${process.pid}\n`)
      closeSync(handle)
      return () => rmSync(file, { force: true })
    } catch (error) {
      if (!(error instanceof Error) || Reflect.get(error, 'code') !== 'EEXIST') throw error
    }
    const owner = ownerOf(file)
    if (owner !== undefined && isAlive(owner))
      throw new FolderInUse(`${folder} is in use by another terminal (process ${owner}).`)
    rmSync(file, { force: true })
  }
  throw new FolderInUse(`${folder} is being taken by another terminal.`)
}

function ownerOf(file: string): number | undefined {
  try {
    const id = Number(readFileSync(file, 'utf8'))
    return Number.isInteger(id) && id > 0 ? id : undefined
  } catch {
    return undefined // gone between two looks
  }
}

function isAlive(id: number): boolean {
  try {
    process.kill(id, 0)
    return true
  } catch (error) {
    return error instanceof Error && Reflect.get(error, 'code') === 'EPERM'
  }
}
