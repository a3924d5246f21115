import { describe, expect, it } from 'vitest'
import { loadQuickJsNode } from '../../../emulator/console/quickjs-node.ts'
import { STACK_BYTES } from '../../../emulator/vm/limits.ts'
import { quickJsEngine } from '../../../emulator/vm/quickjs-engine.ts'
import { contract } from '../../../terminal/device/contract.ts'
import type { Device } from '../../../terminal/device/device.ts'

const module = await loadQuickJsNode()
const stackBytes = STACK_BYTES.mainThread

/** A device of which every call only notes its name. */
function notingDevice(notes: string[]): Device {
  const port = (name: string, methods: object) =>
    Object.fromEntries(
      Object.entries(methods).map(([method, kind]) => [
        method,
        () => {
          notes.push(`${name}.${method}`)
          return kind === 'waits' ? Promise.resolve(kind) : kind
        },
      ]),
    )
  const ports = Object.entries(contract).map(([name, methods]) => [name, port(name, methods)])
  return Object.fromEntries(ports) as unknown as Device
}

const callEverything = `var application = { running: (async () => {
  for (const port of Object.values(device)) for (const call of Object.values(port)) {
    const result = call()
    if (result !== (result instanceof Promise ? result : 'instant')) throw new Error('instant gave ' + result)
    if (result instanceof Promise && await result !== 'waits') throw new Error('waits gave something else')
  }
  await new Promise(() => {}) })() }`

async function untilStopped(notes: string[], bundle: string): Promise<string> {
  return new Promise((resolve) => {
    quickJsEngine({ module, bundle, stackBytes }).start(notingDevice(notes), { stopped: resolve })
  })
}

describe('the engine behind emulator/engine.ts', () => {
  it('the guest finds every call of the contract, instant ones as values, waiting ones as promises', async () => {
    const notes: string[] = []
    const why = await untilStopped(notes, callEverything)
    const all = Object.entries(contract).flatMap(([port, methods]) =>
      Object.keys(methods).map((method) => `${port}.${method}`),
    )
    expect(notes).toEqual(all)
    expect(why).toBe('the application has ended: it waits for nothing')
  })

  it('nothing has run when start returns; killed there, nothing ever runs', async () => {
    const notes: string[] = []
    const engine = quickJsEngine({ module, bundle: callEverything, stackBytes })
    const running = engine.start(notingDevice(notes), { stopped: (why) => notes.push(why) })
    expect(notes).toEqual([])
    running.kill()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(notes).toEqual([])
    expect(running.memory?.()).toEqual({ used: 0, peak: 0 })
  })

  it('boots before anything else of the host has its turn: no timer fires in between', async () => {
    const notes: string[] = []
    setImmediate(() => notes.push('immediate'))
    await untilStopped(notes, callEverything)
    expect(notes.indexOf('immediate')).toBe(-1)
  })

  it('100 starts and stops → each has an instance of its own', async () => {
    const whys = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        untilStopped([], `globalThis.n = (globalThis.n ?? 0) + 1; throw n + ':${i}'`),
      ),
    )
    expect(whys).toEqual(Array.from({ length: 100 }, (_, i) => `threw 1:${i}`))
  })
})
