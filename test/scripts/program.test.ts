import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadQuickJsNode } from '../../emulator/console/quickjs-node.ts'
import { STACK_BYTES } from '../../emulator/vm/limits.ts'
import { quickJsEngine } from '../../emulator/vm/quickjs-engine.ts'
import { programOf } from '../../host-link/tms/payload.ts'
import { BUNDLE_BYTES_MAX, type BuildReport, ensureBuilt, UPDATE_BYTES_MAX } from '../../scripts/build.ts'
import { programText } from '../../scripts/bundle/program.ts'
import { CommandError } from '../../scripts/command-error.ts'
import { componentsOfProgram } from '../../scripts/release/components.ts'
import { NEXT_SCRIPT, scriptsOf } from '../../terminal/boot/scripts.ts'
import { makeTill } from '../rig/till.ts'

/** What stands in both scripts, on purpose: small, or needed by both before one could hand it to the other. */
const SHARED = [
  '(wrapper)',
  'host-link/wire/bytes.ts',
  'host-link/wire/cbor.ts',
  'host-link/wire/message.ts', // WireError: each script has a class of its own
  'host-link/wire/tms/codes.ts',
  'host-link/wire/tms/command.ts', // the kinds of commands here, their arguments there
  'terminal/boot/floor.ts',
  'terminal/journal/crc.ts',
  'terminal/journal/record.ts', // numbers in bytes
  'terminal/update/check-values.ts', // of a key; both report
  'terminal/update/safe-point.ts', // `stricter` alone there
  'terminal/version.ts',
]
/** Heap of a start, in bytes: what the device class has left above it is for the work. */
const PEAK_BYTES_MAX = 1_950_000
const READY_BYTES_MAX = 950_000

let report: BuildReport
let program: string
beforeAll(async () => {
  report = await ensureBuilt()
  program = await readFile(report.file, 'utf8')
})
const beside = (name: string) => readFile(join(dirname(report.file), name), 'utf8')

describe('the program: two scripts', () => {
  it('terminal.js, the line, update.js; each within its budget, and the sizes are those of the files', async () => {
    const [terminal, update] = [await beside('terminal.js'), await beside('update.js')]
    expect(program).toBe(`${terminal.trimEnd()}\n${NEXT_SCRIPT}${update.trimEnd()}\n`)
    expect(scriptsOf(program)).toHaveLength(2)
    expect([report.bytes, report.update?.bytes]).toEqual(
      [terminal, update].map((text) => Buffer.byteLength(text)),
    )
    expect(report.programBytes).toBe(Buffer.byteLength(program))
    expect(report.bytes).toBeLessThanOrEqual(BUNDLE_BYTES_MAX)
    expect(report.update?.bytes).toBeLessThanOrEqual(UPDATE_BYTES_MAX)
  })

  it('no module stands in both but those that are listed: the application reaches the engine through what it is handed', () => {
    const engine = new Set(report.update?.modules.map(({ module }) => module))
    const both = report.modules.map(({ module }) => module).filter((module) => engine.has(module))
    expect(both.filter((module) => !SHARED.includes(module))).toEqual([])
  })

  it('components of both by their source maps → joined they are the program; a border between the scripts’ modules', () => {
    const components = componentsOfProgram(report.file)
    expect(Buffer.from(programOf(components)).toString()).toBe(program)
    expect(new Set(components.map(({ name }) => name)).size).toBe(components.length)
    expect(components.some(({ name }) => /^terminal\/update\/(?!quickjs)/.test(name))).toBe(true)
  })

  it('a script that holds the line that parts scripts → CommandError', () => {
    expect(() => programText(['a', `x = \`\n${NEXT_SCRIPT}\``])).toThrow(CommandError)
    expect(programText(['a\n\n', 'b'])).toBe(`a\n${NEXT_SCRIPT}b\n`)
  })

  it('its start in QuickJS → a peak of 1.95 MB at most, 0.95 MB once it stands ready', async () => {
    const engine = quickJsEngine({
      module: await loadQuickJsNode(),
      bundle: program,
      stackBytes: STACK_BYTES.mainThread,
    })
    const till = makeTill({ engine })
    till.machine.powerOn()
    await till.see(/1 ?消费/)
    const { used, peak } = till.machine.memory() ?? { used: 0, peak: 0 }
    till.machine.powerOff()
    expect(used).toBeGreaterThan(0)
    expect(used).toBeLessThan(READY_BYTES_MAX)
    expect(peak).toBeLessThan(PEAK_BYTES_MAX)
  })
})
