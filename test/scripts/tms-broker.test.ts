import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { brokerOf, plainPlaces } from '../../scripts/tms-broker.ts'
import { databaseOf } from '../../scripts/tms-folder.ts'

const folder = mkdtempSync(join(tmpdir(), 'shuaka-broker-'))
afterAll(() => rmSync(folder, { recursive: true }))
const base = { listen: '127.0.0.1:8100', mqtt: '127.0.0.1:1883' }

describe('the broker of a service, by options', () => {
  test('its own; another with the password of a descriptor, and the name that the access list has', async () => {
    expect(await brokerOf(base)).toEqual({ kind: 'embedded', host: '127.0.0.1', port: 1883 })
    const file = join(folder, 'word')
    writeFileSync(file, 'p@ss:w/rd\n')
    for (const [broker, user] of [
      ['mqtts://broker:8883', '~shuaka-service'],
      ['mqtts://worker@broker:8883', 'worker'],
    ] as const) {
      const brokerPasswordFd = openSync(file, 'r')
      const made = await brokerOf({ ...base, broker, brokerPasswordFd })
      closeSync(brokerPasswordFd)
      const url = new URL(made.kind === 'address' ? made.url : '')
      expect([url.host, decodeURIComponent(url.username), decodeURIComponent(url.password)]).toEqual([
        'broker:8883',
        user,
        'p@ss:w/rd',
      ])
    }
  })

  test.each([
    [{ broker: 'mqtt://u:secret@h:1883' }, /sees a password in an argument; give it by --broker-password-fd/],
    [{ broker: 'http://h' }, /--broker wants an address/],
    [{ broker: 'nonsense' }, /--broker wants an address/],
    [{ brokerPasswordFd: 3 }, /is for --broker/],
    [{ mqtt: 'nowhere' }, /--mqtt wants/],
  ])('%j → one line, and no secret in it', async (change, why) => {
    const done = brokerOf({ ...base, ...change })
    await expect(done).rejects.toThrow(why)
    await expect(done).rejects.not.toThrow(/secret/)
  })

  test('a password in the address of a database → refused, and not repeated', () => {
    expect(() => databaseOf('f', 'postgres://u:secret@h/d')).toThrow(/PGPASSWORD/)
    expect(() => databaseOf('f', 'postgres://u:secret@h/d')).not.toThrow(/secret/)
    expect(databaseOf('f', 'postgres://u@h/d')).toBe('postgres://u@h/d')
    expect(databaseOf('f', undefined)).toBe(join('f', 'tms.db'))
  })

  test.each([
    [{}, 0],
    [{ listen: '[::1]:8100', mqtt: 'localhost:1883' }, 0],
    [{ listen: '0.0.0.0:8100' }, 1],
    [{ listen: '0.0.0.0:8100', secure: true }, 0],
    [{ mqtt: '0.0.0.0:1883' }, 1],
    [{ mqtt: '0.0.0.0:1883', broker: 'mqtt://127.0.0.1' }, 0],
    [{ broker: 'mqtt://[::1]:1883' }, 0],
    [{ broker: 'mqtt://10.0.0.2:1883' }, 1],
    [{ broker: 'ws://10.0.0.2' }, 1],
    [{ broker: 'mqtts://10.0.0.2' }, 0],
  ])('%j → %d warnings of what goes over a network in the clear', (change, count) => {
    const lines = plainPlaces({ ...base, ...change })
    expect(lines).toHaveLength(count)
    for (const line of lines) expect(line).toMatch(/^warning: .*passwords go over it as they are: /)
  })
})
