import { parseAst } from 'rollup/parseAst'

/**
 * What a bundle must not use: names and syntax that the oldest engine (QuickJS 2021-03-27, ES2020) lacks, and globals
 * that no bare QuickJS has or that the runtime takes away. The compiler's `lib` refuses them in our sources; this
 * looks at what is shipped, packages included.
 */
// biome-ignore format: one row a reason
const refused = {
  methods: {
    'after ES2020': ['at', 'hasOwn', 'findLast', 'findLastIndex', 'toSorted', 'toReversed', 'toSpliced', 'groupBy',
                     'withResolvers', 'isWellFormed', 'toWellFormed', 'fromAsync'],
    'wrong in QuickJS 2025-09-13 for negative numbers': ['asUintN'],
    'not a function of the device': ['random'],
  },
  globals: {
    'not in a bare QuickJS':  ['TextEncoder', 'TextDecoder', 'structuredClone', 'Intl', 'setTimeout', 'setInterval',
                               'console', 'URL', 'atob', 'btoa', 'crypto', 'process', 'Buffer', 'queueMicrotask',
                               'performance', 'Atomics', 'window', 'self'],
    'after ES2020':           ['WeakRef', 'FinalizationRegistry', 'Iterator', 'Temporal'],
    'time is the device’s':   ['Date'],
    'text is not program':    ['eval', 'Function'],
  },
  syntax: {
    'after ES2020': ['StaticBlock', 'ImportExpression'],
  },
} as const

interface Node {
  readonly type: string
  readonly start: number
  readonly [name: string]: unknown
}

/** Every refused thing in `code`, one sentence each; empty when the oldest engine runs it. */
export function refusals(code: string): string[] {
  const found: string[] = []
  const say = (what: string, why: string, node: Node) => {
    // `random` is also a call of the secure element: only Math has the refused one
    found.push(`${what} (${why}) in “${code.slice(node.start, node.start + 40)}”`)
  }
  walk(parseAst(code) as unknown as Node, (node, parent, key) => {
    look(refused.syntax, node.type, (why) => say(node.type, why, node))
    if (node.type === 'Identifier' && isReference(parent, key)) {
      look(refused.globals, String(node.name), (why) => say(String(node.name), why, node))
    }
    const callee = node.type === 'CallExpression' ? (node.callee as Node) : undefined
    if (callee?.type === 'MemberExpression' && callee.computed !== true) {
      const name = String((callee.property as Node).name)
      const isMath = (callee.object as Node).name === 'Math'
      if (name !== 'random' || isMath) look(refused.methods, name, (why) => say(`.${name}()`, why, node))
    }
    if (node.type === 'BinaryExpression' && (node.left as Node).type === 'PrivateIdentifier') {
      say('#x in o', 'after ES2020', node)
    }
    const flags = (node.regex as { flags?: string } | undefined)?.flags
    if (node.type === 'Literal' && flags !== undefined && /[dv]/.test(flags)) {
      say(`regular expression flag ${flags}`, 'after ES2020', node)
    }
  })
  return found
}

function look(
  table: { readonly [why: string]: readonly string[] },
  name: string,
  then: (why: string) => void,
): void {
  for (const [why, names] of Object.entries(table)) if (names.includes(name)) then(why)
}

/** False for property names: `o.Date` and `{ Date: 1 }` are nobody's global. */
function isReference(parent: Node | undefined, key: string): boolean {
  if (parent?.computed === true) return true
  const isName = key === 'property' || (key === 'key' && parent?.shorthand !== true)
  return !isName
}

function walk(
  node: Node,
  visit: (node: Node, parent: Node | undefined, key: string) => void,
  parent?: Node,
  key = '',
): void {
  visit(node, parent, key)
  for (const [name, value] of Object.entries(node)) {
    const children: readonly unknown[] = Array.isArray(value) ? value : [value]
    for (const child of children) {
      if (typeof child === 'object' && child !== null && 'type' in child)
        walk(child as Node, visit, node, name)
    }
  }
}
