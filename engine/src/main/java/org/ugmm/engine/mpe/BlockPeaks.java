package org.ugmm.engine.mpe;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.exact.LogEvaluator;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.flat.FlatEvidence;
import org.ugmm.engine.leaf.MultivariateGaussian;
import org.ugmm.engine.number.LogSum;
import org.ugmm.engine.number.Rounding;

/**
 * Candidates for the most probable explanation of a circuit with Gaussians over several variables,
 * and a proven upper bound: leaves at their peaks given the evidence, sums as sums. Not
 * thread-safe.
 */
public final class BlockPeaks {
  /*
   * A candidate is the peak of one tree of the circuit, improved by expectation and maximisation: with
   * the shares of the leaves at a point, the expected log of the leaves is a quadratic function below
   * the log of the circuit that touches it there, and its maximum is the next point, which is never
   * lower (Carreira-Perpinan, Mode-finding for mixtures of Gaussian distributions, 2000).
   */
  private static final int MAX_CANDIDATES = 64;
  private static final int MAX_STEPS = 60;

  private final FlatCircuit c;
  private final FlatEvidence e;
  private final MaxPass pass;
  private final LogEvaluator evaluator;

  /**
   * [numVariables] which of those that Gaussians move a variable is, an open one all of whose
   * leaves are; -1 for others.
   */
  private final int[] place;

  /** The quadratic function: its matrix, and its slope at the point. */
  private final double[][] matrix;

  private final double[] slope;

  /** [numNodes] mean and precision of blocks given the evidence; null elsewhere. */
  private final double[] @Nullable [] mean;

  private final double[] @Nullable [][] precision;

  /** Prepares, without checking that a bound exists. */
  public BlockPeaks(FlatCircuit c, FlatEvidence e, LogEvaluator evaluator) {
    this.c = c;
    this.e = e;
    this.evaluator = evaluator;
    pass = new MaxPass(c);
    pass.run(e);
    boolean[] moves = new boolean[c.numVariables()];
    mean = new double[c.numNodes()][];
    precision = new double[c.numNodes()][][];
    for (int v = 0; v < moves.length; v++) {
      moves[v] = !e.isPoint(v);
    }
    for (int n = 0; n <= c.root; n++) {
      if (c.kind(n) == NodeKind.GAUSSIAN_BLOCK) {
        var given = e.given(c.block(n));
        mean[n] = new double[c.block(n).size()];
        for (int i = 0; i < mean[n].length; i++) {
          mean[n][i] = given.mean(i);
        }
        precision[n] = given.precision();
      } else if (c.variable[n] >= 0 && c.kind(n) != NodeKind.GAUSSIAN) {
        moves[c.variable[n]] = false;
      }
    }
    place = new int[moves.length];
    int size = 0;
    for (int v = 0; v < moves.length; v++) {
      place[v] = moves[v] ? size++ : -1;
    }
    matrix = new double[size][size];
    slope = new double[size];
  }

  /** Proven upper bound on the log of the maximum of the root; -infinity where it is zero. */
  public double upper() {
    double[] upper = new double[c.numNodes()];
    for (int n = 0; n <= c.root; n++) {
      switch (c.kind(n)) {
        case WEIGHTED_SUM -> {
          LogSum sum = new LogSum();
          for (int i = 0; i < c.numChildren(n); i++) {
            double log = Math.log(c.parameter(n, i)) + upper[c.child(n, i)];
            if (c.parameter(n, i) > 0 && log > Double.NEGATIVE_INFINITY) {
              sum.add(log, 4 * Math.abs(log) + 4 * Math.abs(upper[c.child(n, i)]) + 4);
            }
          }
          double log = sum.value();
          upper[n] =
              log > Double.NEGATIVE_INFINITY
                  ? log + Rounding.logError(sum.errorUnits() + Math.abs(log))
                  : log;
        }
        case PRODUCT -> {
          double magnitude = 0;
          for (int i = 0; i < c.numChildren(n); i++) {
            upper[n] += upper[c.child(n, i)];
            magnitude += Math.abs(upper[n]);
          }
          if (upper[n] > Double.NEGATIVE_INFINITY) {
            upper[n] += 2 * Rounding.U * magnitude;
          }
        }
        default -> upper[n] = pass.upper(n);
      }
    }
    return upper[c.root];
  }

