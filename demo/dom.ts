/** The two things that every panel does with the document: find its elements, and make new ones. */

/** An element of the page by its id. Throws where the page has none of that type: a defect, not a state. */
export function byId<T extends Element>(id: string, type: new () => T): T {
  const found = document.getElementById(id)
  if (found instanceof type) return found
  throw new Error(`the page has no ${type.name} with the id ${id}`)
}

/** A new element with properties and children; text is set as text, so nothing that it holds is markup. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = Object.assign(document.createElement(tag), properties)
  element.append(...children)
  return element
}

/** Hands a file to the user. */
export function download(name: string, content: Blob): void {
  const url = URL.createObjectURL(content)
  make('a', { href: url, download: name }).click()
  // The download has its own reference by then; at once would be too early for some browsers.
  setTimeout(() => {
    URL.revokeObjectURL(url)
  }, 10_000)
}
