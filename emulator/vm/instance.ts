import loadEmscripten from '@jitl/quickjs-wasmfile-release-sync/emscripten-module'
import { QuickJSFFI } from '@jitl/quickjs-wasmfile-release-sync/ffi'
import { QuickJSWASMModule } from 'quickjs-emscripten-core'
import { Heap, pagesFor } from './heap.ts'

/** The part of the `WebAssembly` object that is handed in: plain ECMAScript does not have it. */
export interface WebAssemblyApi {
  readonly Memory: new (size: {
    readonly initial: number
    readonly maximum: number
  }) => { readonly buffer: ArrayBuffer }
  readonly Instance: new (module: object, imports: Imports) => object
}

/** The engine, compiled once and shared by any number of instances. */
export interface QuickJsModule {
  readonly webAssembly: WebAssemblyApi
  /** A `WebAssembly.Module` of `@jitl/quickjs-wasmfile-release-sync/wasm`. */
  readonly compiled: object
}

export interface Instance {
  readonly quickjs: QuickJSWASMModule
  readonly memory: ArrayBuffer
  readonly heap: Heap
}

export interface InstanceEvents {
  /** The heap is full. Must throw: the guest ends here, nothing else of it runs. */
  outOfMemory(): never
  /** A call of the host, or an interrupt, is about to return into the guest; may throw to end the guest there. */
  beforeGuest(): void
}

type Imports = { readonly a: { readonly [name: string]: unknown } }

/**
 * One fresh instance with a heap of `limitBytes`. What the build would ask of its host is answered so that two
 * instances are the same: no environment strings (they move the heap), the clock stands at 0 (it seeds
 * Math.random).
 */
export async function makeInstance(
  module: QuickJsModule,
  limitBytes: number,
  events: InstanceEvents,
): Promise<Instance> {
  const { webAssembly, compiled } = module
  const pages = pagesFor(limitBytes)
  const wasmMemory = new webAssembly.Memory({ initial: pages, maximum: pages })
  const memory = wasmMemory.buffer
  const instantiateWasm = (imports: Imports, done: (instance: object, module: object) => void): object => {
    const a = { ...imports.a, ...fixedImports(memory, events) }
    done(new webAssembly.Instance(compiled, { a }), compiled)
    return {}
  }
  const options = { wasmMemory, instantiateWasm, print: silent, printErr: silent }
  const emscripten = await loadEmscripten(options as unknown as Parameters<typeof loadEmscripten>[0])
  const heap = new Heap(emscripten, memory, limitBytes)
  const quickjs = new QuickJSWASMModule(emscripten, new QuickJSFFI(emscripten))
  watchHostCalls(emscripten.callbacks as unknown as Callbacks, events)
  return { quickjs, memory, heap }
}

/** Imports of the build by their names in it: e, f environ_get and environ_sizes_get, k grow the heap, p Date.now. */
function fixedImports(memory: ArrayBuffer, events: InstanceEvents): { readonly [name: string]: unknown } {
  return {
    e: () => 0,
    f: (countAt: number, bytesAt: number) => {
      const words = new Uint32Array(memory)
      words[countAt >> 2] = 0
      words[bytesAt >> 2] = 0
      return 0
    },
    k: () => events.outOfMemory(),
    p: () => 0,
  }
}

/**
 * The binding turns what a host function throws into an exception of the guest, which the guest could catch, and
 * an interrupt inside an async function into a rejection. The end of the guest is thrown after that, from outside
 * of the binding's `try`, and unwinds the whole instance.
 */
function watchHostCalls(callbacks: Callbacks, events: InstanceEvents): void {
  const watched =
    (call: (...args: never[]) => unknown) =>
    (...args: never[]): unknown => {
      const result = call(...args)
      events.beforeGuest()
      return result
    }
  callbacks.callFunction = watched(callbacks.callFunction)
  callbacks.shouldInterrupt = watched(callbacks.shouldInterrupt)
}

interface Callbacks {
  callFunction: (...args: never[]) => unknown
  shouldInterrupt: (...args: never[]) => unknown
}

/** The build prints why it aborts; the same text is in the error that it throws. */
function silent(): void {}
