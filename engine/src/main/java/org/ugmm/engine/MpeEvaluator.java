package org.ugmm.engine;

import java.util.Arrays;
import org.ugmm.engine.batch.RowCheck;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.Normaliser;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Why;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.flat.FlatEvidence;
import org.ugmm.engine.kernel.Kernels;
import org.ugmm.engine.mpe.CompiledError;
import org.ugmm.engine.mpe.ConditionedCircuit;
import org.ugmm.engine.mpe.MaxPlan;
import org.ugmm.engine.number.Rounding;

/**
 * The most probable explanation of each row of a batch, exact, by one pass of max-product and a
 * traceback, for deterministic and decomposable circuits without links. One evaluator a thread
 * ({@link #fork}); the circuit and its plan are shared. After the first batch it allocates nothing.
 *
 * <p>For other circuits, evidence other than points, and the k best see {@link Inference#mpe}.
 */
public final class MpeEvaluator {
  private final Circuit circuit;
  private final FlatCircuit c;
  private final RowCheck check;
  private final MaxPlan plan;
  private final CompiledError compiled;
  private final Normaliser normaliser;

  /** [numVariables] value of a variable that nothing depends on. */
  private final double[] defaults;

  /** [numSlots * tile rows] natural logs, rows innermost. */
  private final double[] v;

  /** [numVariables] slots that a traceback has yet to follow; their scopes are disjoint. */
  private final int[] stack;

  /**
   * An evaluator in double precision.
   *
   * @throws RefusedException if the circuit is not what {@link #supports} says
   */
  public MpeEvaluator(Circuit circuit) {
    this(checked(circuit), MaxPlan.of(circuit.flat), new CompiledError(circuit.flat));
  }

  private MpeEvaluator(Circuit circuit, MaxPlan plan, CompiledError compiled) {
    this.circuit = circuit;
    this.compiled = compiled;
    c = circuit.flat;
    this.plan = plan;
    check = new RowCheck(c, null);
    normaliser = circuit.normaliser();
    defaults = ConditionedCircuit.defaults(c, new FlatEvidence(c));
    int tileRows = Kernels.DOUBLE.tile(); // values are kept for the traceback: few rows fit a cache
    v = new double[Math.multiplyExact(plan.hasScope.length, tileRows)];
    stack = new int[circuit.numVariables() + 2];
  }

  private static Circuit checked(Circuit circuit) {
    Why why = circuit.structure().whyNotMaxPass();
    if (why != null) {
      throw new RefusedException(
          "one pass finds the MPE of deterministic and decomposable circuits without links",
          why,
          "ask Inference, which searches with proof in any circuit");
    }
    circuit.flat.requireNoBlocks("one pass over many rows", "ask Inference");
    int leaf = circuit.flat.anyUnivariate();
    if (leaf >= 0) {
      throw new RefusedException(
          "rows in bulk have Gaussian and categorical leaves only",
          Why.of(
              Why.Reason.NO_CLOSED_FORM,
              "node %d is a leaf of the kind %s".formatted(leaf, circuit.flat.kind(leaf))),
          "ask Inference, which answers such rows one by one");
    }
    return circuit;
  }

  /**
   * Whether one pass is enough: the circuit is deterministic, decomposable and without links, and
   * has Gaussian and categorical leaves only.
   */
  public static boolean supports(Circuit circuit) {
    return circuit.structure().whyNotMaxPass() == null
        && circuit.flat.anyUnivariate() < 0
        && !circuit.flat.hasBlocks();
  }

  /** Another evaluator of the same circuit for another thread; plans are shared, workspaces not. */
  public MpeEvaluator fork() {
    return new MpeEvaluator(circuit, plan, compiled);
  }

