import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { DEFAULT_BOOKS } from '../default-books.ts'
import { interrupted } from '../interrupted.ts'

interface HostOptions {
  readonly listen?: string
  readonly ws?: string
  readonly db?: string
  readonly provision?: readonly string[]
  readonly cards: string
  readonly testFaults?: boolean
}

interface ReportOptions {
  readonly db?: string
  readonly date?: string
  readonly csv?: boolean
  readonly json?: boolean
}

const demo = (name: string): string => fileURLToPath(new URL(`../demo/${name}`, import.meta.url))

export function addHost(program: Command): void {
  const host = program
    .command('host')
    .allowExcessArguments(false)
    .summary('the reference host: acquirer, issuer of the demo cards, reports')
    .description('The reference host: acquirer and issuer in one. Runs until it is interrupted.')
    .option(
      '--listen <tcp://H:P>',
      'listens for TCP; tcp://127.0.0.1:9100 when neither this nor --ws is given',
    )
    .option('--ws <H:P>', 'listens for WebSocket')
    .option('--db <file>', 'file of the books; without it they end with the host')
    .option('--provision <file...>', 'terminals that the host knows (default: those of the demonstration)')
    .option('--cards <file>', 'cards of the issuer', demo('cards.json'))
    .option('--test-faults', 'the last digit of a sale decides what goes wrong')
    .action(async (options: HostOptions) => {
      const { runHost } = await import('../host.ts')
      const listen = options.listen ?? (options.ws === undefined ? 'tcp://127.0.0.1:9100' : undefined)
      const log = (line: string): void => console.log(line)
      const server = await runHost({
        ...options,
        ...(listen === undefined ? {} : { listen }),
        provision: options.provision ?? [demo('mall.json'), demo('shop.json')],
        demonstration: options.provision === undefined,
        log,
        warn: (line) => console.error(line),
      })
      await interrupted()
      await server.close()
    })
  host
    .command('report')
    .allowExcessArguments(false)
    .summary('sales of a day by store')
    .description('Sales of a day by store of the mall and in total, net of reversals.')
    .option('--db <file>', `file of the books (default: ${DEFAULT_BOOKS}, the emulator's)`)
    .option('--date <date>', 'day, as 2026-11-21 (default: today)')
    .option('--csv', 'comma-separated, amounts in fen')
    .option('--json', 'one JSON document, amounts in fen')
    .action(async (_: ReportOptions, command: Command) => {
      // An option that both commands have is given to the outer one.
      const options = command.optsWithGlobals<ReportOptions>()
      const { hostReport } = await import('../host.ts')
      process.stdout.write(hostReport(options))
    })
}
