import { randomBytes } from 'node:crypto'
import { WireError } from '../../host-link/wire/message.ts'
import type { CipherName } from '../../keys/block-cipher.ts'
import { checkValueBy, shownCheckValue } from '../../keys/check-value.ts'
import { toHex } from '../../keys/hex.ts'
import { headerFault, type KeyBlockHeader, keyBlockHeader } from '../../keys/key-block/header.ts'
import { SM4_ALGORITHM } from '../../keys/key-block/header-table.ts'
import { unwrapKey, wrapKey } from '../../keys/key-block/key-block.ts'
import type { OptionalBlock } from '../../keys/key-block/optional-block.ts'
import { isWeakKey } from '../../keys/weak-key.ts'
import { wipe } from '../../keys/wipe.ts'
import { CommandError } from '../command-error.ts'
import type { SecretInput } from '../secret-input.ts'
import { headerJson, headerLines } from './header-lines.ts'
import { readKbpk, readKeyOf } from './secret-key.ts'

/** Algorithms of keys that the commands take, and the sizes of such keys. */
export type KeyAlgorithm = CipherName | 'DES'

// biome-ignore format: one row an algorithm
const keys: { readonly [N in KeyAlgorithm]: { readonly letter: string; readonly cipher: CipherName; readonly sizes: readonly number[] } } = {
  DES:  { letter: 'D',           cipher: 'TDES', sizes: [8] },
  TDES: { letter: 'T',           cipher: 'TDES', sizes: [16, 24] },
  AES:  { letter: 'A',           cipher: 'AES',  sizes: [16, 24, 32] },
  SM4:  { letter: SM4_ALGORITHM, cipher: 'SM4',  sizes: [16] },
}

/** The header of a block to be written, as the options give it. */
export interface HeaderOptions {
  readonly form: 'B' | 'D'
  readonly usage?: string
  readonly mode?: string
  readonly keyVersion: string
  readonly exportability: 'E' | 'N' | 'S'
  readonly context: '0' | '1' | '2'
  readonly optional: readonly OptionalBlock[]
  readonly private?: true
}

/** The header, or CommandError where its fields do not go together. */
export function headerOf(command: string, algorithm: KeyAlgorithm, options: HeaderOptions): KeyBlockHeader {
  const { form, usage, mode } = options
  if (usage === undefined) throw new CommandError(`${command}: which usage? as --usage K0`, 2)
  if (mode === undefined) throw new CommandError(`${command}: which mode of use? as --mode D`, 2)
  if (algorithm === 'SM4' && options.private === undefined) throw privateNeeded(command)
  const { letter } = keys[algorithm]
  const { keyVersion, exportability, context, optional } = options
  const header = {
    version: form,
    usage,
    algorithm: letter,
    mode,
    keyVersion,
    exportability,
    context,
    optional,
  }
  const fault = headerFault(header)
  if (fault !== undefined) throw new CommandError(`${command}: ${fault}.`, 2)
  return header
}

/** Wraps under a protection key that is asked for; CommandError for what `wrapKey` refuses. */
export async function wrapUnder(
  secrets: SecretInput,
  command: string,
  header: KeyBlockHeader,
  key: Uint8Array,
  kbpkFd: number | undefined,
): Promise<string> {
  const source = { command, what: 'protection key', option: '--kbpk-fd', fd: kbpkFd }
  const kbpk = await readKbpk(secrets, source, header.version)
  try {
    return wrapKey(kbpk, header, key, (bytes) => randomBytes(bytes))
  } catch (error) {
    if (error instanceof RangeError) throw new CommandError(`${command}: ${error.message}.`)
    throw error
  } finally {
    kbpk.wipe()
  }
}

export interface WrapOptions extends HeaderOptions {
  readonly algorithm: KeyAlgorithm
  readonly keyFd?: number
  readonly kbpkFd?: number
  readonly json?: true
}

/** `shuaka keys wrap`: a key as a key block, and its check value. */
export async function keysWrap(secrets: SecretInput, options: WrapOptions): Promise<string> {
  const command = 'keys wrap'
  const { algorithm, keyFd, kbpkFd } = options
  const header = headerOf(command, algorithm, options)
  const { cipher, sizes } = keys[algorithm]
  const key = await readKeyOf(secrets, { command, what: 'key', option: '--key-fd', fd: keyFd }, cipher, sizes)
  try {
    const block = await wrapUnder(secrets, command, header, key, kbpkFd)
    const checkValue = toHex(keyValueOf(header, key) ?? new Uint8Array(0))
    if (options.json) return json({ block, checkValue })
    return `${block}\ncheck value 校验值: ${checkValue}\n`
  } finally {
    wipe(key)
  }
}

