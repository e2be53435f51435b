package org.ugmm.engine.deep.plane;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.deep.ConditionedNetwork;
import org.ugmm.engine.deep.NetworkBounds;
import org.ugmm.engine.deep.plane.LeafRange.Leaves;
import org.ugmm.engine.number.Rounding;

/**
 * A {@link ConditionedNetwork} in the linear domain: a unit is a sum of terms, its values divided
 * by exp(reference), the greatest over the widest box. Immutable but for the curves' workspace.
 */
final class LinkUnits {
  private static final double U = Rounding.U;

  /** A Gaussian of a variable. */
  static final byte LEAF = 0;

  /** A Gaussian of the log of a unit. */
  static final byte LINK = 1;

  /** A multiple of a unit. */
  static final byte UNIT = 2;

  /** Several factors, or a table: its range is all that is known. */
  static final byte OTHER = 3;

  final ConditionedNetwork r;

  /** [numUnits] natural log of what values of a unit are divided by. */
  final double[] reference;

  /** [numTerms] one of the constants above. */
  final byte[] kind;

  /** [numTerms] position among the Gaussians of its variable; meaningful for a leaf. */
  final int[] position;

  /** [numTerms] coefficient over exp(reference), and a bound on its relative error. */
  final double[] weight;

  final double[] weightError;

  /** [numTerms] links; null elsewhere. */
  private final @Nullable LinkCurve[] curve;

  /** [numUnits] ends of the observed part, relative to the reference. */
  final double[] constantLo;

  final double[] constantHi;

  /** [numUnits] whether a unit is more than a sum of Gaussians of variables. */
  final boolean[] isDeep;

  /** [numUnits] whether a unit is below a link. */
  final boolean[] isLinked;

  /** The topmost unit that is not just a multiple of another. */
  final int top;

  /** Upper end of the natural log of output 0 over the topmost unit. */
  private final double aboveTop;

  /** [numFree][] terms that are Gaussians of a variable, and their units. */
  private final int[][] leafTerm;

  final int[][] leafUnit;

  /** [numFree] the intervals of the widest box; null where discrete. */
  final @Nullable LeafRange[] whole;

  /**
   * Scales a network.
   *
   * @param widest the network evaluated over the widest box that will be asked for
   */
  LinkUnits(ConditionedNetwork r, NetworkBounds widest) {
    this.r = r;
    int numUnits = r.numUnits;
    int numTerms = r.numTerms();
    int numFree = r.numFree();
    reference = new double[numUnits];
    constantLo = new double[numUnits];
    constantHi = new double[numUnits];
    isDeep = new boolean[numUnits];
    isLinked = new boolean[numUnits];
    kind = new byte[numTerms];
    position = new int[numTerms];
    weight = new double[numTerms];
    weightError = new double[numTerms];
    curve = new LinkCurve[numTerms];
    int[] numLeaves = new int[numFree];
    for (int u = 0; u < numUnits; u++) {
      boolean isFinite = Math.abs(widest.hi[u]) < Double.MAX_VALUE;
      reference[u] = isFinite ? widest.hi[u] : 0;
      constantLo[u] = relative(r.constantLo[u], u, -1);
      constantHi[u] = relative(r.constantHi[u], u, 1);
      for (int t = r.termStart[u]; t < r.termStart[u + 1]; t++) {
        kind[t] = classify(t, u);
        int f = r.factorStart[t];
        if (kind[t] == LEAF) {
          position[t] = numLeaves[r.factorRef[f]]++;
          continue;
        }
        isDeep[u] = true;
        if (kind[t] == LINK) {
          int v = r.factorRef[f];
          isLinked[v] = true;
          curve[t] = new LinkCurve(weight[t], weightError[t], r.mean[f], r.scale[f], reference[v]);
        }
      }
    }
    int topmost = r.outputs[0];
    double above = 0;
    while (r.termStart[topmost + 1] - r.termStart[topmost] == 1
        && kind[r.termStart[topmost]] == UNIT
        && r.constantHi[topmost] == Double.NEGATIVE_INFINITY) {
      int t = r.termStart[topmost];
      above += r.coefficientHi[t] + 4 * U * (Math.abs(above) + Math.abs(r.coefficientHi[t]));
      topmost = r.factorRef[r.factorStart[t]];
    }
    top = topmost;
    aboveTop = above;
    leafTerm = new int[numFree][];
    leafUnit = new int[numFree][];
    Arrays.setAll(leafTerm, i -> new int[numLeaves[i]]);
    Arrays.setAll(leafUnit, i -> new int[numLeaves[i]]);
    for (int u = 0; u < numUnits; u++) {
      for (int t = r.termStart[u]; t < r.termStart[u + 1]; t++) {
        if (kind[t] == LEAF) {
          int i = r.factorRef[r.factorStart[t]];
          leafTerm[i][position[t]] = t;
          leafUnit[i][position[t]] = u;
        }
      }
    }
    whole = new LeafRange[numFree];
    for (int i = 0; i < numFree; i++) {
      if (!r.discrete[i]) {
        whole[i] = new LeafRange(leaves(i), r.lo[i], r.hi[i]);
      }
    }
  }

