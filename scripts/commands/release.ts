import { type Command, Option } from 'commander'
import type { SetExitCode } from '../cli.ts'
import { CommandError } from '../command-error.ts'
import type { BuildCommand, DeltaCommand } from '../release/build.ts'
import type { KeysCommand, SignCommand } from '../release/commands.ts'
import type { DescribeCommand } from '../release/describe.ts'
import type { VerifyCommand } from '../release/verify-command.ts'
import type { SecretInput } from '../secret-input.ts'
import { descriptorOption } from './key-options.ts'
import { countOption, named } from './release-options.ts'
import { addReleaseRoot } from './release-root.ts'

/** `shuaka release`: signed programs for terminals (docs/release.md). */
export function addRelease(program: Command, setExitCode: SetExitCode): void {
  const release = program
    .command('release')
    .summary('signed programs for terminals: keys, root, build, sign, verify')
    .description(
      'Releases 程序版本: what the download service gives to terminals, and terminals take only with enough signatures. Build once, let each signer add a signature on a machine of their own, verify, hand the file to the service (docs/release.md).',
    )
    .helpCommand(false)
    .allowExcessArguments(true)
    .action((_, command: Command) => {
      const which = command.args.length === 0 ? 'which command?' : 'there is no such command;'
      throw new CommandError(`release: ${which} shuaka release --help lists them.`, 2)
    })
  addKeys(release)
  addReleaseRoot(release)
  addBuild(release)
  addDelta(release)
  addDescribe(release)
  addSign(release)
  addVerify(release, setExitCode)
}

function addKeys(release: Command): void {
  release
    .command('keys')
    .allowExcessArguments(false)
    .summary('makes the key of one person')
    .description(
      'Makes an Ed25519 key in a new file, its secret under a passphrase, and a file .pub beside it for whoever makes the root. Each person does that alone, on a machine without a network.',
    )
    .addOption(
      new Option('--role <role>', 'what it signs')
        .choices(['root', 'program', 'parameters', 'director'])
        .makeOptionMandatory(),
    )
    .requiredOption('--name <name>', 'whose it is, for people')
    .requiredOption('--out <file>', 'new file of the key')
    .addOption(descriptorOption('--passphrase-fd', 'gives the passphrase'))
    .action(
      named('release keys', async (options: KeysCommand) => {
        const { releaseKeys } = await import('../release/commands.ts')
        await atPrompt((input) => releaseKeys(input, options))
      }),
    )
}

function addBuild(release: Command): void {
  release
    .command('build')
    .allowExcessArguments(false)
    .summary('the release of this checkout, without signatures')
    .description(
      'Builds the bundle afresh and packs it: whole, and as a delta from each base. Version and security counter are those of terminal/version.ts. The same commit, bases and options give the same bytes: no time is in it but --created, by default that of the commit (or SOURCE_DATE_EPOCH).',
    )
    .requiredOption('--tenant <name>', 'whose terminals it is for')
    .addOption(
      countOption(
        '--number <n>',
        'release number, above every one before; the first is 1',
        1,
      ).makeOptionMandatory(),
    )
    .requiredOption('--models <model...>', 'models that it runs on')
    .requiredOption('--expires <time>', 'from then on no terminal takes it, as 2028-12-31')
    .option('--created <time>', 'when it was made (default: the time of the commit)')
    .requiredOption('--notice-zh <text>', 'what the merchant reads, in Chinese, up to 60 characters')
    .requiredOption('--notice-en <text>', 'the same in English')
    .addOption(
      new Option('--class <class>', 'how urgent')
        .choices(['normal', 'urgent', 'regulatory'])
        .default('normal'),
    )
    .option('--earliest <time>', 'not started before')
    .option('--deadline <time>', 'from then on the merchant cannot defer it')
    .option('--needs-settlement', 'only straight after a settlement')
    .option('--allow-open-batch', 'also with an open batch, where the layout of the journal stays')
    .option('--irreversible', 'the program before cannot read the journal of this one')
    .option('--requires <version...>', 'taken only where one of these versions runs')
    .option('--base <file...>', 'a delta from each: release files, or programs (.js)')
    .option('--out <file>', 'new file of the release')
    .option('--dry-run', 'builds and reports, writes nothing')
    .option('--json', 'the report as one JSON document')
    .action(
      named('release build', async (options: BuildCommand) => {
        const { releaseBuild } = await import('../release/build.ts')
        process.stdout.write(await releaseBuild(options))
      }),
    )
}

