import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs'

/** Number of the process that has `folder` on its command line. */
export function processIn(folder: string): number {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name) || !existsSync(`/proc/${name}/cmdline`)) continue
    if (readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(`${folder}\0`)) return Number(name)
  }
  throw new Error('the process is not there')
}

/** The areas that the process can write to in which these bytes are: of each its flags, as proc(5) has them. */
export function placesOf(pid: number, wanted: Uint8Array | string): readonly (readonly string[])[] {
  const bytes = Buffer.from(wanted)
  const file = openSync(`/proc/${pid}/mem`, 'r')
  try {
    return areasOf(pid)
      .filter(({ from, to }) => {
        const held = Buffer.alloc(to - from)
        const got = readSync(file, held, 0, held.length, from)
        return held.subarray(0, got).includes(bytes)
      })
      .map(({ flags }) => flags)
  } finally {
    closeSync(file)
  }
}

/** Whether they are anywhere in what the process can write to. */
export function inMemory(pid: number, wanted: Uint8Array | string): boolean {
  return placesOf(pid, wanted).length > 0
}

function areasOf(pid: number): readonly { from: number; to: number; flags: readonly string[] }[] {
  const area = /^([\da-f]+)-([\da-f]+) rw[\s\S]*?^VmFlags:(.*)$/gm
  return [...readFileSync(`/proc/${pid}/smaps`, 'utf8').matchAll(area)].map(
    ([, from = '', to = '', flags = '']) => ({
      from: Number.parseInt(from, 16),
      to: Number.parseInt(to, 16),
      flags: flags.trim().split(' '),
    }),
  )
}