  private byte classify(int t, int u) {
    int f = r.factorStart[t];
    if (r.factorStart[t + 1] - f != 1 || r.factorKind[f] == ConditionedNetwork.TABLE) {
      return OTHER;
    }
    boolean isUnit = r.factorKind[f] == ConditionedNetwork.UNIT;
    double e = r.coefficientHi[t] - reference[u] + (isUnit ? reference[r.factorRef[f]] : 0);
    double magnitude =
        Math.abs(r.coefficientHi[t])
            + Math.abs(reference[u])
            + (isUnit ? Math.abs(reference[r.factorRef[f]]) : 0);
    double error = (r.coefficientHi[t] - r.coefficientLo[t]) * 1.01 + (8 + 4 * magnitude) * U;
    if (!(Math.abs(e) < 600) || !(error < 1e-3)) {
      return OTHER;
    }
    weight[t] = Math.exp(e);
    weightError[t] = 1.01 * error;
    return switch (r.factorKind[f]) {
      case ConditionedNetwork.GAUSSIAN -> LEAF;
      case ConditionedNetwork.LINK -> LINK;
      default -> UNIT;
    };
  }

  private Leaves leaves(int i) {
    int n = leafTerm[i].length;
    double[] w = new double[n];
    double[] error = new double[n];
    double[] mean = new double[n];
    double[] inverse = new double[n];
    for (int k = 0; k < n; k++) {
      int t = leafTerm[i][k];
      w[k] = weight[t];
      error[k] = weightError[t];
      mean[k] = r.mean[r.factorStart[t]];
      inverse[k] = r.inverse[r.factorStart[t]];
    }
    return new Leaves(w, error, mean, inverse);
  }

  /** A proven end of the relative value of a unit whose natural log is given. */
  double relative(double log, int unit, int side) {
    double e = log - reference[unit];
    double slack = (8 + Math.abs(e) + 2 * Math.abs(reference[unit])) * 4 * U;
    return e == Double.NEGATIVE_INFINITY
        ? 0
        : Math.max(0, Math.exp(e) * (1 + side * slack) + side * Double.MIN_NORMAL);
  }

  /**
   * A relative value of the topmost unit that it reaches wherever the natural log of output 0
   * reaches a mark.
   */
  double topMark(double markLog) {
    double log = markLog - aboveTop;
    return relative(log - 4 * U * (Math.abs(markLog) + Math.abs(aboveTop)), top, -1);
  }

  /** The curve of a link. */
  LinkCurve link(int t) {
    LinkCurve link = curve[t];
    if (link == null) {
      throw new AssertionError("term " + t + " is no link");
    }
    return link;
  }

  /** The unit or variable that the first factor of a term reads. */
  int below(int t) {
    return r.factorRef[r.factorStart[t]];
  }

  /** The interval of the variable of a leaf. */
  static LeafRange leaf(@Nullable LeafRange[] range, int variable) {
    LeafRange leaf = range[variable];
    if (leaf == null) {
      throw new AssertionError("no interval of variable " + variable);
    }
    return leaf;
  }
}
