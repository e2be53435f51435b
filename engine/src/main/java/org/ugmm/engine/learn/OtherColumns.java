package org.ugmm.engine.learn;

/** Leaves of any kind, cell by cell as their {@link LeafKind} says. */
final class OtherColumns extends LeafColumns {
  private static final double LOG2_E = 1.4426950408889634074;

  OtherColumns(LeafBlock block, int variable, int[] leaves) {
    super(block, variable, leaves);
  }

  @Override
  int numParameters() {
    return 0;
  }

  @Override
  int numStatistics() {
    return 0;
  }

  @Override
  <A> void load(TrainedCircuit c, TrainingWeights<A> weights) {}

  @Override
  <A> void up(TrainingTile<A> tile, boolean first) {
    TrainedCircuit c = tile.circuit;
    for (int r = 0; r < tile.rows; r++) {
      double x = tile.cells[variable * tile.maxRows + r];
      for (int j = 0; j < block.stride; j++) {
        int at = block.base * tile.pitch + r * block.stride + j;
        double log = Double.NEGATIVE_INFINITY;
        if (j < leaves.length) {
          int n = leaves[j];
          log =
              LOG2_E
                  * LeafKind.of(c.kind[n])
                      .logValue(
                          c.variable(n),
                          c.parameter,
                          c.parameterStart[n],
                          c.numParameters(n),
                          x,
                          null);
        }
        double before = first ? 0 : tile.kernels.get(tile.values, at);
        tile.kernels.set(tile.values, at, before + log);
      }
    }
  }

  @Override
  <A> void down(TrainingTile<A> tile) {
    TrainedCircuit c = tile.circuit;
    for (int r = 0; r < tile.rows; r++) {
      double x = tile.cells[variable * tile.maxRows + r];
      for (int j = 0; j < leaves.length; j++) {
        int n = leaves[j];
        double flow = tile.kernels.get(tile.flows, block.base * tile.pitch + r * block.stride + j);
        LeafKind.of(c.kind[n])
            .count(
                c.variable(n),
                c.parameter,
                c.parameterStart[n],
                c.numParameters(n),
                x,
                null,
                tile.flowScale * flow,
                tile.extra(),
                c.statisticStart[n]);
      }
    }
  }

  @Override
  <A> void count(TrainedCircuit c, TrainingTile<A> tile, double scale, double[] counts) {}
}
