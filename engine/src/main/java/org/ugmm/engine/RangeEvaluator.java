package org.ugmm.engine;

import org.jspecify.annotations.Nullable;
import org.ugmm.engine.batch.RowCheck;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.deep.ConditionedNetwork;
import org.ugmm.engine.deep.NetworkBounds;
import org.ugmm.engine.deep.NetworkBoundsBatch;
import org.ugmm.engine.deep.NetworkValues;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.flat.FlatEvidence;

/**
 * Proven bounds of log f over all completions of rows with values missing, many rows at once: what
 * the circuit can say whatever the missing values are, within their domains. One interval pass, at
 * about the cost of three upward passes; made for networks with Gaussian links, whose marginals
 * have no closed form. Values are those of f, no prior or normaliser taken into account. Not
 * thread-safe; {@link #fork} makes another one of the same circuit for another thread.
 *
 * <p>Bounds are tight where few values are missing, and widen with every layer; {@link
 * Inference#certifiedState(int, Evidence)} goes on from there by branch and bound. Source: Moore,
 * Kearfott and Cloud, <i>Introduction to Interval Analysis</i> (2009).
 */
public final class RangeEvaluator {
  /*
   * The circuit with nothing observed is what is bounded; an observed value is an interval of one
   * point. Rounding is in the bounds.
   */
  private final FlatCircuit c;
  private final ConditionedNetwork r;
  private final RowCheck check;
  private final int queried;

  /** Null where the kernels do not take the circuit. */
  private final @Nullable NetworkBoundsBatch batch;

  private final NetworkBounds single;
  private final double[] boxLo;
  private final double[] boxHi;

  /** [outputs] ends of the row looked at last. */
  private final double[] rowLo;

  private final double[] rowHi;

  /** Bounds of the root. */
  public RangeEvaluator(Circuit circuit) {
    this(circuit.flat, ConditionedNetwork.of(new FlatEvidence(circuit.flat)), -1);
  }

  /**
   * Bounds of the root in each state of a categorical variable, such as the class of a network.
   *
   * @throws ArgumentException if the variable is real
   */
  public RangeEvaluator(Circuit circuit, int variable) {
    this(circuit.flat, states(circuit.flat, variable), variable);
  }

  private RangeEvaluator(FlatCircuit circuit, ConditionedNetwork network, int queried) {
    c = circuit;
    r = network;
    this.queried = queried;
    check = new RowCheck(circuit, null);
    batch = NetworkValues.takes(r) ? new NetworkBoundsBatch(r) : null;
    single = new NetworkBounds(r);
    boxLo = r.lo.clone();
    boxHi = r.hi.clone();
    rowLo = new double[r.outputs.length];
    rowHi = new double[r.outputs.length];
  }

  private static ConditionedNetwork states(FlatCircuit circuit, int variable) {
    if (!(circuit.variables.get(variable) instanceof Categorical)) {
      throw new ArgumentException(
          "variable '%s' is real; expected a categorical one, whose states are bounded one by one"
              .formatted(circuit.variables.get(variable).name()));
    }
    return ConditionedNetwork.ofStates(new FlatEvidence(circuit), variable);
  }

  /** Another evaluator of the same circuit for another thread. */
  public RangeEvaluator fork() {
    return new RangeEvaluator(c, r, queried);
  }

  /** What is bounded in each row: 1, or the number of states. */
  public int numOutputs() {
    return r.outputs.length;
  }

  /**
   * Bounds of the natural log of f over all values of what a row misses: of reals within their
   * domains, of categorical variables all states.
   *
   * @param rows (Input, not modified) row-major, {@code numRows * numVariables}; NaN is missing;
   *     what a row says of the variable whose states are bounded is not read
   * @param numRows number of rows
   * @param lo (Output) {@code numRows * numOutputs} proven lower ends; -infinity where f may be
   *     zero or a missing real has no bounded domain
   * @param hi (Output) {@code numRows * numOutputs} proven upper ends; -infinity where f is zero
   * @throws ArgumentException if a value is infinite, or not a state index
   */
  public void logRange(double[] rows, int numRows, double[] lo, double[] hi) {
    check.check(rows, numRows, queried);
    int size = numOutputs();
    int tile = batch == null ? 1 : batch.tile;
    for (int from = 0; from < numRows; from += tile) {
      int count = Math.min(tile, numRows - from);
      if (batch != null) {
        fill(batch, rows, from, count);
      }
      for (int i = 0; i < count; i++) {
        range(rows, from + i, i);
        System.arraycopy(rowLo, 0, lo, (from + i) * size, size);
        System.arraycopy(rowHi, 0, hi, (from + i) * size, size);
      }
    }
  }

  /**
   * The state of each row that has the greatest f whatever is missing, where one pass proves it.
   *
   * @param rows (Input, not modified) as for {@link #logRange}
   * @param numRows number of rows
   * @param state (Output) one a row: the index of that state, -1 where none is proven
   * @throws ArgumentException if a value is infinite, or not a state index
   */
  public void certifiedState(double[] rows, int numRows, int[] state) {
    check.check(rows, numRows, queried);
    int tile = batch == null ? 1 : batch.tile;
    for (int from = 0; from < numRows; from += tile) {
      int count = Math.min(tile, numRows - from);
      if (batch != null) {
        fill(batch, rows, from, count);
      }
      for (int i = 0; i < count; i++) {
        range(rows, from + i, i);
        state[from + i] = winner();
      }
    }
  }

  private int winner() {
    int best = 0;
    for (int k = 1; k < rowLo.length; k++) {
      best = rowLo[k] > rowLo[best] ? k : best;
    }
    for (int k = 0; k < rowLo.length; k++) {
      if (k != best && !(rowLo[best] > rowHi[k])) {
        return -1;
      }
    }
    return rowHi[best] > Double.NEGATIVE_INFINITY ? best : -1;
  }

  /** Bounds the units of a tile; rows past the last repeat it. */
  private void fill(NetworkBoundsBatch to, double[] rows, int from, int count) {
    int numVariables = c.numVariables();
    for (int f = 0; f < r.numFree(); f++) {
      int at = (r.numUnits + f) * to.tile;
      for (int i = 0; i < to.tile; i++) {
        double value = rows[(from + Math.min(i, count - 1)) * numVariables + r.freeVariable[f]];
        boolean isMissing = Double.isNaN(value);
        to.lo[at + i] = isMissing ? r.lo[f] : value;
        to.hi[at + i] = isMissing ? r.hi[f] : value;
      }
    }
    to.evaluate();
  }

  /** The ends of a row, which is number i of the tile. */
  private void range(double[] rows, int row, int i) {
    boolean isOutside = check.isOutside(rows, row);
    if (batch == null && !isOutside) {
      for (int f = 0; f < r.numFree(); f++) {
        double value = rows[row * c.numVariables() + r.freeVariable[f]];
        boxLo[f] = Double.isNaN(value) ? r.lo[f] : value;
        boxHi[f] = Double.isNaN(value) ? r.hi[f] : value;
      }
      single.evaluate(boxLo, boxHi);
    }
    for (int k = 0; k < rowLo.length; k++) {
      int unit = r.outputs[k];
      if (isOutside) {
        rowLo[k] = Double.NEGATIVE_INFINITY;
        rowHi[k] = Double.NEGATIVE_INFINITY;
      } else if (batch == null) {
        rowLo[k] = single.lo[unit];
        rowHi[k] = single.hi[unit];
      } else {
        rowLo[k] = batch.log(batch.lo, unit, i);
        rowHi[k] = batch.log(batch.hi, unit, i);
      }
    }
  }
}