function addDelta(release: Command): void {
  release
    .command('delta')
    .argument('<file>', 'release without signatures')
    .allowExcessArguments(false)
    .summary('adds payloads from programs that terminals have')
    .description(
      'Adds a payload for each base to a release that nobody has signed yet: payloads are part of what is signed.',
    )
    .requiredOption('--base <file...>', 'release files, or programs (.js)')
    .option('--out <file>', 'new file (default: the same file)')
    .option('--json', 'the sizes as one JSON document')
    .action(
      named('release delta', async (file: string, options: DeltaCommand) => {
        const { releaseDelta } = await import('../release/build.ts')
        process.stdout.write(await releaseDelta(file, options))
      }),
    )
}

function addDescribe(release: Command): void {
  release
    .command('describe')
    .argument('<file>', 'release or root')
    .allowExcessArguments(false)
    .summary('what a release or a root says')
    .option('--base <file>', 'another release: which components changed')
    .option('--json', 'one JSON document')
    .action(
      named('release describe', async (file: string, options: DescribeCommand) => {
        const { releaseDescribe } = await import('../release/describe.ts')
        process.stdout.write(releaseDescribe(file, options))
      }),
    )
}

function addSign(release: Command): void {
  release
    .command('sign')
    .argument('<file>', 'release or root')
    .allowExcessArguments(false)
    .summary('adds one signature to a release or a root')
    .description(
      'Adds the signature of one person and says how many are there and how many are wanted. Nobody else is needed for it: the file then goes to the next signer.',
    )
    .requiredOption('--key <file>', 'file of the key')
    .option('--root <file...>', 'root that says whose signatures count; of a new root, the one before')
    .option('--out <file>', 'new file (default: the same file)')
    .addOption(descriptorOption('--passphrase-fd', 'gives the passphrase'))
    .action(
      named('release sign', async (file: string, options: SignCommand) => {
        const { releaseSign } = await import('../release/commands.ts')
        await atPrompt((input) => releaseSign(input, file, options))
      }),
    )
}

function addVerify(release: Command, setExitCode: SetExitCode): void {
  release
    .command('verify')
    .argument('<file>', 'release or root')
    .allowExcessArguments(false)
    .summary('whether terminals take it; says what is missing or wrong')
    .description(
      'Looks at everything that a terminal looks at: the chain of roots, the signatures, tenant, counter, expiry, and what each payload unpacks to. Exit code 1 where something is missing or wrong.',
    )
    .option('--root <file...>', 'roots in their order, the one of the factory first', [])
    .option('--base <file...>', 'programs of the deltas, to unpack those, too')
    .option('--at <time>', 'as if it were then (default: now)')
    .option('--rebuild', 'builds this checkout, and compares its program')
    .option('--json', 'one JSON document')
    .action(
      named('release verify', async (file: string, options: VerifyCommand) => {
        const { releaseVerify, verifyText } = await import('../release/verify-command.ts')
        const report = await releaseVerify(file, options)
        process.stdout.write(
          options.json === true ? `${JSON.stringify(report, undefined, 2)}\n` : verifyText(report),
        )
        if (!report.good) setExitCode(1)
      }),
    )
}

async function atPrompt(act: (input: SecretInput) => Promise<string>): Promise<void> {
  const { secretInput } = await import('../secret-input.ts')
  const input = secretInput()
  try {
    process.stdout.write(await act(input))
  } finally {
    input.close()
  }
}
