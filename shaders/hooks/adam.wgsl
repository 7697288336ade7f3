// Store hook: Adam (Kingma & Ba 2015, end of section 2); takes a gradient, gives the new parameter.
// The bias correction is folded into step.learning_rate and step.epsilon.

override ONE_MINUS_BETA1: f32;
override ONE_MINUS_BETA2: f32;

@group(0) @binding(0) var<storage, read_write> first_moment: array<Stored>;  // [M, N] f32
@group(0) @binding(1) var<storage, read_write> second_moment: array<Stored>; // [M, N] f32

fn store_adam(value: Stored, row: u32, column: u32, index: u32) -> Stored {
  let m_before = first_moment[index]; // read once: on a processor memory costs more than the arithmetic
  let v_before = second_moment[index];
  let m = m_before + ONE_MINUS_BETA1 * (value - m_before);
  let v = v_before + ONE_MINUS_BETA2 * (value * value - v_before);
  first_moment[index] = settled(m);
  second_moment[index] = settled(v);
  return out[index] - step.learning_rate * m / (sqrt(v) + step.epsilon);
}

// 0 in the place of what is too small to matter. A moment that decays would end among the denormal numbers, since nine
// tenths of the least of them is rounded to the least, and to a processor one operation with it is as long as a hundred.
fn settled(moment: Stored) -> Stored {
  return select(moment, Stored(), abs(moment) < Stored(1e-30));
}
