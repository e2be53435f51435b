package org.ugmm.engine.kernel;

/**
 * Where the coefficients of a block of Gaussian units stand: unit j, input k, number p (0: a, 1:
 * mean, 2: c) at {@code ((j / stride * n + k) * 3 + p) * stride + j % stride}.
 *
 * @param numUnits M
 * @param numInputs n
 * @param stride 1 for a block of one unit, else the lanes of a vector
 */
public record GaussianBlock(int numUnits, int numInputs, int stride) {
  /** The layout that kernels of so many lanes expect. */
  public static GaussianBlock of(int numUnits, int numInputs, int lanes) {
    return new GaussianBlock(numUnits, numInputs, stride(numUnits, lanes));
  }

  static int stride(int numUnits, int lanes) {
    return numUnits == 1 ? 1 : lanes;
  }

  /** Number of slots that kernels write: M rounded up to a multiple of the stride. */
  public int numSlots() {
    return (numUnits + stride - 1) / stride * stride;
  }

  /** Number of coefficients. */
  public int size() {
    return Math.multiplyExact(Math.multiplyExact(numSlots(), numInputs), 3);
  }

  /** Index of the first coefficient of a component; the next is {@link #stride} further. */
  public int at(int unit, int input) {
    return (unit / stride * numInputs + input) * 3 * stride + unit % stride;
  }
}
