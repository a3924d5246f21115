import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeNative } from './guest.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const QUEUE_BYTES = 65_536

/** stream.c with the port's own loop and board, and the driver beside this file; a fault of memory ends it. */
const binary = join(mkdtempSync(join(tmpdir(), 'shuaka-stream-')), 'stream-rig')
beforeAll(() => {
  const port = join(root, 'terminal/port')
  const ours = ['stream', 'loop', 'board'].map((name) => join(port, 'posix', `${name}.c`))
  const flags = [
    ...['-std=c11', '-Wall', '-Wextra', '-Wshadow', '-Werror', '-g', '-D_POSIX_C_SOURCE=200809L'],
    ...[
      '-fsanitize=address,undefined',
      '-fno-sanitize-recover=undefined',
      '-Wl,--wrap=send,--wrap=getaddrinfo',
    ],
    ...[`-I${port}/posix`, `-I${port}`, '-isystem', `${port}/quickjs`, '-o', binary],
  ]
  const driver = join(root, 'test/terminal/port/stream-rig.c')
  execFileSync('gcc', [...flags, ...ours, driver, '-lcrypto'], { stdio: 'pipe' })
})

const running: ChildProcessWithoutNullStreams[] = []
const servers: Server[] = []
afterEach(() => {
  for (const child of running.splice(0)) child.kill()
})
afterAll(() => {
  for (const server of servers) server.close()
})

function start(host: string, port: number) {
  const child = spawn(binary, [host, String(port)], { stdio: ['pipe', 'pipe', 'pipe'] })
  running.push(child)
  const lines: string[] = []
  let rest = ''
  let wake = (): void => undefined
  const heard = (text: string): void => {
    const parts = (rest + text).split('\n')
    rest = parts.pop() ?? ''
    lines.push(...parts)
    wake()
  }
  child.stdout.setEncoding('utf8').on('data', heard)
  child.stderr.setEncoding('utf8').on('data', (text: string) => heard(`${text}\n`))
  child.once('close', () => heard('ended\n')) // nobody waits for a line of it any more
  return {
    pid: child.pid ?? 0,
    ended: once(child, 'exit'),
    say: (word: string) => child.stdin.write(`${word}\n`),
    /** The next line. */
    async next(): Promise<string> {
      while (lines.length === 0) await new Promise<void>((resolve) => (wake = resolve))
      return lines.shift() ?? ''
    },
  }
}
async function listen(host = '127.0.0.1'): Promise<{ port: number; accepted(): Promise<Socket> }> {
  const waiting: Socket[] = []
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    waiting.push(socket)
    server.emit('taken')
  })
  servers.push(server)
  server.listen(0, host)
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    async accepted() {
      while (waiting.length === 0) await once(server, 'taken')
      return waiting.shift() as Socket
    },
  }
}
const pattern = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, i) => i & 0xff))
function received(socket: Socket, length: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  return new Promise((resolve) => {
    socket.on('data', (piece: Buffer) => {
      pieces.push(piece)
      const bytes = Buffer.concat(pieces)
      if (bytes.length >= length) resolve(bytes)
    })
  })
}
/** Joins `bytes` lines until there are `length`. */
async function gathered(next: () => Promise<string>, length: number): Promise<Buffer> {
  let hex = ''
  while (hex.length < 2 * length) hex += (await next()).replace(/^bytes /, '')
  return Buffer.from(hex, 'hex')
}

describeNative('opening', () => {
  test.each(['127.0.0.1', 'localhost', 'two'])('%s → opened, and bytes go both ways', async (host) => {
    const { port, accepted } = await listen()
    const { say, next } = start(host, port)
    say('dial')
    expect(await next()).toBe('opened 1')
    const socket = await accepted()
    say('send 300')
    expect(await received(socket, 300)).toEqual(pattern(300))
    socket.write(pattern(20_000))
    expect(await gathered(next, 20_000)).toEqual(pattern(20_000))
  })

  test.each([
    ['a port where nobody listens', '127.0.0.1'],
    ['all addresses of a name', 'two'],
    ['a name that is none', 'no..name'],
    ['no host in device.json', ''],
  ])('%s → refused, in an event of its own', async (_, host) => {
    const { say, next } = start(host, 1)
    say('dial\nping 1')
    expect([await next(), await next()]).toEqual(['alive 1', 'opened 0'])
  })

  test('close while a name is looked up, then the loop goes on and the next dial is served', async () => {
    const { port, accepted } = await listen()
    const { say, next } = start('localhost', port)
    for (let i = 0; i < 20; i++) say('dial\nclose')
    say('ping 2')
    expect(await next()).toBe('alive 2')
    say('dial')
    expect(await next()).toBe('opened 1')
    say('send 1')
    const sockets = [await accepted()]
    expect((await received(sockets[0] as Socket, 1)).length).toBe(1)
  })

  test('a second dial closes the first stream', async () => {
    const { port, accepted } = await listen()
    const { say, next } = start('127.0.0.1', port)
    say('dial')
    expect(await next()).toBe('opened 1')
    const first = await accepted()
    const ended = once(first.resume(), 'close')
    say('dial')
    expect(await next()).toBe('opened 1')
    await ended
  })
})

