package org.ugmm.engine.deep;

import it.unimi.dsi.fastutil.doubles.DoubleArrayList;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Variable.Real;
import org.ugmm.engine.data.Why;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.flat.FlatEvidence;
import org.ugmm.engine.flat.Reach;
import org.ugmm.engine.number.GaussianMass;
import org.ugmm.engine.number.LogValue;
import org.ugmm.engine.number.Rounding;

/**
 * Folds evidence into a circuit, node by node, children first. Every constant is kept as a proven
 * interval of natural logs, so that what is computed from it can be proven too.
 */
final class ConditionedNetworkBuilder {
  /** What a node has become: a coefficient and factors; no factors is a constant. */
  private record Term(double lo, double hi, int[] factors) {
    boolean isConstant() {
      return factors.length == 0;
    }
  }

  private static final int[] NONE = {};
  private static final double[] NO_TABLE = {};
  private static final double U = Rounding.U;

  /**
   * Roundings of a scale, in units of 2^-53, that fit into the bounds of exponents: these allow for
   * 16 units of half the square of (z - mean) / scale, whose own roundings make 7.
   */
  private static final double MOST_OF_SCALE = 4;

  final FlatCircuit circuit;
  private final FlatEvidence evidence;
  private final int top;
  int[] freeVariable = NONE;
  boolean[] discrete = {};
  double[] lo = {};
  double[] hi = {};
  final IntArrayList termStart = IntArrayList.of(0);
  final DoubleArrayList constantLo = new DoubleArrayList();
  final DoubleArrayList constantHi = new DoubleArrayList();
  final IntArrayList factorStart = IntArrayList.of(0);
  final DoubleArrayList coefficientLo = new DoubleArrayList();
  final DoubleArrayList coefficientHi = new DoubleArrayList();
  final IntArrayList factorKind = new IntArrayList();
  final IntArrayList factorRef = new IntArrayList();
  final DoubleArrayList mean = new DoubleArrayList();
  final DoubleArrayList scale = new DoubleArrayList();
  final List<double[]> table = new ArrayList<>();
  int[] outputs = NONE;

  /* Factors of a pending term live here until its unit is closed. */
  private final IntArrayList pendingKind = new IntArrayList();
  private final IntArrayList pendingRef = new IntArrayList();
  private final DoubleArrayList pendingMean = new DoubleArrayList();
  private final DoubleArrayList pendingScale = new DoubleArrayList();
  private final List<double[]> pendingTable = new ArrayList<>();

  /** Whether a real is observed outside its domain, where f is zero. */
  private boolean outside;

  /** [numVariables] position among the free variables, -1 where observed. */
  private final int[] position;

  /** Prepares what is left below a node. */
  ConditionedNetworkBuilder(FlatEvidence evidence, int top) {
    this.evidence = evidence;
    this.top = top;
    circuit = evidence.circuit;
    circuit.requireNoBlocks(
        "a search over the ranges of all nodes",
        "ask for the posterior" + FlatCircuit.WITHOUT_BLOCKS);
    position = new int[circuit.numVariables()];
    Arrays.fill(position, -1);
  }

  ConditionedNetwork root() {
    findFree(-1);
    @Nullable Term[] terms = new Term[circuit.numNodes()];
    boolean[] live = Reach.from(circuit, top);
    fold(terms, live, evidence);
    outputs = new int[] {output(terms[top])};
    return new ConditionedNetwork(this);
  }

  ConditionedNetwork states(int target) {
    findFree(target);
    boolean[] live = Reach.from(circuit, top);
    boolean[] above = new boolean[circuit.numNodes()];
    boolean[] below = new boolean[circuit.numNodes()];
    for (int n = 0; n < above.length; n++) {
      above[n] = circuit.variable[n] == target;
      for (int e = circuit.edgeStart[n]; e < circuit.edgeStart[n + 1]; e++) {
        above[n] |= above[circuit.child[e]];
      }
      below[n] = live[n] && !above[n];
      above[n] &= live[n];
    }
    @Nullable Term[] terms = new Term[circuit.numNodes()];
    fold(terms, below, evidence);
    int numStates = ((Categorical) circuit.variables.get(target)).numStates();
    outputs = new int[numStates];
    FlatEvidence fixed = evidence.copy();
    for (int s = 0; s < numStates; s++) {
      fixed.unobserve(target).observe(target, s);
      fold(terms, above, fixed);
      outputs[s] = output(terms[top]);
      if (evidence.form[target] == FlatEvidence.LIKELIHOOD) {
        double soft = evidence.logLikelihood[target][s];
        double slack = 4 * U * Math.abs(soft);
        Term root =
            new Term(down(soft, slack), up(soft, slack), new int[] {unitFactor(outputs[s])});
        outputs[s] = close(List.of(root));
      }
    }
    return new ConditionedNetwork(this);
  }

