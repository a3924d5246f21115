import { bootGuest } from './guest.ts'

/** Ways for a guest to recurse without end. `source` is what a bundle that somebody else wrote may contain. */
const bombs = {
  calls: 'const f = (n) => f(n + 1) + 1; f(0)',
  methods: 'class A { get x() { return this.x + 1 } } new A().x',
  callbacks: 'const f = () => [1].map(f); f()',
  accessors: 'const o = { toString: () => o + 1 + String(o) }; String(o)',
  json: "JSON.parse('['.repeat(60000))",
  stringify: 'let o = []; for (let i = 0; i < 60000; i++) o = [o]; JSON.stringify(o)',
  proxies: 'let p = {}; for (let i = 0; i < 8000; i++) p = new Proxy(p, {}); p.x',
} as const

export type Bomb = keyof typeof bombs
export const bombNames = Object.keys(bombs) as Bomb[]

/** The reason that stopped the guest: always an error of the guest, never one of the host. */
export async function recurse(name: Bomb | 'source', stackBytes: number): Promise<string> {
  const memoryLimitBytes = 16 * 1024 * 1024
  if (name === 'source') {
    const deep = `${'('.repeat(60_000)}1${')'.repeat(60_000)}`
    const arrays = `${'['.repeat(60_000)}1${']'.repeat(60_000)}`
    const reasons = []
    for (const bundle of [deep, arrays]) {
      const guest = await bootGuest('', { bundle, stackBytes, memoryLimitBytes })
      reasons.push(...guest.why)
    }
    return reasons.join(' | ')
  }
  const guest = await bootGuest(bombs[name], { stackBytes, memoryLimitBytes, interruptBudget: 2_000 })
  return guest.why.join(' | ')
}
