import type { QuickJsModule, WebAssemblyApi } from '../vm/instance.ts'

/**
 * Fetches and compiles the engine, for `quickJsEngine`. `url`: where the page serves
 * `@jitl/quickjs-wasmfile-release-sync/wasm` (Vite: import it with `?url`). Rejects when it is not there.
 */
export async function loadQuickJsWeb(url: string): Promise<QuickJsModule> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`)
  const compiled = await WebAssembly.compile(await response.arrayBuffer())
  return { webAssembly: WebAssembly as unknown as WebAssemblyApi, compiled }
}
