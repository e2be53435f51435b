package org.ugmm.engine.batch.plan;

import java.util.function.IntUnaryOperator;

/**
 * Adjacent slots of a SCALED block: the linear mantissas of some nodes, then the row of exponents
 * that they share and the row of their loss bounds. In a linear plan there are mantissas alone, the
 * values themselves.
 *
 * @param first slot of the first mantissa
 * @param width number of nodes
 */
public record Block(int first, int width) {
  /** Number of slots of a block. */
  static int size(int width, boolean linear) {
    return linear ? width : width + 2;
  }

  /** Slot of the exponents; {@link #losses} follows it. */
  public int exponents() {
    return first + width;
  }

  /** Slot of the loss bounds. */
  public int losses() {
    return first + width + 1;
  }

  Block at(IntUnaryOperator slot) {
    return new Block(slot.applyAsInt(first), width);
  }
}
