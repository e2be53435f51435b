package org.ugmm.compiler.build;

import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.data.TrainingData;

/** A family of circuits over some columns; what it adds to a circuit has a start from the data. */
sealed interface Structure
    permits Mixture, FullGaussians, HiddenTree, Grid, RandomRegions, Forest, Given {

  /**
   * Adds nodes over the columns.
   *
   * @param cloud the rows that suggest the start
   * @param columns indices of the variables, at least one
   * @return the root of what was added
   */
  int addTo(CircuitBuilder builder, Cloud cloud, int[] columns, long seed);

  /** The same with no more states or components, for few rows. */
  Structure atMost(int states);

  /** The same, but such that other seeds give circuits that differ more; good for mixing. */
  Structure varied();

  /** Weights over so many columns, about: what a pass over a row costs. */
  double numWeights(int numColumns);

  /** Whether its parameters are learned; else they are what the start says. */
  default boolean isLearned() {
    return true;
  }

  /**
   * Multiply-adds that adding it takes, about, where that is more than some passes over the rows.
   */
  default double startWork(TrainingData train) {
    return 0;
  }

  /** What a table of candidates shows. */
  String label();
}
