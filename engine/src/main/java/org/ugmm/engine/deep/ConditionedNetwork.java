package org.ugmm.engine.deep;

import it.unimi.dsi.fastutil.doubles.DoubleArrayList;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.Why;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.flat.FlatEvidence;

/**
 * What is left of a circuit, links included, when the observed variables are folded into constants:
 * units over the variables that are not observed. Immutable.
 *
 * <p>A unit is {@code log(exp(constant) + SUM_t exp(a_t + SUM_f g_f))}: a sum of terms, each a
 * coefficient and factors. A factor is a Gaussian of a free real, a table over the states of a free
 * categorical variable, a Gaussian of the log of an earlier unit (a link), or an earlier unit
 * itself. The terms of the first layer are single Gaussians of single variables, so that the
 * constant holds all observed components of a unit and a term is left for each free variable.
 */
public final class ConditionedNetwork {
  public static final int GAUSSIAN = 0;
  public static final int TABLE = 1;
  public static final int LINK = 2;
  public static final int UNIT = 3;

  public final FlatCircuit circuit;

  /** [numFree] the variable in the circuit of each free variable. */
  public final int[] freeVariable;

  /** [numFree] whether a free variable is categorical. */
  public final boolean[] discrete;

  /** [numFree] lower end of the values allowed by domain and evidence; 0 where discrete. */
  public final double[] lo;

  /** [numFree] upper end; the last state index where discrete. */
  public final double[] hi;

  public final int numUnits;

  /** [numUnits + 1] terms of unit u: [termStart[u], termStart[u + 1]). */
  public final int[] termStart;

  /** [numUnits] proven lower end of the natural log of what is observed; -infinity for none. */
  public final double[] constantLo;

  /** [numUnits] proven upper end. */
  public final double[] constantHi;

  /** [numTerms + 1] factors of a term. */
  public final int[] factorStart;

  /** [numTerms] proven lower end of the natural log of the coefficient. */
  public final double[] coefficientLo;

  /** [numTerms] proven upper end. */
  public final double[] coefficientHi;

  /** [numFactors] one of the constants above. */
  public final int[] factorKind;

  /** [numFactors] free variable of a Gaussian or table, unit of a link or unit. */
  public final int[] factorRef;

  /** [numFactors] mean of a Gaussian or link. */
  public final double[] mean;

  /** [numFactors] scale of a Gaussian or link. */
  public final double[] scale;

  /** [numFactors] 1 / scale. */
  public final double[] inverse;

  /** [numFactors][K] natural logs of a table; empty elsewhere. */
  public final double[][] table;

  /** Units asked for: the root, or the root in each state of a target variable. */
  public final int[] outputs;

  /** The most factors of a term, for the bounds on rounding. */
  public final int maxFactors;

  ConditionedNetwork(ConditionedNetworkBuilder b) {
    circuit = b.circuit;
    freeVariable = b.freeVariable;
    discrete = b.discrete;
    lo = b.lo;
    hi = b.hi;
    termStart = b.termStart.toIntArray();
    numUnits = termStart.length - 1;
    constantLo = b.constantLo.toDoubleArray();
    constantHi = b.constantHi.toDoubleArray();
    factorStart = b.factorStart.toIntArray();
    coefficientLo = b.coefficientLo.toDoubleArray();
    coefficientHi = b.coefficientHi.toDoubleArray();
    factorKind = b.factorKind.toIntArray();
    factorRef = b.factorRef.toIntArray();
    mean = b.mean.toDoubleArray();
    scale = b.scale.toDoubleArray();
    inverse = new double[scale.length];
    Arrays.setAll(inverse, f -> 1 / scale[f]);
    table = b.table.toArray(new double[0][]);
    outputs = b.outputs;
    int most = 1;
    for (int t = 0; t + 1 < factorStart.length; t++) {
      most = Math.max(most, factorStart[t + 1] - factorStart[t]);
    }
    maxFactors = most;
  }

  /** Some terms and the units they need, other terms folded into the constants. */
  private ConditionedNetwork(
      ConditionedNetwork r, NetworkBounds whole, boolean[] kept, boolean[] live) {
    circuit = r.circuit;
    freeVariable = r.freeVariable;
    discrete = r.discrete;
    lo = r.lo;
    hi = r.hi;
    maxFactors = r.maxFactors;
    int[] newUnit = new int[r.numUnits];
    IntArrayList starts = IntArrayList.of(0);
    IntArrayList terms = new IntArrayList();
    IntArrayList factors = new IntArrayList();
    IntArrayList factorStarts = IntArrayList.of(0);
    DoubleArrayList low = new DoubleArrayList();
    DoubleArrayList high = new DoubleArrayList();
    for (int u = 0; u < r.numUnits; u++) {
      if (!live[u]) {
        continue;
      }
      newUnit[u] = starts.size() - 1;
      DoubleArrayList foldedLo = DoubleArrayList.of(r.constantLo[u]);
      DoubleArrayList foldedHi = DoubleArrayList.of(r.constantHi[u]);
      for (int t = r.termStart[u]; t < r.termStart[u + 1]; t++) {
        if (!kept[t]) {
          foldedLo.add(whole.exponentLo[t]);
          foldedHi.add(whole.exponentHi[t]);
          continue;
        }
        terms.add(t);
        for (int f = r.factorStart[t]; f < r.factorStart[t + 1]; f++) {
          factors.add(f);
        }
        factorStarts.add(factors.size());
      }
      starts.add(terms.size());
      low.add(NetworkBounds.logSum(foldedLo.toDoubleArray(), -1));
      high.add(NetworkBounds.logSum(foldedHi.toDoubleArray(), 1));
    }
    numUnits = starts.size() - 1;
    termStart = starts.toIntArray();
    constantLo = low.toDoubleArray();
    constantHi = high.toDoubleArray();
    factorStart = factorStarts.toIntArray();
    coefficientLo = terms.intStream().mapToDouble(t -> r.coefficientLo[t]).toArray();
    coefficientHi = terms.intStream().mapToDouble(t -> r.coefficientHi[t]).toArray();
    factorKind = factors.intStream().map(f -> r.factorKind[f]).toArray();
    factorRef =
        factors
            .intStream()
            .map(f -> r.factorKind[f] < LINK ? r.factorRef[f] : newUnit[r.factorRef[f]])
            .toArray();
    mean = factors.intStream().mapToDouble(f -> r.mean[f]).toArray();
    scale = factors.intStream().mapToDouble(f -> r.scale[f]).toArray();
    inverse = factors.intStream().mapToDouble(f -> r.inverse[f]).toArray();
    table = factors.intStream().mapToObj(f -> r.table[f]).toArray(double[][]::new);
    outputs = Arrays.stream(r.outputs).map(u -> newUnit[u]).toArray();
  }

