package org.ugmm.engine.learn;

import java.util.Arrays;
import org.ugmm.engine.data.Variable.Categorical;

/** Categorical leaves: a row of a table for each state, and a last one for missing. */
final class TableColumns extends LeafColumns {
  private static final double LOG2_E = 1.4426950408889634074;

  private final int numStates;

  /** [numStates + 1] the largest entry of each row of a table of probabilities. */
  private final double[] most;

  TableColumns(LeafBlock block, Categorical categorical, int variable, int[] leaves) {
    super(block, variable, leaves);
    numStates = categorical.numStates();
    most = new double[numStates + 1];
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
  int numMarks() {
    return numStates;
  }

  @Override
  <A> void clear(TrainingTile<A> tile) {
    for (int s = 0; s < numStates; s++) {
      if (tile.marks[markFrom + s]) {
        tile.marks[markFrom + s] = false;
        tile.kernels.fill(tile.statistics, statisticFrom + s * block.stride, block.stride, 0);
      }
    }
  }

  @Override
  <A> void load(TrainedCircuit c, TrainingWeights<A> w) {
    boolean linear = block.isLinear();
    double smallest = Math.scalb(1.0, w.kernels.tiny());
    boolean isCut = false;
    Arrays.fill(most, 0);
    most[numStates] = 1;
    for (int j = 0; j < leaves.length; j++) {
      int p = c.parameterStart[leaves[j]];
      for (int s = 0; s < numStates; s++) {
        double probability = c.parameter[p + s];
        double entry = linear ? probability : Math.log(probability) * LOG2_E;
        most[s] = Math.max(most[s], probability);
        isCut |= probability > 0 && probability < smallest;
        w.kernels.set(w.array, parameterFrom + s * block.stride + j, entry);
      }
      w.kernels.set(w.array, parameterFrom + numStates * block.stride + j, linear ? 1 : 0);
    }
    w.isCut[block.index] = linear && isCut;
  }

  @Override
  <A> void up(TrainingTile<A> tile, boolean first) {
    tile.kernels.tables(
        tile.weights.array,
        parameterFrom,
        tile.states,
        variable * tile.maxRows,
        tile.values,
        block.base * tile.pitch,
        block.stride,
        tile.rows,
        first);
    int from = variable * tile.maxRows;
    for (int r = 0; r < tile.rows && block.isLinear(); r++) {
      tile.most[block.index * tile.maxRows + r] = most[tile.states[from + r]];
    }
  }

  @Override
  <A> void down(TrainingTile<A> tile) {
    int from = variable * tile.maxRows;
    for (int r = from; r < from + tile.rows; r++) {
      if (tile.states[r] < numStates) {
        tile.marks[markFrom + tile.states[r]] = true;
      }
    }
    tile.kernels.countTables(
        tile.flows,
        block.base * tile.pitch,
        block.stride,
        tile.rows,
        tile.states,
        variable * tile.maxRows,
        tile.statistics,
        statisticFrom);
  }

  @Override
  <A> void count(TrainedCircuit c, TrainingTile<A> tile, double scale, double[] counts) {
    for (int s = 0; s < numStates; s++) {
      int from = statisticFrom + s * block.stride;
      for (int j = 0; j < leaves.length && tile.marks[markFrom + s]; j++) {
        counts[c.statisticStart[leaves[j]] + s] +=
            scale * tile.kernels.get(tile.statistics, from + j);
      }
    }
  }
}
