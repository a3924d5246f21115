import { posix } from 'node:path'
import { type Finding, lineAt, type Source } from './source.ts'

/** Links of documents to files that are not there, or to headings that are not in them. */
export function links(file: Source, tree: readonly Source[], exists: (path: string) => boolean): Finding[] {
  if (!file.path.endsWith('.md')) return []
  const text = withoutCode(file.text)
  const found: Finding[] = []
  for (const match of text.matchAll(/!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)|<img[^>]*\ssrc="([^"]+)"/g)) {
    const target = match[1] ?? match[2] ?? ''
    if (/^[a-z][a-z+.-]*:/i.test(target)) continue
    const why = broken(file, target, tree, exists)
    if (why !== undefined) found.push({ path: file.path, line: lineAt(text, match.index), what: why })
  }
  return found
}

function broken(
  file: Source,
  target: string,
  tree: readonly Source[],
  exists: (path: string) => boolean,
): string | undefined {
  const [name = '', anchor] = target.split('#')
  const path =
    name === ''
      ? file.path
      : posix.join(posix.dirname(file.path), decodeURIComponent(name)).replace(/\/$/, '')
  if (path.startsWith('..')) return `links to ${target} outside the tree: link inside`
  if (!exists(path)) return `links to ${target}, which is not there: mend the link`
  if (anchor === undefined || !path.endsWith('.md')) return undefined
  const document = tree.find((other) => other.path === path)
  if (document !== undefined && headings(document.text).has(decodeURIComponent(anchor))) return undefined
  return `links to ${target}, but ${path} has no such heading: mend the link`
}

/** Names of the headings as GitHub makes them: lower case, punctuation gone, blanks to dashes, repeats numbered. */
export function headings(markdown: string): Set<string> {
  const names = new Set<string>()
  for (const match of withoutCode(markdown, false).matchAll(/^#{1,6}[ \t]+(.+?)[ \t]*#*$/gm)) {
    const text = (match[1] ?? '').replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    const name = text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replace(/ /g, '-')
    let unique = name
    for (let count = 1; names.has(unique); count++) unique = `${name}-${count}`
    names.add(unique)
  }
  for (const match of markdown.matchAll(/<a\s+(?:id|name)="([^"]+)"/g)) names.add(match[1] ?? '')
  return names
}

/** The text with fenced blocks, and `inline` spans, blanked; lines stay. */
function withoutCode(markdown: string, inline = true): string {
  const hide = (part: string): string => part.replace(/[^\n]/g, ' ')
  const fenced = markdown.replace(/^[ \t]*(```+|~~~+)[^\n]*\n[\s\S]*?^[ \t]*\1[ \t]*$/gm, hide)
  return inline ? fenced.replace(/`[^`\n]*`/g, hide) : fenced
}
