/** The labels of what the library makes on a device: a tool or a message there tells it apart from what is the user's. */
export function labelOf(name: string): string {
  return `wgrad: ${name}`
}
