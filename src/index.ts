export const a: GPUBufferUsageFlags = 1; export function f(d: GPUDevice) { return d.features.has('subgroups') }