  private void findFree(int target) {
    int numVariables = circuit.numVariables();
    IntArrayList found = new IntArrayList();
    boolean[] mentioned = new boolean[numVariables];
    boolean[] live = Reach.from(circuit, top);
    for (int n = 0; n < live.length; n++) {
      if (live[n] && circuit.variable[n] >= 0) {
        mentioned[circuit.variable[n]] = true;
      }
    }
    for (int v = 0; v < numVariables; v++) {
      boolean isSoft = evidence.form[v] == FlatEvidence.LIKELIHOOD && top == circuit.root;
      boolean matters = mentioned[v] || isSoft;
      if (v != target && matters && !evidence.isPoint(v)) {
        position[v] = found.size();
        found.add(v);
      } else if (evidence.isPoint(v) && circuit.variables.get(v) instanceof Real real) {
        outside |= !real.contains(evidence.a[v]);
      }
    }
    freeVariable = found.toIntArray();
    discrete = new boolean[freeVariable.length];
    lo = new double[freeVariable.length];
    hi = new double[freeVariable.length];
    for (int i = 0; i < freeVariable.length; i++) {
      int v = freeVariable[i];
      if (circuit.variables.get(v) instanceof Real real) {
        boolean interval = evidence.form[v] == FlatEvidence.INTERVAL;
        lo[i] = interval ? real.least(evidence.a[v]) : real.lo();
        hi[i] = interval ? real.greatest(evidence.b[v]) : real.hi();
        if (!(lo[i] <= hi[i])) {
          throw new CircuitException(
              "variable '%s': interval [%s, %s] lies outside the domain [%s, %s]"
                  .formatted(real.name(), evidence.a[v], evidence.b[v], real.lo(), real.hi()));
        }
      } else {
        discrete[i] = true;
        hi[i] = ((Categorical) circuit.variables.get(v)).numStates() - 1;
      }
    }
  }

  /** The unit of the root, times the likelihoods of the free categorical variables. */
  private int output(@Nullable Term root) {
    if (outside) {
      return close(List.of());
    }
    int unit = unit(root);
    IntArrayList factors = new IntArrayList();
    for (int i = 0; i < freeVariable.length; i++) {
      if (evidence.form[freeVariable[i]] == FlatEvidence.LIKELIHOOD) {
        factors.add(
            pend(ConditionedNetwork.TABLE, i, 0, 1, evidence.logLikelihood[freeVariable[i]]));
      }
    }
    if (factors.isEmpty()) {
      return unit;
    }
    factors.add(unitFactor(unit));
    return close(List.of(new Term(0, 0, factors.toIntArray())));
  }

  private void fold(@Nullable Term[] terms, boolean[] wanted, FlatEvidence e) {
    for (int n = 0; n < terms.length; n++) {
      if (wanted[n]) {
        terms[n] = fold(terms, n, e);
      }
    }
  }

