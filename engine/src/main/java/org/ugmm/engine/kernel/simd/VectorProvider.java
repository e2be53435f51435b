package org.ugmm.engine.kernel.simd;

import jdk.incubator.vector.VectorShape;
import org.ugmm.engine.kernel.DownwardKernels;
import org.ugmm.engine.kernel.KernelProvider;
import org.ugmm.engine.kernel.Kernels;
import org.ugmm.engine.kernel.MaxKernels;
import org.ugmm.engine.kernel.RangeKernels;

/** Kernels on the Vector API; loaded by name only. */
public final class VectorProvider implements KernelProvider {
  @Override
  public Kernels<double[]> doubles() {
    return new Kernels<>(
        "simd",
        VectorDoubleMath.LANES,
        2 * VectorDoubleMath.LANES,
        new VectorDoubleGaussian(),
        new VectorDoubleDense(),
        new VectorDoubleScaling(),
        new VectorDoubleLinear(),
        new VectorDoubleTraining(),
        new VectorDoubleUnits());
  }

  @Override
  public Kernels<float[]> floats() {
    return new Kernels<>(
        "simd",
        VectorFloatMath.LANES,
        2 * VectorFloatMath.LANES,
        new VectorFloatGaussian(),
        new VectorFloatDense(),
        new VectorFloatScaling(),
        new VectorFloatLinear(),
        new VectorFloatTraining(),
        new VectorFloatUnits());
  }

  @Override
  public MaxKernels max() {
    return new VectorMax();
  }

  @Override
  public DownwardKernels downward() {
    return new VectorDownward();
  }

  @Override
  public RangeKernels ranges() {
    return new VectorRange();
  }

  @Override
  public int vectorBits() {
    return VectorShape.preferredShape().vectorBitSize();
  }
}
