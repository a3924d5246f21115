import { type Command, InvalidArgumentError, Option } from 'commander'
import { CommandError } from '../command-error.ts'
import type {
  ExportCommand,
  IdentityCommand,
  ImportCommand,
  LabelsCommand,
  ShowCommand,
} from '../keys-station.ts'
import type { InitCommand } from '../keys-station-init.ts'
import type { RunCommand } from '../keys-station-run.ts'
import { descriptorOption, descriptorsOption, numberOption } from './key-options.ts'

/** Folder of the station where none is named. */
export const DEFAULT_STATION = '.shuaka/station'
const BAUD_RATE = 115_200

const STEPS = `A day at the station:
  init        once: two people enrol, each with a passphrase of their own
  run         two log in; key ceremony, list, injection, labels, close
  identity    a new identity file, before the certificate ends
  terminals   the list and how far it is; import takes a new one
  labels      for the terminals that are loaded
  export      the file that the host imports, under the ZMK`

/** `shuaka keys station`. */
export function addKeysStation(keys: Command): void {
  const station = keys
    .command('station')
    .summary('the key injection station: two people, one terminal after another')
    .description(
      'The key injection station 密钥注入站. Two people work it together; no key is ever shown. Passphrases and components are typed blind, or come on file descriptors.',
    )
    .addHelpText('after', `\n${STEPS}`)
    .allowExcessArguments(true)
    .action((_, command: Command) => {
      const which = command.args.length === 0 ? 'which command?' : 'there is no such command;'
      throw new CommandError(`keys station: ${which} shuaka keys station --help lists them.`, 2)
    })
  addInit(station)
  addRun(station)
  addIdentity(station)
  addTerminals(station)
  addLabels(station)
  addExport(station)
}

const list = (value: string, before: readonly string[]): readonly string[] => [...before, value]

/** Options of every command that opens the station. */
function opening(command: Command): Command {
  return folder(command)
    .option('--token-module <file>', 'PKCS#11 module of the token that keeps the ZMK, as libsofthsm2.so')
    .option('--token-label <label>', 'label of the token (default: the first one)')
    .addOption(descriptorOption('--token-pin-fd', 'gives the PIN of the token'))
}

function folder(command: Command): Command {
  return command
    .allowExcessArguments(false)
    .option('--folder <folder>', 'folder of the station', DEFAULT_STATION)
}

/** Options of every command for which two people log in. */
function logIns(command: Command): Command {
  return opening(command)
    .addOption(
      new Option('--login <name>', 'who logs in; give it twice (default: asks at the terminal)').argParser(
        (value: string, before: readonly string[] | undefined) => list(value, before ?? []),
      ),
    )
    .addOption(descriptorsOption('--passphrase-fd', 'gives the passphrase of a --login'))
}

function addInit(station: Command): void {
  opening(station.command('init'))
    .summary('makes a station: two people enrol')
    .description(
      'Makes a station. Two people enrol, each with a passphrase of 8 characters or more; neither can open it alone. It prints the key of the audit’s signatures, to be written down and kept elsewhere.',
    )
    .addOption(
      new Option('--person <name>', 'who enrols, as Zhang or Zhang:operator; give it twice (default: asks)')
        .default([], 'none')
        .argParser(list),
    )
    .addOption(descriptorsOption('--passphrase-fd', 'gives the passphrase of a --person'))
    .option('--identity <file>', 'identity file of shuaka keys identity issue')
    .option('--development <id>', 'makes an identity with a root of its own: for demonstrations only')
    .option('--root-out <file>', 'with --development: file for the secret of that root, 32 bytes')
    .option('--json', 'one JSON document')
    .action(async (options: InitCommand) => {
      const { initStation } = await import('../keys-station-init.ts')
      process.stdout.write(await initStation(options))
    })
}

