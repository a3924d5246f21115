/** A file of the tree as the rules see it. */
export interface Source {
  /** From the root, with `/`: `terminal/flow/sale.ts`. */
  readonly path: string
  readonly text: string
  /** The text with comments blanked; the same length and lines. */
  readonly bare: string
  /** The text with comments, strings and regular expressions blanked; the same length and lines. */
  readonly code: string
}

export interface Finding {
  readonly path: string
  /** From 1. */
  readonly line: number
  /** What is wrong and what to do. */
  readonly what: string
}

/** Takes a file apart. What is no TypeScript or JavaScript keeps its text in all three. */
export function source(path: string, text: string): Source {
  if (!/\.(ts|tsx|mjs|js)$/.test(path)) return { path, text, bare: text, code: text }
  const { bare, code } = blank(text)
  return { path, text, bare, code }
}

/** The line, from 1, of the character at `index`. */
export function lineAt(text: string, index: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at >= 0 && at < index; at = text.indexOf('\n', at + 1)) line++
  return line
}

/** One finding for each match of `pattern` (which must be global) in `text` of `path`. */
export function findings(
  path: string,
  text: string,
  pattern: RegExp,
  what: (match: string) => string,
): Finding[] {
  return Array.from(text.matchAll(pattern), (match) => ({
    path,
    line: lineAt(text, match.index + (match[0].length - match[0].trimStart().length)),
    what: what(match[0].trim()),
  }))
}

interface Blanked {
  readonly bare: string
  readonly code: string
}

/** One pass over the text with a stack of template literals; enough of the grammar for this tree's style. */
function blank(text: string): Blanked {
  const bare = [...text.split('')]
  const code = [...bare]
  const hide = (target: string[], from: number, to: number): void => {
    for (let at = from; at < to; at++) if (target[at] !== '\n') target[at] = ' '
  }
  /** Depth of braces at which a `${` was opened, for each open template. */
  const templates: number[] = []
  let depth = 0
  let at = 0
  /** Hides template text from `from` and gives the index after its end or after `${`. */
  const template = (from: number): number => {
    let end = from
    while (end < text.length && text[end] !== '`' && text.slice(end, end + 2) !== '${')
      end += text[end] === '\\' ? 2 : 1
    hide(code, from, Math.min(end, text.length))
    if (text[end] !== '$') return end + 1
    templates.push(depth)
    depth++
    return end + 2
  }
  while (at < text.length) {
    const two = text.slice(at, at + 2)
    const one = text.charAt(at)
    if (two === '//' || two === '/*') {
      const close = two === '//' ? text.indexOf('\n', at) : text.indexOf('*/', at + 2) + 2
      const end = close < (two === '//' ? 0 : 2) ? text.length : close
      hide(bare, at, end)
      hide(code, at, end)
      at = end
    } else if (one === "'" || one === '"') {
      const end = quoted(text, at, one)
      hide(code, at + 1, end - 1)
      at = end
    } else if (one === '`') {
      at = template(at + 1)
    } else if (one === '/' && startsRegExp(text, at)) {
      const end = regExpEnd(text, at)
      hide(code, at + 1, end - 1)
      at = end
    } else if (one === '}' && templates.at(-1) === depth - 1) {
      templates.pop()
      depth--
      at = template(at + 1)
    } else {
      if (one === '{') depth++
      if (one === '}') depth--
      at++
    }
  }
  return { bare: bare.join(''), code: code.join('') }
}

/** Index after the closing quote, or of the end of the line where it is missing. */
function quoted(text: string, from: number, quote: string): number {
  let at = from + 1
  while (at < text.length && text[at] !== quote && text[at] !== '\n') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

/** A `/` begins a regular expression where no value can stand before it. */
function startsRegExp(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 40), at).trimEnd()
  return before === '' || /[(,=:[!&|?{};+>]$|\b(return|typeof|case|in|of)$/.test(before)
}

function regExpEnd(text: string, from: number): number {
  let inClass = false
  let at = from + 1
  for (; at < text.length && text[at] !== '\n'; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '[') inClass = true
    else if (text[at] === ']') inClass = false
    else if (text[at] === '/' && !inClass) return at + 1
  }
  return at
}
