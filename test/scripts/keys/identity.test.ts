import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readIdentity } from '../../../scripts/identity/identity-file.ts'
import { readRoot } from '../../../scripts/identity/root-file.ts'
import { writeNew } from '../../../scripts/identity/secret-json.ts'
import {
  type IssueOptions,
  identityIssue,
  identityRoot,
  identityShow,
} from '../../../scripts/keys/identity.ts'
import type { SecretInput } from '../../../scripts/secret-input.ts'

const COST = 4
const PASSPHRASE = 'correct horse battery'

/** A person who types these lines, one after the other. */
function typing(...lines: string[]): SecretInput & { readonly given: Uint8Array[] } {
  const given: Uint8Array[] = []
  return {
    present: true,
    given,
    async line() {
      const line = lines.shift()
      if (line === undefined) throw new Error('nothing was to be asked')
      const bytes = Uint8Array.from(Buffer.from(line))
      given.push(bytes)
      return bytes
    },
    close() {},
  }
}
const nobody: SecretInput = { ...typing(), present: false }

let folder = ''
const at = (name: string) => join(folder, name)
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'shuaka-identity-'))
  await identityRoot(typing(PASSPHRASE, PASSPHRASE), { out: at('root.json') }, COST)
})
afterAll(() => rmSync(folder, { recursive: true }))

const hostOf = (name: string): IssueOptions => ({
  ...{ root: at('root.json'), role: 'host', id: 'HOST-1', notAfter: '2030-12-31' },
  out: at(name),
})

describe('keys identity root', () => {
  test('a passphrase typed twice → a file for its owner alone, the private key not in it, what was typed wiped', async () => {
    const input = typing(PASSPHRASE, PASSPHRASE)
    const printed = await identityRoot(input, { out: at('other.json') }, COST)
    expect(statSync(at('other.json')).mode & 0o777).toBe(0o600)
    expect(printed).toMatch(/^root [0-9A-F]{64}\n/)
    expect(identityShow(at('other.json'))).toBe(`${printed.split('\n')[0]}\n`)
    for (const typed of input.given) expect(typed.every((byte) => byte === 0)).toBe(true)
    const pair = await readRoot(at('other.json')).open(Uint8Array.from(Buffer.from(PASSPHRASE)))
    const seed = Buffer.from(pair?.secretKey.slice(0, 32) ?? []).toString('hex')
    expect(readFileSync(at('other.json'), 'utf8').toLowerCase()).not.toContain(seed)
  })

  test('two that differ, one too short, a file that exists, nobody to ask → one sentence, no file', async () => {
    const failing = (input: SecretInput, out = at('none.json')) =>
      expect(identityRoot(input, { out }, COST)).rejects
    await failing(typing(PASSPHRASE, 'correct horse')).toThrow('differ')
    await failing(typing('short', 'short')).toThrow('at least 8')
    await failing(nobody).toThrow('no terminal to ask at')
    await failing(typing(), at('root.json')).toThrow('exists already')
    expect(() => identityShow(at('none.json'))).toThrow('no such file')
  })
})

