// Registers the service worker (service-worker.ts), in the built page and where the browser has any: in secure contexts.

/** Never fails: without it the page works as well, but not offline. */
export function keepForOffline(): void {
  if (!import.meta.env.PROD) return; // Vite's development server has no files to keep
  // When all is there: what it fetches to keep comes from the HTTP cache then.
  window.addEventListener("load", () => void register().catch(() => {}));
}

/** Browsers look for a new version when it suits them: asked to, they do so at every visit. */
async function register(): Promise<void> {
  const registration = await navigator.serviceWorker?.register("service-worker.js", { scope: "./" });
  await registration?.update();
}