/** `shuaka keys unwrap`: the header and check value of the key in a block. The key does not come out. */
export async function keysUnwrap(
  secrets: SecretInput,
  block: string,
  options: { readonly kbpkFd?: number; readonly private?: true; readonly json?: true },
): Promise<string> {
  const command = 'keys unwrap'
  const refused = new CommandError(`${command}: the block is refused.`)
  const header = headerIn(block)
  if (header === undefined) throw refused
  if (header.algorithm === SM4_ALGORITHM && options.private === undefined) throw privateNeeded(command)
  const source = { command, what: 'protection key', option: '--kbpk-fd', fd: options.kbpkFd }
  const kbpk = await readKbpk(secrets, source, header.version)
  const opened = unwrapKey(kbpk, block)
  kbpk.wipe()
  if (opened.kind === 'refused') throw refused
  const checkValue = keyValueOf(opened.header, opened.key)
  const cipher = cipherOfLetter(opened.header.algorithm)
  const weak = cipher !== undefined && isWeakKey(cipher, opened.key)
  const bytes = opened.key.length
  wipe(opened.key)
  const value = checkValue === undefined ? null : toHex(checkValue)
  if (options.json) return json({ ...headerJson(header), keyBytes: bytes, checkValue: value, weak })
  const lines = [...headerLines(header), `key bytes 密钥长度: ${bytes}`]
  lines.push(`check value 校验值: ${value ?? 'none for this algorithm'}`)
  if (weak) lines.push('weak key 弱密钥: no terminal takes it')
  return `${lines.join('\n')}\n`
}

/** `shuaka keys inspect`: the header of a block, field by field. */
export function keysInspect(block: string, options: { readonly json?: true }): string {
  try {
    const header = keyBlockHeader(block)
    const note = headerFault(header)
    if (options.json) return json({ ...headerJson(header), note: note ?? null })
    const lines = headerLines(header)
    if (note !== undefined) lines.push(`note 注意: ${note}; such a block is read, not written`)
    return `${lines.join('\n')}\n`
  } catch (error) {
    if (error instanceof WireError) throw new CommandError(`keys inspect: ${error.message}.`)
    throw error
  }
}

/** `shuaka keys kcv`: the check value of a key. */
export async function keysKcv(
  secrets: SecretInput,
  options: {
    readonly algorithm: KeyAlgorithm
    readonly keyFd?: number
    readonly cmac?: true
    readonly json?: true
  },
): Promise<string> {
  const { cipher, sizes } = keys[options.algorithm]
  const source = { command: 'keys kcv', what: 'key', option: '--key-fd', fd: options.keyFd }
  // A weak key has a check value too: by it one is found out.
  const key = await readKeyOf(secrets, source, cipher, sizes, 'weakToo')
  const value = toHex(options.cmac ? checkValueBy('cmac', cipher, key) : shownCheckValue(cipher, key))
  const weak = isWeakKey(cipher, key)
  wipe(key)
  if (options.json) return json({ algorithm: options.algorithm, checkValue: value, weak })
  return weak ? `${value}\nweak key 弱密钥: no terminal takes it\n` : `${value}\n`
}

/** The check value of a key in a block: a key for CMAC has the CMAC form, as E(0) would give its subkeys away. */
function keyValueOf({ usage, algorithm }: KeyBlockHeader, key: Uint8Array): Uint8Array | undefined {
  const cipher = cipherOfLetter(algorithm)
  if (cipher === undefined) return undefined
  return usage === 'M6' ? checkValueBy('cmac', cipher, key) : shownCheckValue(cipher, key)
}

function cipherOfLetter(letter: string): CipherName | undefined {
  return Object.values(keys).find((row) => row.letter === letter)?.cipher
}

function headerIn(block: string): ReturnType<typeof keyBlockHeader> | undefined {
  try {
    return keyBlockHeader(block)
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}

function privateNeeded(command: string): CommandError {
  const why = `SM4 has no letter in the standard, and algorithm ${SM4_ALGORITHM} is ours alone`
  return new CommandError(`${command}: ${why}; --private takes it.`, 2)
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
