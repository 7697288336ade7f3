/** What a page loads to read what a model makes of examples: see calls.ts. */
export { activations, saliency } from './inspect.ts'
export { predict } from './predict.ts'
