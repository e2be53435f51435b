package org.ugmm.compiler.build.network;

import org.ugmm.engine.network.NetworkLearner.Step;

/**
 * How long training lasts and how far its steps go.
 *
 * @param batch rows of a step
 * @param epochs passes over the rows
 * @param rate of the first steps
 * @param pace how steps shrink
 * @param dropout of the first layer
 * @param leastLogScale smallest log of a scale, in spreads
 * @param patience epochs without a better score after which training ends
 */
record Course(
    int batch,
    int epochs,
    double rate,
    Pace pace,
    double dropout,
    double leastLogScale,
    int patience) {

  /** How steps shrink on the way. */
  enum Pace {
    /** Evenly, to nothing. */
    EVENLY,
    /** Twice, tenfold: the paper's networks of class densities. */
    TWICE,
    /** Not at all: the paper's density of all columns. */
    NEVER
  }

  private static final double CLIP = 1;
  private static final double RATE = 2e-2;
  private static final double LEAST_LOG_SCALE = -4;

  /**
   * Narrower components make a network no better at telling classes apart, and its values change so
   * fast with an input that fewer answers can be proven where inputs are missing.
   */
  private static final double LEAST_LOG_SCALE_OF_CLASSES = -1;

  /** Steps that grow to full length at the start, of an even course. */
  private static final double WARM_UP = 0.02;

  /** The paper's: at 20 and 45 of 50 epochs. */
  private static final double FIRST_DROP = 0.4;

  private static final double SECOND_DROP = 0.9;

  /** The course for a number of rows; {@code epochs} 0 to choose them within a budget of work. */
  static Course of(NetworkOptions options, int numRows, int epochs, double budget) {
    double work = (double) options.numComponents() * numRows;
    int affordable = (int) Math.max(1, Math.min(1000, budget / work));
    if (options.recipe() == NetworkOptions.Recipe.PAPER) {
      boolean isGenerative = options.last() == 1;
      int wanted = isGenerative ? 300 : 50;
      int chosen = epochs > 0 ? epochs : Math.min(affordable, wanted);
      return new Course(
          isGenerative ? 16 : numRows < 10_000 ? 32 : 128,
          chosen,
          isGenerative ? 1e-3 : 1e-2,
          isGenerative ? Pace.NEVER : Pace.TWICE,
          Double.isNaN(options.dropout()) ? (isGenerative ? 0 : 0.2) : options.dropout(),
          -50,
          chosen);
    }
    int wanted = (int) Math.max(20, Math.min(300, 300_000 / numRows));
    int chosen = epochs > 0 ? epochs : Math.min(affordable, wanted);
    return new Course(
        numRows < 1000 ? 16 : numRows < 10_000 ? 32 : 128,
        chosen,
        RATE,
        Pace.EVENLY,
        Double.isNaN(options.dropout()) ? (numRows < 10_000 ? 0.3 : 0.2) : options.dropout(),
        options.last() > 1 && options.discriminative() == 1
            ? LEAST_LOG_SCALE_OF_CLASSES
            : LEAST_LOG_SCALE,
        Math.max(10, chosen / 3));
  }

  /** Steps of an epoch; the last takes what is left. */
  int numSteps(int numRows) {
    return (numRows + batch - 1) / batch;
  }

  /** The step {@code done} of {@code all}. */
  Step step(double done, double all, long seed) {
    double way = done / all;
    double factor =
        switch (pace) {
          case EVENLY ->
              Math.min(1, (way + 1 / all) / WARM_UP) * 0.5 * (1 + Math.cos(Math.PI * way));
          case TWICE -> way < FIRST_DROP ? 1 : way < SECOND_DROP ? 0.1 : 0.01;
          case NEVER -> 1;
        };
    double clip = pace == Pace.EVENLY ? CLIP : Double.MAX_VALUE;
    return new Step(rate * factor, clip, dropout, leastLogScale, seed);
  }
}
