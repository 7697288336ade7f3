// What differs from one training step to the next. A row of a uniform table, bound with a dynamic offset; linking
// appends this file to every shader that reads `step`.

struct Step {
  begin: u32,         // first example of the batch, as a place in the permutation
  count: u32,         // rows of the batch that count; a partial last batch has fewer than the batch size
  metrics_row: u32,   // row of the metrics that this step writes
  learning_rate: f32, // with the optimiser's bias correction folded in
  epsilon: f32,       // likewise
}

@group(1) @binding(0) var<uniform> step: Step;
