package org.ugmm.engine.learn;

import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Variable;

/**
 * What learning needs to know of a kind of leaf; a leaf is a distribution of its variable here.
 * Parameters are those of the leaf at {@code [at, ...)} of an array, statistics sums over rows of
 * its flow times something.
 */
sealed interface LeafKind permits GaussianLeaf, CategoricalLeaf, FixedLeaf, FamilyLeaf {
  /** The kind of a leaf node. */
  static LeafKind of(NodeKind kind) {
    return switch (kind) {
      case GAUSSIAN -> GaussianLeaf.KIND;
      case CATEGORICAL -> CategoricalLeaf.KIND;
      case BASE, CONSTANT -> FixedLeaf.KIND;
      case HISTOGRAM, POISSON, UNIFORM, EXPONENTIAL, GAMMA, LOG_NORMAL -> FamilyLeaf.of(kind);
      default -> throw new IllegalArgumentException(kind + " is no leaf");
    };
  }

  /** Number of statistics of a leaf. */
  int numStatistics(int numParameters);

  /**
   * Natural log of the integral of what the circuit calls the leaf's value. The parameters come as
   * the circuit has them and leave as learning has them, those of a distribution where that is
   * possible.
   *
   * @param variable of the leaf; null for a constant
   */
  double normalise(@Nullable Variable variable, double[] parameter, int at, int numParameters);

  /**
   * Natural log of the leaf's probability or density.
   *
   * @param variable of the leaf; null for a constant
   * @param x value or state index, NaN where there is none
   * @param soft what is known where there is no value, as {@link
   *     org.ugmm.engine.data.TrainingData#soft}; null for nothing
   */
  double logValue(
      @Nullable Variable variable,
      double[] parameter,
      int at,
      int numParameters,
      double x,
      double @Nullable [] soft);

  /**
   * Adds a row's flow to the statistics of a leaf; nothing where nothing is known.
   *
   * @param variable of the leaf; may be null where there is a value
   */
  void count(
      @Nullable Variable variable,
      double[] parameter,
      int at,
      int numParameters,
      double x,
      double @Nullable [] soft,
      double flow,
      double[] statistics,
      int to);

  /**
   * The parameters that maximise the expected log-likelihood of the old distribution, seen in
   * {@code kept} rows, the statistics times {@code step}, and the prior times {@code priorShare}.
   */
  void update(
      double[] parameter,
      int at,
      int numParameters,
      double kept,
      double[] statistics,
      int from,
      double step,
      LeafPrior prior,
      double priorShare);

  /** Log of the prior that {@link #update} maximises with, up to a constant. */
  double logPrior(double[] parameter, int at, int numParameters, LeafPrior prior);
}
