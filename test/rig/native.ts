import { spawn } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  buildNative,
  type Launch,
  type NativeBuild,
  type NativeOptions,
} from '../../scripts/native/build-native.ts'
import type { Arch } from '../../scripts/native/tools.ts'

export type { NativeBuild } from '../../scripts/native/build-native.ts'

/**
 * The native runtime for `arch`, built anew where a source is newer than it; or one line on what is missing here, which the
 * test that cannot run says. Tests that run at once wait for one build.
 */
export async function ensureNative(
  arch: Arch,
  options: NativeOptions = {},
): Promise<NativeBuild | { readonly missing: string }> {
  return buildNative(arch, options)
}

/** What `device.json` holds for the terminal of these tests: no keys, and a host that nobody is. */
export const DEVICE_JSON = {
  serial: 'PORT00000001',
  model: 'standard',
  host: { host: '127.0.0.1', port: 9 },
  setup: {
    ...{ terminalId: '10000001', merchantId: '898320153110001', merchantName: '示例家居广场' },
    ...{ tpdu: '6000030000', profile: 'mall', dialect: 'cup', keySlot: 1, parameters: {}, stores: [] },
  },
}

/** A new folder of a device; `content` is its device.json, text as it is. */
export function newDeviceFolder(content: object | string = DEVICE_JSON): string {
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-device-'))
  writeFileSync(join(folder, 'device.json'), typeof content === 'string' ? content : JSON.stringify(content))
  return folder
}

/** How a native process has ended, and what it said. */
export interface Ended {
  /** Exit code, or the signal's name. */
  readonly status: number | string
  /** Lines on standard output and error. */
  readonly out: readonly string[]
  readonly err: readonly string[]
}

/**
 * Runs a native binary to its end. `heard` is given each line of its output, and what it returns is written as a word; `first`,
 * where it is given, is written at once, and then standard input ends.
 */
export function runNative(
  { command, args, env }: Launch,
  words: readonly string[],
  heard: (line: string, kill: (signal: NodeJS.Signals) => void) => string | undefined = () => undefined,
  first?: readonly string[],
): Promise<Ended> {
  const child = spawn(command, [...args, ...words], { env: { ...process.env, ...env } })
  const out: string[] = []
  let rest = ''
  let err = ''
  child.stdin.on('error', () => undefined) // it has ended, and says why
  if (first !== undefined) child.stdin.end(first.map((word) => `${word}\n`).join(''))
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      out.push(line)
      const word = heard(line, (signal) => child.kill(signal))
      if (word !== undefined) child.stdin.write(`${word}\n`)
    }
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      resolve({ status: code ?? signal ?? 'ended', out, err: err.split('\n').filter((line) => line !== '') })
    })
  })
}
