import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { QuickJsModule, WebAssemblyApi } from '../vm/instance.ts'

const WASM = '@jitl/quickjs-wasmfile-release-sync/wasm'

/** Reads and compiles the engine of the installed package, for `quickJsEngine`. Rejects when it is not installed. */
export async function loadQuickJsNode(): Promise<QuickJsModule> {
  const bytes = await readFile(createRequire(import.meta.url).resolve(WASM))
  const compiled = await webAssembly.compile(bytes)
  return { webAssembly, compiled }
}

/** Node's types name `WebAssembly` only together with the DOM. */
const { WebAssembly: webAssembly } = globalThis as unknown as {
  readonly WebAssembly: WebAssemblyApi & { compile(bytes: Uint8Array): Promise<object> }
}
