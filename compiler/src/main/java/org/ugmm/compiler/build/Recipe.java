package org.ugmm.compiler.build;

/**
 * How a candidate is made; the same recipe on the same rows gives the same circuit.
 *
 * @param structure the family and its size
 * @param byClass whether each class has a circuit of its own; else the class is a column like
 *     others
 * @param pseudoCount rows that each sum is taken to have seen before the data
 * @param variant tells apart candidates that differ by chance only, 1, 2, ...
 */
record Recipe(Structure structure, boolean byClass, double pseudoCount, int variant) {
  static final double PSEUDO_COUNT = 0.1;

  static Recipe of(Structure structure, boolean byClass) {
    return new Recipe(structure, byClass, PSEUDO_COUNT, 1);
  }

  Recipe withPseudoCount(double count) {
    return new Recipe(structure, byClass, count, variant);
  }

  Recipe withVariant(int number) {
    return new Recipe(structure.varied(), byClass, pseudoCount, number);
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
    return label.toString();
  }
}
