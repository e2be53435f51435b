package org.ugmm.engine.kernel;

import java.util.List;
import java.util.SplittableRandom;
import org.ugmm.engine.kernel.scalar.ScalarProvider;
import org.ugmm.engine.kernel.simd.VectorProvider;

/** One provider in one precision under test, with its arrays seen as doubles. */
abstract class Precision<A> {
  final Kernels<A> kernels;
  final double epsilon;

  /** log2 of the smallest normal number. */
  final int minExponent;

  /** The unit of mantissas. */
  final double unit;

  private Precision(Kernels<A> kernels, double epsilon, int minExponent) {
    this.kernels = kernels;
    this.epsilon = epsilon;
    this.minExponent = minExponent;
    unit = epsilon < 1e-10 ? 1 : 0x1p30;
  }

  /** Rows of tiles that the kernels take whole, 16 or more. */
  final int[] tiles() {
    int tile = Math.max(16, kernels.tile());
    return new int[] {tile, 2 * tile, 3 * tile};
  }

  abstract A array(double[] values);

  abstract double[] values(A array);

  /** The value as this precision stores it. */
  abstract double round(double value);

  @Override
  public String toString() {
    return kernels.provider() + (epsilon < 1e-10 ? " double" : " float");
  }

  static List<Precision<?>> all() {
    return List.of(
        new OfDouble(new ScalarProvider().doubles()),
        new OfDouble(new VectorProvider().doubles()),
        new OfFloat(new ScalarProvider().floats()),
        new OfFloat(new VectorProvider().floats()));
  }

  /** Uniform values, one in eight of them negative infinity when asked. */
  double[] random(SplittableRandom random, int n, double lo, double hi, boolean withZeros) {
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] =
          withZeros && random.nextInt(8) == 0
              ? Double.NEGATIVE_INFINITY
              : round(random.nextDouble(lo, hi));
    }
    return values;
  }

  private static final class OfDouble extends Precision<double[]> {
    OfDouble(Kernels<double[]> kernels) {
      super(kernels, 0x1p-53, -1022);
    }

    @Override
    double[] array(double[] values) {
      return values.clone();
    }

    @Override
    double[] values(double[] array) {
      return array.clone();
    }

    @Override
    double round(double value) {
      return value;
    }
  }

  private static final class OfFloat extends Precision<float[]> {
    OfFloat(Kernels<float[]> kernels) {
      super(kernels, 0x1p-24, -126);
    }

    @Override
    float[] array(double[] values) {
      float[] rounded = new float[values.length];
      for (int i = 0; i < values.length; i++) {
        rounded[i] = (float) values[i];
      }
      return rounded;
    }

    @Override
    double[] values(float[] array) {
      double[] values = new double[array.length];
      for (int i = 0; i < array.length; i++) {
        values[i] = array[i];
      }
      return values;
    }

    @Override
    double round(double value) {
      return (float) value;
    }
  }
}
