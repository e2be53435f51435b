package org.ugmm.engine.mpe;

/** The best assignment found so far. */
public final class Incumbent {
  /** [numDimensions] the assignment; meaningful when value is above -infinity. */
  public final double[] point;

  /** A proven lower bound on the natural log of the function at the point. */
  public double value = Double.NEGATIVE_INFINITY;

  public Incumbent(int numDimensions) {
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
