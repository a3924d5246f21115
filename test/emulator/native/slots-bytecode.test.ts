import { createHmac } from 'node:crypto'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { beginning, describeSlots, makeNative, shows, takeOver } from '../../rig/native-hand.ts'
import type { NativeSlotTerminal } from '../../rig/native-slots.ts'

/** Layout of program.bc: magic, engine, source, bytecode, MAC. */
const AT = { engine: 8, source: 40, bytecode: 72 } as const
const MAC_BYTES = 32

/** A terminal without power whose active program is B in slot b, and A before it in slot a; each left its bytecode. */
async function settled(): Promise<
  NativeSlotTerminal & { readonly bytecode: { a: string; b: string; now: string } }
> {
  const terminal = await makeNative(beginning())
  const now = join(terminal.folder, 'program.bc')
  const bytecode = { a: `${now}.a`, b: `${now}.b`, now }
  await terminal.on()
  await takeOver(terminal, 'a')
  copyFileSync(now, bytecode.a)
  await takeOver(terminal, 'b')
  copyFileSync(now, bytecode.b)
  await terminal.quit()
  return { ...terminal, bytecode }
}

/** Starts it, and ends it in good order: B runs as ever, its bytecode is as it was, and what was said on standard error. */
async function started(terminal: Awaited<ReturnType<typeof settled>>): Promise<string> {
  await terminal.on()
  shows(terminal, 'B in b', 'active b, before a, next none, last confirmed 0')
  const said = await terminal.quit()
  expect(readFileSync(terminal.bytecode.now).equals(readFileSync(terminal.bytecode.b))).toBe(true)
  await terminal.close()
  return said
}
const line = (terminal: NativeSlotTerminal, why: string): string =>
  `shuaka-device: ${join(terminal.folder, 'program.bc')}: ${why}, it is compiled again`

/** The file with one byte changed and the MAC of this device over that. */
function sealed(folder: string, bytes: Buffer): Buffer {
  const key = createHmac('sha256', readFileSync(join(folder, 'device.key')))
    .update('bytecode')
    .digest()
  const body = bytes.subarray(0, -MAC_BYTES)
  return Buffer.concat([body, createHmac('sha256', key).update(body).digest()])
}

describeSlots('program.bc of a program in a slot', () => {
  test('its own → it runs from it, and nothing is said', async () => {
    expect(await started(await settled())).toBe('')
  })

  test.each([
    ['the MAC', -1],
    ['the bytecode', AT.bytecode + 100],
    ['the name of the engine', AT.engine],
    ['the hash of the source', AT.source],
  ])('one bit of %s is another → one line, compiled again from the slot', async (_, at) => {
    const terminal = await settled()
    const bytes = readFileSync(terminal.bytecode.now)
    const byte = at < 0 ? bytes.length + at : at
    bytes[byte] = (bytes[byte] ?? 0) ^ 1
    writeFileSync(terminal.bytecode.now, bytes)
    expect(await started(terminal)).toBe(line(terminal, 'is damaged, or of another device'))
  })

  test('of another engine, sealed by this device → one line', async () => {
    const terminal = await settled()
    const bytes = readFileSync(terminal.bytecode.now)
    bytes[AT.engine] = (bytes[AT.engine] ?? 0) ^ 1
    writeFileSync(terminal.bytecode.now, sealed(terminal.folder, bytes))
    expect(await started(terminal)).toBe(line(terminal, 'is of another engine'))
  })

  test('of the other slot, sealed by this device → one line, and the program of the record runs', async () => {
    const terminal = await settled()
    copyFileSync(terminal.bytecode.a, terminal.bytecode.now)
    expect(await started(terminal)).toBe(line(terminal, 'is of another program'))
  })

  test('the program goes back to the one before → so does the bytecode', async () => {
    const terminal = await settled()
    const { programs } = terminal.images()
    const at = Buffer.from(programs).indexOf("var mark = 'B'")
    terminal.flip(at + 20, 1)
    await terminal.on()
    shows(terminal, 'A in a', 'active a, before none, next none, last reverted 15')
    expect(await terminal.quit()).toBe(line(terminal, 'is of another program'))
    expect(readFileSync(terminal.bytecode.now).equals(readFileSync(terminal.bytecode.a))).toBe(true)
    await terminal.close()
  })
})
