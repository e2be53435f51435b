package org.ugmm.compiler.read.circuit;

/** Natural logs of probabilities. */
final class Logs {
  private static final double LOG_2 = 0.6931471805599453;

  private Logs() {}

  /** log(1 - exp(a)) without cancellation, for a <= 0. */
  static double complement(double a) {
    return a > -LOG_2 ? Math.log(-Math.expm1(a)) : Math.log1p(-Math.exp(a));
  }

  /** Natural logs of numbers. */
  static double[] of(double... linear) {
    double[] logs = new double[linear.length];
    for (int i = 0; i < logs.length; i++) {
      logs[i] = Math.log(linear[i]);
    }
    return logs;
  }
}
