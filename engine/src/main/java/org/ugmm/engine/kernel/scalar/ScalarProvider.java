package org.ugmm.engine.kernel.scalar;

import org.ugmm.engine.kernel.DownwardKernels;
import org.ugmm.engine.kernel.KernelProvider;
import org.ugmm.engine.kernel.Kernels;
import org.ugmm.engine.kernel.MaxKernels;
import org.ugmm.engine.kernel.RangeKernels;

/** Kernels without the Vector API. */
public final class ScalarProvider implements KernelProvider {
  @Override
  public Kernels<double[]> doubles() {
    return new Kernels<>(
        "scalar",
        1,
        16,
        new ScalarDoubleGaussian(1),
        new ScalarDoubleDense(),
        new ScalarDoubleScaling(),
        new ScalarDoubleLinear(),
        new ScalarDoubleTraining(),
        new ScalarDoubleUnits(1));
  }

  @Override
  public Kernels<float[]> floats() {
    return new Kernels<>(
        "scalar",
        1,
        16,
        new ScalarFloatGaussian(1),
        new ScalarFloatDense(),
        new ScalarFloatScaling(),
        new ScalarFloatLinear(),
        new ScalarFloatTraining(),
        new ScalarFloatUnits(1));
  }

  @Override
  public MaxKernels max() {
    return new ScalarMax();
  }

  @Override
  public DownwardKernels downward() {
    return new ScalarDownward();
  }

  @Override
  public RangeKernels ranges() {
    return new ScalarRange();
  }

  @Override
  public int vectorBits() {
    return 0;
  }
}
