package org.ugmm.engine.learn;

import org.ugmm.engine.kernel.StripKernels;

/** Gaussians: mean, slope and height a column, in units of the variable's spread. */
final class GaussianColumns extends LeafColumns {
  /** sqrt(log2(e) / 2): the slope of a Gaussian of scale 1, whose squares are of log2. */
  private static final double SLOPE = 0.84932180028801904272;

  private static final double LOG2_SQRT_2PI = 1.3257480647361593990;

  /** Height of columns that are none: so low that their density is 0, and finite. */
  private static final double NONE = -0x1p28;

  GaussianColumns(LeafBlock block, int variable, int[] leaves) {
    super(block, variable, leaves);
  }

  @Override
  int numParameters() {
    return 3 * block.stride;
  }

  @Override
  int numStatistics() {
    return (block.isInStrips ? StripKernels.STATISTICS : 3) * block.stride;
  }

  @Override
  <A> void load(TrainedCircuit c, TrainingWeights<A> w) {
    double center = w.center[variable];
    double unit = w.unit[variable];
    for (int j = 0; j < block.stride; j++) {
      int at = parameterFrom + j;
      if (j < leaves.length) {
        int p = c.parameterStart[leaves[j]];
        double scale = c.parameter[p + 1];
        w.kernels.set(w.array, at, (c.parameter[p] - center) / unit);
        w.kernels.set(w.array, at + block.stride, SLOPE * (unit / scale));
        double height = -Math.log(scale) / Math.log(2) - LOG2_SQRT_2PI;
        w.kernels.set(w.array, at + 2 * block.stride, height);
      } else {
        w.kernels.set(w.array, at + 2 * block.stride, NONE);
      }
    }
  }

  @Override
  <A> void up(TrainingTile<A> tile, boolean first) {
    if (block.isInStrips) {
      tile.strips.gaussians(
          tile.reals,
          variable * tile.maxRows,
          tile.weights.array,
          parameterFrom,
          tile.values,
          block.base * tile.pitch,
          block.width,
          tile.pitch,
          first);
      return;
    }
    tile.kernels.gaussians(
        tile.reals,
        variable * tile.maxRows,
        tile.weights.array,
        parameterFrom,
        tile.values,
        block.base * tile.pitch,
        block.stride,
        tile.rows,
        first);
  }

  @Override
  <A> void down(TrainingTile<A> tile) {
    if (block.isInStrips) {
      tile.strips.countGaussians(
          tile.flows,
          block.base * tile.pitch,
          block.width,
          tile.pitch,
          tile.reals,
          variable * tile.maxRows,
          tile.weights.array,
          parameterFrom,
          tile.statistics,
          statisticFrom);
      return;
    }
    tile.kernels.countGaussians(
        tile.flows,
        block.base * tile.pitch,
        block.stride,
        tile.rows,
        tile.reals,
        variable * tile.maxRows,
        tile.weights.array,
        parameterFrom,
        tile.statistics,
        statisticFrom);
  }

  @Override
  <A> void count(TrainedCircuit c, TrainingTile<A> tile, double scale, double[] counts) {
    for (int j = 0; j < leaves.length; j++) {
      int to = c.statisticStart[leaves[j]];
      int at = statisticFrom + (block.isInStrips ? StripKernels.STATISTICS * j : j);
      int step = block.isInStrips ? 1 : block.stride;
      counts[to] += scale * tile.kernels.get(tile.statistics, at);
      counts[to + 1] += scale / SLOPE * tile.kernels.get(tile.statistics, at + step);
      counts[to + 2] += scale / (SLOPE * SLOPE) * tile.kernels.get(tile.statistics, at + 2 * step);
    }
  }
}
