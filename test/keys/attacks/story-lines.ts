import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Dial } from '../../../emulator/device/ports.ts'
import type { Sink } from '../../rig/leak.ts'

/** A line whose bytes are kept, with the turns that real sockets need before virtual time may go on. */
export function tap(dial: Dial) {
  const seen: Uint8Array[] = []
  let stirredMs = -1
  const keep = (bytes: Uint8Array): void => {
    seen.push(bytes.slice())
    stirredMs = performance.now()
  }
  const tapped: Dial = async ({ bytes, closed }) => {
    const stream = await dial({
      bytes(chunk) {
        keep(chunk)
        bytes(chunk)
      },
      closed,
    })
    stirredMs = performance.now()
    return (
      stream && {
        close: () => stream.close(),
        send(chunk) {
          keep(chunk)
          stream.send(chunk)
        },
      }
    )
  }
  const QUIET_MS = 25
  return {
    seen,
    dial: tapped,
    /** Waits until the line has been quiet for a while, where anything was said on it lately. */
    async quiet() {
      while (stirredMs >= 0 && performance.now() - stirredMs < QUIET_MS) await setTimeout(5)
      stirredMs = -1
    },
  }
}

/** Everything below a folder, a sink a file, but for the files that are the secrets' own places. */
export function filesOf(
  name: string,
  folder: string,
  own: RegExp,
  allowed: readonly string[] = [],
): readonly Sink[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    if (!entry.isFile() || own.test(entry.name)) return []
    return [
      { name: `${name}: ${entry.name}`, bytes: readFileSync(join(entry.parentPath, entry.name)), allowed },
    ]
  })
}
