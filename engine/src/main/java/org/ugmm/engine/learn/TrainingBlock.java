package org.ugmm.engine.learn;

/**
 * Nodes whose values stand side by side and share an exponent: columns of a block of a tile. Blocks
 * of a tile are {@code [rows][stride]} from {@code base * pitch}, or strips of rows, as {@link
 * org.ugmm.engine.kernel.StripKernels} says.
 */
abstract sealed class TrainingBlock permits LeafBlock, SumBlock {
  /** Number among all blocks. */
  final int index;

  /** Number of nodes. */
  int width;

  /** Distance of rows: the width, rounded up where vectors work on the block. */
  int stride;

  /** Whether it stands in strips, rows innermost. */
  boolean isInStrips;

  /** Strides of the blocks before it. */
  int base;

  TrainingBlock(int index) {
    this.index = index;
  }
}
