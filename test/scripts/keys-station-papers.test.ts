import { createHash } from 'node:crypto'
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fromHex } from '../../keys/hex.ts'
import {
  AN,
  done,
  logInTwo,
  PASS_AN,
  PASS_BO,
  row,
  TestTerminal,
  tcpLine,
  trust,
} from '../keys/station/rig.ts'
import { PASSES, type StationFolder, stationFolder } from './keys-station-rig.ts'

let here: StationFolder

/** A station with one terminal that is loaded and one that is expected. */
beforeAll(async () => {
  here = stationFolder()
  const root = await here.ready()
  const station = await here.open()
  await logInTwo(station)
  done(station.expect([row('SK-0001'), row('SK-0009')]) as { kind: 'ok' })
  const terminal = new TestTerminal('SK-0001', trust(root).issue('terminal', 'SK-0001'))
  expect((await terminal.inject(await tcpLine(station))).kind).toBe('loaded')
  await station.close()
})
afterAll(() => here.end())

describe('terminals import', () => {
  it('a wrong line is named with its number, nothing is taken; a right list → counts', async () => {
    writeFileSync(here.path('bad.csv'), 'serial,slot\nSK1,0\nSK2,12\nS K,0\n')
    writeFileSync(here.path('list.csv'), 'serial,terminalId\nSK-0002,10000002\nSK-0003,10000003\n')
    const bad = await here.keys('station terminals import HERE/bad.csv --folder HERE/station TWO', PASSES)
    expect([bad.code, bad.out, bad.error]).toEqual([
      2,
      '',
      'HERE/bad.csv: line 3: a slot is 0 to 9 (and 1 more lines).\n',
    ])
    const good = await here.keys(
      'station terminals import HERE/list.csv --folder HERE/station --json TWO',
      PASSES,
    )
    expect([good.error, good.out]).toEqual(['', '{"added":2,"known":0}\n'])
    const shown = await here.keys('station terminals --folder HERE/station --json --find 0002')
    expect(JSON.parse(shown.out)).toMatchObject([
      { serial: 'SK-0002', terminalId: '10000002', state: 'expected' },
    ])
    const table = await here.keys('station terminals --folder HERE/station')
    expect(table.out).toContain('3 expected, 0 sent, 0 proven, 1 loaded, 0 failed')
  })
})

describe('labels and export', () => {
  it('text and JSON in files of their owner, with check values and key blocks and no key', async () => {
    const labels = await here.keys('station labels --folder HERE/station TWO', PASSES)
    expect([labels.error, labels.out]).toEqual(['', expect.stringContaining('SK-0001')])
    const words = 'station export --folder HERE/station --out HERE/keys.json TWO'
    const exported = await here.keys(words, PASSES)
    expect([exported.error, exported.out]).toEqual(['', '1 keys, under the ZMK\n'])
    expect(statSync(here.path('keys.json')).mode & 0o777).toBe(0o600)
    expect(JSON.parse(here.text('keys.json')).keys).toMatchObject([
      { serial: 'SK-0001', keyBlock: expect.stringMatching(/^D/) },
    ])
  })

  it('labels of all when all are printed, of a serial that is unknown, of one that is not loaded → why', async () => {
    const refused = async (more: string): Promise<string> => {
      const ran = await here.keys(`station labels --folder HERE/station ${more}TWO`, PASSES)
      expect([ran.code, ran.out]).toEqual([1, ''])
      return ran.error
    }
    expect(await refused('')).toBe('keys station: there is nothing to print or to export.\n')
    expect(await refused('--serial NOPE ')).toBe(
      'keys station: no terminal of this serial number is on the list (NOPE).\n',
    )
    expect(await refused('--serial SK-0009 ')).toBe('keys station: this terminal is not loaded (SK-0009).\n')
  })
})

