import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { TerminalSetup } from '../emulator/console/worker-words.ts'
import { ed25519KeyPair } from '../keys/ed25519.ts'
import { newIdentity } from './identity/issue.ts'
import { bookOf, scenarioNames } from './manual/compose.ts'
import { type Part, record } from './manual/record.ts'
import { readCards, readProvision } from './provision.ts'
import { makeTerminalSetup } from './terminal-setup.ts'

/**
 * `npm run manual`: plays the Chinese scenarios on the standard model and writes the cashier's manual. The prose is in
 * `manual/`; screens and slips come from the run.
 */

const path = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url))
export const MANUAL = path('docs/manual.zh-CN.md')

/** The manual's text. Rejects with the report of the first scenario that does not go as written. */
export async function manual(): Promise<string> {
  const recorded: { [scenario: string]: readonly Part[] } = {}
  for (const name of scenarioNames()) recorded[name] = await play(name)
  return bookOf(recorded)
}

async function play(name: string): Promise<readonly Part[]> {
  const provision = readProvision(path(`scripts/demo/${name.includes('shop') ? 'shop' : 'mall'}.json`))
  const cards = readCards(path('scripts/demo/cards.json'))
  const messages = name === 'service-info' ? { acquirer: path('scripts/demo/acquirer.json') } : {}
  const options = { dialect: 'cup', device: 'standard', locale: 'zh', engine: 'v8', bundle: '' } as const
  const made = makeTerminalSetup(provision, cards, { ...options, ...messages })
  const setup = name === 'keys' ? { ...made, ...someIdentity(made.serial) } : made
  return record(setup, readFileSync(path(`test/scenario/${name}.txt`), 'utf8'), `${name}.txt`)
}

/** For the screens of 密钥注入: a terminal has a certificate, whosoever, and nobody is at its service socket. */
function someIdentity(id: string): Pick<TerminalSetup, 'credential' | 'station'> {
  const root = ed25519KeyPair(Uint8Array.from(randomBytes(32)))
  const credential = newIdentity({ role: 'terminal', id, notAfter: 20_991_231 }, root)
  return { credential, station: { kind: 'tcp', host: '127.0.0.1', port: 1 } }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  writeFileSync(MANUAL, await manual())
