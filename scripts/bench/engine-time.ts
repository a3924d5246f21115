import type { QuickJsModule, WebAssemblyApi } from '../../emulator/vm/instance.ts'

/** The engine, and how long control was inside it: not in the calls that the guest makes of the device. */
export interface TimedModule {
  readonly module: QuickJsModule
  /** Milliseconds so far. */
  insideMs(): number
}

type Call = (...args: unknown[]) => unknown
type Imports = { readonly a: { readonly [name: string]: unknown } }

/** Puts a stopwatch on the border of the engine's instance: every export starts it, every import stops it. */
export function timedModule({ webAssembly, compiled }: QuickJsModule): TimedModule {
  let insideMs = 0
  let inside = false
  let sinceMs = 0
  /** Runs `call` on one side of the border. */
  const across = (call: Call, goesIn: boolean): Call =>
    function (this: unknown, ...args) {
      const was = inside
      turn(goesIn)
      try {
        return call.apply(this, args)
      } finally {
        turn(was)
      }
    }
  const turn = (to: boolean): void => {
    if (inside === to) return
    const now = performance.now()
    if (inside) insideMs += now - sinceMs
    inside = to
    sinceMs = now
  }
  const wrapped = (members: object, goesIn: boolean): { [name: string]: unknown } =>
    Object.fromEntries(
      Object.entries(members).map(([name, member]) => [
        name,
        typeof member === 'function' ? across(member as Call, goesIn) : member,
      ]),
    )
  const timed: WebAssemblyApi = {
    Memory: webAssembly.Memory,
    Instance: class {
      readonly exports: object
      constructor(module: object, imports: Imports) {
        const instance = new webAssembly.Instance(module, { a: wrapped(imports.a, false) })
        const { exports } = instance as { readonly exports: object }
        this.exports = wrapped(exports, true)
      }
    },
  }
  return { module: { webAssembly: timed, compiled }, insideMs: () => insideMs }
}