  /**
   * Finds the MPE of each row.
   *
   * @param rows (Input, not modified) row-major, {@code numRows * numVariables}, NaN for unobserved
   * @param numRows number of rows
   * @param assignments (Output) row-major, {@code numRows * numVariables}: the observed values and
   *     the most probable ones; the row itself where its evidence has probability zero
   * @param logValues (Output) the natural log of p at each assignment, of f where the circuit's
   *     integral is not known; -infinity where the evidence has probability zero
   * @param logUpperBounds (Output) proven: no assignment that agrees with the row has a greater log
   * @throws CircuitException if a value is infinite, or not a state index
   */
  public void mpe(
      double[] rows,
      int numRows,
      double[] assignments,
      double[] logValues,
      double[] logUpperBounds) {
    check.check(rows, numRows, -1);
    int tileRows = Kernels.DOUBLE.tile(); // values are kept for the traceback: few rows fit a cache
    for (int from = 0; from < numRows; from += tileRows) {
      int count = Math.min(tileRows, numRows - from);
      int tile = count < 3 ? 1 : tileRows;
      for (int first = from; first < from + count; first += tile) {
        int size = Math.min(tile, from + count - first);
        leaves(rows, first, size, tile);
        Kernels.MAX.maxima(v, tile, plan.start, plan.a, plan.b, plan.logWeight, plan.firstUnit);
        for (int r = 0; r < size; r++) {
          answer(rows, first + r, r, tile, assignments, logValues, logUpperBounds);
        }
      }
    }
  }

  private void leaves(double[] rows, int from, int count, int tile) {
    int n = c.numVariables();
    Arrays.fill(v, 0, tile, 0);
    for (int i = 0; i < plan.leaf.length; i++) {
      int x = c.variable[plan.leaf[i]];
      int at = (1 + i) * tile;
      for (int r = 0; r < tile; r++) {
        double value = x < 0 ? Double.NaN : rows[(from + Math.min(r, count - 1)) * n + x];
        v[at + r] = Double.isNaN(value) ? plan.peak[i] : plan.log(i, value);
      }
    }
  }

  private void answer(
      double[] rows,
      int row,
      int tileRow,
      int tile,
      double[] assignments,
      double[] logValues,
      double[] logUpperBounds) {
    int at = row * c.numVariables();
    System.arraycopy(rows, at, assignments, at, c.numVariables());
    double log = v[plan.root * tile + tileRow];
    logValues[row] = log;
    logUpperBounds[row] = log;
    if (log == Double.NEGATIVE_INFINITY) {
      return;
    }
    traceback(tileRow, tile, assignments, at);
    for (int x = 0; x < c.numVariables(); x++) {
      if (Double.isNaN(assignments[at + x])) {
        assignments[at + x] = defaults[x];
      }
    }
    double logZ = normaliser.logZ();
    double error =
        plan.relativeError * (2 * plan.positive - log)
            + compiled.of(log)
            + normaliser.relativeErrorBound()
            + 4 * Rounding.U * (Math.abs(log) + Math.abs(logZ));
    logValues[row] = log - logZ;
    logUpperBounds[row] = log - logZ + error;
  }

  /** Writes the modes of the leaves of the greatest tree where the assignment is NaN. */
  private void traceback(int row, int tile, double[] assignments, int at) {
    int size = 0;
    stack[size++] = plan.root;
    while (size > 0) {
      int slot = stack[--size];
      if (slot < plan.firstUnit) {
        int variable = c.variable[plan.leaf[slot - 1]];
        if (variable >= 0 && Double.isNaN(assignments[at + variable])) {
          assignments[at + variable] = plan.mode[slot - 1];
        }
        continue;
      }
      int best = bestElement(slot - plan.firstUnit, row, tile);
      if (plan.hasScope[plan.a[best]]) {
        stack[size++] = plan.a[best];
      }
      if (plan.hasScope[plan.b[best]]) {
        stack[size++] = plan.b[best];
      }
    }
  }

  private int bestElement(int unit, int row, int tile) {
    int best = plan.start[unit];
    double max = Double.NEGATIVE_INFINITY;
    for (int e = best; e < plan.start[unit + 1]; e++) {
      double log = v[plan.a[e] * tile + row] + v[plan.b[e] * tile + row] + plan.logWeight[e];
      if (log > max) {
        max = log;
        best = e;
      }
    }
    return best;
  }
}
