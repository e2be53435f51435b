package org.ugmm.engine.learn;

import java.util.List;

/** What a tile does to a circuit, and where everything stands. Immutable once built. */
final class TrainingPlan {
  /** Leaf blocks and sum blocks, each after those that it reads. */
  final List<TrainingBlock> blocks;

  /** Whether some blocks stand in strips. */
  final boolean hasStrips;

  /** The block of the root, and its column. */
  final SumBlock root;

  final int rootColumn;

  /** Sum of all strides: numbers a row of a tile. */
  final int rowSize;

  /** Widest input of a block of sums. */
  final int inputSize;

  /** Largest matrix of weights. */
  final int matrixSize;

  /** Numbers of parameters, and of statistics. */
  final int numWeights;

  final int numStatistics;
  final int numMarks;

  TrainingPlan(List<TrainingBlock> blocks, SumBlock root, int rootColumn, int strip) {
    this.blocks = List.copyOf(blocks);
    hasStrips = blocks.stream().anyMatch(block -> block.isInStrips);
    this.root = root;
    this.rootColumn = rootColumn;
    int row = 0;
    int input = 0;
    int matrix = 0;
    int weights = 0;
    int statistics = 0;
    int marks = 0;
    for (TrainingBlock block : blocks) {
      block.base = row;
      row = Math.addExact(row, block.stride);
      if (block instanceof LeafBlock leaves) {
        for (LeafColumns columns : leaves.columns) {
          columns.parameterFrom = weights;
          weights = Math.addExact(weights, columns.numParameters());
          columns.statisticFrom = statistics;
          statistics = Math.addExact(statistics, columns.numStatistics());
          columns.markFrom = marks;
          marks += columns.numMarks();
        }
      } else if (block instanceof SumBlock sums) {
        input = Math.max(input, sums.isInStrips ? 3 * strip : sums.inputStride);
        matrix = Math.max(matrix, sums.inputStride * sums.width);
        sums.weightFrom = weights;
        weights = Math.addExact(weights, sums.inputStride * Math.max(sums.stride, sums.width));
        sums.transposedFrom = weights;
        weights = Math.addExact(weights, sums.inputStride * sums.width);
        sums.statisticFrom = statistics;
        statistics = Math.addExact(statistics, sums.inputStride * sums.width);
      }
    }
    rowSize = row;
    inputSize = input;
    matrixSize = matrix;
    numWeights = weights;
    numStatistics = statistics;
    numMarks = marks;
  }

  /** How many entries from one on count up one by one. */
  static int run(int[] position, int from) {
    int to = from + 1;
    while (to < position.length && position[to] == position[to - 1] + 1) {
      to++;
    }
    return to - from;
  }
}