describe('audit', () => {
  it('export and verify: whole; a changed record is named by its number, exit code 1', async () => {
    const exported = await here.keys('audit export HERE/station --json --out HERE/audit.json')
    expect([exported.error, exported.out]).toEqual(['', expect.stringMatching(/^\d+ records\n$/)])
    const csv = await here.keys('audit export HERE/station --csv')
    expect(csv.out).toMatch(/^number,time,people,event,/)
    const text = here.text('audit.json')
    const { publicKey } = JSON.parse(text)
    const fingerprint = createHash('sha256')
      .update(fromHex(publicKey))
      .digest('hex')
      .slice(0, 16)
      .toUpperCase()
    for (const what of ['HERE/audit.json', 'HERE/station']) {
      const trusting = (await here.keys(`audit verify ${what}`)).out
      expect(trusting).toMatch(/^whole: /)
      expect(trusting).toContain(
        `trusted: the key beside the records ${publicKey} (fingerprint ${fingerprint})`,
      )
      const sure = (await here.keys(`audit verify ${what} --public-key ${publicKey}`)).out
      expect(sure).toMatch(/^whole: .*\nhead: [0-9A-F]{64}\n$/)
    }
    expect(JSON.parse((await here.keys('audit verify HERE/audit.json --json')).out)).toMatchObject({
      ...{ kind: 'whole', keyFrom: 'records', publicKey, fingerprint },
    })
    for (const secret of PASSES) expect(text + csv.out).not.toContain(secret)
    const file = JSON.parse(text)
    file.records[6].record = file.records[6].record.replace('"result":"ok"', '"result":"no"')
    writeFileSync(here.path('changed.json'), JSON.stringify(file))
    const broken = await here.keys('audit verify HERE/changed.json --json')
    expect([broken.code, broken.error]).toEqual([
      1,
      'HERE/changed.json: record 7 is broken: it was changed.\n',
    ])
    expect(JSON.parse(broken.out)).toMatchObject({ kind: 'broken', record: 7 })
    writeFileSync(here.path('other.json'), '{}')
    const other = await here.keys('audit verify HERE/other.json')
    expect([other.code, other.error]).toEqual([1, 'shuaka: this is no exported audit of a station.\n'])
  })
})

describe('what cannot be done', () => {
  it('a wrong passphrase → whose it is, and not what was typed; a name that nobody has → which it is, not repeated', async () => {
    const wrong = await here.keys('station export --folder HERE/station TWO', [PASS_AN, 'a wrong passphrase'])
    expect([wrong.code, wrong.error]).toEqual([
      1,
      'keys station: Bo Li: the name or the passphrase is wrong.\n',
    ])
    const words =
      'station export --folder HERE/station --login NAME --login a_passphrase --passphrase-fd FD --passphrase-fd FD'
    const nobody = await here.keys(words.replace('NAME', AN.replace(' ', '_')), [PASS_AN, PASS_BO])
    expect([nobody.code, nobody.error]).toEqual([
      1,
      'keys station: --login 2: the name or the passphrase is wrong.\n',
    ])
  })

  it('run without a line, a page or a dialogue → told what to give, and nothing was opened or recorded', async () => {
    const before = await here.keys('audit export HERE/station --csv')
    const ran = await here.keys('station run --folder HERE/station TWO', PASSES)
    expect([ran.code, ran.out, ran.error]).toEqual([
      2,
      '',
      'keys station: no terminal can come; give --listen, --ws, --serial, --web or --console.\n',
    ])
    expect((await here.keys('audit export HERE/station --csv')).out).toBe(before.out)
  })

  it('a folder and a file that are not there → one line', async () => {
    const none = await here.keys('station terminals --folder HERE/nowhere')
    expect([none.code, none.error]).toEqual([1, 'shuaka: HERE/nowhere/station.db: there is no such file.\n'])
    const file = await here.keys('station terminals import HERE/nofile.csv --folder HERE/station TWO', PASSES)
    expect([file.code, file.error]).toEqual([1, 'shuaka: HERE/nofile.csv: there is no such file.\n'])
    expect(existsSync(here.path('nowhere'))).toBe(false)
    expect(readdirSync(here.folder)).not.toContain('nowhere')
  })
})
