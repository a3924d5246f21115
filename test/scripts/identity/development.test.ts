import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { openCertificate } from '../../../host-link/channel/certificate.ts'
import { developmentIdentities } from '../../../scripts/identity/development.ts'

const folders: string[] = []
const fresh = () => {
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-development-'))
  folders.push(folder)
  return join(folder, 'identity')
}
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

test('asked for twice, also by another process → the same identity, one root, files for their owner alone', () => {
  const folder = fresh()
  const one = developmentIdentities(folder).of('terminal', 'SK000001')
  const again = developmentIdentities(folder).of('terminal', 'SK000001')
  const host = developmentIdentities(folder).of('host', 'DEVELOPMENT')
  expect(again).toEqual(one)
  expect(host.root).toEqual(one.root)
  expect(openCertificate(host.certificate, one.root)).toMatchObject({ role: 'host', id: 'DEVELOPMENT' })
  expect(readdirSync(folder).sort()).toEqual(['host-DEVELOPMENT.json', 'root.json', 'terminal-SK000001.json'])
  for (const file of readdirSync(folder)) expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600)
})

test('a serial number with characters that a path has → a file of its own in the folder', () => {
  const folder = fresh()
  const identities = developmentIdentities(folder)
  identities.of('terminal', '../SK/1')
  expect(readdirSync(folder)).toContain(
    `terminal-x${Buffer.from('../SK/1').toString('hex').toUpperCase()}.json`,
  )
})

test('a folder that cannot be made → one sentence', () => {
  const folder = fresh()
  developmentIdentities(folder).of('host', 'H')
  expect(() => developmentIdentities(join(folder, 'root.json', 'below'))).toThrow('cannot be made')
})
