import { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { downloadLine } from '../../host-link/tms/report.ts'
import { addBench } from '../../scripts/commands/bench.ts'
import { addBuild } from '../../scripts/commands/build.ts'
import { addConformance } from '../../scripts/commands/conformance.ts'
import { addDescribe } from '../../scripts/commands/describe.ts'
import { addDevice } from '../../scripts/commands/device.ts'
import { addEmulator } from '../../scripts/commands/emulator.ts'
import { addHost } from '../../scripts/commands/host.ts'
import { addKeys } from '../../scripts/commands/keys.ts'
import { addRelease } from '../../scripts/commands/release.ts'
import { addTerminal } from '../../scripts/commands/terminal.ts'
import { addTms } from '../../scripts/commands/tms.ts'

/** All commands that do something themselves, as typed; a noun, as `tms terminal`, says itself what is wrong with a word. */
function leaves(command: Command, path: string): readonly [string, Command][] {
  if (command.commands.length === 0) return [[path, command]]
  return command.commands.flatMap((one) => leaves(one, `${path} ${one.name()}`))
}

describe('a word too many on the command line', () => {
  const program = new Command().allowExcessArguments(true)
  for (const add of [
    ...[addBench, addBuild, addConformance, addDescribe, addDevice, addEmulator],
    ...[addHost, addKeys, addRelease, addTerminal, addTms],
  ])
    add(program, () => {})
  const all = program.commands.flatMap((command) => leaves(command, command.name()))

  test('is taken by no command: two terminals after one --serial would be one', () => {
    expect(all.length).toBeGreaterThan(100)
    const takers = all.filter(([, command]) => Reflect.get(command, '_allowExcessArguments') !== false)
    expect(takers.map(([path]) => path)).toEqual([])
  })
})

describe('where a download stands, in a list', () => {
  test.each([
    [{ download: 'confirmed', percent: 0, code: 0 }, 'confirmed'],
    [{ download: 'receiving', percent: 40, code: 0 }, 'receiving 40 %'],
    [{ download: 'failed', percent: 0, code: 5 }, 'failed, code 5'],
  ] as const)('%j → %s', (facts, text) => {
    expect(downloadLine(facts)).toBe(text)
  })
})
