import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vi } from 'vitest'
import { main } from '../../scripts/cli.ts'

/** Keys and components of the tests, and what they make: nothing that a command says may hold one. */
export const KEY = '0123456789ABCDEFFEDCBA9876543210'
export const KBPK = '88E1AB2A2E3DD38C1FA039A536500CC8A87AB9D62DC92C01058FA79F44657DE6'
export const A = '2C45F1A80B9D3E6780F4D6137A5B9EC4'
export const B = 'F1B3049DC2764A85236789E5DC02B3A8'
const COMBINED = ['DDF6F535C9EB74E2A3935FF6A6592D6C', 'DCF7F434C8EA75E3A2925EF7A7582C6D'] // also with odd parity

/** Which of those secrets is in a text, in whole or at either end. */
export function leaks(said: string): string[] {
  const plain = said.replace(/\s/g, '').toUpperCase()
  return [KEY, KBPK, A, B, ...COMBINED].filter(
    (secret) => plain.includes(secret.slice(0, 12)) || plain.includes(secret.slice(-12)),
  )
}

/** A folder for what the descriptors of a test give, and those descriptors. */
export interface Descriptors {
  readonly folder: string
  /** The number of a real descriptor that gives this. */
  give(content: string): string
  /** The number of one that takes what is written to the file. */
  take(file: string): string
  /** Closes them all, and removes the folder. */
  end(): void
}

export function descriptors(): Descriptors {
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-keys-'))
  const open: number[] = []
  const kept = (fd: number): string => {
    open.push(fd)
    return String(fd)
  }
  return {
    folder,
    give(content) {
      const file = join(folder, `secret-${open.length}`)
      writeFileSync(file, content)
      return kept(openSync(file, 'r'))
    },
    take: (file) => kept(openSync(file, 'w')),
    end() {
      for (const fd of open) closeSync(fd)
      rmSync(folder, { recursive: true })
    },
  }
}

/** `shuaka keys` in this process, with descriptors of this process. */
export async function keys(
  ...words: readonly string[]
): Promise<{ readonly code: number; readonly out: string; readonly error: string }> {
  let out = ''
  let error = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((part) => {
    out += String(part)
    return true
  })
  vi.spyOn(console, 'error').mockImplementation((line) => {
    error += `${line}\n`
  })
  try {
    const code = await main(['keys', ...words])
    return { code, out, error }
  } finally {
    vi.restoreAllMocks()
  }
}
