package org.ugmm.engine.logic;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.Names;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Variable.Real;
import org.ugmm.engine.formula.Formula;
import org.ugmm.engine.formula.Formula.Range;
import org.ugmm.engine.formula.Formula.States;

/**
 * The cells into which conditions cut the values of one variable: in a cell each condition holds
 * everywhere or nowhere. Immutable.
 */
final class Cells {
  /*
   * The n numbers at which a real variable is compared give 2 n + 1 cells, in order: open intervals
   * at even indices, single values at odd ones. A count is cut halfway between whole numbers, so that
   * its single values are none of it. States which no condition tells apart share a cell.
   */
  final Variable variable;

  /** [2 n + 1] lower and upper end of each cell of a real variable; empty for a categorical one. */
  final double[] lo;

  final double[] hi;

  /** [states] the cell of each state; empty for a real variable. */
  final int[] ofState;

  private final int count;

  private Cells(Variable variable, double[] cut, int[] ofState, int count) {
    this.variable = variable;
    this.ofState = ofState;
    this.count = count;
    lo = new double[ofState.length > 0 ? 0 : count];
    hi = new double[lo.length];
    for (int i = 0; i < lo.length; i++) {
      lo[i] = i == 0 ? Double.NEGATIVE_INFINITY : cut[(i - 1) / 2];
      hi[i] = i == lo.length - 1 ? Double.POSITIVE_INFINITY : cut[i / 2];
    }
  }

  /** The cells of a variable by the conditions that speak of it. */
  static Cells of(Variable variable, List<Formula> conditions) {
    if (variable instanceof Categorical categorical) {
      return ofStates(categorical, conditions);
    }
    TreeSet<Double> cuts = new TreeSet<>();
    for (Formula condition : conditions) {
      if (!(condition instanceof Range range)) {
        throw new ArgumentException(
            "variable '%s' is not categorical; expected an interval, not states"
                .formatted(variable.name()),
            variable.name());
      }
      for (double end : new double[] {from(variable, range), to(variable, range)}) {
        if (!Double.isInfinite(end)) {
          cuts.add(end + 0.0);
        }
      }
    }
    double[] cut = cuts.stream().mapToDouble(x -> x).toArray();
    return new Cells(variable, cut, new int[0], 2 * cut.length + 1);
  }

  /** The lower end of a range; of a count half a unit below the first number in it. */
  private static double from(Variable variable, Range range) {
    if (!(variable instanceof Real real) || !real.isCount()) {
      return range.lo();
    }
    return (range.includesLo() ? Math.ceil(range.lo()) : Math.floor(range.lo()) + 1) - 0.5;
  }

  /** The upper end of a range; of a count half a unit above the last number in it. */
  private static double to(Variable variable, Range range) {
    if (!(variable instanceof Real real) || !real.isCount()) {
      return range.hi();
    }
    return (range.includesHi() ? Math.floor(range.hi()) : Math.ceil(range.hi()) - 1) + 0.5;
  }

  private static Cells ofStates(Categorical variable, List<Formula> conditions) {
    BitSet[] signature = new BitSet[variable.numStates()];
    Arrays.setAll(signature, s -> new BitSet());
    for (int i = 0; i < conditions.size(); i++) {
      for (int s : states(variable, conditions.get(i))) {
        signature[s].set(i);
      }
    }
    Map<BitSet, Integer> cells = new HashMap<>();
    int[] ofState = new int[signature.length];
    for (int s = 0; s < ofState.length; s++) {
      Integer known = cells.putIfAbsent(signature[s], cells.size());
      ofState[s] = known == null ? cells.size() - 1 : known;
    }
    return new Cells(variable, new double[0], ofState, cells.size());
  }

  private static List<Integer> states(Categorical variable, Formula condition) {
    if (!(condition instanceof States states)) {
      throw new ArgumentException(
          "variable '%s' is categorical; expected states, not an interval"
              .formatted(variable.name()),
          variable.name());
    }
    List<Integer> indices = new ArrayList<>();
    for (String name : states.states()) {
      int s = variable.states().indexOf(name);
      if (s < 0) {
        throw new ArgumentException(
            "variable '%s' has no state '%s'; its states are %s"
                .formatted(variable.name(), name, Names.list(variable.states())),
            variable.name());
      }
      indices.add(s);
    }
    return indices;
  }

  /** Number of cells. */
  int count() {
    return count;
  }

  /** Whether a cell is a single value of a real variable. */
  boolean isPoint(int cell) {
    return ofState.length == 0 && cell % 2 == 1;
  }

  /** The cell of a value or state index. */
  int of(double value) {
    if (ofState.length > 0) {
      return ofState[(int) value];
    }
    for (int i = 0; i < count; i++) {
      if (i % 2 == 1 ? value == lo[i] : value > lo[i] && value < hi[i]) {
        return i;
      }
    }
    throw new AssertionError("no cell of " + variable.name() + " holds " + value);
  }

  /** The cells in which a condition holds. */
  BitSet where(Formula condition) {
    BitSet cells = new BitSet();
    if (variable instanceof Categorical categorical) {
      states(categorical, condition).forEach(s -> cells.set(ofState[s]));
      return cells;
    }
    Range range = (Range) condition;
    double from = from(variable, range);
    double to = to(variable, range);
    for (int i = 0; i < count; i++) {
      boolean isIn =
          isPoint(i)
              ? (range.lo() < lo[i] || range.includesLo() && range.lo() == lo[i])
                  && (lo[i] < range.hi() || range.includesHi() && range.hi() == lo[i])
              : from <= lo[i] && hi[i] <= to;
      cells.set(i, isIn);
    }
    return cells;
  }
}
