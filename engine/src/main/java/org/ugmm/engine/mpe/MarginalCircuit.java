package org.ugmm.engine.mpe;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Why;
import org.ugmm.engine.exact.LogEvaluator;
import org.ugmm.engine.flat.FlatBuilder;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.flat.FlatEvidence;
import org.ugmm.engine.flat.Scopes;
import org.ugmm.engine.number.Rounding;

/**
 * A circuit without links in which all variables but some are summed and integrated out under
 * evidence: a circuit over the chosen ones alone, whose most probable explanation is the marginal
 * MAP of the first.
 */
public final class MarginalCircuit {
  /*
   * What lies below no chosen variable is a constant, whose error is noted as its rounding. Of several
   * pieces of evidence, which exclude each other, the circuits are added up.
   */
  private static final int ZERO = -1;

  private final FlatCircuit c;
  private final LogEvaluator evaluator;
  private final boolean[] isChosen;
  private final boolean[] isAbove;
  private final FlatBuilder builder;

  private MarginalCircuit(FlatCircuit circuit, LogEvaluator evaluator, int[] chosen) {
    c = circuit;
    this.evaluator = evaluator;
    builder = new FlatBuilder(c.variables);
    isChosen = new boolean[c.numVariables()];
    isAbove = new boolean[c.numNodes()];
    Scopes scopes = Scopes.of(c);
    for (int v : chosen) {
      isChosen[v] = true;
      for (int n = 0; n <= c.root; n++) {
        isAbove[n] |= scopes.contains(n, v);
      }
    }
  }

  /**
   * Sums out.
   *
   * @param evaluator of the root; its values are overwritten
   * @param chosen variables that are kept
   * @param pieces evidence that excludes each other; what it says of chosen states counts, what it
   *     says of chosen reals is not looked at
   * @return over the same variables; null where the evidence has probability zero whatever the
   *     chosen variables are
   * @throws RefusedException if a part is too small for a number
   */
  public static @Nullable FlatCircuit of(
      FlatCircuit circuit, LogEvaluator evaluator, int[] chosen, List<FlatEvidence> pieces) {
    MarginalCircuit marginal = new MarginalCircuit(circuit, evaluator, chosen);
    IntArrayList roots = new IntArrayList();
    for (FlatEvidence piece : pieces) {
      int root = marginal.add(piece);
      if (root != ZERO) {
        roots.add(root);
      }
    }
    if (roots.isEmpty()) {
      return null;
    }
    double[] ones = new double[roots.size()];
    Arrays.fill(ones, 1);
    int root =
        roots.size() == 1
            ? roots.getInt(0)
            : marginal.builder.weightedSum(roots.toIntArray(), ones);
    return marginal.builder.build(root);
  }

  private int add(FlatEvidence piece) {
    FlatEvidence others = piece.copy();
    for (int v = 0; v < isChosen.length; v++) {
      if (isChosen[v]) {
        others.unobserve(v);
      }
    }
    evaluator.upward(others);
    int[] copyOf = new int[c.numNodes()];
    Arrays.fill(copyOf, ZERO);
    boolean[] isUsed = used();
    for (int n = 0; n <= c.root; n++) {
      if (isUsed[n]) {
        copyOf[n] = isAbove[n] ? copy(n, piece, copyOf) : constant(n);
      }
    }
    return copyOf[c.root];
  }

  /** What is left below the root: nothing below a constant. */
  private boolean[] used() {
    boolean[] used = new boolean[c.numNodes()];
    used[c.root] = true;
    for (int n = c.root; n >= 0; n--) {
      if (used[n] && isAbove[n]) {
        for (int i = 0; i < c.numChildren(n); i++) {
          used[c.child(n, i)] = true;
        }
      }
    }
    return used;
  }

  private int constant(int n) {
    double log = evaluator.value(n);
    double error = evaluator.logErrorBound(n);
    if (log == Double.NEGATIVE_INFINITY && evaluator.relativeErrorBound(n) == 0) {
      return ZERO;
    }
    if (!Double.isFinite(log) || !Double.isFinite(error)) {
      throw new RefusedException(
          "",
          Why.of(
              Why.Reason.ROUNDING,
              "a part of the circuit under the evidence is too small for a number"),
          "observe less of it, or values that are less far out");
    }
    return builder.rounded(builder.constant(log), error / Rounding.U);
  }

  private int copy(int n, FlatEvidence piece, int[] copyOf) {
    return switch (c.kind(n)) {
      case WEIGHTED_SUM -> sum(n, copyOf);
      case PRODUCT -> {
        for (int i = 0; i < c.numChildren(n); i++) {
          if (copyOf[c.child(n, i)] == ZERO) {
            yield ZERO;
          }
        }
        yield builder.copy(c, n, copyOf);
      }
      case CATEGORICAL -> states(n, piece);
      default -> builder.copy(c, n, copyOf);
    };
  }

  private int sum(int n, int[] copyOf) {
    IntArrayList children = new IntArrayList();
    double[] weights = new double[c.numChildren(n)];
    for (int i = 0; i < weights.length; i++) {
      if (copyOf[c.child(n, i)] != ZERO && c.parameter(n, i) > 0) {
        weights[children.size()] = c.parameter(n, i);
        children.add(copyOf[c.child(n, i)]);
      }
    }
    if (children.isEmpty()) {
      return ZERO;
    }
    int sum = builder.weightedSum(children.toIntArray(), Arrays.copyOf(weights, children.size()));
    return builder.rounded(sum, c.rounding(n));
  }

  private int states(int n, FlatEvidence piece) {
    int v = c.variable[n];
    double[] logs = new double[c.numParameters(n)];
    double largest = Double.NEGATIVE_INFINITY;
    double rounded = 0;
    for (int s = 0; s < logs.length; s++) {
      double says =
          piece.isPoint(v)
              ? piece.point(v) == s ? 0 : Double.NEGATIVE_INFINITY
              : piece.isUnobserved(v) ? 0 : piece.logLikelihood[v][s];
      logs[s] = c.parameter(n, s) + says;
      largest = Math.max(largest, logs[s]);
      boolean isRounded = says != 0 && logs[s] > Double.NEGATIVE_INFINITY;
      // the log of the likelihood and the sum
      rounded = Math.max(rounded, isRounded ? 2 * Math.abs(says) + Math.abs(logs[s]) : 0);
    }
    return largest == Double.NEGATIVE_INFINITY
        ? ZERO
        : builder.rounded(builder.categorical(v, logs), c.rounding(n) + rounded);
  }
}
