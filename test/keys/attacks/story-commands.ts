import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Descriptors } from '../../scripts/keys-run.ts'
import { AN, BO } from '../station/rig.ts'
import { CANARY } from './story-secrets.ts'

type Command = (...words: readonly string[]) => Promise<string>

/** What the commands say to right and to wrong secrets, in words and as JSON. */
export async function cliStory(
  run: Command,
  given: Descriptors,
  station: string,
): Promise<readonly string[]> {
  const { commandKey: key, commandKbpk: kbpk, components } = CANARY
  const fd = (content: string): string => given.give(content)
  const said: string[] = []
  const keys = async (...words: readonly string[]): Promise<string> => {
    const out = await run('keys', ...words)
    said.push(out)
    return out
  }
  const k0 = ['--usage', 'K0', '--mode', 'D']
  for (const json of [[], ['--json']]) {
    await keys('kcv', '--algorithm', 'TDES', '--key-fd', fd(key), ...json)
    await keys('kcv', '--algorithm', 'TDES', '--key-fd', fd(`${key}7`), ...json)
    await keys('kcv', '--algorithm', 'AES', '--key-fd', fd(`${kbpk} ${kbpk}`), ...json)
    const wrapped = await keys(
      'wrap',
      '--algorithm',
      'TDES',
      ...k0,
      '--key-fd',
      fd(key),
      '--kbpk-fd',
      fd(kbpk),
      ...json,
    )
    await keys('wrap', '--algorithm', 'AES', ...k0, '--key-fd', fd(kbpk), '--kbpk-fd', fd(key), ...json)
    const block = /D0\d{3}[0-9A-Z]+/.exec(wrapped)?.[0] ?? ''
    if (block === '') throw new Error(`no key block in ${wrapped}`)
    await keys('unwrap', block, '--kbpk-fd', fd(kbpk), ...json)
    await keys('unwrap', block.replace(/.$/, '0'), '--kbpk-fd', fd(kbpk), ...json)
    await keys('unwrap', block, '--kbpk-fd', fd(key), ...json)
    await keys('inspect', block, ...json)
    const parts = ['--component-fd', fd(components[0]), '--component-fd', fd(components[1])]
    await keys('combine', '--algorithm', 'AES', ...parts, ...json)
    const wrong = [
      '--component-fd',
      fd(components[0]),
      '--component-fd',
      fd(`${components[1].slice(0, -1)}x`),
    ]
    await keys('combine', '--algorithm', 'AES', ...wrong, ...json)
    const same = ['--component-fd', fd(components[0]), '--component-fd', fd(components[0])]
    await keys('combine', '--algorithm', 'AES', ...same, '--expect', '0000000000', ...json)
    await keys('audit', 'verify', station, ...json)
    await keys('audit', 'export', station, ...json)
    await keys('station', 'terminals', '--folder', station, ...json)
  }
  await keys('audit', 'export', station, '--csv')
  // Wrong and right people at the console.
  const people = (second: string): readonly string[] => [
    ...['--login', AN, '--passphrase-fd', fd(CANARY.passphrases[0])],
    ...['--login', BO, '--passphrase-fd', fd(second)],
  ]
  await keys('station', 'labels', '--folder', station, ...people(CANARY.wrongPassphrase))
  const damaged = join(given.folder, 'audit.json')
  appendFileSync(damaged, 'no JSON')
  await keys('audit', 'verify', damaged)
  return said
}