  private Term fold(@Nullable Term[] terms, int n, FlatEvidence e) {
    int v = circuit.variable[n];
    int from = circuit.edgeStart[n];
    int to = circuit.edgeStart[n + 1];
    return switch (circuit.kind(n)) {
      case GAUSSIAN -> {
        double m = circuit.parameter(n, 0);
        double s = circuit.parameter(n, 1);
        if (!e.isPoint(v)) {
          yield gaussianTerm(n, ConditionedNetwork.GAUSSIAN, position[v], m, s);
        }
        yield ((Real) circuit.variables.get(v)).contains(e.a[v])
            ? gaussianConstant(n, e.a[v], e.a[v], m, s)
            : constant(Double.NEGATIVE_INFINITY);
      }
      case CATEGORICAL -> {
        int start = circuit.parameterStart[n];
        if (e.isPoint(v)) {
          yield rounded(n, circuit.parameter[start + (int) e.a[v]], NONE);
        }
        double[] logs = Arrays.copyOfRange(circuit.parameter, start, circuit.parameterStart[n + 1]);
        int[] factor = {pend(ConditionedNetwork.TABLE, position[v], 0, 1, logs)};
        yield rounded(n, 0, factor);
      }
      case HISTOGRAM, POISSON, UNIFORM, EXPONENTIAL, GAMMA, LOG_NORMAL -> observed(n, e);
      case GAUSSIAN_BLOCK -> throw new AssertionError("block " + n);
      case BASE ->
          constant(
              e.isPoint(v) && !((Real) circuit.variables.get(v)).contains(e.a[v])
                  ? Double.NEGATIVE_INFINITY
                  : 0);
      case CONSTANT -> rounded(n, circuit.parameter(n, 0), NONE);
      case PRODUCT -> {
        double low = 0;
        double high = 0;
        IntArrayList factors = new IntArrayList();
        for (int i = from; i < to; i++) {
          Term child = term(terms, circuit.child[i]);
          low = down(low + child.lo, U * (Math.abs(low) + Math.abs(child.lo)));
          high = up(high + child.hi, U * (Math.abs(high) + Math.abs(child.hi)));
          factors.addElements(factors.size(), child.factors);
        }
        yield high == Double.NEGATIVE_INFINITY
            ? constant(high)
            : new Term(low, high, factors.toIntArray());
      }
      case WEIGHTED_SUM -> {
        List<Term> sum = new ArrayList<>(to - from);
        for (int i = from; i < to; i++) {
          double weight = circuit.parameter[circuit.parameterStart[n] + i - from];
          Term child = term(terms, circuit.child[i]);
          if (weight > 0 && child.hi > Double.NEGATIVE_INFINITY) {
            sum.add(scaled(child, Math.log(weight), circuit.rounding(n)));
          }
        }
        yield sum.stream().allMatch(Term::isConstant)
            ? sumOfConstants(sum)
            : new Term(0, 0, new int[] {unitFactor(close(sum))});
      }
      case GAUSSIAN_LINK -> {
        double m = circuit.parameter(n, 0);
        double s = circuit.parameter(n, 1);
        Term child = term(terms, circuit.child[from]);
        if (child.isConstant()) {
          yield child.hi == Double.NEGATIVE_INFINITY
              ? child
              : gaussianConstant(n, child.lo, child.hi, m, s);
        }
        yield gaussianTerm(n, ConditionedNetwork.LINK, unit(child), m, s);
      }
    };
  }

  /** A leaf of one of the rarer families, whose ranges are not known here. */
  private Term observed(int n, FlatEvidence e) {
    int v = circuit.variable[n];
    if (!e.isPoint(v)) {
      String name = circuit.variables.get(v).name();
      throw new RefusedException(
          "",
          Why.of(
              Why.Reason.NO_CLOSED_FORM,
              "node %d is a leaf of the kind %s on '%s', which is open: proofs of networks know ranges of Gaussian and categorical leaves only"
                  .formatted(n, circuit.kind(n), name),
              name),
          "give a value of '%s'".formatted(name));
    }
    LogValue value = circuit.leaf(n).logDensity(e.a[v]);
    double slack = compiled(n);
    return new Term(down(value.lower(), slack), up(value.upper(), slack), NONE);
  }

  private static Term term(@Nullable Term[] terms, int n) {
    Term term = terms[n];
    if (term == null) {
      throw new AssertionError("node " + n + " was not folded");
    }
    return term;
  }

  /** What compiling may have changed of the log of a parameter of a node. */
  private double compiled(int n) {
    return 1.01 * U * circuit.rounding(n);
  }

  /** A coefficient that compiling may have rounded, and factors. */
  private Term rounded(int n, double log, int[] factors) {
    return new Term(
        compiled(n) == 0 ? log : down(log, compiled(n)),
        compiled(n) == 0 ? log : up(log, compiled(n)),
        factors);
  }

