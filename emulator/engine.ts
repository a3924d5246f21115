import type { Device } from '../terminal/device/device.ts'

/** What runs the application on an emulated device: QuickJS in WebAssembly (`vm/`), or V8 directly for tests. */
export interface Engine {
  readonly name: string
  /** Starts the application on `device`. Nothing has run yet when this returns; events come later. */
  start(device: Device, events: EngineEvents): Running
}

export interface EngineEvents {
  /** The application ended by itself, threw, ran over its budget or its memory: `why` is one line for a person. */
  stopped(why: string): void
}

export interface Running {
  /** Ends the application at once: no code of it runs after this. */
  kill(): void
  /** Heap in use and its peak, in bytes, where the engine can tell. */
  memory?(): { readonly used: number; readonly peak: number }
}
