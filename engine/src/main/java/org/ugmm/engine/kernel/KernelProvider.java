package org.ugmm.engine.kernel;

/** A source of kernels in both precisions. */
public interface KernelProvider {
  Kernels<double[]> doubles();

  Kernels<float[]> floats();

  MaxKernels max();

  DownwardKernels downward();

  RangeKernels ranges();

  /** Bits of a vector, 0 for scalar kernels. */
  int vectorBits();
}
