import { useEffect, useState } from 'preact/hooks'

/** Where two pixels of the page for one of the glass have no room (style/base.css has the same conditions). */
const SMALL = '(max-width: 560px), (max-height: 720px) and (min-width: 1000px)'

/** Pixels of the page for one of the glass: 2, or 1.5 where the page is narrow or low. */
export function useScale(): number {
  const [small, setSmall] = useState(() => window.matchMedia(SMALL).matches)
  useEffect(() => {
    const query = window.matchMedia(SMALL)
    const follow = (): void => setSmall(query.matches)
    query.addEventListener('change', follow)
    return () => query.removeEventListener('change', follow)
  }, [])
  return small ? 1.5 : 2
}
