import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import {
  aclFile,
  checkPassword,
  hashPassword,
  mosquittoConfiguration,
} from '../../../../host-link/tms/node/acl.ts'
import { temporaryFolder } from './rig.ts'

const folder = temporaryFolder()
afterAll(() => folder.remove())
const bytes = (text: string) => new TextEncoder().encode(text)

describe('passwords and rights for mosquitto', () => {
  test('a password is checked against its hash; another, or no hash, is refused', () => {
    const hash = hashPassword(bytes('secret of a terminal'))
    expect(checkPassword(bytes('secret of a terminal'), hash)).toBe(true)
    expect(checkPassword(bytes('secret of a terminaL'), hash)).toBe(false)
    for (const wrong of [
      '',
      'x',
      '$7$101$AA==$AA==',
      '$6$a$b',
      hash.replace('$101$', '$0$'),
      hash.replace('$101$', '$999999$'),
    ])
      expect(checkPassword(bytes('secret of a terminal'), wrong)).toBe(false)
  })

  const program = '/usr/bin/mosquitto_passwd'
  test.skipIf(!existsSync(program))(
    'a hash of mosquitto_passwd is understood (skipped without that program)',
    () => {
      const path = join(folder.path, 'passwords')
      writeFileSync(path, 'SIM1:pass-word\n')
      execFileSync(program, ['-U', path])
      const hash = readFileSync(path, 'utf8').trim().slice('SIM1:'.length)
      expect(checkPassword(bytes('pass-word'), hash)).toBe(true)
    },
  )

  test('a hash does not tell the password, and two of one password differ', () => {
    expect(hashPassword(bytes('same'))).not.toBe(hashPassword(bytes('same')))
  })

  test('the rights are of a pattern, and the terminals’ listener forces the client id', () => {
    const rights = ['hello', 'get', 'state', 'log', 'on'].map(
      (name) => `pattern write t/acme/+/%u/up/${name}`,
    )
    expect(aclFile('acme')).toContain(`${rights.join('\n')}\npattern read t/acme/+/%u/dn/#`)
    expect(aclFile('acme').match(/^user .*$/gm)).toEqual(['user ~shuaka-service'])
    const text = mosquittoConfiguration({ port: 1, servicePort: 2, serviceHost: '127.0.0.1', folder: '/x' })
    expect(text.match(/^listener .*\n.*$/gm)).toEqual([
      'listener 1 127.0.0.1\nuse_username_as_clientid true',
      'listener 2 127.0.0.1\n',
    ])
    expect(text).toContain('allow_anonymous false')
  })
})
