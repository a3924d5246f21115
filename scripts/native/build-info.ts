import { createHash } from 'node:crypto'
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PROGRAM } from '../../terminal/version.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** Where everything native is built. */
export const NATIVE_FOLDER = join(root, 'build/native')
const ENGINE_FOLDER = join(root, 'terminal/port/quickjs')
const ENGINE_SOURCE = /\.[ch]$|^VERSION$/

/**
 * Name of the engine: 32 bytes over its sources and the flags it is compiled with. Bytecode of another name is never
 * run. Word size and processor are no part of it: the bytes are the same on all of them.
 */
export function engineId(folder = ENGINE_FOLDER): Uint8Array {
  const hash = createHash('sha256')
  for (const name of readdirSync(folder)
    .filter((each) => ENGINE_SOURCE.test(each))
    .sort()) {
    const bytes = readFileSync(join(folder, name))
    hash.update(`${name} ${bytes.length}\n`).update(bytes)
  }
  const makefile = readFileSync(join(root, 'terminal/port/posix/Makefile'), 'utf8')
  return hash.update(/^ENGINE_FLAGS.*$/m.exec(makefile)?.[0] ?? '').digest()
}

/** Text of `build_info.h` for a program and a first stage. */
export function buildInfo(program: Uint8Array, boot: string, engine = engineId()): string {
  const digest = createHash('sha256').update(program).digest()
  return [
    '/* What this runtime was built for. Made by `npm run build:native`; do not edit. */',
    `#define BUILD_VERSION "${PROGRAM.version}"`,
    `#define BUILD_PROGRAM_VERSION "${PROGRAM.version}"`,
    `#define BUILD_PROGRAM_COUNTER ${PROGRAM.counter}`,
    `#define BUILD_PROGRAM_SHA256 ${array(digest)}`,
    `#define BUILD_ENGINE ${array(engine)}`,
    `#define BUILD_ENGINE_VERSION "${readFileSync(join(ENGINE_FOLDER, 'VERSION'), 'utf8').trim()}"`,
    '/* The first stage, build/boot.js. */',
    `#define BUILD_BOOT ${boot.split('\n').map(quoted).join(' \\\n    ')}`,
    '',
  ].join('\n')
}

/** Writes `build_info.h`, and the program it names beside it, from one reading of what `npm run build` has made. */
export function writeBuildInfo(): void {
  mkdirSync(NATIVE_FOLDER, { recursive: true })
  const program = readFileSync(join(root, 'build/program.js'))
  const boot = readFileSync(join(root, 'build/boot.js'), 'utf8')
  put('build_info.h', buildInfo(program, boot))
  put('program.js', program)
}

/** Old or new; what is the same already only becomes as new as its sources, so that nothing is compiled for it. */
function put(name: string, content: string | Uint8Array): void {
  const path = join(NATIVE_FOLDER, name)
  const same = isFile(path) && readFileSync(path).equals(Buffer.from(content))
  if (same) {
    utimesSync(path, new Date(), new Date())
    return
  }
  writeFileSync(`${path}.next`, content)
  renameSync(`${path}.next`, path)
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

function array(bytes: Uint8Array): string {
  return `{${[...bytes].map((byte) => `0x${byte.toString(16).padStart(2, '0')}`).join(',')}}`
}

function quoted(line: string): string {
  return `"${line.replace(/[\\"]/g, '\\$&').replaceAll('?', '\\?')}\\n"`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeBuildInfo()
