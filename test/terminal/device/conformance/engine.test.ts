import { describe, expect, test } from 'vitest'
import type { WasmBenchOptions } from '../../../../emulator/conformance-machine.ts'
import { type FlashChip, makeFlashChip } from '../../../../emulator/device/flash.ts'
import { runWasm } from './wasm.ts'

/** A good chip with something changed. */
function chipWith(change: (chip: FlashChip) => Partial<FlashChip>): FlashChip {
  const chip = makeFlashChip()
  return { ...chip, ...change(chip) }
}
/** Tears what is beside an operation when the power goes inside it. */
function tearing(chip: FlashChip, address: (sector: number) => number, call: () => 'done' | 'failed') {
  try {
    return call()
  } catch (error) {
    chip.repower()
    chip.flip(address(0), 0x01)
    chip.powerOff()
    throw error
  }
}

// biome-ignore format: one fault a paragraph
const faults: readonly (readonly [what: string, vector: string, port: () => Partial<WasmBenchOptions>])[] = [
  ['a program that is cut changes a byte of the sector before', 'flash.cut.1', () => ({
    flash: chipWith((chip) => ({ program: (address, bytes) => tearing(chip, () => 17, () => chip.program(address, bytes)) })) })],
  ['an erase that is cut takes a byte of the next sector but one with it', 'flash.cut.3', () => ({
    flash: chipWith((chip) => ({ erase: (sector) => tearing(chip, () => 2 * 4096 + 5, () => chip.erase(sector)) })) })],
  ['what was programmed is in a cache when the power goes', 'life.keeps.power', () => {
    let held: (() => void)[] = []
    return { flash: chipWith((chip) => ({
      program(address, bytes) {
        const before = chip.snapshot()
        held = [() => chip.restore(before)]
        return chip.program(address, bytes)
      },
      repower() {
        for (const undo of held) undo()
        held = []
        chip.repower()
      } })) }
  }],
  ['65 random bytes are given', 'limit.secure.random', () => ({
    change: ({ secure }) => ({ secure: { ...secure, random: (length) => secure.random(Math.min(64, Math.max(1, Math.floor(length)))) } }) })],
  ['a call beyond the contract is answered', 'life.ends.refused', () => ({
    change: ({ secure }) => ({ secure: { ...secure, random: (length) => secure.random(Math.max(1, length)) } }) })],
  ['a wait beyond the contract is a time-out', 'life.ends.waits', () => ({
    change: ({ keypad }) => ({ keypad: { ...keypad, next: (ms) => keypad.next(Math.max(0, ms)) } }) })],
  ['restart() comes back', 'life.restart', () => ({ change: ({ info }) => ({ info: { ...info, restart: () => undefined as never } }) })],
  ['a call beyond the contract ends no wait and hangs', 'limit.timeout.reader.wait', () => ({
    change: ({ reader }) => ({ reader: { ...reader, wait: (ms) => (ms < 0 ? new Promise(() => {}) : reader.wait(ms)) } }) })],
  ['the heap given is half of what is declared', 'memory.given', () => ({ memoryBytes: 1_310_720, declaredBytes: 2_621_440 })],
  ['the trace depends on chance', 'determinism.restart', () => ({
    change: ({ charset, secure }) => ({ charset: { ...charset, encodeGbk: () => secure.random(8) } }) })],
  ['an identity that is there is declared absent', 'inject.identity', () => ({ lacks: ['injection', 'renewal'] })],
  ['an inbox that is not there is declared', 'inbox.none', () => ({
    change: ({ inbox }) => ({ inbox: { ...inbox, state: () => 'none' } }) })],
]

describe('the port wasm with a fault', () => {
  test.each(faults)('%s → %s fails', async (_, id, port) => {
    const { results } = await runWasm({ ...port(), only: id })
    expect(results.find((result) => result.id === id)).toMatchObject({ result: 'failed' })
  })
})

test('a port without an inbox declares it: its vectors are absent with a reason, inbox.none passes', async () => {
  const { results } = await runWasm({ only: 'inbox.', lacks: ['inbox', 'secondSource'] })
  const [none, ...others] = results
  expect(none).toMatchObject({ id: 'inbox.none', result: 'passed' })
  for (const each of others) expect(each).toMatchObject({ result: 'absent', detail: 'needs inbox' })
})

test('a run that ends inside a vector fails that vector and no other', async () => {
  const { results, starts } = await runWasm({
    only: 'charset.',
    change: ({ charset }) => ({
      charset: {
        ...charset,
        decodeGbk(bytes) {
          if (bytes.length === 1) throw new Error('one byte is none')
          return charset.decodeGbk(bytes)
        },
      },
    }),
  })
  expect(results.filter(({ result }) => result !== 'passed')).toEqual([
    expect.objectContaining({
      id: 'charset.fault.no-lead',
      detail: expect.stringContaining('one byte is none'),
    }),
  ])
  expect(starts).toBe(2)
})

test('the same suite on both models → each has a trace of its own, the same each time', async () => {
  const traces: (string | undefined)[] = []
  for (const model of ['compact', 'compact', 'standard'] as const)
    traces.push((await runWasm({ model, only: 'display.size' })).facts?.trace)
  expect(traces[0]).toBe(traces[1])
  expect(traces[0]).not.toBe(traces[2])
})
