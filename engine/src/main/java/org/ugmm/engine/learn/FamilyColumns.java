package org.ugmm.engine.learn;

import org.apache.commons.numbers.gamma.LogGamma;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.leaf.LeafStatistics;

/**
 * Leaves of one of the rarer families, cell by cell, in double. Those of an exponential family are
 * {@code a t1(x) + b t2(x) + c + h(x)}, of which t1, t2 and h are computed once a cell.
 */
final class FamilyColumns extends LeafColumns {
  private static final double LOG2_E = 1.4426950408889634074;
  private static final double LOG_SQRT_2PI = 0.9189385332046727418;

  private final NodeKind kind;

  /**
   * [leaves] of the present parameters, see above; a is 1 / scale and b the mean of log-normals.
   */
  private final double[] a;

  private final double[] b;
  private final double[] c;

  FamilyColumns(LeafBlock block, int variable, int[] leaves, NodeKind kind) {
    super(block, variable, leaves);
    this.kind = kind;
    a = new double[leaves.length];
    b = new double[leaves.length];
    c = new double[leaves.length];
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
  <A> void load(TrainedCircuit circuit, TrainingWeights<A> weights) {
    for (int j = 0; j < leaves.length; j++) {
      int p = circuit.parameterStart[leaves[j]];
      double first = circuit.parameter[p];
      double second = circuit.numParameters(leaves[j]) > 1 ? circuit.parameter[p + 1] : 0;
      switch (kind) {
        case POISSON -> {
          a[j] = Math.log(first);
          c[j] = -first;
        }
        case EXPONENTIAL -> {
          a[j] = -first;
          c[j] = Math.log(first);
        }
        case GAMMA -> {
          a[j] = -second;
          b[j] = first - 1;
          c[j] = first * Math.log(second) - LogGamma.value(first);
        }
        case LOG_NORMAL -> {
          a[j] = 1 / second;
          b[j] = first;
          c[j] = -Math.log(second) - LOG_SQRT_2PI;
        }
        default -> {}
      }
    }
  }

  @Override
  <A> void up(TrainingTile<A> tile, boolean first) {
    for (int r = 0; r < tile.rows; r++) {
      double x = tile.cells[variable * tile.maxRows + r];
      boolean isKnown = !Double.isNaN(x);
      double log = isKnown && kind != NodeKind.POISSON ? Math.log(x) : 0;
      double h = isKnown && kind == NodeKind.POISSON ? LogGamma.value(x + 1) : 0;
      int at = block.base * tile.pitch + r * block.stride;
      for (int j = 0; j < block.stride; j++) {
        double value = Double.NEGATIVE_INFINITY;
        if (j < leaves.length) {
          value = isKnown ? LOG2_E * logValue(tile.circuit, j, x, log, h) : 0;
        }
        double before = first ? 0 : tile.kernels.get(tile.values, at + j);
        tile.kernels.set(tile.values, at + j, before + value);
      }
    }
  }

  private double logValue(TrainedCircuit circuit, int j, double x, double log, double h) {
    switch (kind) {
      case POISSON -> {
        return a[j] * x + c[j] - h;
      }
      case EXPONENTIAL -> {
        return x >= 0 ? a[j] * x + c[j] : Double.NEGATIVE_INFINITY;
      }
      case GAMMA -> {
        double power = b[j] == 0 ? 0 : b[j] * log; // a shape of 1 is exponential, at zero also
        return x > 0 || (x == 0 && b[j] == 0) ? a[j] * x + power + c[j] : Double.NEGATIVE_INFINITY;
      }
      case LOG_NORMAL -> {
        double z = (log - b[j]) * a[j];
        return x > 0 ? c[j] - log - 0.5 * z * z : Double.NEGATIVE_INFINITY;
      }
      default -> {
        return binned(circuit, j, x);
      }
    }
  }

  private double binned(TrainedCircuit circuit, int j, double x) {
    int n = leaves[j];
    int p = circuit.parameterStart[n];
    double[] parameter = circuit.parameter;
    if (kind == NodeKind.UNIFORM) {
      return x >= parameter[p] && x <= parameter[p + 1]
          ? -Math.log(parameter[p + 1] - parameter[p])
          : Double.NEGATIVE_INFINITY;
    }
    int numParameters = circuit.numParameters(n);
    int bin = LeafStatistics.bin(parameter, p, numParameters, x);
    return bin < 0
        ? Double.NEGATIVE_INFINITY
        : Math.log(parameter[p + (numParameters + 1) / 2 + bin])
            - Math.log(parameter[p + bin + 1] - parameter[p + bin]);
  }

  @Override
  <A> void down(TrainingTile<A> tile) {
    TrainedCircuit circuit = tile.circuit;
    FamilyLeaf family = FamilyLeaf.of(kind);
    for (int r = 0; r < tile.rows; r++) {
      double x = tile.cells[variable * tile.maxRows + r];
      if (Double.isNaN(x)) {
        continue;
      }
      for (int j = 0; j < leaves.length; j++) {
        double flow = tile.kernels.get(tile.flows, block.base * tile.pitch + r * block.stride + j);
        if (flow > 0) {
          int n = leaves[j];
          family.count(
              null,
              circuit.parameter,
              circuit.parameterStart[n],
              circuit.numParameters(n),
              x,
              null,
              tile.flowScale * flow,
              tile.extra(),
              circuit.statisticStart[n]);
        }
      }
    }
  }

  @Override
  <A> void count(TrainedCircuit circuit, TrainingTile<A> tile, double scale, double[] counts) {}
}
