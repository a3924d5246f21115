import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { hostChannel, tlsIdentity } from '../../scripts/host-channel.ts'
import { developmentIdentities } from '../../scripts/identity/development.ts'
import { writeIdentity } from '../../scripts/identity/identity-file.ts'
import { newIdentity } from '../../scripts/identity/issue.ts'
import { terminalChannel } from '../../scripts/terminal-channel.ts'
import { root } from '../rig/channel.ts'

const folder = mkdtempSync(join(tmpdir(), 'shuaka-host-channel-'))
afterAll(() => rmSync(folder, { recursive: true }))
const identities = developmentIdentities(folder)
identities.of('host', 'HOST-1')
identities.of('terminal', 'SK1')
const file = (name: string) => join(folder, name)
const pem = (name: string) => fileURLToPath(new URL(`../rig/tls/${name}.pem`, import.meta.url))
writeIdentity(file('ended.json'), newIdentity({ role: 'host', id: 'HOST-1', notAfter: 20_200_101 }, root))
writeIdentity(file('over.json'), newIdentity({ role: 'terminal', id: 'SK1', notAfter: 20_200_101 }, root))

describe('what a host is told', () => {
  test('an identity → both kinds of stream; with --security noise the channel alone; neither → plain', () => {
    const identity = file('host-HOST-1.json')
    expect(hostChannel({ identity })?.only).toBe(false)
    expect(hostChannel({ identity, security: 'noise' })?.only).toBe(true)
    expect(hostChannel({})).toBeUndefined()
    expect(hostChannel({ security: 'plain' })).toBeUndefined()
  })

  test.each([
    ['noise without an identity', { security: 'noise' as const }, 'wants the host’s identity'],
    ['plain with one', { security: 'plain' as const, identity: file('host-HOST-1.json') }, 'does without'],
    ['a terminal’s', { identity: file('terminal-SK1.json') }, 'of a terminal, not of a host'],
    ['one that has ended', { identity: file('ended.json') }, 'ended on 20200101'],
    ['no file', { identity: file('none.json') }, 'no such file'],
  ])('%s → one sentence', (_, options, why) => {
    expect(() => hostChannel(options)).toThrow(why)
  })

  test('certificate and key → TLS; one of them, or what is none → one sentence', () => {
    expect(tlsIdentity({ tlsCert: pem('cert'), tlsKey: pem('key') })?.cert).toContain('BEGIN CERTIFICATE')
    expect(tlsIdentity({})).toBeUndefined()
    expect(() => tlsIdentity({ tlsCert: pem('cert') })).toThrow('wants both')
    expect(() => tlsIdentity({ tlsCert: pem('key'), tlsKey: pem('cert') })).toThrow('no PEM certificate')
    writeFileSync(file('empty.pem'), '')
    expect(() => tlsIdentity({ tlsCert: file('empty.pem'), tlsKey: file('none.pem') })).toThrow(
      'no such file',
    )
  })
})

describe('what a console terminal is told', () => {
  const network = { embedded: false, station: false }

  test('its own identity → its credential; plain and nothing plugged in → none', () => {
    const channel = terminalChannel(
      'SK1',
      { security: 'noise', identity: file('terminal-SK1.json'), hostId: 'HOST-1' },
      network,
    )
    expect(channel).toEqual({
      security: 'noise',
      hostId: 'HOST-1',
      credential: identities.of('terminal', 'SK1'),
    })
    expect(terminalChannel('SK1', {}, network)).toEqual({ security: 'plain' })
  })

  test.each([
    ['a host’s identity', 'SK1', 'host-HOST-1.json', 'of a host, not of a terminal'],
    ['another terminal’s', 'SK2', 'terminal-SK1.json', 'of SK1, and this terminal is SK2'],
    ['one that has ended', 'SK1', 'over.json', 'ended on 20200101'],
  ])('%s → one sentence', (_, serial, name, why) => {
    expect(() => terminalChannel(serial, { identity: file(name) }, network)).toThrow(why)
  })

  test('--host-id or an identity for the host in this process → one sentence', () => {
    const embedded = { embedded: true, station: false }
    expect(() => terminalChannel('SK1', { hostId: 'HOST-1' }, embedded)).toThrow('--host-id is of a host')
    const identity = file('terminal-SK1.json')
    expect(() => terminalChannel('SK1', { security: 'noise', identity }, embedded)).toThrow('has its own')
  })
})
