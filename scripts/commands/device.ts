import { fileURLToPath } from 'node:url'
import { type Command, Option } from 'commander'
import type { SetExitCode } from '../cli.ts'
import { CommandError } from '../command-error.ts'
import { type Address, parseAddress } from './terminal.ts'

interface Options {
  readonly folder?: string
  readonly provision: string
  readonly cards: string
  readonly host?: Address
  readonly dialect: 'cup' | 'cbor'
  readonly device: 'compact' | 'standard'
  readonly locale: 'zh' | 'en'
  readonly arch: 'x86-64' | 'arm'
  readonly printer?: string
  readonly reader?: string
  readonly heap?: string
}

const demo = (name: string): string => fileURLToPath(new URL(`../demo/${name}`, import.meta.url))

export function addDevice(program: Command, setExitCode: SetExitCode): void {
  program
    .command('device')
    .allowExcessArguments(false)
    .summary('the native terminal in this console, as on a device')
    .description(
      'The native terminal (docs/device.md) in this console; without --host against a reference host in this process, whose books are kept with the device.',
    )
    .option(
      '--folder <dir>',
      'the device: its flash and keys, and the books of its host; without it new, and forgotten at the end',
    )
    .option('--provision <file>', 'the terminal as it leaves the injection station', demo('mall.json'))
    .option('--cards <file>', 'the cards of the reference host', demo('cards.json'))
    .option('--host <tcp://H:P>', 'a host on the network', parseAddress)
    .addOption(
      new Option('--dialect <dialect>', 'encoding of the messages').choices(['cup', 'cbor']).default('cup'),
    )
    .addOption(
      new Option('--device <model>', 'device model').choices(['compact', 'standard']).default('standard'),
    )
    .addOption(
      new Option('--locale <locale>', 'language of the terminal').choices(['zh', 'en']).default('zh'),
    )
    .addOption(
      new Option('--arch <processor>', 'arm runs under qemu-arm')
        .choices(['x86-64', 'arm'])
        .default('x86-64'),
    )
    .option('--printer <path>', 'ESC/POS to a file, a serial device or tcp://HOST:PORT')
    .option(
      '--reader <path>',
      'a magnetic head: a device file or a pipe; without it the cards of --cards, by number',
    )
    .option('--heap <bytes>', 'heap of the application')
    .action(async (options: Options) => {
      if (!(process.stdin.isTTY && process.stdout.isTTY))
        throw new CommandError(
          'device: this is no console; shuaka-device --pipe takes words (docs/device.md).',
        )
      const { runDevice } = await import('../device-run.ts')
      setExitCode(await runDevice(options))
    })
}