function addRun(station: Command): void {
  logIns(station.command('run'))
    .summary('the session of two people: ceremony, injection, labels')
    .description(
      'Runs the station until it is interrupted. Without --web it guides two people at this console; with --web it serves a page on this machine alone and prints the link to it; with --login alone it only injects.',
    )
    .option('--web <H:P>', 'serves the page, as 127.0.0.1:8091')
    .option('--console', 'with --web or --login: the dialogue at the console too')
    .addOption(address('--listen <tcp://H:P>', 'terminals come by TCP, as tcp://127.0.0.1:9200'))
    .addOption(address('--ws <H:P>', 'terminals come by WebSocket: the emulator’s page'))
    .addOption(address('--serial <path>', 'a cable, as /dev/ttyUSB0'))
    .option('--baud <rate>', 'speed of --serial', parseBaud, BAUD_RATE)
    .addOption(
      numberOption(
        '--idle <minutes>',
        'without an order or an injection the session ends (default: 10)',
        1,
        60,
      ),
    )
    .addOption(
      numberOption(
        '--unattended <minutes>',
        'so long after the latest order injections alone keep the session open (default: 30)',
        1,
        240,
      ),
    )
    .addOption(numberOption('--total <minutes>', 'the longest session (default: 240)', 1, 720))
    .addOption(new Option('--language <language>', 'of the dialogue').choices(['zh', 'en']))
    .option('--json', 'without a dialogue: one JSON document a line')
    .action(async (options: RunCommand) => {
      const { runStation } = await import('../keys-station-run.ts')
      await runStation(options)
    })
}

function address(flags: string, what: string): Option {
  return new Option(flags, `${what}; once for each`).default([], 'none').argParser(list)
}

function parseBaud(text: string): number {
  const rate = Number(text)
  if (!/^\d{3,7}$/.test(text) || rate > 4_000_000)
    throw new InvalidArgumentError('It wants a speed from 100 to 4000000.')
  return rate
}

function addIdentity(station: Command): void {
  logIns(station.command('identity'))
    .argument('<file>', 'identity file of shuaka keys identity issue --role station')
    .summary('takes a new identity file, as when the certificate ends')
    .description(
      'Takes an identity file in the place of the one before: terminals refuse an expired certificate. Two people log in.',
    )
    .option('--json', 'one JSON document')
    .action(async (file: string, options: IdentityCommand) => {
      const { importIdentityFile } = await import('../keys-station.ts')
      process.stdout.write(await importIdentityFile(file, options))
    })
}

function addTerminals(station: Command): void {
  const terminals = folder(station.command('terminals'))
    .summary('the list of terminals and how far it is')
    .description('Shows the list of terminals and how far it is, also while the station runs.')
    .addOption(
      new Option('--state <state>', 'only these').choices(['expected', 'sent', 'proven', 'loaded', 'failed']),
    )
    .option('--find <text>', 'only those with this in their serial or terminal number')
    .option('--json', 'one JSON document')
    .action(async (options: ShowCommand) => {
      const { showTerminals } = await import('../keys-station.ts')
      process.stdout.write(await showTerminals(options))
    })
  logIns(terminals.command('import'))
    .argument('<file>', 'CSV: serial, and where wanted terminalId, slot (0), algorithm (TDES or SM4)')
    .summary('takes a list of expected terminals; two people log in')
    .description('Takes a list of expected terminals. Two people log in. All lines are taken or none.')
    .option('--json', 'one JSON document')
    .action(async (file: string, _: ImportCommand, command: Command) => {
      const { importTerminals } = await import('../keys-station.ts')
      process.stdout.write(await importTerminals(file, command.optsWithGlobals<ImportCommand>()))
    })
}

function addLabels(station: Command): void {
  logIns(station.command('labels'))
    .summary('labels of loaded terminals')
    .description('Prints labels of the loaded terminals that have none yet, or of one. Two people log in.')
    .option('--serial <serial>', 'only this terminal, also if it has a label')
    .option('--out <file>', 'writes them there')
    .action(async (options: LabelsCommand) => {
      const { printLabels } = await import('../keys-station.ts')
      process.stdout.write(await printLabels(options))
    })
}

function addExport(station: Command): void {
  logIns(station.command('export'))
    .summary('the file that the host imports')
    .description(
      'Writes the keys that terminals have, each as a key block under the ZMK, as JSON. Two people log in.',
    )
    .option('--out <file>', 'writes it there (default: standard output)')
    .action(async (options: ExportCommand) => {
      const { exportKeys } = await import('../keys-station.ts')
      process.stdout.write(await exportKeys(options))
    })
}
