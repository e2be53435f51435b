package org.ugmm.engine.learn;

import java.util.List;

/** Sums over the same children: a dense matrix of weights. */
final class SumBlock extends TrainingBlock {
  /** [width] nodes; -1 for a sum of one child that only stands above a root that is none. */
  final int[] sums;

  /** The children, side by side. */
  List<Piece> pieces = List.of();

  /** [width][number of pieces][piece width] which of the sum's children stands in a column. */
  int[][][] position = {};

  /** Distance of rows of the input: the columns of all pieces. */
  int inputStride;

  /** Columns of the input that are in use. */
  int depth;

  /** Where weights stand, packed: [depth][stride], and [width][inputStride] transposed. */
  int weightFrom;

  int transposedFrom;

  /** Where statistics stand: [width][inputStride] of flow over value times input. */
  int statisticFrom;

  SumBlock(int index, int[] sums) {
    super(index);
    this.sums = sums;
    width = sums.length;
  }
}
