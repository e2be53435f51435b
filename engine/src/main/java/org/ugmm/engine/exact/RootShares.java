package org.ugmm.engine.exact;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.flat.FlatEvidence;
import org.ugmm.engine.number.Rounding;

/** The shares that the children of a root that is a sum have in its value. */
public final class RootShares {
  private RootShares() {}

  /** Number of children of the root where that is a sum, else 0. */
  public static int count(FlatCircuit c) {
    return c.kind(c.root) == NodeKind.WEIGHTED_SUM ? c.numChildren(c.root) : 0;
  }

  /**
   * The shares, as the posterior of a hidden variable {@code component} with a state for each
   * child.
   *
   * @param evaluator whose circuit has a sum as its root
   * @throws org.ugmm.engine.data.RefusedException if the evidence has probability zero, or rounding
   *     may change a share
   */
  public static CategoricalPosterior of(LogEvaluator evaluator, FlatEvidence e) {
    FlatCircuit c = evaluator.circuit();
    int n = count(c);
    evaluator.upward(e);
    double[] log = new double[n];
    double[] error = new double[n];
    for (int i = 0; i < n; i++) {
      int child = c.child(c.root, i);
      double weight = c.parameter(c.root, i);
      double logWeight = weight > 0 ? Math.log(weight) : Double.NEGATIVE_INFINITY;
      log[i] = logWeight + evaluator.value[child];
      boolean isZero = log[i] == Double.NEGATIVE_INFINITY;
      double units =
          evaluator.error[child] + c.rounding(c.root) + 2 * Math.abs(logWeight) + Math.abs(log[i]);
      error[i] = isZero ? 0 : Rounding.logError(units);
    }
    double max = Arrays.stream(log).max().orElse(Double.NEGATIVE_INFINITY);
    if (max == Double.NEGATIVE_INFINITY) {
      throw Certify.noDensity(evaluator.error[c.root]);
    }
    double[] bound = new double[n];
    Certify.ofShares(log, 0, n, error, bound);
    Certify.toShares(log);
    double[] share = new double[n];
    double worst = 0;
    for (int i = 0; i < n; i++) {
      share[i] = Math.exp(log[i]);
      worst = share[i] >= CategoricalPosterior.SMALLEST ? Math.max(worst, bound[i]) : worst;
    }
    String[] names = IntStream.range(0, n).mapToObj(i -> "" + (i + 1)).toArray(String[]::new);
    return new CategoricalPosterior(
        Variable.categorical("component", names),
        share,
        log,
        bound,
        Certify.exact(worst / Rounding.U, "the shares of the %s", "components"));
  }
}
