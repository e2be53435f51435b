package org.ugmm.engine.learn;

/**
 * Nodes whose values stand side by side and share an exponent: columns of a block of a tile. All
 * blocks of a tile are {@code [rows][stride]} from {@code base * rows}.
 */
abstract sealed class TrainingBlock permits LeafBlock, SumBlock {
  /** Number among all blocks. */
  final int index;

  /** Number of nodes. */
  int width;

  /** Distance of rows: the width, rounded up where vectors work on the block. */
  int stride;

  /** Strides of the blocks before it. */
  int base;

  TrainingBlock(int index) {
    this.index = index;
  }
}
