import { type Command, Option } from 'commander'
import type { CombineOptions } from '../keys/combine.ts'
import type { ComponentOptions } from '../keys/component.ts'
import { addHeaderOptions } from './key-header-options.ts'
import { checkDistinct, descriptorOption, descriptorsOption, numberOption } from './key-options.ts'

const algorithm = (): Option =>
  new Option('--algorithm <name>', 'of the key').choices(['TDES', 'SM4', 'AES']).makeOptionMandatory()

/** `shuaka keys component`. */
export function addKeysComponent(keys: Command): void {
  keys
    .command('component')
    .allowExcessArguments(false)
    .summary('fresh random components 分量 for custodians')
    .description(
      'Makes random components 分量. Each is shown once, to its custodian alone, on a screen that Enter clears, or written to a file descriptor of its own; standard output has the check values only.',
    )
    .addOption(algorithm())
    .addOption(numberOption('--bytes <n>', 'length (default: 16, AES 32)', 1, 64))
    .addOption(numberOption('--count <n>', 'how many; 2 or 3 make one key', 1, 3).default(1))
    .addOption(descriptorsOption('--component-fd', 'takes a component'))
    .option('--json', 'one JSON document of check values')
    .action(async (options: ComponentOptions) => {
      checkDistinct(...options.componentFd)
      const { keysComponent } = await import('../keys/component.ts')
      const { secretInput } = await import('../secret-input.ts')
      const secrets = secretInput()
      const screen = [process.stderr, process.stdout].find((stream) => stream.isTTY)
      try {
        process.stdout.write(await keysComponent(secrets, screen, options))
      } finally {
        secrets.close()
      }
    })
}

/** `shuaka keys combine`. */
export function addKeysCombine(keys: Command): void {
  const command = keys
    .command('combine')
    .allowExcessArguments(false)
    .summary('components into a key: its check value, and a key block')
    .description(
      'Combines the components of two or three custodians 分量合成 and gives the check value; with --usage and --mode also the key as a key block under a protection key. The key itself is never printed.',
    )
    .addOption(algorithm())
    .addOption(numberOption('--components <n>', 'how many, 2 or 3 (default: 2)', 2, 3))
    .addOption(descriptorsOption('--component-fd', 'gives a component in hex'))
    .option('--expect <hex>', 'check value that the key must have')
  addHeaderOptions(command)
    .addOption(descriptorOption('--kbpk-fd', 'gives the protection key in hex'))
    .option('--json', 'one JSON document')
    .action(async (options: CombineOptions) => {
      checkDistinct(...options.componentFd, options.kbpkFd)
      const { keysCombine } = await import('../keys/combine.ts')
      const { secretInput } = await import('../secret-input.ts')
      const secrets = secretInput()
      try {
        process.stdout.write(await keysCombine(secrets, options))
      } finally {
        secrets.close()
      }
    })
}
