import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { makeDevice } from '../../../emulator/device/device.ts'
import { contract } from '../../../terminal/device/contract.ts'
import { makeBench } from '../../emulator/device/bench.ts'

const folder = new URL('../../../terminal/device/', import.meta.url)

/** The calls of an interface as its source declares them: a line `name(…): Promise<…>` waits, any other is instant. */
function declared(name: string): { readonly [call: string]: string } {
  const source = readFileSync(new URL(`${name}.ts`, folder), 'utf8')
  const title = name[0]?.toUpperCase() + name.slice(1)
  const body = source.split(`export interface ${title} {\n`)[1]?.split('\n}')[0] ?? ''
  const calls = [...body.matchAll(/^ {2}(\w+)\([^)]*\): (.*)$/gm)]
  return Object.fromEntries(
    calls.map(([, call, type]) => [call, type?.startsWith('Promise<') ? 'waits' : 'instant']),
  )
}

test.each(Object.keys(contract))('the contract table lists exactly the calls that %s.ts declares', (name) => {
  expect(contract[name as keyof typeof contract]).toEqual(declared(name))
})

test('the emulated device has exactly the calls of the table → nothing missing, nothing more', () => {
  const bench = makeBench()
  const { device } = makeDevice(bench.options, bench.chip)
  const calls = Object.entries(device).map(([name, peripheral]) => [name, Object.keys(peripheral).sort()])
  expect(Object.fromEntries(calls)).toEqual(
    Object.fromEntries(Object.entries(contract).map(([name, row]) => [name, Object.keys(row).sort()])),
  )
})
