import { type Command, Option } from 'commander'
import { CommandError } from '../command-error.ts'
import type { KeyAlgorithm, WrapOptions } from '../keys/block.ts'
import type { SecretInput } from '../secret-input.ts'
import { addHeaderOptions } from './key-header-options.ts'
import { checkDistinct, descriptorOption } from './key-options.ts'

const algorithm = (): Option =>
  new Option('--algorithm <name>', 'of the key').choices(['TDES', 'SM4', 'AES', 'DES']).makeOptionMandatory()

/** `shuaka keys kcv`, `wrap`, `unwrap` and `inspect`. */
export function addKeysBlock(keys: Command): void {
  addKcv(keys)
  addWrap(keys)
  addUnwrap(keys)
  addInspect(keys)
}

function addKcv(keys: Command): void {
  keys
    .command('kcv')
    .allowExcessArguments(false)
    .summary('check value 校验值 of a key')
    .description(
      'The check value of a key: 3 bytes of E(0) for TDES and DES, 4 for SM4, 5 of the CMAC for AES; no more of any is shown.',
    )
    .addOption(algorithm())
    .addOption(descriptorOption('--key-fd', 'gives the key in hex'))
    .option('--cmac', 'the CMAC form, 5 bytes, for a key that makes CMACs')
    .option('--json', 'one JSON document')
    .action(async (options: { algorithm: KeyAlgorithm; keyFd?: number; cmac?: true; json?: true }) => {
      const { keysKcv } = await import('../keys/block.ts')
      await withSecrets((secrets) => keysKcv(secrets, options))
    })
}

function addWrap(keys: Command): void {
  const command = keys
    .command('wrap')
    .allowExcessArguments(false)
    .summary('a key as a key block')
    .description(
      'Wraps a key as a TR-31 / X9.143 key block 密钥块 under a protection key at least as strong, its length hidden.',
    )
    .addOption(algorithm())
  addHeaderOptions(command)
    .addOption(descriptorOption('--key-fd', 'gives the key in hex'))
    .addOption(descriptorOption('--kbpk-fd', 'gives the protection key in hex'))
    .option('--json', 'one JSON document')
    .action(async (options: WrapOptions) => {
      checkDistinct(options.keyFd, options.kbpkFd)
      const { keysWrap } = await import('../keys/block.ts')
      await withSecrets((secrets) => keysWrap(secrets, options))
    })
}

function addUnwrap(keys: Command): void {
  keys
    .command('unwrap')
    .allowExcessArguments(false)
    .summary('checks a key block: header and check value')
    .description(
      'Opens a key block of version B, D or E under its protection key and gives its header and the check value of its key, not the key. A block that is not genuine is refused, whatever its fault.',
    )
    .argument('[block]', 'the block; - or nothing reads it from standard input')
    .addOption(descriptorOption('--kbpk-fd', 'gives the protection key in hex'))
    .option('--private', 'SM4: take the algorithm digit that is ours alone')
    .option('--json', 'one JSON document')
    .action(async (given: string | undefined, options: { kbpkFd?: number; private?: true; json?: true }) => {
      const piped = given === undefined || given === '-'
      if (piped && (options.kbpkFd === undefined || options.kbpkFd === 0)) {
        throw new CommandError(
          'keys unwrap: the block is on standard input; give the protection key with --kbpk-fd N.',
          2,
        )
      }
      const { keysUnwrap } = await import('../keys/block.ts')
      const block = await blockOf('unwrap', given)
      await withSecrets((secrets) => keysUnwrap(secrets, block, options))
    })
}

function addInspect(keys: Command): void {
  keys
    .command('inspect')
    .allowExcessArguments(false)
    .summary('the header of a key block, field by field')
    .description(
      'Shows what the header of a key block says, without any key: whether it is genuine is not known.',
    )
    .argument('[block]', 'the block; - or nothing reads it from standard input')
    .option('--json', 'one JSON document')
    .action(async (given: string | undefined, options: { json?: true }) => {
      const { keysInspect } = await import('../keys/block.ts')
      process.stdout.write(keysInspect(await blockOf('inspect', given), options))
    })
}

async function withSecrets(run: (secrets: SecretInput) => Promise<string>): Promise<void> {
  const { secretInput } = await import('../secret-input.ts')
  const secrets = secretInput()
  try {
    process.stdout.write(await run(secrets))
  } finally {
    secrets.close()
  }
}

/** A block has 9999 characters at most; around it there may be a line end. */
const INPUT_CHARACTERS_MAX = 10_100

async function blockOf(command: string, given: string | undefined): Promise<string> {
  if (given !== undefined && given !== '-') return given.trim()
  if (process.stdin.isTTY) throw new CommandError(`keys ${command}: give the block, or pipe it in.`, 2)
  let text = ''
  for await (const part of process.stdin.setEncoding('latin1')) {
    text += part
    if (text.length > INPUT_CHARACTERS_MAX) throw new CommandError(`keys ${command}: the input is too long.`)
  }
  return text.trim()
}
