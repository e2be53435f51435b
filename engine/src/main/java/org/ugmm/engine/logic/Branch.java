package org.ugmm.engine.logic;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Variable.Real;
import org.ugmm.engine.flat.FlatEvidence;

/**
 * A way down from a node of a diagram: the values of its variable that lead to one child, as far as
 * the evidence allows them.
 *
 * @param child where it leads
 * @param isPin whether it is a single value of a real variable that the evidence leaves open
 * @param form of the evidence that it is, as in {@link FlatEvidence}; {@link #AS_GIVEN} where all
 *     allowed values lead to the child
 * @param a the point or the lower end
 * @param b the upper end
 * @param logLikelihood of each state, where the form is that
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Branch(int child, boolean isPin, byte form, double a, double b, double[] logLikelihood) {
  static final byte AS_GIVEN = -1;

  private static final double[] NONE = {};

  private static Branch asGiven(int child) {
    return new Branch(child, false, AS_GIVEN, 0, 0, NONE);
  }

  /** Narrows evidence on the variable. */
  void apply(FlatEvidence e, int variable) {
    switch (form) {
      case FlatEvidence.POINT -> e.unobserve(variable).observe(variable, a);
      case FlatEvidence.INTERVAL -> e.interval(variable, a, b);
      case FlatEvidence.LIKELIHOOD -> e.likelihood(variable, logLikelihood);
      default -> {}
    }
  }

  /**
   * The ways down from a node, in the order of the cells.
   *
   * @param below [cells] the children of the node
   * @param given evidence that is not {@link FlatEvidence#isNowhere()}
   */
  static List<Branch> of(int[] below, Cells cells, FlatEvidence given, int variable) {
    if (given.form[variable] == FlatEvidence.POINT) {
      return List.of(asGiven(below[cells.of(given.a[variable])]));
    }
    return cells.variable instanceof Categorical
        ? ofStates(below, cells, given, variable)
        : ofRuns(below, cells, given, variable);
  }

  private static List<Branch> ofStates(int[] below, Cells cells, FlatEvidence given, int variable) {
    boolean isSoft = given.form[variable] == FlatEvidence.LIKELIHOOD;
    int numStates = cells.ofState.length;
    double[] log = isSoft ? given.logLikelihood[variable] : new double[numStates];
    List<Branch> branches = new ArrayList<>();
    BitSet done = new BitSet();
    for (int s = 0; s < numStates; s++) {
      int child = below[cells.ofState[s]];
      if (log[s] == Double.NEGATIVE_INFINITY || done.get(child)) {
        continue;
      }
      done.set(child);
      double[] masked = new double[numStates];
      Arrays.fill(masked, Double.NEGATIVE_INFINITY);
      int in = 0;
      int out = 0;
      for (int t = 0; t < numStates; t++) {
        if (log[t] > Double.NEGATIVE_INFINITY) {
          boolean isIn = below[cells.ofState[t]] == child;
          in += isIn ? 1 : 0;
          out += isIn ? 0 : 1;
          masked[t] = isIn ? log[t] : Double.NEGATIVE_INFINITY;
        }
      }
      branches.add(
          out == 0
              ? asGiven(child)
              : in == 1 && !isSoft
                  ? new Branch(child, false, FlatEvidence.POINT, s, s, NONE)
                  : new Branch(child, false, FlatEvidence.LIKELIHOOD, 0, 0, masked));
    }
    return branches;
  }

  private static List<Branch> ofRuns(int[] below, Cells cells, FlatEvidence given, int variable) {
    Real real = (Real) cells.variable;
    boolean isInterval = given.form[variable] == FlatEvidence.INTERVAL;
    double margin = real.isCount() ? 0.5 : 0; // as cells of counts have it
    double lo = (isInterval ? real.least(given.a[variable]) : real.lo()) - margin;
    double hi = (isInterval ? real.greatest(given.b[variable]) : real.hi()) + margin;
    List<Branch> runs = new ArrayList<>();
    List<Branch> pins = new ArrayList<>();
    for (int i = 0; i < below.length; i++) {
      if (cells.isPoint(i)) {
        double x = cells.lo[i];
        if (x >= lo && x <= hi && !real.isCount()) {
          pins.add(new Branch(below[i], true, FlatEvidence.POINT, x, x, NONE));
        }
        continue;
      }
      double from = Math.max(lo, cells.lo[i]);
      double to = Math.min(hi, cells.hi[i]);
      if (!(from < to)) {
        continue;
      }
      Branch last = runs.isEmpty() ? null : runs.get(runs.size() - 1);
      if (last != null && last.child == below[i]) {
        runs.remove(last);
        from = last.a;
      }
      runs.add(new Branch(below[i], false, FlatEvidence.INTERVAL, from, to, NONE));
    }
    List<Branch> branches = new ArrayList<>();
    if (runs.size() == 1) {
      branches.add(asGiven(runs.get(0).child));
    } else {
      branches.addAll(runs);
    }
    branches.addAll(pins);
    return branches;
  }
}
