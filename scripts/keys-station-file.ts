import { renameSync, rmSync, writeFileSync } from 'node:fs'

/** Writes a file that its owner alone reads, whole or not at all. */
export function writeSecretly(path: string, content: string | Uint8Array): void {
  const aside = `${path}.${process.pid}`
  try {
    writeFileSync(aside, content, { mode: 0o600, flag: 'wx' })
    renameSync(aside, path)
  } catch (error) {
    rmSync(aside, { force: true })
    throw error
  }
}
