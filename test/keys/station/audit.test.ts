import { cpSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'libsql'
import { describe, expect, it } from 'vitest'
import { bytesOfHex } from '../../../host-link/wire/bytes.ts'
import { auditAgrees } from '../../../keys/station/audit-agrees.ts'
import { readAudit, verifyAuditFolder, verifyAuditJson } from '../../../keys/station/audit-file.ts'
import { canonical, hashOf } from '../../../keys/station/audit-record.ts'
import { type AuditChain, type AuditRow, verifyAudit } from '../../../keys/station/audit-verify.ts'
import type { AuditRecord } from '../../../keys/station/station.ts'
import {
  both,
  COMPONENTS,
  done,
  fresh,
  logInTwo,
  makeZmk,
  readyStation,
  row,
  stations,
  TestTerminal,
  tcpLine,
} from './rig.ts'

const use = stations()

/** The audit of two closed sessions in which a terminal was loaded, and its folder. */
async function audited(): Promise<{ folder: string; chain: AuditChain }> {
  const folder = use.folder()
  const station = await use.open(folder)
  const { issue } = await readyStation(station, [row('SN1'), row('SN2')])
  await new TestTerminal('SN1', issue('terminal', 'SN1')).inject(await tcpLine(station))
  station.closeSession()
  await logInTwo(station)
  station.cancelKey()
  done(station.labels())
  await station.close()
  return { folder, chain: readAudit(folder) }
}

/** The chain of such an audit, made once. */
let made: Promise<AuditChain> | undefined
function auditedChain(): Promise<AuditChain> {
  made ??= audited().then(({ chain }) => chain)
  return made
}

/** The same rows with one changed. */
function changed(
  rows: readonly AuditRow[],
  number: number,
  change: (record: AuditRecord) => object,
): AuditRow[] {
  return rows.map((each) => {
    if (each.number !== number) return each
    const record = canonical({
      ...(JSON.parse(each.record) as AuditRecord),
      ...change(JSON.parse(each.record)),
    })
    return { ...each, record }
  })
}

/** Somebody who knows the format computes all hashes again from a record on. */
function forged(rows: readonly AuditRow[], from: number): AuditRow[] {
  const out: AuditRow[] = []
  for (const [index, each] of rows.entries()) {
    const number = index + 1
    const previous = out.at(-1)?.hash ?? '0'.repeat(64)
    const record =
      number < from
        ? each.record
        : canonical({ ...(JSON.parse(each.record) as AuditRecord), number, previous })
    out.push({ number, record, hash: number < from ? each.hash : hashOf(record) })
  }
  return out
}

describe('the audit', () => {
  it('tells every step with time, people, serial, slot, algorithm, check value, version and result', async () => {
    const { folder, chain } = await audited()
    const records = chain.rows.map(({ record }) => JSON.parse(record) as AuditRecord)
    // biome-ignore format: read as one line
    expect(records.map(({ event }) => event)).toEqual([
      'created', 'enrolled', 'auditKey', 'enrolled', 'sessionOpened', 'identity', 'keyBegun', 'component', 'componentConfirmed',
      'component', 'componentConfirmed', 'keyMade', 'expected', 'expected', 'line', 'keySent', 'keyProven', 'keyLoaded',
      'sessionClosed', 'loggedIn', 'loggedIn', 'sessionOpened', 'labelled', 'sessionClosed',
    ])
    expect(records[17]).toMatchObject({
      ...{
        number: 18,
        time: '2026-11-22T08:00:00.000Z',
        people: ['An Na', 'Bo Li'],
        event: 'keyLoaded',
        serial: 'SN1',
      },
      ...{ slot: 0, usage: 'TMK', algorithm: 'TDES', keyVersion: '01', result: 'ok' },
    })
    expect(verifyAuditFolder(folder)).toMatchObject({ kind: 'whole', records: 24, signedUpTo: 24 })
  })

  it('UPDATE and DELETE are refused by the database itself', async () => {
    const { folder } = await audited()
    const database = new Database(join(folder, 'station.db'))
    for (const sql of [
      "UPDATE audit SET record = '{}' WHERE number = 3",
      'DELETE FROM audit WHERE number = 3',
      'DELETE FROM audit_head',
      "UPDATE audit_head SET hash = ''",
      'DELETE FROM given',
    ])
      expect(() => database.exec(sql), sql).toThrow(/append-only|kept for good/)
    database.close()
    expect(verifyAuditFolder(folder).kind).toBe('whole')
  })

  it('records after the last signature are in the chain and told as unsigned', async () => {
    const folder = use.folder()
    const station = await use.open(folder)
    await readyStation(station, [row('SN1')])
    const verdict = verifyAuditFolder(folder)
    expect(verdict).toMatchObject({ kind: 'whole', signedUpTo: 5 }) // the session that opened
    station.closeSession()
    expect(verifyAuditFolder(folder)).toMatchObject({
      kind: 'whole',
      signedUpTo: station.view().audit.records,
    })
  })

  it('a session that no process closed is told when the station starts again', async () => {
    const folder = use.folder()
    const station = await use.open(folder)
    await readyStation(station, [])
    const database = new Database(join(folder, 'station.db'))
    await station.close()
    database.exec('DROP TRIGGER audit_delete; DROP TRIGGER head_delete')
    database.exec(
      "DELETE FROM audit WHERE json_extract(record, '$.event') = 'sessionClosed'; DELETE FROM audit_head",
    )
    database.close() // as a process that was killed leaves it
    const again = await use.open(folder)
    expect([...again.audit()].at(-1)).toMatchObject({ event: 'sessionLost', people: [] })
    await again.close()
    const third = await use.open(folder)
    expect([...third.audit()].at(-1)?.event).toBe('sessionLost') // once
  })
})

describe('tampering is found, and the first broken record named', () => {
  it('each record: edited, edited with its hash, removed, doubled, swapped with the next', async () => {
    const chain = await auditedChain()
    const { rows } = chain
    const verdict = (tampered: readonly AuditRow[]) => verifyAudit({ ...chain, rows: tampered })
    for (let number = 1; number <= rows.length; number++) {
      const at = number - 1
      const edited = changed(rows, number, () => ({ result: 'changed' }))
      expect(verdict(edited), `edit ${number}`).toMatchObject({ kind: 'broken', record: number })
      const rehashed = edited.map((each) =>
        each.number === number ? { ...each, hash: hashOf(each.record) } : each,
      )
      const seen = verdict(rehashed)
      expect(
        seen.kind === 'broken' && [number, number + 1].includes(seen.record),
        `edit and hash ${number}`,
      ).toBe(true)
      expect(verdict(rows.filter((each) => each.number !== number)), `remove ${number}`).toMatchObject({
        ...{ kind: 'broken', record: number },
      })
      const [one, two] = [rows[at], rows[at + 1]]
      if (one === undefined || two === undefined) continue
      expect(
        verdict([...rows.slice(0, at + 1), one, ...rows.slice(at + 1)]),
        `double ${number}`,
      ).toMatchObject({
        ...{ kind: 'broken', record: number + 1 },
      })
      expect(
        verdict([...rows.slice(0, at), two, one, ...rows.slice(at + 2)]),
        `swap ${number}`,
      ).toMatchObject({
        ...{ kind: 'broken', record: number },
      })
      const numbered = [
        ...rows.slice(0, at),
        { ...two, number },
        { ...one, number: number + 1 },
        ...rows.slice(at + 2),
      ]
      expect(verdict(numbered), `swap with numbers ${number}`).toMatchObject({
        kind: 'broken',
        record: number,
      })
    }
  })

  it('a chain that was computed anew from any record on fails at the next signature', async () => {
    const chain = await auditedChain()
    const heads = chain.heads.map(({ number }) => number)
    for (let from = 1; from <= chain.rows.length; from++) {
      const rows = forged(
        changed(chain.rows, from, () => ({ result: 'changed' })),
        from,
      )
      const first = heads.find((number) => number >= from)
      expect(verifyAudit({ ...chain, rows }), `from ${from}`).toMatchObject({ kind: 'broken', record: first })
    }
  })

  it('records cut off at the end behind a signature; signatures taken away; both', async () => {
    const chain = await auditedChain()
    const { rows, heads } = chain
    const closed = rows.filter(({ record }) => record.includes('"sessionClosed"')).map(({ number }) => number)
    const [first, last] = closed
    expect(heads.map(({ number }) => number)).toEqual(expect.arrayContaining(closed))
    for (let left = 0; left < rows.length; left++)
      expect(verifyAudit({ ...chain, rows: rows.slice(0, left) }), `${left} left`).toMatchObject({
        ...{ kind: 'broken', record: left + 1 },
      })
    expect(verifyAudit({ ...chain, heads: [] })).toMatchObject({ kind: 'broken', record: first })
    expect(verifyAudit({ ...chain, heads: heads.filter(({ number }) => number !== last) })).toMatchObject({
      kind: 'broken',
      record: last,
    })
  })

  it('signatures of another key, and another key in the file', async () => {
    const chain = await auditedChain()
    const other = fresh(32)
    expect(verifyAudit({ ...chain, publicKey: other }).kind).toBe('broken')
    const heads = chain.heads.map((head) => ({ ...head, signature: fresh(64) }))
    expect(verifyAudit({ ...chain, heads })).toMatchObject({ kind: 'broken', record: heads[0]?.number })
    expect(verifyAudit({ ...chain, heads: [], publicKey: undefined }).kind).toBe('broken')
  })

  it('a row of a terminal that the audit does not tell so → found in the folder, and nothing is given', async () => {
    const { folder: original } = await audited()
    for (const sql of [
      "UPDATE terminal SET state = 'expected' WHERE serial = 'SN1'",
      "UPDATE terminal SET state = 'loaded' WHERE serial = 'SN2'",
      "UPDATE terminal SET check_value = '000000' WHERE serial = 'SN1'",
      "UPDATE terminal SET terminal_id = '00000009' WHERE serial = 'SN1'",
      "UPDATE terminal SET serial = 'SN3' WHERE serial = 'SN2'",
      "DELETE FROM terminal WHERE serial = 'SN1'",
    ]) {
      const folder = use.folder()
      cpSync(original, folder, { recursive: true })
      const database = new Database(join(folder, 'station.db'))
      database.exec(sql)
      expect(auditAgrees(database, readAudit(folder).rows), sql).toMatch(/SN[123]/)
      database.close()
      expect(verifyAuditFolder(folder).kind, sql).toBe('broken')
      const station = await use.open(folder)
      await logInTwo(station)
      expect(station.view(), sql).toMatchObject({ missing: ['audit'] })
      expect(await station.beginKey({ label: 'K', algorithm: 'AES', components: 2 }, both())).toMatchObject({
        why: 'auditBroken',
      })
      await station.close()
    }
  })

  it('a broken chain: nothing is given, and no later session signs it', async () => {
    const { folder } = await audited()
    const database = new Database(join(folder, 'station.db'))
    database.exec('DROP TRIGGER audit_update')
    database.exec("UPDATE audit SET record = replace(record, 'SN1', 'SN7') WHERE number = 18")
    database.close()
    const station = await use.open(folder)
    await logInTwo(station)
    expect(station.view()).toMatchObject({
      missing: ['audit'],
      audit: { broken: 'record 18: it was changed' },
    })
    const { signedUpTo } = station.view().audit
    station.closeSession()
    expect(station.view().audit.signedUpTo).toBe(signedUpTo)
  })
})

describe('the exported audit', () => {
  it('as JSON verifies, by its own key or the one on paper; one letter changed and it does not', async () => {
    const folder = use.folder()
    const station = await use.open(folder)
    await readyStation(station, [row('SN1')])
    await makeZmk(station, [COMPONENTS[1], '3C'.repeat(32)])
    station.closeSession()
    const json = station.auditFile('json')
    const key = bytesOfHex(station.view().audit.publicKey ?? '')
    expect(verifyAuditJson(json).kind).toBe('whole')
    expect(verifyAuditJson(json, key).kind).toBe('whole')
    expect(verifyAuditJson(json, fresh(32)).kind).toBe('broken')
    expect(verifyAuditJson(json.replace('SN1', 'SN2')).kind).toBe('broken')
    expect(() => verifyAuditJson('{}')).toThrow(/no exported audit/)
    expect(() => verifyAuditJson('nonsense')).toThrow(/no exported audit/)
  })

  it('as CSV has one line a record and no cell that a table program would compute', async () => {
    const station = await use.open(use.folder())
    await readyStation(station, [row('=1+1')])
    const lines = station.auditFile('csv').split('\r\n')
    expect(lines.length).toBe(station.view().audit.records + 2)
    expect(lines[0]).toMatch(/^number,time,people,event,result,person,serial/)
    expect(lines.some((line) => line.includes(",'=1+1,"))).toBe(true)
  })
})
