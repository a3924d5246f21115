import type {
  QuickJSContext,
  QuickJSDeferredPromise,
  QuickJSHandle,
  QuickJSRuntime,
} from 'quickjs-emscripten-core'
import { scriptsOf } from '../../terminal/boot/scripts.ts'
import type { CallKind } from '../../terminal/device/contract.ts'
import type { HeapUse } from './heap.ts'
import { type Instance, makeInstance, type QuickJsModule } from './instance.ts'
import { STACK_BYTES_MAX, STACK_BYTES_MIN } from './limits.ts'
import { Marshal } from './marshal.ts'
import { PRELUDE } from './prelude.ts'
import { textOfProgram } from './program-text.ts'
import { RuntimeWords } from './runtime-words.ts'
import { Hang, oneLine, Stop, whyGuest, whyHost } from './why.ts'

export interface VmOptions {
  readonly module: QuickJsModule
  /** Text, or bytes that are UTF-8. */
  readonly bundle: string | Uint8Array
  readonly memoryLimitBytes: number
  readonly stackBytes: number
  readonly interruptBudget: number
}

/** Which calls the guest gets: by peripheral, by method. */
export type CallTable = { readonly [peripheral: string]: { readonly [method: string]: CallKind } }
type HostMethod = (...args: unknown[]) => unknown

interface Live {
  readonly instance: Instance
  readonly words: RuntimeWords
  readonly runtime: QuickJSRuntime
  readonly context: QuickJSContext
  readonly marshal: Marshal
  /** Value of `application.running`, a promise that never fulfils. */
  readonly application: QuickJSHandle
}

/**
 * One guest: an instance of the engine, the device in it, and a bundle that runs. It ends once, by `kill` or with
 * one call of `stopped`; what it threw, or what the host threw while it ran, ends it at once, and the instance is
 * thrown away as it stands.
 */
export class Vm {
  readonly #options: VmOptions
  readonly #stopped: (why: string, hung: boolean) => void
  readonly #pending = new Set<QuickJSDeferredPromise>()
  #live: Live | undefined
  #dead = false
  #stop: Stop | undefined
  #ticks = 0
  #lastUse: HeapUse = { used: 0, peak: 0 }

  constructor(options: VmOptions, stopped: (why: string, hung: boolean) => void) {
    this.#options = options
    this.#stopped = stopped
  }

