import { type ChildProcess, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { sealSecret } from '../../keys/station/page/seal.ts'
import { joinSecrets } from '../../keys/station/page/secrets.ts'

const SHUAKA = fileURLToPath(new URL('../../scripts/shuaka.mjs', import.meta.url))
/** For one step of a process on a slow machine. */
const STEP_MS = 20_000

export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly error: string
}

export interface Running {
  readonly ended: Promise<Ran>
  /** Waits for this on its standard output, after what was waited for before. */
  says(pattern: RegExp): Promise<RegExpExecArray>
  type(text: string): void
  /** Ctrl-C, and waits for its end. */
  interrupt(): Promise<Ran>
}

/** The commands of one folder, as people type them: each is a process. */
export interface Shell {
  /** Runs `shuaka …` to its end; each secret is given on a descriptor of its own, from 3 on. */
  run(words: string, ...secrets: readonly string[]): Promise<Ran>
  /** The same, which must end with 0 and nothing on standard error. */
  done(words: string, ...secrets: readonly string[]): Promise<string>
  start(words: string, ...secrets: readonly string[]): Running
  /** Starts it at a terminal of its own, of socat. */
  console(socat: string, words: string): Running
  /** Everything that was printed by any of them. */
  printed(): string
  /** Ends what still runs. */
  close(): Promise<void>
}

export function makeShell(folder: string): Shell {
  const open = new Set<ChildProcess>()
  const env = { ...process.env, LANG: 'C', LC_ALL: 'C' }
  let printed = ''

  function watched(child: ChildProcess, secrets: readonly string[]): Running {
    let [out, error, from] = ['', '', 0]
    open.add(child)
    child.stdout?.setEncoding('utf8').on('data', (part: string) => {
      out += part
      printed += part
    })
    child.stderr?.setEncoding('utf8').on('data', (part: string) => {
      error += part
      printed += part
    })
    secrets.forEach((secret, index) => {
      const pipe = child.stdio[index + 3] as Writable
      pipe.on('error', () => undefined) // it may end without reading
      pipe.end(`${secret}\n`)
    })
    const ended = new Promise<Ran>((resolve) => {
      child.on('close', (code) => {
        open.delete(child)
        resolve({ code, out, error })
      })
    })
    return {
      ended,
      type: (text) => void child.stdin?.write(text),
      async says(pattern) {
        let over = false
        void ended.then(() => {
          over = true
        })
        for (let waited = 0; waited < STEP_MS; waited += 20) {
          const match = pattern.exec(out.slice(from))
          if (match) {
            from += match.index + match[0].length
            return match
          }
          if (over) break
          await new Promise((resolve) => setTimeout(resolve, 20))
        }
        throw new Error(`no ${pattern} in:\n${out.slice(from)}\n${error}`)
      },
      async interrupt() {
        child.kill('SIGINT')
        return ended
      },
    }
  }
  const start = (words: string, ...secrets: readonly string[]): Running => {
    const stdio = ['ignore', 'pipe', 'pipe', ...secrets.map(() => 'pipe')] as ('ignore' | 'pipe')[]
    return watched(
      spawn(process.execPath, [SHUAKA, ...words.split(' ')], { cwd: folder, env, stdio }),
      secrets,
    )
  }
  const shell: Shell = {
    start,
    run: (words, ...secrets) => start(words, ...secrets).ended,
    async done(words, ...secrets) {
      const { code, out, error } = await shell.run(words, ...secrets)
      if (code !== 0 || error !== '') throw new Error(`shuaka ${words}: exit code ${code}\n${error}\n${out}`)
      return out
    },
    console(socat, words) {
      const command = `${process.execPath} ${SHUAKA} ${words.replaceAll(':', '\\:')}`
      return watched(
        spawn(socat, ['-', `EXEC:"${command}",pty,setsid,ctty,stderr`], { cwd: folder, env }),
        [],
      )
    },
    printed: () => printed,
    async close() {
      const left = [...open]
      for (const child of left) child.kill('SIGKILL')
      await Promise.all(left.map((child) => new Promise((resolve) => child.once('close', resolve))))
    },
  }
  return shell
}

/** What the browser of the station's page does. */
export interface StationBrowser {
  order(name: string, values: object): Promise<{ readonly [name: string]: unknown }>
  secret(
    name: string,
    values: { readonly [name: string]: string },
    ...secrets: readonly string[]
  ): Promise<{ readonly [name: string]: unknown }>
}

/** Opens the link that the station printed. */
export async function stationBrowser(link: string): Promise<StationBrowser> {
  const { origin } = new URL(link)
  const entered = await fetch(link, { redirect: 'manual' })
  const cookie = (entered.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  const headers = { cookie, origin }
  const answered = async (response: Response) => {
    const value: unknown = await response.json()
    if (response.status !== 200) throw new Error(`${response.url}: ${JSON.stringify(value)}`)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  }
  return {
    order: async (name, values) =>
      answered(
        await fetch(`${origin}/api/${name}`, { method: 'POST', headers, body: JSON.stringify(values) }),
      ),
    async secret(name, values, ...secrets) {
      const { key } = (await answered(await fetch(`${origin}/api/seal`, { headers }))) as {
        readonly key: string
      }
      const question = new URLSearchParams({ ...values, key })
      const joined = joinSecrets(secrets.map((secret) => new TextEncoder().encode(secret)))
      const body = Uint8Array.from(sealSecret(joined, key))
      return answered(await fetch(`${origin}/api/${name}?${question}`, { method: 'POST', headers, body }))
    },
  }
}

/** Writes a scenario and gives its name. */
export function scenarioFile(folder: string, name: string, steps: string): string {
  writeFileSync(join(folder, name), `${steps.trim().replace(/^ +/gm, '')}\n`)
  return name
}
