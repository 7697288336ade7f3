/** A vitest reporter whose last line says how many tests ran. */
export default class CountReporter {
  /** @param {ReadonlyArray<import('vitest/node').TestModule>} modules */
  onTestRunEnd(modules) {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 }
    for (const module of modules) {
      if (!module.ok() && module.children.size === 0) count.failed++
      for (const test of module.children.allTests()) count[test.result().state]++
    }
    console.log(`${count.passed} passed, ${count.failed + count.pending} failed, ${count.skipped} skipped`)
  }
}
