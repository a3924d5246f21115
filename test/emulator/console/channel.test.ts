import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { playHeadless } from '../../../emulator/console/headless.ts'
import { makeConsoleTerminal } from '../../../emulator/console/terminal.ts'
import { makeVirtualTime } from '../../../emulator/virtual-time.ts'
import { developmentIdentities } from '../../../scripts/identity/development.ts'
import { readCards, readProvision } from '../../../scripts/provision.ts'
import { makeTerminalSetup } from '../../../scripts/terminal-setup.ts'

const path = (name: string): string => fileURLToPath(new URL(`../../../${name}`, import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'shuaka-console-channel-'))
afterAll(() => rmSync(folder, { recursive: true }))
const identities = developmentIdentities(folder)

/** The scenario at a host in the process that takes the channel alone; undefined when it went as written. */
async function played(file: string, security: 'plain' | 'noise'): Promise<string | undefined> {
  const setup = makeTerminalSetup(
    readProvision(path('scripts/demo/mall.json')),
    readCards(path('scripts/demo/cards.json')),
    {
      ...{ dialect: 'cup', device: 'standard', locale: 'zh', engine: 'v8', bundle: '' },
    },
  )
  if (setup.host.kind !== 'embedded') throw new Error('a host in the process was wanted')
  const report = await playHeadless(
    {
      ...setup,
      ...{ security, hostId: 'DEVELOPMENT', credential: identities.of('terminal', setup.serial) },
      host: { ...setup.host, channel: { credential: identities.of('host', 'DEVELOPMENT'), only: true } },
    },
    // The handshake takes two round trips of 80 ms before the request leaves.
    readFileSync(path(`test/scenario/${file}`), 'utf8').replaceAll('wait 0.14', 'wait 0.3'),
    file,
  )
  return report.passed ? undefined : report.text
}

test.each(['sale-mall.txt', 'settlement.txt', 'link-cut-reversal.txt', 'power-cut.txt'])(
  '%s inside the channel, with the host in the process → passes',
  async (file) => {
    expect(await played(file, 'noise')).toBeUndefined()
  },
)

test('the same host and a terminal that speaks plain → no sale', async () => {
  expect(await played('sale-mall.txt', 'plain')).toMatch(/sale-mall\.txt:\d+:/)
})

test('another identity than the terminal’s own → refused in one sentence; its own, or none → as before', async () => {
  const setup = makeTerminalSetup(
    readProvision(path('scripts/demo/mall.json')),
    readCards(path('scripts/demo/cards.json')),
    { dialect: 'cup', device: 'standard', locale: 'zh', engine: 'v8', bundle: '' },
  )
  const flashFolder = mkdtempSync(join(folder, 'flash-'))
  const other = mkdtempSync(join(folder, 'other-'))
  const observer = { screen() {}, paper() {}, slipEnd() {}, wire() {} }
  const begin = async (more: Partial<typeof setup>): Promise<void> => {
    const scheduler = makeVirtualTime({ wallMs: 0, settle: async () => {} })
    const terminal = await makeConsoleTerminal({
      setup: { ...setup, flashFolder, ...more },
      scheduler,
      observer,
    })
    terminal.machine.powerOn()
    terminal.close()
  }
  const credential = identities.of('terminal', setup.serial)
  await begin({ credential })
  await begin({ credential })
  await begin({})
  const foreign = developmentIdentities(other).of('terminal', setup.serial)
  await expect(begin({ credential: foreign })).rejects.toThrow('has another identity; open its case')
})
