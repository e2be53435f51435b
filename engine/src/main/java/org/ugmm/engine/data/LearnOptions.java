package org.ugmm.engine.data;

/**
 * How the parameters of a circuit are learned.
 *
 * @param seed of the order of rows in an epoch
 * @param threads number of threads; the result has the same bits for any number
 * @param precision of values, flows and the counts of some hundred rows; parameters and the counts
 *     of a batch are double
 * @param pseudoCount rows that each sum and each categorical leaf is taken to have seen before the
 *     data: spread evenly over the children of a sum, over the states of a leaf as the variable's
 *     own frequencies are. 0 for maximum likelihood
 * @param scalePseudoCount rows, with the variance of the whole variable, that each Gaussian leaf is
 *     taken to have seen. 0 for maximum likelihood
 * @param relativeScaleFloor smallest scale of a Gaussian leaf over the standard deviation of its
 *     variable; a quarter of the smallest gap between two values is a floor too
 */
public record LearnOptions(
    long seed,
    int threads,
    Precision precision,
    double pseudoCount,
    double scalePseudoCount,
    double relativeScaleFloor) {

  /** One pseudo-count each, a relative floor of 0.01, float, all processors. */
  public static final LearnOptions DEFAULT =
      new LearnOptions(
          1, Runtime.getRuntime().availableProcessors(), Precision.FLOAT, 0.1, 1, 0.01);

  /**
   * Checks the options.
   *
   * @throws IllegalArgumentException if there is no thread, or a number is negative or not finite
   */
  public LearnOptions {
    if (threads < 1) {
      throw new IllegalArgumentException("%d threads; expected at least 1".formatted(threads));
    }
    check("pseudo-count", pseudoCount);
    check("pseudo-count of scales", scalePseudoCount);
    check("relative floor of scales", relativeScaleFloor);
  }

  private static void check(String what, double value) {
    if (!(value >= 0) || value == Double.POSITIVE_INFINITY) {
      throw new IllegalArgumentException(
          "%s %s; expected a finite number of at least 0".formatted(what, value));
    }
  }

  /** The same with another seed. */
  public LearnOptions withSeed(long newSeed) {
    return new LearnOptions(
        newSeed, threads, precision, pseudoCount, scalePseudoCount, relativeScaleFloor);
  }

  /** The same with another number of threads. */
  public LearnOptions withThreads(int newThreads) {
    return new LearnOptions(
        seed, newThreads, precision, pseudoCount, scalePseudoCount, relativeScaleFloor);
  }

  /** The same with another precision. */
  public LearnOptions withPrecision(Precision newPrecision) {
    return new LearnOptions(
        seed, threads, newPrecision, pseudoCount, scalePseudoCount, relativeScaleFloor);
  }

  /** The same with other pseudo-counts, of sums and categorical leaves, and of scales. */
  public LearnOptions withPseudoCounts(double counts, double scaleCounts) {
    return new LearnOptions(seed, threads, precision, counts, scaleCounts, relativeScaleFloor);
  }

  /** The same with another relative floor of scales. */
  public LearnOptions withRelativeScaleFloor(double floor) {
    return new LearnOptions(seed, threads, precision, pseudoCount, scalePseudoCount, floor);
  }

  /**
   * What gradients climb, a row: {@code discriminative log p(class given the rest) + (1 -
   * discriminative) log p(row) / D} with D the number of variables.
   *
   * @param classVariable the class; empty where discriminative is 0
   * @param discriminative share of the class, 0 to 1: in between keeps what the model knows of the
   *     features, so that it still answers when some are missing
   */
  public record Objective(String classVariable, double discriminative) {
    /** The mean log-likelihood over the number of variables. */
    public static final Objective GENERATIVE = new Objective("", 0);

    /** Minus the cross-entropy of the class. */
    public static Objective discriminative(String classVariable) {
      return new Objective(classVariable, 1);
    }

    /**
     * Checks the share.
     *
     * @throws IllegalArgumentException if it is not from 0 to 1
     */
    public Objective {
      if (!(discriminative >= 0 && discriminative <= 1)) {
        throw new IllegalArgumentException(
            "discriminative share %s; expected 0 to 1".formatted(discriminative));
      }
    }
  }
}
