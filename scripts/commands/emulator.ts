import { type Command, InvalidArgumentError, Option } from 'commander'
import { DEFAULT_BOOKS } from '../default-books.ts'
import { interrupted } from '../interrupted.ts'

interface Options {
  readonly port?: number
  readonly address?: string
  readonly names?: readonly string[]
  readonly db?: string
  readonly provision?: readonly string[]
  readonly cards?: string
  readonly testFaults?: boolean
  readonly security?: 'plain' | 'noise'
}

export function addEmulator(program: Command): void {
  program
    .command('emulator')
    .allowExcessArguments(false)
    .summary('the browser emulator and its host on one port')
    .description('Builds and serves the browser emulator with its host on one port, until it is interrupted.')
    .option('--port <port>', 'port (default: 8080, or the next free one)', parsePort)
    .option('--address <address>', 'address to listen on (default: 127.0.0.1)')
    .option('--names <name...>', 'names by which browsers may ask for it, beside localhost and addresses')
    .option('--db <file>', `file of the books (default: ${DEFAULT_BOOKS})`)
    .option('--provision <file...>', 'terminals (default: those of the demonstration)')
    .option('--cards <file>', 'cards of issuer and wallet (default: those of the demonstration)')
    .addOption(
      new Option(
        '--security <kind>',
        'noise: the line of the page’s terminals to the host is inside the encrypted channel (default: plain)',
      ).choices(['plain', 'noise']),
    )
    .option('--test-faults', 'the last digit of an amount decides what goes wrong at the host')
    .action(async (options: Options) => {
      const { startEmulator } = await import('../emulator.ts')
      const slow = setTimeout(() => console.log('building…'), 1000)
      const log = (line: string): void => console.log(line)
      const warn = (line: string): void => console.error(line)
      const emulator = await startEmulator({ ...options, log, warn }).finally(() => clearTimeout(slow))
      console.log(`Shuaka 刷卡: ${emulator.url} (Ctrl-C ends it)`)
      await interrupted()
      await emulator.close()
    })
}

function parsePort(text: string): number {
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('It wants a port from 0 to 65535.')
  return port
}