  /** Makes the instance, installs `device` by `table`, and evaluates the bundle. Failures go to `stopped`. */
  async boot(device: object, table: CallTable): Promise<void> {
    try {
      const { module, memoryLimitBytes } = this.#options
      const instance = await makeInstance(module, memoryLimitBytes, {
        outOfMemory: () => this.#end(`out of memory: the heap of ${memoryLimitBytes} bytes is full`),
        beforeGuest: () => {
          if (this.#stop !== undefined) throw this.#stop
          if (this.#dead) throw new Stop('killed')
        },
      })
      if (this.#dead) return
      this.#evaluate(instance, device, table)
      this.#runJobs()
    } catch (error) {
      this.#die(error)
    }
  }

  kill(): void {
    this.#bury()
  }

  /** Heap in bytes; of a guest that has ended, what it was at the end. */
  memory(): HeapUse {
    return this.#live === undefined ? this.#lastUse : this.#live.instance.heap.use()
  }

  /**
   * Ends the guest as `kill`, and takes the engine apart piece by piece: throws when anything of it is still
   * held, which is a leak in this folder. For tests; `kill` drops the instance as a whole.
   */
  dispose(): void {
    const live = this.#live
    const pending = [...this.#pending]
    this.#bury()
    if (live === undefined) return
    for (const deferred of pending) deferred.dispose()
    live.application.dispose()
    live.marshal.dispose()
    live.context.dispose()
    live.runtime.dispose()
  }

  #evaluate(instance: Instance, device: object, table: CallTable): void {
    const { bundle, stackBytes } = this.#options
    if (!(stackBytes >= STACK_BYTES_MIN && stackBytes <= STACK_BYTES_MAX)) {
      throw new Stop(`stack of ${stackBytes} bytes: wants ${STACK_BYTES_MIN} to ${STACK_BYTES_MAX}`)
    }
    const runtime = instance.quickjs.newRuntime()
    const words = new RuntimeWords(instance.memory, runtimePointer(runtime))
    words.stripSource()
    runtime.setMaxStackSize(stackBytes)
    runtime.setInterruptHandler(() => this.#tick(words))
    const context = runtime.newContext()
    this.#ticks = 0
    const helpers = this.#orStop(context, context.evalCode(PRELUDE, 'prelude.js'))
    const marshal = helpers.consume((handle) => new Marshal(context, handle, () => words.creditNameList()))
    const booting = { instance, words, runtime, context, marshal, application: context.undefined }
    this.#live = booting
    this.#install(booting, device, table)
    const text = typeof bundle === 'string' ? bundle : textOfProgram(bundle)
    for (const [at, script] of scriptsOf(text).entries()) {
      const name = at === 0 ? 'terminal.js' : `script${at + 1}.js`
      this.#orStop(context, context.evalCode(script, name)).dispose()
      if (this.#dead) throw new Stop('killed')
    }
    const application = context
      .getProp(context.global, 'application')
      .consume((exports) =>
        context.typeof(exports) === 'object' ? context.getProp(exports, 'running') : context.undefined,
      )
    this.#live = { ...booting, application }
  }

  #install(live: Live, device: object, table: CallTable): void {
    const { context } = live
    const root = context.newObject()
    for (const [peripheral, methods] of Object.entries(table)) {
      const port = (device as { [name: string]: { [name: string]: HostMethod } })[peripheral]
      const object = context.newObject()
      for (const [method, kind] of Object.entries(methods)) {
        const path = `${peripheral}.${method}`
        const call: HostMethod = (...args) => {
          const target = port?.[method]
          if (target === undefined) throw new Error('the device has no such call')
          return target.apply(port, args)
        }
        const fn = (...handles: QuickJSHandle[]) => this.#hostCall(live, path, kind, call, handles)
        context.newFunction(method, fn).consume((handle) => context.setProp(object, method, handle))
      }
      context.setProp(root, peripheral, object)
      object.dispose()
    }
    context.setProp(context.global, 'device', root)
    root.dispose()
  }

  /** A call of the guest. Whatever it throws ends the guest when it returns (`beforeGuest`). */
  #hostCall(
    live: Live,
    path: string,
    kind: CallKind,
    call: HostMethod,
    handles: QuickJSHandle[],
  ): QuickJSHandle {
    try {
      const args = handles.map((handle, i) => live.marshal.fromGuest(handle, `argument ${i}`))
      const result = call(...args)
      if (kind === 'instant') return live.marshal.toGuest(result, 'result')
      const deferred = live.context.newPromise()
      this.#pending.add(deferred)
      Promise.resolve(result).then(
        (value) => this.#settle(deferred, path, value),
        (error) => this.#die(new Stop(`device.${path}: ${whyHost(error)}`)),
      )
      return deferred.handle
    } catch (error) {
      this.#stop ??= new Stop(`device.${path}: ${whyHost(error)}`)
      throw error
    }
  }

  #settle(deferred: QuickJSDeferredPromise, path: string, value: unknown): void {
    const live = this.#live
    if (live === undefined) return
    this.#pending.delete(deferred)
    this.#ticks = 0
    try {
      live.words.collectSoon()
      live.marshal.toGuest(value, `device.${path}: result`).consume((handle) => deferred.resolve(handle))
      this.#runJobs()
    } catch (error) {
      this.#die(error)
    }
  }

  /** Runs all jobs of the guest, and ends it when nothing can ever call it again. */
  #runJobs(): void {
    const live = this.#live
    if (live === undefined) return
    const { runtime, context, application } = live
    const jobs = runtime.executePendingJobs()
    if (jobs.error !== undefined) throw new Stop(jobs.error.consume((thrown) => whyGuest(context, thrown)))
    const state = context.getPromiseState(application)
    if (state.type === 'rejected') throw new Stop(state.error.consume((thrown) => whyGuest(context, thrown)))
    if (state.type === 'fulfilled' && state.notAPromise !== true) {
      state.value.dispose()
      throw new Stop('the application has ended')
    }
    if (this.#pending.size === 0) throw new Stop('the application has ended: it waits for nothing')
  }

  #tick(words: RuntimeWords): boolean {
    this.#ticks += 1
    words.collectSoon()
    if (this.#ticks > this.#options.interruptBudget) {
      this.#stop ??= new Hang(`ran over its budget of ${this.#options.interruptBudget} ticks without waiting`)
    }
    return false
  }

  #end(why: string): never {
    this.#stop ??= new Stop(why)
    throw this.#stop
  }

  #orStop(context: QuickJSContext, result: ReturnType<QuickJSContext['evalCode']>): QuickJSHandle {
    if (result.error !== undefined) {
      throw new Stop(result.error.consume((thrown) => whyGuest(context, thrown)))
    }
    return result.value
  }

  /** The first reason counts: what comes after it is the engine coming apart. */
  #die(error: unknown): void {
    if (this.#dead) return
    const why = this.#stop?.message ?? whyHost(error)
    this.#bury()
    this.#stopped(oneLine(why), this.#stop instanceof Hang)
  }

  #bury(): void {
    this.#dead = true
    try {
      this.#lastUse = this.memory()
    } catch {
      // an instance that broke inside the allocator: what was known before stands
    }
    this.#live = undefined
    this.#pending.clear()
  }
}

/** Address of the engine's `JSRuntime`; the binding keeps it to itself. */
function runtimePointer(runtime: QuickJSRuntime): number {
  return (runtime as unknown as { readonly rt: { readonly value: number } }).rt.value
}
