import { statSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { CommandError, sentence } from '../command-error.ts'
import { buildNative, type NativeBuild } from './build-native.ts'
import { ensureTools } from './setup-native.ts'
import { ARCHES, type Arch } from './tools.ts'

const USAGE = `npm run build:native -- [--arch x86-64|arm] [--sanitize] [--setup]
  --arch      this processor alone; without it x86-64, and ARM where it can be built here
  --sanitize  with AddressSanitizer and UndefinedBehaviorSanitizer (x86-64)
  --setup     installs what is missing first, as root on Debian`

/** Exit code 0 when it is built, 1 when it cannot be or does not compile, 2 for options that are not known. */
async function main(args: readonly string[]): Promise<number> {
  const asked = optionsOf(args)
  if (typeof asked === 'string') {
    console.error(asked)
    return 2
  }
  let exitCode = 0
  for (const arch of asked.arches) {
    if (asked.setup) ensureTools(arch, (line) => console.log(line))
    const built = await buildNative(arch, { sanitize: asked.sanitize })
    if ('missing' in built) {
      console.error(built.missing)
      if (asked.named || arch === 'x86-64') exitCode = 1
    } else tell(built)
  }
  return exitCode
}

function tell({ arch, folder, device }: NativeBuild): void {
  const path = device.args.at(-1) ?? device.command
  console.log(`${arch}: ${folder}, shuaka-device ${statSync(path).size} bytes`)
}

interface Asked {
  readonly arches: readonly Arch[]
  readonly named: boolean
  readonly sanitize: boolean
  readonly setup: boolean
}

/** What the arguments ask for, or a sentence about what is wrong with them. */
function optionsOf(args: readonly string[]): Asked | string {
  const flag = { type: 'boolean', default: false } as const
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { arch: { type: 'string' }, sanitize: flag, setup: flag, help: flag },
    })
    const { arch, sanitize, setup, help } = values
    const named = ARCHES.find((each) => each === arch)
    if (help || (arch !== undefined && named === undefined)) return USAGE
    if (sanitize && named === 'arm') return 'build:native: --sanitize is for x86-64.'
    const arches = named !== undefined ? [named] : sanitize ? (['x86-64'] as const) : ARCHES
    return { arches, named: named !== undefined, sanitize, setup }
  } catch (error) {
    return `build:native: ${sentence(error)}`
  }
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof CommandError ? `build:native: ${error.message}` : error)
  process.exitCode = 1
}