describe('keys identity issue', () => {
  test('host, station, terminal → certificates of their roles, in files for their owner alone', async () => {
    for (const [role, purposes] of [
      ['host', ['host', 'rkl']],
      ['station', ['inject']],
      ['terminal', ['host', 'inject', 'rkl']],
    ] as const) {
      const options = { ...hostOf(`${role}.json`), role, id: `ID-${role}` }
      const printed = await identityIssue(typing(PASSPHRASE), options)
      expect(statSync(options.out).mode & 0o777).toBe(0o600)
      const { certificate, credential } = readIdentity(options.out)
      expect(certificate).toMatchObject({ role, purposes, id: `ID-${role}`, notAfter: 20_301_231 })
      expect(identityShow(options.out)).toContain('good until 2030-12-31')
      expect(printed).toContain('in clear')
      expect(printed.toLowerCase()).not.toContain(Buffer.from(credential.secret).toString('hex'))
    }
  })

  test('a purpose that no end accepts of the role → refused before a passphrase is asked for; fewer than all → issued', async () => {
    const issued = (role: IssueOptions['role'], ...purposes: NonNullable<IssueOptions['purposes']>) =>
      identityIssue(typing(), { ...hostOf('foreign.json'), role, purposes })
    await expect(issued('host', 'inject')).rejects.toThrow('a host is good for host, rkl, not for inject')
    await expect(issued('host', 'host', 'inject')).rejects.toThrow('not for inject')
    await expect(issued('station', 'inject', 'host')).rejects.toThrow('good for inject, not for host')
    await expect(issued('station', 'rkl')).rejects.toThrow('not for rkl')
    expect(() => statSync(at('foreign.json'))).toThrow('ENOENT')
    const purposes = ['rkl'] as const
    await identityIssue(typing(PASSPHRASE), { ...hostOf('narrow.json'), purposes })
    expect(readIdentity(at('narrow.json')).certificate.purposes).toEqual(['rkl'])
  })

  test('a last day that is over → refused; today → issued', async () => {
    const now = Date.UTC(2030, 11, 31, 23, 59)
    const options = (name: string, notAfter: string) => ({ ...hostOf(name), notAfter })
    await expect(identityIssue(typing(), options('past.json', '2030-12-30'), now)).rejects.toThrow(
      '--not-after 2030-12-30: that day is over',
    )
    expect(() => statSync(at('past.json'))).toThrow('ENOENT')
    await identityIssue(typing(PASSPHRASE), options('today.json', '2030-12-31'), now)
    expect(readIdentity(at('today.json')).certificate.notAfter).toBe(20_301_231)
  })

  test('wrong passphrase, id, date, root → one sentence, no file', async () => {
    const failing = (input: SecretInput, more: object) =>
      expect(identityIssue(input, { ...hostOf('nothing.json'), ...more })).rejects
    await failing(typing('wrong horse battery'), {}).toThrow('not the passphrase')
    await failing(typing(), { id: 'two words' }).toThrow('1 to 20 ASCII')
    await failing(typing(), { notAfter: '2030-02-30' }).toThrow('a date like')
    await failing(typing(), { root: at('host.json') }).toThrow()
    await failing(typing(), { out: at('root.json') }).toThrow('exists already')
    expect(() => statSync(at('nothing.json'))).toThrow('ENOENT')
  })
})

describe('an identity file', () => {
  const changed = (name: string, change: (text: string) => string, mode = 0o600) => {
    writeFileSync(at(name), change(readFileSync(at('host.json'), 'utf8')), { mode })
    return () => readIdentity(at(name))
  }

  test('that others may read → refused', () => {
    const read = changed('open.json', (text) => text)
    chmodSync(at('open.json'), 0o644)
    expect(read).toThrow('chmod 600')
  })

  test('written anew by an editor, with other blanks → read', () => {
    const read = changed('edited.json', (text) => text.replaceAll('": "', '"  :\n"'))
    expect(read().certificate.id).toBe('ID-host')
  })

  test('with a digit of its key or certificate changed, cut, or no JSON → refused, and nothing of it repeated', () => {
    const { credential } = readIdentity(at('host.json'))
    const digits = Buffer.from(credential.secret).toString('hex').toUpperCase()
    const harmed: readonly (readonly [string, (text: string) => string, string])[] = [
      [
        'key.json',
        (text) =>
          text.replace(digits, `${digits.slice(0, 10)}${digits[10] === '0' ? '1' : '0'}${digits.slice(11)}`),
        'of another key',
      ],
      ['cut.json', (text) => text.replace(digits, digits.slice(2)), '64 hex digits'],
      ['letters.json', (text) => text.replace(digits, `x${digits.slice(1)}`), '64 hex digits'],
      ['certificate.json', (text) => text.replace('"certificate": "01', '"certificate": "02'), 'not signed'],
      ['json.json', (text) => `${text}}`, 'not JSON'],
      ['kind.json', (text) => text.replace('shuaka identity 1', 'shuaka identity 2'), 'kind'],
    ]
    for (const [name, change, why] of harmed) {
      const read = changed(name, change)
      expect(read).toThrow(why)
      try {
        read()
      } catch (error) {
        expect(String(error)).not.toContain(digits.slice(12, 40))
      }
    }
  })

  test('of another kind → show says that it is neither', () => {
    writeNew(at('letter.json'), Buffer.from('{"kind": "letter"}'))
    expect(() => identityShow(at('letter.json'))).toThrow('neither')
  })
})
