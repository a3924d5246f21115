import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vi } from 'vitest'
import { openStation } from '../../keys/station/open.ts'
import type { Station } from '../../keys/station/station.ts'
import { main } from '../../scripts/cli.ts'
import { AN, BO, done, enrolTwo, fresh, makeZmk, PASS_AN, PASS_BO } from '../keys/station/rig.ts'

export const PASSES = [PASS_AN, PASS_BO]

/** A folder of one test file, `shuaka keys` in this process, and a station of a low cost so that log-ins are fast. */
export interface StationFolder {
  readonly folder: string
  path(name: string): string
  /**
   * `shuaka keys` in this process. In the words, `HERE` is the folder, `FD` the number of a descriptor that gives the next
   * secret, and `TWO` logs in the two people of the station with the next two secrets.
   */
  keys(
    words: string,
    secrets?: readonly string[],
  ): Promise<{ readonly code: number; readonly out: string; readonly error: string }>
  /** The number of a descriptor that gives this secret; closed by `end`. */
  give(secret: string): number
  /** The station of the folder `station`: two people, an identity, a ZMK; gives the secret of its root. */
  ready(name?: string): Promise<Uint8Array>
  open(name?: string): Promise<Station>
  text(name: string): string
  end(): void
}

export function stationFolder(): StationFolder {
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-keys-station-'))
  const path = (name: string): string => join(folder, name)
  const open = (name = 'station'): Promise<Station> =>
    openStation(path(name), { clock: { nowMs: () => Date.now() }, random: fresh, scryptCost: 2 })
  const given: number[] = []
  function give(secret: string): number {
    const file = path(`secret-${given.length}`)
    writeFileSync(file, `${secret}\n`)
    const fd = openSync(file, 'r')
    rmSync(file)
    given.push(fd)
    return fd
  }
  return {
    folder,
    path,
    open,
    text: (name) => readFileSync(path(name), 'utf8'),
    give,
    end() {
      for (const fd of given) closeSync(fd)
      rmSync(folder, { recursive: true, force: true })
    },
    async ready(name) {
      const station = await open(name)
      await enrolTwo(station)
      const { rootSecret } = done(station.developmentIdentity('STATION-7'))
      await makeZmk(station)
      await station.close()
      return rootSecret
    },
    async keys(words, secrets = []) {
      const left = secrets.map((secret) => String(give(secret)))
      const two = `--login ${AN.replace(' ', '_')} --login ${BO.replace(' ', '_')} --passphrase-fd FD --passphrase-fd FD`
      const list = words.replace('TWO', two).replaceAll('HERE', folder).split(' ')
      let [out, error] = ['', '']
      vi.spyOn(process.stdout, 'write').mockImplementation((part) => {
        out += String(part)
        return true
      })
      vi.spyOn(console, 'error').mockImplementation((line) => {
        error += `${line}\n`
      })
      try {
        const all = list.map((word) => (word === 'FD' ? (left.shift() ?? '9') : word.replaceAll('_', ' ')))
        const code = await main(['keys', ...all])
        return { code, out: out.replaceAll(folder, 'HERE'), error: error.replaceAll(folder, 'HERE') }
      } finally {
        vi.restoreAllMocks()
      }
    },
  }
}
