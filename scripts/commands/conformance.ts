import { type Command, Option } from 'commander'
import type { SetExitCode } from '../cli.ts'
import { CommandError } from '../command-error.ts'
import type { ConformancePort } from '../conformance.ts'

interface Options {
  readonly port: ConformancePort
  readonly device: 'compact' | 'standard'
  readonly only: string
  readonly json?: boolean
}

/** The port is not to be had on this machine. */
const EXIT_MISSING = 3

export function addConformance(program: Command, setExitCode: SetExitCode): void {
  program
    .command('conformance')
    .allowExcessArguments(false)
    .summary("the device contract's suite on a port, with a report")
    .description(
      "Runs the device contract's suite inside the engine of a port and reports what it found; exit code 1 when a vector fails, 3 when the port is not to be had here.",
    )
    .addOption(
      new Option('--port <port>', 'port').choices(['wasm', 'native', 'arm', 'minimal']).default('wasm'),
    )
    .addOption(
      new Option('--device <model>', 'device model').choices(['compact', 'standard']).default('standard'),
    )
    .option('--only <id>', 'vectors whose id begins so', '')
    .option('--json', 'the report as one JSON document')
    .action(async ({ port, device, only, json = false }: Options) => {
      if (port === 'minimal' && device !== 'standard')
        throw new CommandError('conformance: the minimal port is a standard device.', 2)
      const { vectors } = await import('../../terminal/device/conformance/vectors.ts')
      if (!vectors.some(({ id }) => id.startsWith(only)))
        throw new CommandError(`conformance: no vector's id begins with "${only}".`)
      const { conformance } = await import('../conformance.ts')
      const { conformanceJson, conformanceText, vectorLine } = await import('../conformance-report.ts')
      const report = await conformance({
        ...{ port, model: device, only },
        ...(!json && { onResult: (result) => console.log(vectorLine(result)) }),
      })
      if ('missing' in report) {
        console.error(`conformance: ${report.missing}`)
        setExitCode(EXIT_MISSING)
        return
      }
      if (json) console.log(JSON.stringify(conformanceJson(report), null, 2))
      else for (const line of conformanceText(report)) console.log(line)
      setExitCode(report.run.results.some(({ result }) => result === 'failed') ? 1 : 0)
    })
}
