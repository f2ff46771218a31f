/**
 * Threads for Striate on a host that cannot send headers (GitHub Pages and other static hosts): a service worker adds
 * them. One file, which is both the page's script and the service worker. To use it:
 *
 * 1. copy it beside your index.html (a service worker serves its own folder and what is below);
 * 2. make it the first script of the page: <script src="isolate.js"></script>
 *
 * What it does: on the first visit it installs itself and reloads the page once. From then on every answer of your host
 * gets the headers by which a browser isolates the page and lets its threads share memory.
 *
 * What it costs: that one reload; a detour through the service worker, about a millisecond a request; and, as with headers
 * from the host itself, images, scripts and frames of other hosts load only if these allow it (CORS, or a header
 * Cross-Origin-Resource-Policy: cross-origin), and windows opened from other origins lose their tie to the page.
 * It needs https (or localhost). Without it, or where service workers are off, the engine runs on one thread and
 * `striate.info.notes` says so.
 *
 * To be rid of it, replace the file by one line, and leave that there for some weeks:
 *   self.registration?.unregister();
 */
(() => {
  if (typeof document === 'undefined') serviceWorker();
  else page();

  function serviceWorker() {
    addEventListener('install', () => skipWaiting());
    addEventListener('activate', (event) => event.waitUntil(clients.claim()));
    addEventListener('fetch', (event) => {
      const { request } = event;
      // A request of the developer tools that may not be passed on.
      if (request.cache === 'only-if-cached' && request.mode !== 'same-origin') return;
      event.respondWith(isolated(request));
    });
  }

  async function isolated(request) {
    const response = await fetch(request);
    // Of another origin, or a redirection: nothing in it may be changed, and nothing needs to.
    if (response.type !== 'basic' && response.type !== 'default') return response;
    const headers = new Headers(response.headers);
    headers.set('Cross-Origin-Opener-Policy', 'same-origin');
    headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
    headers.set('Cross-Origin-Resource-Policy', 'same-origin');
    const { status, statusText } = response;
    return new Response(response.body, { status, statusText, headers });
  }

  async function page() {
    // Isolated already, or never: no https, service workers are off.
    if (crossOriginIsolated || !isSecureContext || !('serviceWorker' in navigator)) return;
    const script = document.currentScript.src;
    // Once: a browser in which it does not help must not reload for ever.
    const reloaded = 'striate-isolated';
    if (sessionStorage.getItem(reloaded)) return;
    try {
      await navigator.serviceWorker.register(script);
      await navigator.serviceWorker.ready;
    } catch (error) {
      console.warn('isolate.js: no service worker, so one thread:', error);
      return;
    }
    sessionStorage.setItem(reloaded, 'yes');
    location.reload();
  }
})();
