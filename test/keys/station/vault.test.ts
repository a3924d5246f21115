import { join } from 'node:path'
import Database from 'libsql'
import { describe, expect, it } from 'vitest'
import { blobOf } from '../../../keys/station/database.ts'
import { dataKeyOf, decodeVault, encodeVault, type Vault, wrapped } from '../../../keys/station/vault.ts'
import {
  AN,
  BO,
  enrolTwo,
  fresh,
  logInTwo,
  PASS_AN,
  PASS_BO,
  readyStation,
  row,
  START_MS,
  stations,
  utf8,
} from './rig.ts'

const use = stations()

function made(names: readonly string[]) {
  const shares = new Map(names.map((name) => [name, fresh(32)]))
  const people = names.map((name) => ({
    ...{
      name,
      role: 'custodian' as const,
      cost: 2,
      salt: fresh(16),
      verifier: fresh(32),
      share: new Uint8Array(0),
    },
  }))
  const dataKey = fresh(32)
  const vault = wrapped(people, dataKey, (name) => shares.get(name) ?? fresh(32), fresh)
  return { vault, dataKey, shares }
}

function some(shares: ReadonlyMap<string, Uint8Array>, ...names: readonly string[]): Map<string, Uint8Array> {
  return new Map(names.map((name) => [name, shares.get(name) ?? fresh(32)]))
}

describe('the vault', () => {
  it('opens for every pair of people and for nobody alone', () => {
    const { vault, dataKey, shares } = made(['a', 'b', 'c'])
    for (const pair of [
      ['a', 'b'],
      ['a', 'c'],
      ['b', 'c'],
      ['c', 'a'],
    ])
      expect(dataKeyOf(vault, some(shares, ...pair))).toEqual(dataKey)
    for (const name of ['a', 'b', 'c']) expect(dataKeyOf(vault, some(shares, name))).toBeUndefined()
  })

  it('with one right share and one wrong one → nothing', () => {
    const { vault, shares } = made(['a', 'b'])
    expect(dataKeyOf(vault, new Map([...some(shares, 'a'), ['b', fresh(32)]]))).toBeUndefined()
  })

  it('every byte of its record flipped → nothing opens', () => {
    const { vault, dataKey, shares } = made(['a', 'b'])
    const bytes = encodeVault(vault)
    const opens = (record: Uint8Array) => {
      const read = decodeVault(record)
      return read && dataKeyOf(read, shares)
    }
    expect(opens(bytes)).toEqual(dataKey)
    for (let at = 0; at < bytes.length; at++) {
      const flipped = bytes.slice()
      flipped[at] = (flipped[at] ?? 0) ^ 1
      expect(opens(flipped), `byte ${at}`).toBeUndefined()
      expect(opens(bytes.slice(0, at)), `cut at ${at}`).toBeUndefined()
    }
  })

  it('a role that was changed, though the record reads well → nothing opens', () => {
    const { vault, shares } = made(['a', 'b'])
    const people = vault.people.map((person) => ({ ...person, role: 'operator' as const }))
    expect(dataKeyOf({ ...vault, people }, shares)).toBeUndefined()
  })

  it('a person who was put in → nothing opens', () => {
    const { vault, shares } = made(['a', 'b'])
    const [first] = vault.people
    if (first === undefined) return expect.fail('nobody')
    const forged: Vault = { ...vault, people: [...vault.people, { ...first, name: 'z' }] }
    expect(dataKeyOf(forged, shares)).toBeUndefined()
  })
})

describe('what is on the disk', () => {
  it('every byte of the vault and of each sealed secret flipped → log-in refused, nothing given', async () => {
    const folder = use.folder()
    const station = await use.open(folder)
    await readyStation(station, [row('SN1')])
    await station.close()
    const file = join(folder, 'station.db')
    /** Flips a bit of a BLOB; the result puts it back. */
    const flip = (table: string, column: string, where: string, at: number) => {
      const database = new Database(file)
      const [found] = database.prepare(`SELECT ${column} AS bytes FROM ${table} WHERE ${where}`).all()
      const before = blobOf(found !== null && typeof found === 'object' ? Reflect.get(found, 'bytes') : 0)
      if (before === undefined) return expect.fail(`${table} has no ${where}`)
      const put = (into: Database.Database, bytes: Uint8Array) =>
        into.exec(`UPDATE ${table} SET ${column} = X'${Buffer.from(bytes).toString('hex')}' WHERE ${where}`)
      const flipped = before.map((byte, index) => (index === at ? byte ^ 0x10 : byte))
      put(database, flipped)
      database.close()
      return () => {
        const again = new Database(file)
        put(again, before)
        again.close()
      }
    }
    // a sample of every place: the whole record is walked above
    const places: (readonly [string, string, string, number])[] = [
      ...[0, 30, 60, 90, 120, 200, 300, 400].map((at) => ['vault', 'record', 'id = 1', at] as const),
      ...['audit-seed', 'identity', 'identity-secret', 'zmk', 'zmk-secret'].flatMap((name) =>
        [0, 25, 50].map((at) => ['sealed', 'bytes', `name = '${name}'`, at] as const),
      ),
    ]
    const clock = { ms: START_MS }
    for (const place of places) {
      const restore = flip(...place)
      clock.ms += 16 * 60_000 // wrong passphrases of the last place lock nobody in this one
      const damaged = await use.open(folder, {}, clock)
      const results = [await damaged.logIn(AN, utf8(PASS_AN)), await damaged.logIn(BO, utf8(PASS_BO))]
      expect(
        results.some(({ kind }) => kind === 'refused'),
        `${place}`,
      ).toBe(true)
      expect(damaged.view().state, `${place}`).not.toBe('open')
      await damaged.close()
      restore()
    }
    const whole = await use.open(folder, {}, clock)
    await logInTwo(whole)
    expect(whole.view()).toMatchObject({ state: 'open', missing: [] })
  })

  it('two stations with the same passphrases have nothing in common', async () => {
    const [one, two] = [await use.open(use.folder()), await use.open(use.folder())]
    await enrolTwo(one)
    await enrolTwo(two)
    expect(one.view().audit.publicKey).not.toBe(two.view().audit.publicKey)
  })
})
