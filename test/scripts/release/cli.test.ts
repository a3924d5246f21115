import { openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { main } from '../../../scripts/cli.ts'
import { makeKey } from '../../../scripts/release/key-file.ts'
import { packRelease } from '../../../scripts/release/pack.ts'
import { loadRoot, saveFile } from '../../../scripts/release/signed-file.ts'
import { components, folder, keys, NOW, removeFolders, rootWords, signedRoot, words } from './rig.ts'

afterAll(removeFolders)
afterEach(() => void vi.restoreAllMocks())

/** Runs the command; what it printed and how it ended. */
async function shuaka(...args: readonly string[]) {
  let out = ''
  let err = ''
  const write = (text: unknown) => {
    out += String(text)
    return true
  }
  vi.spyOn(process.stdout, 'write').mockImplementation(write)
  vi.spyOn(console, 'error').mockImplementation((text: unknown) => {
    err += String(text)
  })
  const exitCode = await main(['release', ...args])
  vi.restoreAllMocks()
  return { exitCode, out, err }
}

describe('shuaka release', () => {
  // biome-ignore format: one row a command that reads a file
  it.each([
    ['root make', ['--tenant', 'T', '--key', 'no.pub', '--expires', '2040-01-01', '--out', 'no.root']],
    ['root rotate', ['no.root', '--expires', '2040-01-01', '--out', 'no.2']],
    ['root export', ['no.root', '--out', 'no.bin']],
    ['build', ['--tenant', 'T', '--number', '1', '--models', 'm', '--expires', '2040-01-01', '--notice-zh', 'x', '--notice-en', 'x', '--base', 'no.js', '--dry-run']],
    ['delta', ['no.release', '--base', 'no.js']],
    ['describe', ['no.release']],
    ['sign', ['no.release', '--key', 'no.key']],
    ['verify', ['no.release']],
  ])('release %s of a file that is not there → one line that begins with the command, exit code 1', async (command, args) => {
    const { exitCode, err } = await shuaka(...command.split(' '), ...args)
    expect([exitCode, err]).toEqual([1, expect.stringMatching(new RegExp(`^release ${command}: no\\.\\w+: .*\\.$`))])
  })

  it('--help of each command → its options, exit code 0', async () => {
    const commands = [
      '',
      'keys',
      'root',
      'root make',
      'root rotate',
      'root export',
      'build',
      'delta',
      'describe',
      'sign',
      'verify',
    ]
    for (const command of commands) {
      const { exitCode, out } = await shuaka(...command.split(' ').filter(Boolean), '--help')
      expect(exitCode, command).toBe(0)
      expect(out).toContain('Usage: shuaka release')
    }
  })

  // biome-ignore format: one row a mistake
  const mistakes: readonly [readonly string[], RegExp][] = [
    [[],                                                                     /^release: which command\? shuaka release --help lists them\.$/],
    [['publish'],                                                            /^release: there is no such command; /],
    [['root'],                                                               /^release root: which command\?/],
    [['build', '--tenant', 'x'],                                             /^shuaka: required option '--number <n>' not specified\.$/],
    [['build', '--number', '-1'],                                            /^release: --number wants a number from 1 to 4294967295\.$/],
    [['build', '--number', '0'],                                             /^release: --number wants a number from 1 to 4294967295\.$/],
    [['keys', '--role', 'printer', '--name', 'x', '--out', 'x'],             /Allowed choices are root, program, parameters, director/i],
    [['root', 'make', '--threshold', 'program'],                             /^release root: --threshold wants a role and a count/],
    [['sign', 'x', '--key', 'x', '--passphrase-fd', '1'],                    /--passphrase-fd wants the number of a file descriptor/],
    [['sign', 'x', '--key', 'x', '--passphrase', 'secret'],                  /unknown option/],
  ]
  for (const [args, wanted] of mistakes)
    it(`release ${args.join(' ')} → one line, exit code 2`, async () => {
      const { exitCode, out, err } = await shuaka(...args)
      expect(err).toMatch(wanted)
      expect(err).not.toContain('\n')
      expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' })
    })

  it('sign twice with passphrases from descriptors, verify between and after → exit code 1, then 0', async () => {
    const place = folder()
    const at = (name: string): string => join(place, name)
    writeFileSync(at('pass'), 'correct horse\n')
    const people = await Promise.all(
      ['ann', 'bob'].map((name) =>
        makeKey(at(name), { role: 'program', name }, Buffer.from('correct horse'), 16),
      ),
    )
    const all = [...keys.root, ...people, ...keys.parameters, ...keys.director]
    saveFile(at('1.root'), signedRoot(keys.root, { ...rootWords, keys: all }))
    saveFile(at('a.release'), packRelease(words, components))
    const sign = (name: string) =>
      shuaka(
        'sign',
        at('a.release'),
        '--key',
        at(name),
        '--root',
        at('1.root'),
        '--passphrase-fd',
        String(openSync(at('pass'), 'r')),
      )
    const verify = (...more: readonly string[]) =>
      shuaka('verify', at('a.release'), '--root', at('1.root'), '--at', String(NOW), ...more)

    expect((await sign('ann')).out).toContain('1 of 2 signatures')
    const between = await verify()
    expect(between.exitCode).toBe(1)
    expect(between.out).toMatch(/^WRONG .*1 of 2 signatures/m)
    expect((await sign('bob')).out).toContain('2 of 2 signatures, complete')
    const after = await verify('--json')
    expect(after.exitCode).toBe(0)
    expect(JSON.parse(after.out)).toMatchObject({ good: true })
    const again = await sign('ann')
    expect(again).toMatchObject({ exitCode: 1, out: '' })
  })

  it('root make and rotate → files; a file that is none of ours → one line, exit code 1', async () => {
    const place = folder()
    const at = (name: string): string => join(place, name)
    const roles = ['root', 'program', 'parameters', 'director'] as const
    for (const role of roles) await makeKey(at(role), { role, name: role }, Buffer.from('correct horse'), 16)
    const pubs = roles.map((role) => at(`${role}.pub`))
    const made = await shuaka(
      'root',
      'make',
      '--tenant',
      'T',
      '--key',
      ...pubs,
      '--threshold',
      'root=1',
      'program=1',
      '--expires',
      '2040-01-01',
      '--out',
      at('1.root'),
    )
    expect(made.out).toMatch(/program {5}1 of 1/)
    const rotated = await shuaka(
      'root',
      'rotate',
      at('1.root'),
      '--expires',
      '2041-01-01',
      '--floor',
      '4',
      '--out',
      at('2.root'),
    )
    expect(rotated.exitCode).toBe(0)
    expect(loadRoot(at('2.root')).root.root).toMatchObject({ seq: 2, counterFloor: 4 })
    writeFileSync(at('noise'), 'noise')
    const { exitCode, err } = await shuaka('describe', at('noise'))
    expect(exitCode).toBe(1)
    expect(err).toMatch(/^release describe: .*noise: it is no release and no root, or it is damaged\.$/)
    expect(readFileSync(at('noise'), 'utf8')).toBe('noise')
  })
})
