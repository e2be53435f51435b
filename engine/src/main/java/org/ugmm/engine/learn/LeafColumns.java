package org.ugmm.engine.learn;

/** The leaves of one variable in a {@link LeafBlock}, one a column. */
abstract sealed class LeafColumns
    permits GaussianColumns, TableColumns, FamilyColumns, OtherColumns {
  final LeafBlock block;
  final int variable;

  /** [width] nodes. */
  final int[] leaves;

  /** Where parameters stand. */
  int parameterFrom;

  /** Where statistics stand. */
  int statisticFrom;

  /** Where the marks of rows of statistics stand that are not zero. */
  int markFrom;

  LeafColumns(LeafBlock block, int variable, int[] leaves) {
    this.block = block;
    this.variable = variable;
    this.leaves = leaves;
  }

  /** How many numbers the parameters take. */
  abstract int numParameters();

  /** How many numbers the statistics take. */
  abstract int numStatistics();

  /** How many marks the statistics have, see {@link TrainingTile#marks}. */
  int numMarks() {
    return 0;
  }

  /** Makes the statistics of a tile zero. */
  <A> void clear(TrainingTile<A> tile) {
    tile.kernels.fill(tile.statistics, statisticFrom, numStatistics(), 0);
  }

  /** Takes the present parameters. */
  abstract <A> void load(TrainedCircuit c, TrainingWeights<A> weights);

  /**
   * Writes, or adds to, log2 of the leaves' values of a tile; a linear block's values themselves.
   */
  abstract <A> void up(TrainingTile<A> tile, boolean first);

  /** Adds the flows of a tile to the statistics. */
  abstract <A> void down(TrainingTile<A> tile);

  /** Adds statistics times a scale to the counts. */
  abstract <A> void count(TrainedCircuit c, TrainingTile<A> tile, double scale, double[] counts);
}
