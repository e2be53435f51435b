package org.ugmm.engine.kernel;

/**
 * Coefficients of Gaussian components as {@link GaussianKernels} read them.
 *
 * <p>With {@code s = sqrt(log2(e) / 2) / scale}, {@code m = mean} and {@code c = log2(weight /
 * (scale * sqrt(2 pi)))}, the log2 of weight times density at z is {@code c - ((z - m) s)^2}.
 */
final class GaussianCoefficients {
  private static final double LOG2_E = 1.4426950408889634;
  private static final double SQRT_HALF_LOG2_E = 0.8493218002880191;
  private static final double LOG2_SQRT_2PI = 1.3257480647361595;

  private GaussianCoefficients() {}

  /**
   * Writes component {@code k} of a unit of {@code n}.
   *
   * @param coef coefficients of the unit, {@code 3 n} from {@code from}
   * @param logWeight natural log of the weight, negative infinity for weight zero
   */
  static void put(
      double[] coef, int from, int n, int k, double mean, double scale, double logWeight) {
    double s = SQRT_HALF_LOG2_E / scale;
    coef[from + k] = s;
    coef[from + n + k] = mean;
    coef[from + 2 * n + k] = logWeight * LOG2_E - Math.log(scale) * LOG2_E - LOG2_SQRT_2PI;
  }

  /**
   * Divides the components of a unit by the largest: subtracts the maximum of the c plane from it
   * and returns that maximum, 0 if all are negative infinity.
   */
  static double shift(double[] coef, int from, int n) {
    double max = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < n; k++) {
      max = Math.max(max, coef[from + 2 * n + k]);
    }
    if (max == Double.NEGATIVE_INFINITY) {
      return 0;
    }
    for (int k = 0; k < n; k++) {
      coef[from + 2 * n + k] -= max;
    }
    return max;
  }

  /** Rounds coefficients to single precision. */
  static float[] toFloat(double[] coef) {
    float[] rounded = new float[coef.length];
    for (int i = 0; i < coef.length; i++) {
      rounded[i] = (float) coef[i];
    }
    return rounded;
  }
}