/** State of a process; empty: there is none. `Z`: it has ended, and nobody has asked how. */
function stateOf(pid: number): string {
  try {
    return /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? ''
  } catch {
    return ''
  }
}
const isOver = (pid: number): boolean => ['', 'Z', 'X'].includes(stateOf(pid))
async function until(holds: () => boolean): Promise<void> {
  for (let look = 0; look < 500 && !holds(); look++) await pause(10)
  expect(holds()).toBe(true)
}
/** The child that looks the name `slow` up, which takes for ever. */
async function looking(pid: number): Promise<number> {
  const children = (): string => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  await until(() => children() !== '')
  return Number(children())
}

describeNative('the child that looks a name up', () => {
  test('ends with its parent, also one that was killed', async () => {
    const { pid, say, next, ended } = start('slow', 1)
    say('dial\nping 1')
    expect(await next()).toBe('alive 1')
    const child = await looking(pid)
    process.kill(pid, 'SIGKILL')
    await ended
    await until(() => isOver(child))
  })

  test('does not hear what is meant for its parent', async () => {
    const { pid, say, next } = start('slow', 1)
    say('dial\nping 1')
    expect(await next()).toBe('alive 1')
    const child = await looking(pid)
    for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) process.kill(child, signal)
    await pause(200)
    expect(isOver(child)).toBe(false)
    say('close\nping 2')
    expect(await next()).toBe('alive 2')
    await until(() => isOver(child))
  })

  test('socket and pipe are closed in whatever this process would start', async () => {
    const close = /^flags:\s+0?2\d{6}$/m
    const opened = (pid: number): string[] =>
      readdirSync(`/proc/${pid}/fd`).filter((file) => Number(file) > 2 && Number(file) < 20) // beyond: the test's own
    const named = start('slow', 1)
    named.say('dial\nping 1')
    await named.next()
    await looking(named.pid)
    const { port } = await listen()
    const dialled = start('127.0.0.1', port)
    dialled.say('dial')
    expect(await dialled.next()).toBe('opened 1')
    for (const { pid } of [named, dialled]) {
      expect(opened(pid)).toHaveLength(1)
      for (const file of opened(pid))
        expect(readFileSync(`/proc/${pid}/fdinfo/${file}`, 'utf8')).toMatch(close)
    }
  })
})

describeNative('the last watchdog', () => {
  test('waiting for events, however long, is none; an event that does not end is the end', async () => {
    const { say, next, ended } = start('127.0.0.1', 1)
    say('ping 1')
    expect(await next()).toBe('alive 1')
    await pause(1_500)
    say('ping 2')
    expect(await next()).toBe('alive 2')
    say('hang')
    expect(await ended).toEqual([null, 'SIGALRM'])
  })
})

describeNative('the end', () => {
  test.each([
    ['closes', (socket: Socket) => socket.destroy()],
    ['resets', (socket: Socket) => socket.resetAndDestroy()],
    ['closes its half', (socket: Socket) => socket.end()],
  ])('the host %s → closed, once, and what is sent then is nothing', async (_, act) => {
    const { port, accepted } = await listen()
    const { say, next } = start('127.0.0.1', port)
    say('dial')
    expect(await next()).toBe('opened 1')
    act(await accepted())
    expect(await next()).toBe('closed')
    say('send 10')
    say('ping 3')
    expect(await next()).toBe('alive 3')
  })

  test('what the host sent before it closed comes first', async () => {
    const { port, accepted } = await listen()
    const { say, next } = start('127.0.0.1', port)
    say('dial')
    expect(await next()).toBe('opened 1')
    const socket = await accepted()
    socket.end(pattern(10_000))
    expect(await gathered(next, 10_000)).toEqual(pattern(10_000))
    expect(await next()).toBe('closed')
  })

  test('close ends it, and nothing is told', async () => {
    const { port, accepted } = await listen()
    const { say, next } = start('127.0.0.1', port)
    say('dial')
    expect(await next()).toBe('opened 1')
    const socket = await accepted()
    const ended = once(socket.resume(), 'close')
    say('close')
    await ended
    say('ping 4')
    expect(await next()).toBe('alive 4')
  })
})

describeNative('a host that does not read', () => {
  test('what the system does not take is queued, and leaves in order when the host reads again', async () => {
    const { port, accepted } = await listen()
    const { say, next } = start('127.0.0.1', port)
    say('dial')
    expect(await next()).toBe('opened 1')
    const socket = await accepted()
    say(`send ${QUEUE_BYTES}\nping 5`)
    expect(await next()).toBe('alive 5')
    expect(await received(socket, QUEUE_BYTES)).toEqual(pattern(QUEUE_BYTES))
  })

  test('beyond the queue the stream is closed, and the loop was never blocked', async () => {
    const { port, accepted } = await listen()
    const { say, next } = start('127.0.0.1', port)
    say('dial')
    expect(await next()).toBe('opened 1')
    ;(await accepted()).pause()
    say('send 100000')
    say('ping 6')
    const lines = [await next(), await next()]
    expect(lines.sort()).toEqual(['alive 6', 'closed'])
  })
})
