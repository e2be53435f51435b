package org.ugmm.engine.batch.error;

/**
 * What is known before any row about the error of some values of a plan: value i is computed as a
 * number whose log2 differs from the true one by at most {@code a[i] + b[i] D + c[i] sqrt(D)}, D
 * being how far the log2 of either lies below {@code peak[i]}. Mutable while it is built.
 */
final class ErrorTerms {
  /** [n] what does not depend on the row. */
  final double[] a;

  /** [n] by the depth below the peak. */
  final double[] b;

  /** [n] by the root of the depth below the peak. */
  final double[] c;

  /** [n] log2 of an upper bound of the value in any row; -infinity for a constant zero. */
  final double[] peak;

  ErrorTerms(int n) {
    a = new double[n];
    b = new double[n];
    c = new double[n];
    peak = new double[n];
  }

  /** Value 0 of one. */
  static ErrorTerms of(double a, double b, double c, double peak) {
    ErrorTerms terms = new ErrorTerms(1);
    terms.set(0, a, b, c, peak);
    return terms;
  }

  void set(int i, double a, double b, double c, double peak) {
    boolean isZero = peak == Double.NEGATIVE_INFINITY;
    this.a[i] = isZero ? 0 : a;
    this.b[i] = isZero ? 0 : b;
    this.c[i] = isZero ? 0 : c;
    this.peak[i] = peak;
  }

  void set(int i, ErrorTerms from, int j) {
    set(i, from.a[j], from.b[j], from.c[j], from.peak[j]);
  }

  /** The error of value i, in units of log2, where its computed log2 is as given. */
  double error(int i, double log2) {
    double depth = Math.max(0, peak[i] - log2) + a[i];
    return a[i] + b[i] * depth + c[i] * Math.sqrt(depth);
  }
}
