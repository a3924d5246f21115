import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Credential } from '../../../host-link/channel/channel-end.ts'
import { writeIdentity } from '../../../scripts/identity/identity-file.ts'
import {
  done,
  enrolTwo,
  fresh,
  logInTwo,
  makeZmk,
  row,
  stations,
  TestTerminal,
  tcpLine,
  trust,
} from './rig.ts'

const use = stations()

/** The bytes of an identity file as `shuaka keys identity issue` writes it. */
function fileOf(credential: Credential): Uint8Array {
  const path = join(use.folder(), 'identity.json')
  writeIdentity(path, credential)
  return Uint8Array.from(readFileSync(path))
}

describe('the identity of the station', () => {
  it('comes from an identity file, is kept in the vault, and terminals of that root believe it', async () => {
    const folder = use.folder()
    const first = await use.open(folder)
    await enrolTwo(first)
    const { issue } = trust()
    const file = fileOf(issue('station', 'STATION-7', 20301231))
    expect(done(first.importIdentity(file))).toMatchObject({ id: 'STATION-7', notAfter: 20301231 })
    expect(file.every((byte) => byte === 0)).toBe(true)
    await first.close()
    const station = await use.open(folder)
    expect(station.id).toBe('') // the vault is closed
    await logInTwo(station)
    expect(station.id).toBe('STATION-7')
    expect(station.view().identity).toMatchObject({ id: 'STATION-7', notAfter: 20301231, development: false })
    await makeZmk(station)
    done(station.expect([row('SN1')]) as { kind: 'ok' })
    const terminal = new TestTerminal('SN1', issue('terminal', 'SN1'))
    expect((await terminal.inject(await tcpLine(station))).kind).toBe('loaded')
  })

  it('one that is made for demonstrations says so', async () => {
    const station = await use.open(use.folder())
    await enrolTwo(station)
    expect(done(station.developmentIdentity('DEMO')).rootSecret.length).toBe(32)
    expect(station.view().identity).toMatchObject({ id: 'DEMO', development: true })
    expect(station.developmentIdentity('no blanks, please')).toMatchObject({ why: 'identity' })
  })

  it('a file of a terminal or host, of another key, expired, cut or of no kind → refused and overwritten', async () => {
    const station = await use.open(use.folder())
    await enrolTwo(station)
    const { issue } = trust()
    const good = fileOf(issue('station', 'S'))
    const other = { ...issue('station', 'S'), secret: fresh(32) }
    for (const [what, file, why] of [
      ['a terminal', fileOf(issue('terminal', 'S')), 'identity'],
      ['a host', fileOf(issue('host', 'S')), 'identity'],
      ['another key', fileOf(other), 'identity'],
      ['expired', fileOf(issue('station', 'S', 20261121)), 'identityExpired'],
      ['cut', good.slice(0, -60), 'identity'],
      ['nothing', new Uint8Array(0), 'identity'],
      [
        'another kind',
        Uint8Array.from(Buffer.from(Buffer.from(good).toString().replace('identity 1', 'identity 2'))),
        'identity',
      ],
      ['too long', new Uint8Array(5000).fill(0x20), 'identity'],
    ] as const) {
      expect(station.importIdentity(file), what).toMatchObject({ kind: 'refused', why })
      expect(
        file.every((byte) => byte === 0),
        what,
      ).toBe(true)
    }
    expect(station.view().identity).toBeUndefined()
    station.closeSession()
    expect(station.importIdentity(good)).toMatchObject({ why: 'closed' })
  })
})
