// The page only asks; the device lives in the worker.
const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })
worker.onmessage = ({ data }) => {
  document.title = JSON.stringify(data)
}
worker.onerror = ({ message }) => {
  document.title = JSON.stringify({ error: message })
}
