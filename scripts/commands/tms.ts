import { readFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { CommandError } from '../command-error.ts'
import { interrupted } from '../interrupted.ts'
import type { AclCommand, InitTmsCommand, TmsCommand } from '../tms.ts'
import { DEFAULT_TMS } from '../tms-folder.ts'
import { descriptorOption } from './key-options.ts'
import { addTmsBench } from './tms-bench.ts'
import { addTmsGroup, addTmsTerminal } from './tms-fleet.ts'
import { addTmsParameters } from './tms-parameters.ts'
import { addTmsAudit, addTmsPassword, addTmsToken, addTmsUser } from './tms-people.ts'
import { addTmsDeploy, addTmsRelease } from './tms-rollout.ts'
import { addTmsRoot } from './tms-root.ts'
import { addTmsCommand, addTmsReport } from './tms-watch.ts'

/** `shuaka tms`: the service, and its commands. */
export function addTms(program: Command): void {
  const tms = program
    .command('tms')
    .summary('the download service: programs and parameters for terminals, over the air')
    .description(
      'The download service 下载服务 (TMS). Without a command it runs until it is interrupted: database, broker, worker and HTTP in one process. The commands ask a running service, with a token.',
    )
    .allowExcessArguments(true)
    .option('--folder <folder>', 'folder of the service', DEFAULT_TMS)
    .option(
      '--db <address>',
      'file or postgres://… (default: tms.db in the folder); its password by PGPASSWORD or .pgpass',
    )
    .option('--listen <H:P>', 'HTTP: API, page, objects, MQTT over WebSocket', '127.0.0.1:8100')
    .option('--mqtt <H:P>', 'the broker in this process', '127.0.0.1:1883')
    .option('--broker <url>', 'another broker instead, as mqtts://host:8883')
    .addOption(
      descriptorOption(
        '--broker-password-fd',
        'gives the password of the workers on it (default: typed blind)',
      ),
    )
    .option('--root <file>', 'root document, an envelope (default: root.bin in the folder)')
    .addOption(
      descriptorOption('--passphrase-fd', 'gives the passphrase of the online keys (default: typed blind)'),
    )
    .option('--names <name...>', 'names by which browsers may ask, beside localhost and addresses')
    .option('--secure', 'browsers come by HTTPS only: a TLS proxy stands in front')
    .addOption(
      new Option('--parameters-approval <when>', 'when parameters want a second person')
        .choices(['always', 'shared', 'never'])
        .default('shared', 'shared: all layers but those of one terminal'),
    )
    .addOption(
      new Option('--drift <what>', 'what was changed at a terminal')
        .choices(['keep', 'overwrite'])
        .default('keep'),
    )
    .option('--no-worker', 'only API, page and broker; workers are elsewhere')
    .option('--second-source', 'terminals may fetch objects by HTTPS too')
    .addOption(
      new Option('--block <KiB>', 'largest block of a download; a terminal may take less')
        .choices(['1', '2', '4', '8', '16', '32'])
        .default('16'),
    )
    .action(async (options: TmsCommand & { readonly block: string }, command: Command) => {
      const [word] = command.args
      if (word !== undefined)
        throw new CommandError(
          `tms: there is no command ${word.slice(0, 40)}; shuaka tms --help lists them.`,
          2,
        )
      const { runTms } = await import('../tms.ts')
      const server = await runTms({
        ...options,
        blockBytes: Number(options.block) * 1024,
        version: versionOf(),
        log: (line) => console.log(line),
        warn: (line) => console.error(line),
      })
      await interrupted()
      await server.close()
    })
  addInit(tms)
  for (const add of [
    addTmsUser,
    addTmsPassword,
    addTmsToken,
    addTmsTerminal,
    addTmsGroup,
    addTmsRelease,
    addTmsRoot,
    addTmsDeploy,
    addTmsParameters,
    addTmsCommand,
    addTmsReport,
    addTmsAudit,
  ])
    add(tms)
  addAcl(tms)
  addTmsBench(tms)
}

function addInit(tms: Command): void {
  tms
    .command('init')
    .allowExcessArguments(false)
    .summary('makes the online keys of a new service')
    .description(
      'Makes the online keys of a new service, sealed under a passphrase, and their public sides for shuaka release root make.',
    )
    .option('--folder <folder>', 'folder of the service', DEFAULT_TMS)
    .addOption(descriptorOption('--passphrase-fd', 'gives the passphrase (default: typed blind)'))
    .option('--dry-run', 'says what would be made')
    .action(async (_: InitTmsCommand, command: Command) => {
      const { initTms } = await import('../tms.ts')
      process.stdout.write(await initTms(command.optsWithGlobals<InitTmsCommand>()))
    })
}

interface AclOptions extends Omit<AclCommand, 'port' | 'servicePort'> {
  readonly port: string
  readonly servicePort: string
}

function addAcl(tms: Command): void {
  tms
    .command('acl')
    .allowExcessArguments(false)
    .summary('files for mosquitto: configuration, access list, passwords')
    .description(
      'Writes files for mosquitto from the database: configuration, access list (each terminal its own topics), passwords as hashes. Write them anew after terminals came or went, and have mosquitto read them (SIGHUP).',
    )
    .requiredOption('--out <folder>', 'where to; absolute, as mosquitto reads it from there')
    .option('--folder <folder>', 'folder of the service', DEFAULT_TMS)
    .option('--db <address>', 'file or address of the database (default: tms.db in the folder)')
    .option('--tenant <name>', 'whose topics (default: the root document says)')
    .option('--port <n>', 'of terminals', '1883')
    .option('--service-port <n>', 'of workers, on this machine only', '1884')
    .addOption(descriptorOption('--password-fd', 'gives the password of the workers (default: typed blind)'))
    .option('--dry-run', 'says what would be written')
    .action(async (_: AclOptions, command: Command) => {
      const options = command.optsWithGlobals<AclOptions>()
      const { writeAcl } = await import('../tms.ts')
      const { wholeOf } = await import('../tms-plan.ts')
      const [port, servicePort] = [
        wholeOf('--port', options.port),
        wholeOf('--service-port', options.servicePort),
      ]
      process.stdout.write(await writeAcl({ ...options, port, servicePort }))
    })
}

function versionOf(): string {
  const content: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  return content !== null && typeof content === 'object' ? String(Reflect.get(content, 'version')) : ''
}
