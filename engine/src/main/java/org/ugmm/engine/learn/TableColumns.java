package org.ugmm.engine.learn;

import org.ugmm.engine.data.Variable.Categorical;

/** Categorical leaves: a row of a table for each state, and a last one for missing. */
final class TableColumns extends LeafColumns {
  private static final double LOG2_E = 1.4426950408889634074;

  private final int numStates;

  TableColumns(LeafBlock block, Categorical categorical, int variable, int[] leaves) {
    super(block, variable, leaves);
    numStates = categorical.numStates();
  }

  @Override
  int numParameters() {
    return (numStates + 1) * block.stride;
  }

  @Override
  int numStatistics() {
    return (numStates + 1) * block.stride;
  }

  @Override
  <A> void load(TrainedCircuit c, TrainingWeights<A> w) {
    boolean linear = block.isLinear();
    for (int j = 0; j < leaves.length; j++) {
      int p = c.parameterStart[leaves[j]];
      for (int s = 0; s < numStates; s++) {
        double log = c.parameter[p + s];
        double entry = linear ? Math.exp(log) : log * LOG2_E;
        w.kernels.set(w.array, parameterFrom + s * block.stride + j, entry);
      }
      w.kernels.set(w.array, parameterFrom + numStates * block.stride + j, linear ? 1 : 0);
    }
  }

  @Override
  <A> void up(TrainingTile<A> tile, boolean first) {
    tile.kernels.tables(
        tile.weights.array,
        parameterFrom,
        tile.states,
        variable * tile.maxRows,
        tile.values,
        block.base * tile.rows,
        block.stride,
        tile.rows,
        first);
  }

  @Override
  <A> void down(TrainingTile<A> tile) {
    tile.kernels.countTables(
        tile.flows,
        block.base * tile.rows,
        block.stride,
        tile.rows,
        tile.states,
        variable * tile.maxRows,
        tile.statistics,
        statisticFrom);
  }

  @Override
  <A> void count(TrainedCircuit c, TrainingTile<A> tile, double scale, double[] counts) {
    for (int j = 0; j < leaves.length; j++) {
      int to = c.statisticStart[leaves[j]];
      for (int s = 0; s < numStates; s++) {
        counts[to + s] +=
            scale * tile.kernels.get(tile.statistics, statisticFrom + s * block.stride + j);
      }
    }
  }
}
