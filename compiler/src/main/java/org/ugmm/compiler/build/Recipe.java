package org.ugmm.compiler.build;

/**
 * How a candidate is made; the same recipe on the same rows gives the same circuit.
 *
 * @param structure the family and its size
 * @param byClass whether each class has a circuit of its own; else the class is a column like
 *     others
 * @param pseudoCount rows that each sum is taken to have seen before the data
 * @param variant tells apart candidates that differ by chance only, 1, 2, ...
 * @param finish rounds of gradients that tell classes apart after what describes the rows
 */
record Recipe(Structure structure, boolean byClass, double pseudoCount, int variant, int finish) {
  static final double PSEUDO_COUNT = 0.1;

  /** Rows of the spread of the whole column that a Gaussian has seen, a pseudo-count. */
  private static final double SCALE_COUNTS = 10;

  static Recipe of(Structure structure, boolean byClass) {
    return new Recipe(structure, byClass, PSEUDO_COUNT, 1, 0);
  }

  Recipe withPseudoCount(double count) {
    return new Recipe(structure, byClass, count, variant, finish);
  }

  Recipe withVariant(int number) {
    return new Recipe(structure.varied(), byClass, pseudoCount, number, finish);
  }

  Recipe withFinish(int rounds) {
    return new Recipe(structure, byClass, pseudoCount, variant, rounds);
  }

  /** Rows with the variance of the whole column that each Gaussian is taken to have seen. */
  double scalePseudoCount() {
    return SCALE_COUNTS * pseudoCount;
  }

  /** What a table of candidates shows; differs from that of any other recipe. */
  String label() {
    StringBuilder label = new StringBuilder(structure.label());
    if (byClass) {
      label.append(" by class");
    }
    if (pseudoCount != PSEUDO_COUNT) {
      label.append(" pseudo-count ").append(pseudoCount);
    }
    if (variant > 1) {
      label.append(" #").append(variant);
    }
    if (finish > 0) {
      label.append(" finish ").append(finish);
    }
    return label.toString();
  }
}
