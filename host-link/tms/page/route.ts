import { useEffect, useState } from 'preact/hooks'

/** `#/terminals/SN1?filter=…`: parts of the path, decoded, and its question. */
export interface Route {
  readonly parts: readonly string[]
  readonly query: Readonly<Record<string, string>>
}

export function readRoute(hash: string): Route {
  const [path = '', question = ''] = hash.replace(/^#\/?/, '').split('?')
  return {
    parts: path
      .split('/')
      .filter((part) => part !== '')
      .map(decoded),
    query: Object.fromEntries(new URLSearchParams(question)),
  }
}

/** A link within the page. */
export function linkTo(parts: readonly string[], query: Readonly<Record<string, string>> = {}): string {
  const question = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== '')).toString()
  return `#/${parts.map(encodeURIComponent).join('/')}${question === '' ? '' : `?${question}`}`
}

export function useRoute(): Route {
  const [route, setRoute] = useState(() => readRoute(location.hash))
  useEffect(() => {
    const changed = (): void => setRoute(readRoute(location.hash))
    addEventListener('hashchange', changed)
    return () => removeEventListener('hashchange', changed)
  }, [])
  return route
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
