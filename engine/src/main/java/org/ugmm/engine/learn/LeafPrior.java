package org.ugmm.engine.learn;

/**
 * What the leaves on a variable are taken to have seen before the data, and how sharp they may be.
 *
 * @param frequency [K] of the states of a categorical variable, adding to 1; empty for a real
 * @param pseudoCount rows with these frequencies; of histograms, spread evenly over their bins
 * @param mean of a real variable
 * @param variance of a real variable
 * @param scalePseudoCount rows with this mean and variance; of Gaussians, with the variance alone
 * @param scaleFloor smallest scale of a leaf
 */
record LeafPrior(
    double[] frequency,
    double pseudoCount,
    double mean,
    double variance,
    double scalePseudoCount,
    double scaleFloor) {
  /** Prior of a categorical variable. */
  static LeafPrior categorical(double[] frequency, double pseudoCount) {
    return new LeafPrior(frequency, pseudoCount, 0, 1, 0, 0);
  }

  /** Prior of a real variable. */
  static LeafPrior real(
      double pseudoCount, double mean, double variance, double scalePseudoCount, double floor) {
    return new LeafPrior(new double[0], pseudoCount, mean, variance, scalePseudoCount, floor);
  }

  /** What values of a real variable are measured in: its standard deviation. */
  double unit() {
    return Math.sqrt(variance);
  }
}
