package org.ugmm.testdata;

/**
 * Probabilities of intervals under the standard normal distribution, in double, by brute
 * integration of the density; accurate in both tails.
 */
public final class NormalInterval {

  private static final int PANELS = 96;
  // Gauss-Legendre with six points on [-1, 1]: positive abscissae and weights.
  private static final double[] ABSCISSA = {
    0.238619186083196908630501721681,
    0.661209386466264513661399595020,
    0.932469514203152027812301554494
  };
  private static final double[] WEIGHT = {
    0.467913934572691047389870343990,
    0.360761573048138607569833513838,
    0.171324492379170345040296142173
  };

  private NormalInterval() {}

  /**
   * log(Phi(b) - Phi(a)); either end may be infinite.
   *
   * @return -infinity unless a &lt; b
   */
  public static double log(double a, double b) {
    if (!(a < b)) {
      return Double.NEGATIVE_INFINITY;
    }
    double mode = Math.max(a, Math.min(b, 0));
    double integral = fromMode(Math.abs(mode), b - mode, mode >= 0 ? 1 : -1, 1);
    integral += fromMode(Math.abs(mode), mode - a, mode >= 0 ? 1 : -1, -1);
    return Math.log(integral) - mode * mode / 2 - 0.5 * Math.log(2 * Math.PI);
  }

  /**
   * The integral over u in [0, length] of exp(-((m + s d u)^2 - m^2) / 2), where m is the distance
   * of the mode from 0, on the side s, and d the direction. It is 0 unless the density falls that
   * way, because the mode is the nearest point to 0.
   */
  private static double fromMode(double m, double length, int side, int direction) {
    if (!(length > 0)) {
      return 0;
    }
    double slope = side * direction * m;
    double reach = Math.min(length, 90 / (slope + Math.sqrt(slope * slope + 90)));
    double half = reach / PANELS / 2;
    double sum = 0;
    for (int panel = PANELS - 1; panel >= 0; panel--) {
      double centre = (2 * panel + 1) * half;
      for (int i = 0; i < ABSCISSA.length; i++) {
        double right = centre + half * ABSCISSA[i];
        double left = centre - half * ABSCISSA[i];
        sum +=
            WEIGHT[i]
                * (Math.exp(-right * (right / 2 + slope)) + Math.exp(-left * (left / 2 + slope)));
      }
    }
    return sum * half;
  }
}
