import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sentence } from '../../scripts/command-error.ts'
import { writeIdentity } from '../../scripts/identity/identity-file.ts'
import { type InitCommand, initStation } from '../../scripts/keys-station-init.ts'
import { trust } from '../keys/station/rig.ts'
import { PASSES, type StationFolder, stationFolder } from './keys-station-rig.ts'

let here: StationFolder
beforeAll(() => {
  here = stationFolder()
  const { issue } = trust()
  writeIdentity(here.path('host.json'), issue('host', 'HOST-1'))
  writeIdentity(here.path('over.json'), issue('station', 'S-0', 20_200_101))
  writeIdentity(here.path('station.json'), issue('station', 'S-2'))
  writeFileSync(here.path('file'), 'no folder')
})
afterAll(() => here.end())

/** `init` of two people with passphrases that take little time. */
function init(more: Partial<InitCommand>, secrets = PASSES): Promise<string> {
  const two = { folder: here.path('new'), person: ['An', 'Bo'], passphraseFd: secrets.map(here.give) }
  return initStation({ ...two, ...more }, 2)
}

describe('what cannot become a station → one line, and nothing of it is left', () => {
  const [FIRST = ''] = PASSES
  const at = (name: string): string => here.path(name)
  // biome-ignore format: one row a line
  const rows: readonly (readonly [string, () => Promise<string>, string])[] = [
    ['two people of one name',            () => init({ person: ['An Na', 'an na'] }),       'keys station: an na: somebody of this name is enrolled'],
    ['a name that is none',               () => init({ person: ['An', '<b>'] }),            'keys station: <b>: a name has 1 to 32 letters, digits, blanks, dots or hyphens'],
    ['a second passphrase too short',     () => init({}, [FIRST, 'short']),                 'keys station: Bo: a passphrase has at least 8 characters, 4 of them different, and at most 256 bytes'],
    ['a descriptor that is closed',       () => init({ passphraseFd: [here.give(FIRST), 1019] }), 'passphrase of Bo: file descriptor 1019 cannot be read; is it open?'],
    ['an identity of a host',             () => init({ identity: at('host.json') }),        'keys station: this is no identity file of a station'],
    ['an identity that has ended',        () => init({ identity: at('over.json') }),        'keys station: the certificate of this identity has expired'],
    ['no identity file',                  () => init({ identity: at('none.json') }),        'HERE/none.json: there is no such file'],
    ['no identity',                       () => init({ identity: at('file') }),             'keys station: this is no identity file of a station'],
    ['an id that is none, at the end',    () => init({ development: 'x'.repeat(21), rootOut: at('root.bin') }), 'keys station: this is no identity file of a station (an id is 1 to 20 printable ASCII characters)'],
    ['a root that is there already',      () => init({ development: 'S', rootOut: at('host.json') }), 'keys station: --root-out HERE/host.json: it exists already'],
    ['a root with nowhere to go',         () => init({ development: 'S', rootOut: at('no/root.bin') }), 'HERE/no/root.bin'],
    ['a file at its place',               () => init({ folder: at('file'), development: 'S', rootOut: at('root.bin') }), 'HERE/file'],
  ]
  it.each(rows)('%s', async (_, make, line) => {
    const before = readdirSync(here.folder)
    const said = await make().then(
      () => 'a station was made',
      (error) => sentence(error).replaceAll(here.folder, 'HERE'),
    )
    expect(said).toContain(line)
    expect(said.split('\n')).toHaveLength(1)
    for (const secret of PASSES) expect(said).not.toContain(secret)
    expect(readdirSync(here.folder)).toEqual(before)
  })
})

describe('a station', () => {
  it('after all that failed: two people by descriptors, an identity of its own → JSON with the key of the audit; its root only in a file of its owner', async () => {
    const INIT = 'station init --folder HERE/new --passphrase-fd FD --passphrase-fd FD'
    const words = `${INIT} --person An_Na --person Bo:operator --json`
    const ran = await here.keys(`${words} --development S-1 --root-out HERE/root.bin`, PASSES)
    expect(ran.error).toBe('')
    const report = JSON.parse(ran.out)
    expect(report).toMatchObject({
      station: 'S-1',
      people: [
        { name: 'An Na', role: 'custodian' },
        { name: 'Bo', role: 'operator' },
      ],
    })
    expect(report.auditPublicKey).toMatch(/^[0-9A-F]{64}$/)
    const mode = (name: string): number => statSync(here.path(name)).mode & 0o777
    expect([statSync(here.path('root.bin')).size, mode('root.bin')]).toEqual([32, 0o600])
    expect([mode('new'), mode('new/station.db')]).toEqual([0o700, 0o600])
    expect(readdirSync(here.folder).filter((name) => name.startsWith('.'))).toEqual([])
    const verified = await here.keys(`audit verify HERE/new --public-key ${report.auditPublicKey}`)
    expect([verified.code, verified.out]).toEqual([
      0,
      expect.stringMatching(/^whole: \d+ records, all of them signed\n/),
    ])
    const again = await here.keys(words, PASSES)
    expect([again.code, again.error]).toEqual([
      1,
      'keys station: HERE/new has a station already; shuaka keys station run.\n',
    ])
  })

  it('in a folder that holds other files, with the identity of a file → made there, the other files as they were', async () => {
    mkdirSync(here.path('full'))
    writeFileSync(here.path('full/notes.txt'), 'mine')
    const said = await init({ folder: here.path('full'), identity: here.path('station.json') })
    expect(said).toContain('identity: S-2, root ')
    expect(here.text('full/notes.txt')).toBe('mine')
    expect(existsSync(here.path('full/station.db'))).toBe(true)
    const list = await here.keys('station terminals --folder HERE/full')
    expect([list.code, list.out]).toEqual([0, 'no terminals\n'])
  })
})
