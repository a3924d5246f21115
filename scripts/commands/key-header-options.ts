import { type Command, Option } from 'commander'
import type { OptionalBlock } from '../../keys/key-block/optional-block.ts'
import { CommandError } from '../command-error.ts'

/** Adds the options that make the header of a key block to be written. */
export function addHeaderOptions(command: Command): Command {
  return command
    .option('--usage <letters>', 'usage 用途: K0 TMK, P0 PIK, M1, M3 or M6 MAK, D0 TDK, K1 protection key')
    .option('--mode <letter>', 'mode of use 使用方式: B E D C G V X N')
    .addOption(
      new Option('--form <letter>', 'version of the block: B under TDES, D under AES')
        .choices(['B', 'D'])
        .default('D'),
    )
    .option('--key-version <two>', 'two characters', '00')
    .addOption(
      new Option('--exportability <letter>', 'may it be exported').choices(['E', 'N', 'S']).default('N'),
    )
    .addOption(new Option('--context <digit>', 'key context').choices(['0', '1', '2']).default('0'))
    .addOption(
      new Option('--optional <id=data>', 'an optional block, as LB=terminal 7; more than once')
        .default([], 'none')
        .argParser((text: string, all: readonly OptionalBlock[]) => [...all, optionalBlock(text)]),
    )
    .option('--private', 'SM4: write the algorithm digit that is ours alone')
}

function optionalBlock(text: string): OptionalBlock {
  if (!/^[0-9A-Z]{2}=/.test(text)) {
    throw new CommandError('keys: --optional wants two letters, = and data, as LB=label.', 2)
  }
  return { id: text.slice(0, 2), data: text.slice(3) }
}
