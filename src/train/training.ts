/** What a page loads to train, and to evaluate what it trained: see calls.ts. */
export { evaluate } from './evaluate.ts'
export { fit } from './fit.ts'
export { warmUp } from './warmUp.ts'