  /**
   * The same without the terms that hardly matter over the box: their ranges are folded into the
   * constants, and units that nothing needs any longer are left out.
   *
   * @param whole this evaluated over the box
   * @param value natural log below which values of output 0 are of no interest; -infinity for none
   * @param cut natural log of the share of a unit below which a term is folded
   */
  public ConditionedNetwork pruned(NetworkBounds whole, double value, double cut) {
    boolean[] kept = new boolean[numTerms()];
    boolean[] live = new boolean[numUnits];
    double[] level = whole.lo.clone();
    if (outputs.length == 1) {
      level[outputs[0]] = Math.max(level[outputs[0]], value);
    }
    for (int u : outputs) {
      live[u] = true;
    }
    for (int u = numUnits - 1; u >= 0; u--) {
      if (!live[u]) {
        continue;
      }
      int from = termStart[u];
      int to = termStart[u + 1];
      double threshold = level[u] + cut - Math.log(to - from + 1);
      for (int t = from; t < to; t++) {
        kept[t] = !(whole.exponentHi[t] < threshold);
        if (!kept[t]) {
          continue;
        }
        for (int f = factorStart[t]; f < factorStart[t + 1]; f++) {
          if (factorKind[f] >= LINK) {
            live[factorRef[f]] = true;
          }
        }
        boolean isAlone = to - from == 1 && constantHi[u] == Double.NEGATIVE_INFINITY;
        int f = factorStart[t];
        if (isAlone && factorStart[t + 1] - f == 1 && factorKind[f] == UNIT) {
          // nothing but a scaled copy; below it the same values are of no interest
          int v = factorRef[f];
          level[v] = Math.max(level[v], level[u] - coefficientHi[t] - 1e-6);
        }
      }
    }
    return new ConditionedNetwork(this, whole, kept, live);
  }

  /** Folds the evidence; the only output is the root. */
  public static ConditionedNetwork of(FlatEvidence evidence) {
    return of(evidence, evidence.circuit.root);
  }

  /** Folds the evidence below a node, which takes the place of the root. */
  public static ConditionedNetwork of(FlatEvidence evidence, int top) {
    return new ConditionedNetworkBuilder(evidence, top).root();
  }

  /** Folds the evidence; output s is the root with the categorical variable in state s. */
  public static ConditionedNetwork ofStates(FlatEvidence evidence, int target) {
    return ofStates(evidence, target, evidence.circuit.root);
  }

  /** The same below a node, which takes the place of the root. */
  public static ConditionedNetwork ofStates(FlatEvidence evidence, int target, int top) {
    return new ConditionedNetworkBuilder(evidence, top).states(target);
  }

  public int numFree() {
    return freeVariable.length;
  }

  public int numTerms() {
    return coefficientLo.length;
  }

  /** Number of free variables that are real. */
  public int numReal() {
    int count = 0;
    for (boolean d : discrete) {
      count += d ? 0 : 1;
    }
    return count;
  }

  /** A categorical variable of which a box holds several states, -1 for none. */
  public int undecided(double[] fromLo, double[] fromHi) {
    for (int i = 0; i < discrete.length; i++) {
      if (discrete[i] && fromLo[i] < fromHi[i]) {
        return i;
      }
    }
    return -1;
  }

  /** The product of the numbers of states of the free categorical variables, as a double. */
  public double numDiscreteAssignments() {
    double product = 1;
    for (int i = 0; i < discrete.length; i++) {
      product *= discrete[i] ? hi[i] + 1 : 1;
    }
    return product;
  }

  /** The first variable of the circuit that is a free real without bounds, -1 for none. */
  int unboundedVariable() {
    for (int i = 0; i < lo.length; i++) {
      if (!(lo[i] > Double.NEGATIVE_INFINITY && hi[i] < Double.POSITIVE_INFINITY)) {
        return freeVariable[i];
      }
    }
    return -1;
  }

  /** That a free real has no bounds, which every search and integral needs; null where all have. */
  public @Nullable Why whyUnbounded() {
    int v = unboundedVariable();
    if (v < 0) {
      return null;
    }
    String name = circuit.variables.get(v).name();
    return Why.of(
        Why.Reason.UNBOUNDED,
        "variable '%s' has neither a value nor a bounded domain".formatted(name),
        name);
  }
}
