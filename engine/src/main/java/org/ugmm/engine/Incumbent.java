package org.ugmm.engine;

/** The best assignment found so far. */
final class Incumbent {
  /** [numDimensions] the assignment; meaningful when value is above -infinity. */
  final double[] point;

  /** A proven lower bound on the natural log of the function at the point. */
  double value = Double.NEGATIVE_INFINITY;

  Incumbent(int numDimensions) {
    point = new double[numDimensions];
  }

  /** Takes a point that is better than the one held. */
  boolean offer(double[] candidate, double candidateValue) {
    if (!(candidateValue > value)) {
      return false;
    }
    System.arraycopy(candidate, 0, point, 0, point.length);
    value = candidateValue;
    return true;
  }
}