  /**
   * The coefficient 1 / (scale sqrt(2 pi)) and the exponent as a factor.
   *
   * @throws RefusedException if compiling rounded the scale by more than the bounds of exponents
   *     have room for
   */
  private Term gaussianTerm(int n, int kind, int ref, double m, double s) {
    if (circuit.rounding(n) > MOST_OF_SCALE) {
      throw new RefusedException(
          "compiling rounded the scale of node %d by %s units of 2^-53; proofs of networks allow for %s; give the scale itself in the model"
              .formatted(n, circuit.rounding(n), MOST_OF_SCALE));
    }
    double logScale = Math.log(s);
    double peak = -logScale - GaussianMass.LOG_SQRT_2PI;
    double slack = U * (4 * Math.abs(logScale) + 4) + compiled(n);
    return new Term(
        down(peak, slack), up(peak, slack), new int[] {pend(kind, ref, m, s, NO_TABLE)});
  }

  /** A Gaussian at a value known to lie in [zLo, zHi]. */
  private Term gaussianConstant(int n, double zLo, double zHi, double m, double s) {
    double logScale = Math.log(s);
    double peak = -logScale - GaussianMass.LOG_SQRT_2PI;
    double slack = U * (4 * Math.abs(logScale) + 4) + compiled(n);
    double ofSquare = 16 * U + 2 * compiled(n);
    double near = NetworkBounds.nearest(zLo, zHi, m, s);
    double far = NetworkBounds.farthest(zLo, zHi, m, s);
    double qNear = 0.5 * near * near;
    double qFar = 0.5 * far * far;
    return new Term(
        down(peak - qFar, slack + ofSquare * qFar + U * Math.abs(peak)),
        up(peak - qNear, slack + ofSquare * qNear + U * Math.abs(peak)),
        NONE);
  }

  private static Term constant(double log) {
    return new Term(log, log, NONE);
  }

  private static Term scaled(Term term, double logWeight, double units) {
    double slack = U * (4 * Math.abs(logWeight) + 1.01 * units);
    return new Term(
        down(term.lo + logWeight, slack + U * Math.abs(term.lo)),
        up(term.hi + logWeight, slack + U * Math.abs(term.hi)),
        term.factors);
  }

  private static Term sumOfConstants(List<Term> terms) {
    double[] low = new double[terms.size()];
    double[] high = new double[terms.size()];
    for (int i = 0; i < low.length; i++) {
      low[i] = terms.get(i).lo;
      high[i] = terms.get(i).hi;
    }
    return new Term(NetworkBounds.logSum(low, -1), NetworkBounds.logSum(high, 1), NONE);
  }

  /** The unit of a term: itself where it is one, else a new one. */
  private int unit(@Nullable Term term) {
    if (term == null) {
      throw new AssertionError("the root was not folded");
    }
    if (term.factors.length == 1
        && term.lo == 0
        && term.hi == 0
        && pendingKind.getInt(term.factors[0]) == ConditionedNetwork.UNIT) {
      return pendingRef.getInt(term.factors[0]);
    }
    return close(List.of(term));
  }

  private int unitFactor(int unit) {
    return pend(ConditionedNetwork.UNIT, unit, 0, 1, NO_TABLE);
  }

  private int pend(int kind, int ref, double m, double s, double[] logs) {
    pendingKind.add(kind);
    pendingRef.add(ref);
    pendingMean.add(m);
    pendingScale.add(s);
    pendingTable.add(logs);
    return pendingKind.size() - 1;
  }

  /** Adds a unit: the constants are merged into one, the other terms become its terms. */
  private int close(List<Term> terms) {
    List<Term> constants = new ArrayList<>();
    for (Term term : terms) {
      if (term.isConstant()) {
        constants.add(term);
        continue;
      }
      coefficientLo.add(term.lo);
      coefficientHi.add(term.hi);
      for (int f : term.factors) {
        factorKind.add(pendingKind.getInt(f));
        factorRef.add(pendingRef.getInt(f));
        mean.add(pendingMean.getDouble(f));
        scale.add(pendingScale.getDouble(f));
        table.add(pendingTable.get(f));
      }
      factorStart.add(factorKind.size());
    }
    Term constant = sumOfConstants(constants);
    constantLo.add(constant.lo);
    constantHi.add(constant.hi);
    termStart.add(coefficientLo.size());
    return termStart.size() - 2;
  }

  private static double down(double value, double slack) {
    return value == Double.NEGATIVE_INFINITY ? value : value - slack - Double.MIN_NORMAL;
  }

  private static double up(double value, double slack) {
    return value == Double.NEGATIVE_INFINITY ? value : value + slack + Double.MIN_NORMAL;
  }
}
