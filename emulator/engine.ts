import type { Device } from '../terminal/device/device.ts'

/** What runs the application on an emulated device: QuickJS in WebAssembly (`vm/`), or V8 directly for tests. */
export interface Engine {
  readonly name: string
  /** Bytes of the program that the engine has built in; absent: nobody may know them. */
  factory?(): Uint8Array
  /**
   * Starts the application on `device`: `program`, which the first stage has verified, or where none is given the program
   * built in. Nothing has run yet when this returns; events come later. Whoever wraps an engine hands `program` on.
   */
  start(device: Device, events: EngineEvents, program?: Uint8Array): Running
}

export interface EngineEvents {
  /**
   * The application ended by itself, threw, ran over its budget or its memory: `why` is one line for a person. `hung`: it
   * ran without end and the engine's watchdog ended it.
   */
  stopped(why: string, hung?: boolean): void
}

export interface Running {
  /** Ends the application at once: no code of it runs after this. */
  kill(): void
  /** Heap in use and its peak, in bytes, where the engine can tell. */
  memory?(): { readonly used: number; readonly peak: number }
}
