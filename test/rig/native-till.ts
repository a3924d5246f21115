import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeDeviceFolder } from '../../emulator/native/device-folder.ts'
import { makeNativeMachine, type NativeMachine } from '../../emulator/native/native-machine.ts'
import type { Launch, NativeBuild } from '../../scripts/native/build-native.ts'
import { type AuditedTill, makeAuditedTill } from './audit.ts'
import { MASTER_KEY, type TillOptions } from './till.ts'

/** An audited till whose terminal is the native runtime in its rig. */
export interface NativeTill extends AuditedTill {
  readonly native: NativeMachine
  /** Folder of the device. */
  readonly folder: string
  /** How its process has ended by itself, each time, and what it said. */
  readonly ends: readonly string[]
  /** How often the engine has asked the heap for memory, since the start of the process. */
  heapRequests(): Promise<number>
  close(): Promise<void>
}

export interface NativeTillOptions extends TillOptions {
  readonly build: NativeBuild
  /** Another way to start it, with these words before its own: under valgrind. */
  readonly launch?: Launch
  /** Bytes of the heap. */
  readonly heap?: number
  /** Folder whose secret and bytecode are taken over: the first start compiles nothing. */
  readonly made?: string
}

const MADE_ONCE = ['device.key', 'program.bc'] as const

export function makeNativeTill({
  build,
  launch = build.rig,
  heap,
  made,
  ...options
}: NativeTillOptions): NativeTill {
  const folder = mkdtempSync(join(tmpdir(), 'shuaka-native-till-'))
  for (const name of MADE_ONCE)
    if (made !== undefined && existsSync(join(made, name))) copyFileSync(join(made, name), join(folder, name))
  const ends: string[] = []
  let native: NativeMachine | undefined
  let requests = -1
  const till = makeAuditedTill({
    ...options,
    body({ model, setup, time, dial, observer, random, onStopped }) {
      const words = ['--folder', folder, '--program', join(build.folder, 'program.js'), '--pipe']
      const key = Uint8Array.from(Buffer.from(MASTER_KEY, 'hex'))
      native = makeNativeMachine({
        ...{ model, scheduler: time, observer, dial, random, onStopped },
        launch() {
          const given = {
            model,
            serial: 'SK000001',
            setup,
            masterKeys: [{ slot: 1, key, checkValue: 'FB4529' }],
          }
          writeDeviceFolder(folder, { ...given, host: { kind: 'tcp', host: '127.0.0.1', port: 9 } }, 'zh')
          const own = heap === undefined ? [] : ['--heap', String(heap)]
          return { ...launch, args: [...launch.args, ...words, ...own] }
        },
        onEnded: (status, complaint) => void ends.push(`${status}: ${complaint}`),
        onHeap(word) {
          requests = word.requests
        },
      })
      return {
        machine: native,
        quiet: () => native?.quiet() ?? Promise.resolve(),
        image: () =>
          new Uint8Array(
            existsSync(join(folder, 'flash.bin'))
              ? readFileSync(join(folder, 'flash.bin'))
              : Buffer.alloc(262_144, 255),
          ),
      }
    },
  })
  if (native === undefined) throw new Error('the till has made no machine')
  const machine = native
  return {
    ...till,
    ...{ native: machine, folder, ends },
    async heapRequests() {
      machine.word('heap')
      await machine.quiet()
      return requests
    },
    async close() {
      machine.powerOff()
      await machine.quiet()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
