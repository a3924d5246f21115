import { type Command, Option } from 'commander'
import type { SetExitCode } from '../cli.ts'
import { CommandError } from '../command-error.ts'

interface Options {
  readonly device: 'compact' | 'standard'
  readonly only: string
  readonly json?: boolean
}

export function addConformance(program: Command, setExitCode: SetExitCode): void {
  program
    .command('conformance')
    .allowExcessArguments(false)
    .summary("the device contract's suite on the emulated device")
    .description("Runs the device contract's suite on the emulated device; exit code 1 when a vector fails.")
    .addOption(
      new Option('--device <model>', 'device model').choices(['compact', 'standard']).default('standard'),
    )
    .option('--only <id>', 'vectors whose id begins so', '')
    .option('--json', 'the report as one JSON document')
    .action(async ({ device, only, json = false }: Options) => {
      const { makeConformancePort } = await import('../../emulator/conformance-port.ts')
      const { makeFlashChip } = await import('../../emulator/device/flash.ts')
      const { PROGRAM_CHIP } = await import('../../emulator/device/slots.ts')
      const { runConformance } = await import('../../terminal/device/conformance/run.ts')
      const { randomBytes } = await import('node:crypto')
      const gbk = new TextDecoder('gbk')
      const port = makeConformancePort(device, {
        flash: makeFlashChip(),
        programs: makeFlashChip({ geometry: PROGRAM_CHIP }),
        settle: () => new Promise((resolve) => setImmediate(resolve)),
        random: (length) => new Uint8Array(randomBytes(length)),
        gbk: (bytes) => gbk.decode(bytes),
      })
      const report = await runConformance(port, only)
      if (report.results.length === 0)
        throw new CommandError(`conformance: no vector's id begins with "${only}".`)
      if (json) console.log(JSON.stringify(report, null, 2))
      else {
        for (const { id, title, passed, detail } of report.results)
          console.log(`${passed ? '✓' : '✗'} ${id}  ${title}${passed ? '' : `: ${detail}`}`)
        console.log(`${report.passed} passed, ${report.failed} failed`)
      }
      setExitCode(report.failed === 0 ? 0 : 1)
    })
}
