import { readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { StationAddress } from '../../emulator/console/worker-words.ts'
import { isSerialPath } from '../../host-link/transport/serial-stream.ts'
import { BROKER_URL } from '../broker-url.ts'
import type { SetExitCode } from '../cli.ts'
import { CommandError } from '../command-error.ts'

interface Options {
  readonly provision: string
  readonly cards: string
  readonly acquirer?: string
  readonly host?: HostAddress
  readonly tlsCa?: string
  readonly security?: 'plain' | 'noise'
  readonly identity?: string
  readonly hostId?: string
  readonly dialect: 'cup' | 'cbor'
  readonly flash?: string
  readonly tms?: string
  readonly tmsCa?: string
  readonly station?: StationAddress
  readonly scenario?: string
  readonly device: 'compact' | 'standard'
  readonly locale: 'zh' | 'en'
  readonly engine: 'quickjs' | 'v8'
}

export interface Address {
  readonly host: string
  readonly port: number
}
/** Of a host, which may be reached inside TLS. */
export interface HostAddress extends Address {
  readonly tls?: true
}

const demo = (name: string): string => fileURLToPath(new URL(`../demo/${name}`, import.meta.url))

export function addTerminal(program: Command, setExitCode: SetExitCode): void {
  program
    .command('terminal')
    .allowExcessArguments(false)
    .summary('the terminal in this console')
    .description(
      'The terminal in this console; with --scenario without a person, exit code 0 when all went as written.',
    )
    .option('--provision <file>', 'the terminal as it leaves the injection station', demo('mall.json'))
    .option('--cards <file>', 'the wallet, and the cards of the embedded host', demo('cards.json'))
    .addOption(
      new Option(
        '--acquirer <file>',
        'rules of the embedded host (default: those of the demonstration without its messages)',
      ).conflicts('host'),
    )
    .option(
      '--host <tcp://H:P>',
      'the host, tls://H:P inside TLS; without it one in this process that forgets everything',
      parseHost,
    )
    .option(
      '--tls-ca <file>',
      'PEM of who may have signed a tls:// host’s certificate (default: as this system)',
    )
    .addOption(
      new Option('--security <kind>', 'noise: the line to the host is inside the encrypted channel').choices([
        'plain',
        'noise',
      ]),
    )
    .option(
      '--identity <file>',
      'who this terminal is in the channel, from shuaka keys identity issue (default: one for development, in .shuaka)',
    )
    .option('--host-id <id>', 'name of the host in its certificate (default: any host of the same root)')
    .option(
      '--tms <url>',
      'the download service’s broker, mqtt://H:P, mqtts://, ws:// or wss:// (default: as the provisioning file has it)',
      parseBroker,
    )
    .option(
      '--tms-ca <file>',
      'PEM of who may have signed it and its second source (default: as this system)',
    )
    .option(
      '--station <address>',
      'injection station in the service socket: tcp://H:P, ws://…, or a serial port',
      parseStation,
    )
    .addOption(
      new Option('--dialect <dialect>', 'encoding of the messages').choices(['cup', 'cbor']).default('cup'),
    )
    .option('--flash <dir>', 'folder that keeps the flash; without it the flash is new and forgotten')
    .option('--scenario <file>', 'plays the file (docs/scenario.md)')
    .addOption(
      new Option('--device <model>', 'device model').choices(['compact', 'standard']).default('standard'),
    )
    .addOption(
      new Option('--locale <locale>', 'language of the terminal').choices(['zh', 'en']).default('zh'),
    )
    .addOption(
      new Option('--engine <engine>', 'what runs the application')
        .choices(['quickjs', 'v8'])
        .default('quickjs'),
    )
    .action(async (options: Options) => {
      if (options.scenario === undefined && !(process.stdin.isTTY && process.stdout.isTTY))
        throw new CommandError('terminal: this is no console; play a file with --scenario FILE.')
      const scenario = options.scenario === undefined ? undefined : await readScenario(options.scenario)
      if (options.tlsCa !== undefined && options.host?.tls === undefined)
        throw new CommandError('terminal: --tls-ca is of a tls:// host; give it with --host.', 2)
      const { prepare } = await import('../terminal-setup.ts')
      const terminal = await prepare(options)
      const { runTerminal } = await import('../terminal-run.ts')
      setExitCode(await runTerminal({ terminal, ...(scenario === undefined ? {} : { scenario }) }))
    })
}

/** `tcp://H:P`; an IPv6 address stands in brackets. */
export function parseAddress(text: string): Address {
  const match = /^tcp:\/\/(\[[0-9a-fA-F:.]+\]|[^\s:/[\]]+):(\d{1,5})$/.exec(text)
  const port = Number(match?.[2])
  if (match?.[1] === undefined || port < 1 || port > 65_535)
    throw new InvalidArgumentError('It wants tcp://HOST:PORT.')
  return { host: match[1].replace(/^\[|\]$/g, ''), port }
}

/** `mqtt://H:P` and its like. */
export function parseBroker(text: string): string {
  if (!BROKER_URL.test(text))
    throw new InvalidArgumentError('It wants mqtt://HOST:PORT, mqtts://, ws:// or wss://.')
  return text
}

/** `tcp://H:P` or `tls://H:P`. */
export function parseHost(text: string): HostAddress {
  return text.startsWith('tls://')
    ? { ...parseAddress(`tcp://${text.slice('tls://'.length)}`), tls: true }
    : parseAddress(text)
}

/** `tcp://H:P`, `ws://…` or `wss://…`, or the path of a serial port. */
export function parseStation(text: string): StationAddress {
  if (/^wss?:\/\/\S+$/.test(text)) return { kind: 'ws', url: text }
  if (isSerialPath(text)) return { kind: 'serial', path: text }
  if (!text.startsWith('tcp://'))
    throw new InvalidArgumentError('It wants tcp://HOST:PORT, ws://HOST:PORT/PATH or a serial port.')
  return { kind: 'tcp', ...parseAddress(text) }
}

/** Reads and checks the whole file before anything is started. */
async function readScenario(file: string): Promise<{ text: string; file: string }> {
  const found = statSync(file, { throwIfNoEntry: false })
  if (found === undefined) throw new CommandError(`terminal: ${file}: there is no such file.`)
  if (found.isDirectory()) throw new CommandError(`terminal: ${file}: it is a folder, not a file.`)
  const text = readFileSync(file, 'utf8')
  const { parseScenario, ScenarioError } = await import('../../emulator/scenario/scenario.ts')
  try {
    parseScenario(text, file)
  } catch (error) {
    if (error instanceof ScenarioError) throw new CommandError(`${error.message}.`)
    throw error
  }
  return { text, file }
}
