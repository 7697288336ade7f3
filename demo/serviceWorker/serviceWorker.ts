/**
 * The page without a network: its files are kept as `files.json` lists them, brought up to date whenever the page is
 * opened with a network. The digits are not its business; the page keeps those itself.
 */

const cacheName = 'wgrad-page'
const scope = self as unknown as ServiceWorkerGlobalScope

scope.addEventListener('install', (event) => {
  event.waitUntil(update().then(() => scope.skipWaiting()))
})

scope.addEventListener('activate', (event) => {
  event.waitUntil(scope.clients.claim())
})

scope.addEventListener('fetch', (event) => {
  const { request } = event
  if (request.method !== 'GET' || !request.url.startsWith(scope.registration.scope)) return
  if (request.mode === 'navigate') event.respondWith(openPage(event))
  else if (request.url.includes('/assets/')) event.respondWith(keptOrFetched(request))
})

/** The newest page, where there is a network. */
async function openPage(event: FetchEvent): Promise<Response> {
  try {
    const response = await fetch(event.request)
    event.waitUntil(update().catch(() => undefined))
    return response
  } catch (error) {
    const kept = await caches.match(scope.registration.scope, { ignoreSearch: true })
    if (kept === undefined) throw error
    return kept
  }
}

/** A file whose name has its hash never changes. */
async function keptOrFetched(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? (await fetch(request))
}

/** Keeps what is listed and is not there yet, the start page always, and drops the rest. */
async function update(): Promise<void> {
  const response = await fetch('files.json', { cache: 'no-store' })
  const names = (await response.json()) as string[]
  const wanted = names.map((name) => new URL(name, scope.registration.scope).href)
  const cache = await caches.open(cacheName)
  const kept = (await cache.keys()).map(({ url }) => url)
  const missing = wanted.filter((url) => !kept.includes(url) || !url.includes('/assets/'))
  await cache.addAll(missing)
  await Promise.all(kept.filter((url) => !wanted.includes(url)).map((url) => cache.delete(url)))
}
