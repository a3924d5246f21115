import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isSerialPath, serialDial, serveSerial } from '../../../host-link/transport/serial-stream.ts'

const socat = spawnSync('socat', ['-V']).status === 0
const needsSocat = socat ? '' : ' (skipped: no socat; install the package of this name)'

test.each([
  ['/dev/ttyUSB0', true],
  ['COM3', true],
  ['\\\\.\\COM12', true],
  ['tcp://127.0.0.1:1', false],
  ['ws://127.0.0.1:1', false],
  ['ttyUSB0', false],
])('%s is a serial port: %s', (address, is) => {
  expect(isSerialPath(address)).toBe(is)
})

test('a port that is not there → a refused connection; served, it rejects', async () => {
  const path = join(tmpdir(), 'shuaka-no-such-port')
  expect(await serialDial(path)({ bytes: () => undefined, closed: () => undefined })).toBeUndefined()
  const handler = { receive: async () => [], ended: undefined }
  await expect(
    serveSerial(
      path,
      () => handler,
      () => undefined,
    ),
  ).rejects.toThrow()
})

describe.skipIf(!socat)(`over a pair of pseudo-terminals${needsSocat}`, () => {
  let folder = ''
  let cable: ChildProcess
  const ends = () => [join(folder, 'terminal'), join(folder, 'station')] as const
  const until = async (holds: () => boolean): Promise<void> => {
    for (let turn = 0; turn < 500 && !holds(); turn++) await new Promise((resolve) => setTimeout(resolve, 10))
    expect(holds()).toBe(true)
  }
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'shuaka-serial-'))
    const [terminal, station] = ends()
    cable = spawn('socat', [`pty,raw,echo=0,link=${terminal}`, `pty,raw,echo=0,link=${station}`])
    await until(() => existsSync(terminal) && existsSync(station))
  })
  afterEach(() => {
    cable.kill()
    rmSync(folder, { recursive: true, force: true })
  })

  test('every byte value goes both ways, in order; what was sent before close arrives', async () => {
    const all = Uint8Array.from({ length: 256 }, (_, value) => value)
    const heard: number[] = []
    const [terminal, station] = ends()
    const got: number[] = []
    const handler = {
      ended: undefined,
      async receive(chunk: Uint8Array) {
        got.push(...chunk)
        return [chunk.slice()]
      },
    }
    const served = await serveSerial(
      station,
      () => handler,
      () => undefined,
    )
    const stream = await serialDial(terminal)({
      bytes: (bytes) => heard.push(...bytes),
      closed: () => undefined,
    })
    stream?.send(all)
    await until(() => heard.length >= all.length)
    expect(heard).toEqual([...all])
    stream?.send(Uint8Array.of(1, 2, 3))
    stream?.close()
    await until(() => got.length >= all.length + 3)
    expect(got.slice(-3)).toEqual([1, 2, 3])
    await served.close()
  })

  test('a handler that has ended gives way to the next: a cable has no end of a connection', async () => {
    const [terminal, station] = ends()
    let handlers = 0
    const heard: number[] = []
    const handlerOf = () => {
      const number = ++handlers
      const handler = {
        ended: undefined as string | undefined,
        async receive() {
          handler.ended = 'once'
          return [Uint8Array.of(number)]
        },
      }
      return handler
    }
    const served = await serveSerial(station, handlerOf, () => undefined)
    const stream = await serialDial(terminal)({
      bytes: (bytes) => heard.push(...bytes),
      closed: () => undefined,
    })
    stream?.send(Uint8Array.of(9))
    await until(() => heard.length === 1)
    stream?.send(Uint8Array.of(9))
    await until(() => heard.length === 2)
    expect(heard).toEqual([1, 2])
    stream?.close()
    await served.close()
  })
})