  /** Assignments [numVariables] that agree with the evidence, among them the best of each tree. */
  public List<double[]> candidates() {
    List<double[]> found = new ArrayList<>();
    found.add(improved(peak(c.root)));
    boolean isSum = c.kind(c.root) == NodeKind.WEIGHTED_SUM;
    for (int i = 0; isSum && i < Math.min(MAX_CANDIDATES, c.numChildren(c.root)); i++) {
      found.add(improved(peak(c.child(c.root, i))));
    }
    return found;
  }

  private double[] peak(int top) {
    double[] at = ConditionedCircuit.defaults(c, e);
    pass.traceback(top, e, at);
    return at;
  }

  private double[] improved(double[] start) {
    double[] at = start;
    double log = value(at);
    for (int step = 0; step < MAX_STEPS && log > Double.NEGATIVE_INFINITY; step++) {
      double[] next = next(at);
      double reached = next == null ? log : value(next);
      if (next == null || !(reached > log)) {
        return at;
      }
      at = next;
      log = reached;
    }
    return at;
  }

  private double value(double[] at) {
    return evaluator.upward(new FlatEvidence(c).row(at, 0));
  }

  /**
   * Where the quadratic function is greatest, within intervals; null where it has no such place.
   */
  private double @Nullable [] next(double[] at) {
    value(at);
    evaluator.downward();
    for (double[] row : matrix) {
      Arrays.fill(row, 0);
    }
    Arrays.fill(slope, 0);
    for (int k = 0; k <= c.root; k++) {
      double f = evaluator.flow[k];
      double[] center = mean[k];
      double[][] inverse = precision[k];
      if (f > 0 && center != null && inverse != null) {
        MultivariateGaussian block = c.block(k);
        for (int i = 0; i < center.length; i++) {
          int row = place[block.variable(i)];
          for (int j = 0; j < center.length && row >= 0; j++) {
            if (!Double.isNaN(center[i]) && !Double.isNaN(center[j])) {
              double p = f * inverse[i][j];
              int column = place[block.variable(j)];
              if (column >= 0) {
                matrix[row][column] += p;
              }
              slope[row] -= p * (at[block.variable(j)] - center[j]);
            }
          }
        }
      } else if (f > 0 && c.kind(k) == NodeKind.GAUSSIAN && place[c.variable[k]] >= 0) {
        double p = f / c.parameter(k, 1) / c.parameter(k, 1);
        int row = place[c.variable[k]];
        matrix[row][row] += p;
        slope[row] -= p * (at[c.variable[k]] - c.parameter(k, 0));
      }
    }
    double[] step = solve();
    if (step == null) {
      return null;
    }
    double[] next = at.clone();
    for (int v = 0; v < place.length; v++) {
      if (place[v] >= 0 && step[place[v]] != 0) {
        next[v] = at[v] + step[place[v]];
        if (e.form[v] == FlatEvidence.INTERVAL) {
          next[v] = Math.min(e.b[v], Math.max(e.a[v], next[v]));
        }
      }
    }
    return next;
  }

  /** Solves for the variables that move; null where the matrix is not positive definite. */
  private double @Nullable [] solve() {
    int[] index = new int[slope.length];
    int size = 0;
    for (int i = 0; i < index.length; i++) {
      if (matrix[i][i] > 0) {
        index[size++] = i;
      }
    }
    double[][] l = new double[size][size];
    double[] y = new double[size];
    for (int i = 0; i < size; i++) {
      for (int j = 0; j <= i; j++) {
        double sum = matrix[index[i]][index[j]];
        for (int k = 0; k < j; k++) {
          sum -= l[i][k] * l[j][k];
        }
        if (i == j && !(sum > 0)) {
          return null;
        }
        l[i][j] = i == j ? Math.sqrt(sum) : sum / l[j][j];
      }
      double rest = slope[index[i]];
      for (int k = 0; k < i; k++) {
        rest -= l[i][k] * y[k];
      }
      y[i] = rest / l[i][i];
    }
    double[] step = new double[slope.length];
    for (int i = size - 1; i >= 0; i--) {
      double rest = y[i];
      for (int k = i + 1; k < size; k++) {
        rest -= l[k][i] * step[index[k]];
      }
      step[index[i]] = rest / l[i][i];
    }
    return Arrays.stream(step).allMatch(Double::isFinite) ? step : null;
  }
}
