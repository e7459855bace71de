/** Directory of the wasm modules, relative to the script that asks; set by the build. */
declare const __VARIORUM_WASM__: string;
/** package.json's version; set by the build. */
declare const __VARIORUM_VERSION__: string;

interface ImportMeta {
  /** Vite's: false in its development server. */
  readonly env: { readonly PROD: boolean };
}
