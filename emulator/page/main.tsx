import { render } from 'preact'
import { App } from './app.tsx'
import { fetchJson, type PageSetup } from './setup.ts'

/** Asks the server which terminals and cards there are, and shows them. */
async function main(root: HTMLElement): Promise<void> {
  try {
    const setup = await fetchJson<PageSetup>('api/setup')
    render(<App setup={setup} />, root)
  } catch (error) {
    render(<p class="failure">{error instanceof Error ? error.message : String(error)}</p>, root)
  }
}

const root = document.getElementById('app')
if (root) void main(root)
