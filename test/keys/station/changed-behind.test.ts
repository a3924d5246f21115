import { cpSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'libsql'
import { expect, it } from 'vitest'
import { hexOf } from '../../../host-link/wire/bytes.ts'
import { softKbpk } from '../../../keys/key-block/protection-key.ts'
import { masterCheckValue, normalMasterKey } from '../../../keys/load/master-block.ts'
import { verifyAuditFolder } from '../../../keys/station/audit-file.ts'
import type { Zmk } from '../../../keys/station/core.ts'
import { fromZmk, underZmk } from '../../../keys/station/zmk.ts'
import {
  AN,
  done,
  fresh,
  logInTwo,
  makeZmk,
  PASS_AN,
  readyStation,
  row,
  stations,
  TestTerminal,
  tcpLine,
  utf8,
} from './rig.ts'

const use = stations()
const OTHER = [
  `${'5A'.repeat(31)}17`,
  '00112233445566778899AABBCCDDEEFF0F1E2D3C4B5A69788796A5B4C3D2E1F0',
] as const

function inFile(folder: string, sql: string): void {
  const database = new Database(join(folder, 'station.db'))
  database.exec(sql)
  database.close()
}

function copyOf(folder: string): string {
  const copy = use.folder()
  cpSync(folder, copy, { recursive: true })
  return copy
}

/** The folder of a closed station in which SN1 is loaded. */
async function loaded() {
  const folder = use.folder()
  const station = await use.open(folder)
  const { issue } = await readyStation(station, [row('SN1')])
  const terminal = new TestTerminal('SN1', issue('terminal', 'SN1'))
  expect((await terminal.inject(await tcpLine(station))).kind).toBe('loaded')
  await station.close()
  return { folder, terminal }
}

/** Opens a station that finds something: it gives no key, to no terminal and not to the host. */
async function findsIt(folder: string, what: string): Promise<string | undefined> {
  const station = await use.open(folder)
  await logInTwo(station)
  expect(station.view().missing, what).toContain('audit')
  const { broken } = station.view().audit
  expect(station.exportKeys().kind, what).toBe('refused')
  await station.close()
  return broken
}

it('a column of a row changed in the file → the audit names its terminal, and the station gives no key', async () => {
  const { folder: original } = await loaded()
  for (const change of [
    'again = 1',
    "device = '0000000000000000'",
    "time = '2026-11-23T08:00:00.000Z'",
    "code = 'storage'",
    "key_version = 2, check_value = '000000'",
    "before_version = 0, before_transaction = x'00', before_check = '000000', before_block = key_block, before_time = time",
  ]) {
    const folder = copyOf(original)
    inFile(folder, `UPDATE terminal SET ${change}`)
    expect(verifyAuditFolder(folder), change).toMatchObject({
      ...{ kind: 'broken', why: 'terminal SN1, slot 0: the audit does not tell it so' },
    })
    await findsIt(folder, change)
  }
})

it('people, identity or ZMK put back as they once were, or taken away → the audit says which', async () => {
  const { folder: before } = await loaded()
  const after = copyOf(before)
  const station = await use.open(after)
  await logInTwo(station)
  done(await station.changePassphrase(AN, utf8(PASS_AN), utf8('third passphrase')))
  done(await station.changePassphrase(AN, utf8('third passphrase'), utf8(PASS_AN)))
  done(station.developmentIdentity('STATION-2'))
  await makeZmk(station, OTHER)
  await station.close()
  expect(verifyAuditFolder(after).kind).toBe('whole')
  for (const [part, sql] of [
    ['vault', 'UPDATE vault SET record = (SELECT record FROM old.vault)'],
    [
      'identity',
      "UPDATE sealed SET bytes = (SELECT bytes FROM old.sealed AS was WHERE was.name = sealed.name) WHERE name LIKE 'identity%'",
    ],
    ['identity', "DELETE FROM sealed WHERE name LIKE 'identity%'"],
    [
      'ZMK',
      "UPDATE sealed SET bytes = (SELECT bytes FROM old.sealed AS was WHERE was.name = sealed.name) WHERE name LIKE 'zmk%'",
    ],
    ['ZMK', "DELETE FROM sealed WHERE name LIKE 'zmk%'"],
    ['seed', "UPDATE sealed SET bytes = x'00' WHERE name = 'audit-seed'"],
  ] as const) {
    const folder = copyOf(after)
    const database = new Database(join(folder, 'station.db'))
    database.exec(`ATTACH '${join(before, 'station.db')}' AS old`)
    database.exec(sql)
    database.close()
    expect(verifyAuditFolder(folder), sql).toMatchObject({
      ...{ kind: 'broken', why: `${part}: the audit does not tell it so` },
    })
    if (part !== 'seed') await findsIt(folder, sql)
  }
})

it('another genuine key block in a row: an older version’s, another slot’s, one of a copy of the station → no key is given', async () => {
  const folder = use.folder()
  const station = await use.open(folder)
  const { issue } = await readyStation(station, [row('SN1'), row('SN1', 1)])
  const terminal = new TestTerminal('SN1', issue('terminal', 'SN1'))
  done(station.closeSession())
  await station.close()
  const blocks = async (at: string, times: number) => {
    const again = await use.open(at)
    await logInTwo(again)
    const dial = await tcpLine(again)
    for (let left = times; left > 0; left--) {
      if (left === 1 && times === 3) done(again.allowAgain('SN1', 0))
      expect((await terminal.inject(dial)).kind).toBe('loaded')
    }
    const { keys } = JSON.parse(done(again.exportKeys()).json) as { keys: { keyBlock: string }[] }
    await again.close()
    return keys.map(({ keyBlock }) => keyBlock)
  }
  const twin = copyOf(folder)
  const [other] = await blocks(twin, 1)
  const [first, second] = await blocks(folder, 2)
  const newer = copyOf(folder)
  const reopened = await use.open(newer)
  await logInTwo(reopened)
  done(reopened.allowAgain('SN1', 0))
  expect((await terminal.inject(await tcpLine(reopened))).kind).toBe('loaded')
  await reopened.close()
  for (const [what, at, block] of [
    ['older version', newer, first],
    ['another slot', folder, second],
    ['a copy of the station', folder, other],
    ['none', folder, null],
  ] as const) {
    const changed = copyOf(at)
    const value = block === null ? 'NULL' : `'${block}'`
    inFile(changed, `UPDATE terminal SET key_block = ${value} WHERE slot = 0`)
    expect(verifyAuditFolder(changed).kind, what).toBe('whole') // without the ZMK nobody can tell
    expect(await findsIt(changed, what)).toBe('terminal SN1, slot 0: its key block is not the key of its row')
  }
})

it('a key block under the ZMK gives its key for its own terminal, slot, version and check value alone', () => {
  const kbpk = softKbpk('AES', fresh(32))
  const zmk: Zmk = {
    ...({ label: 'ZMK', algorithm: 'AES', bytes: 32, checkValue: '', place: 'vault', made: '' } as const),
    ...{ kbpk, wipe: () => undefined, remove: () => undefined },
  }
  const key = normalMasterKey('TDES', fresh(16))
  const held = { serial: 'SN1', slot: 1, algorithm: 'TDES', keyVersion: 7 } as const
  const keyBlock = underZmk(zmk, held, key, fresh)
  const checkValue = hexOf(masterCheckValue('TDES', key))
  const opened = (change: object) => {
    const row = { ...held, checkValue, keyBlock, ...change }
    return fromZmk(kbpk, row, row)
  }
  expect(opened({})).toEqual(key)
  for (const change of [{ serial: 'SN2' }, { slot: 0 }, { keyVersion: 8 }, { checkValue: '000000' }])
    expect(opened(change), JSON.stringify(change)).toBeUndefined()
})
