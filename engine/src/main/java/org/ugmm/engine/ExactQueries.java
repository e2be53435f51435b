package org.ugmm.engine;

import it.unimi.dsi.fastutil.doubles.DoubleArrayList;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Moments;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Variable.Real;
import org.ugmm.engine.data.Why;
import org.ugmm.engine.exact.Covariances;
import org.ugmm.engine.exact.Enumeration;
import org.ugmm.engine.exact.Flows;
import org.ugmm.engine.exact.LogEvaluator;
import org.ugmm.engine.exact.PartSums;
import org.ugmm.engine.exact.PosteriorPass;
import org.ugmm.engine.exact.RootShares;
import org.ugmm.engine.exact.Sampler;
import org.ugmm.engine.flat.ClosedFormVariables;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.flat.FlatEvidence;
import org.ugmm.engine.leaf.GaussianGiven;
import org.ugmm.engine.leaf.UnivariateLeaf;
import org.ugmm.engine.number.LogSum;

/**
 * The closed forms of one circuit, and the workspace that they take: what one pass integrates out
 * is integrated, other categorical variables are summed out state by state. Every question has its
 * {@code whyNot}, to be asked first. Not thread-safe.
 */
final class ExactQueries {
  private static final int[] NONE = {};

  private final FlatCircuit c;
  private final ClosedFormVariables closedForm;

  /** Variables that no rule sums or integrates out, ascending. */
  private final int[] ruleless;

  private final LogEvaluator evaluator;
  private final LogSum integral = new LogSum();
  private @Nullable LogEvaluator strict;

  /** The evidence itself, where no variable is run through. */
  private @Nullable Enumeration only;

  private @Nullable Flows flows;
  private @Nullable PosteriorPass posteriorPass;

  ExactQueries(FlatCircuit circuit, ClosedFormVariables closedForm) {
    c = circuit;
    this.closedForm = closedForm;
    evaluator = new LogEvaluator(circuit);
    IntArrayList found = new IntArrayList();
    for (int v = 0; v < circuit.numVariables(); v++) {
      if (closedForm.whyNot(v) != null) {
        found.add(v);
      }
    }
    ruleless = found.toIntArray();
  }

  /** Evaluates one point at a time. */
  LogEvaluator evaluator() {
    return evaluator;
  }

  /** The open variables that must be enumerated, ascending; the real ones among them cannot be. */
  private int[] toEnumerate(FlatEvidence e) {
    int count = 0;
    for (int v : ruleless) {
      count += e.isPoint(v) ? 0 : 1;
    }
    if (count == 0) {
      return NONE;
    }
    int[] open = new int[count];
    for (int v : ruleless) {
      if (!e.isPoint(v)) {
        open[open.length - count--] = v;
      }
    }
    return open;
  }

  /** Why the evidence has no exact {@link #integral}; null where it has one. */
  @Nullable Why whyNotIntegral(FlatEvidence e) {
    Why why = whyNotReal(e);
    int[] open = toEnumerate(e);
    return why != null || open.length == 0 ? why : new PartSums(evaluator, open).whyNot(e);
  }

  /** Why no joint enumeration gives exact posteriors and samples; null where one does. */
  @Nullable Why whyNotJoint(FlatEvidence e) {
    Why why = whyNotReal(e);
    return why != null
        ? why
        : Enumeration.whyNot(c, e, toEnumerate(e), Enumeration.MAX_JOINT_STATES);
  }

  /** Why there is no exact {@link #posterior} of a variable; null where there is. */
  @Nullable Why whyNotPosterior(int variable, FlatEvidence e) {
    Why why = whyNotJoint(e);
    boolean isCategorical = c.variables.get(variable) instanceof Categorical;
    return why != null && why.reason() == Why.Reason.TOO_MANY_STATES && isCategorical
        ? new PartSums(evaluator, toEnumerate(e)).whyNot(e)
        : why;
  }

  private @Nullable Why whyNotReal(FlatEvidence e) {
    for (int v : ruleless) {
      if (!e.isPoint(v) && c.variables.get(v) instanceof Real) {
        return closedForm.whyNot(v);
      }
    }
    return null;
  }

  /**
   * The circuit integrated and summed over what the evidence leaves open; good until the next call.
   */
  LogSum integral(FlatEvidence e) {
    int[] open = toEnumerate(e);
    if (open.length > 0) {
      return new PartSums(evaluator, open).sum(e);
    }
    integral.clear();
    Enumeration only = enumerate(evaluator, e);
    if (only.next()) {
      integral.add(only.logTerm(), only.errorUnits());
    }
    return integral;
  }

  /**
   * {@link #integral}, which refuses evidence that has none; null where one pass of the evaluator
   * is the integral, whatever the evidence.
   */
  @Nullable Function<FlatEvidence, LogSum> integralOrRefuse() {
    if (ruleless.length == 0) {
      return null;
    }
    return e -> {
      Why why = whyNotIntegral(e);
      if (why != null) {
        throw Ladder.refused(
            why, "observe it: the parts of a formula are summed in closed form only");
      }
      return integral(e);
    };
  }

  /** The posterior of a variable that {@link #occurs}. */
  Posterior posterior(int variable, FlatEvidence e) {
    int[] open = toEnumerate(e);
    if (open.length > 0 && Enumeration.whyNot(c, e, open, Enumeration.MAX_JOINT_STATES) != null) {
      return new PartSums(evaluator, open).posterior(variable, e);
    }
    runPosteriors(e);
    return posteriorPass().posterior(variable, e);
  }

  /** The shares of the root's children where it is a sum and one pass suffices; else null. */
  @Nullable CategoricalPosterior components(FlatEvidence e) {
    boolean isOnePass = RootShares.count(c) > 0 && toEnumerate(e).length == 0;
    return isOnePass ? RootShares.of(evaluator, e) : null;
  }

  /** The posteriors of all variables without a value, in their order. */
  List<Posterior> posteriors(FlatEvidence e) {
    runPosteriors(e);
    List<Posterior> result = new ArrayList<>();
    for (int v = 0; v < c.numVariables(); v++) {
      if (!e.isPoint(v) && occurs(v)) {
        result.add(posteriorPass().posterior(v, e));
      }
    }
    return result;
  }

  /** Means and covariances of the reals without a value. */
  Moments moments(FlatEvidence e) {
    runPosteriors(e);
    IntArrayList variables = new IntArrayList();
    DoubleArrayList means = new DoubleArrayList();
    for (int v = 0; v < c.numVariables(); v++) {
      if (!e.isPoint(v)
          && occurs(v)
          && posteriorPass().posterior(v, e) instanceof Posterior.Numeric mixture) {
        variables.add(v);
        means.add(mixture.mean());
      }
    }
    return new Covariances(evaluator, flows())
        .moments(enumerate(evaluator, e), variables.toIntArray(), means.toDoubleArray());
  }

  /** [numVariables] derivatives of the log by the observed reals. */
  double[] gradient(FlatEvidence e) {
    double[] gradient = new double[c.numVariables()];
    LogSum total = new LogSum();
    Enumeration enumeration = enumerate(evaluator, e);
    while (enumeration.next()) {
      double max = total.max();
      double share = total.add(enumeration.logTerm(), 0);
      if (share == 0) {
        continue;
      }
      double scale = Math.exp(max - total.max());
      for (int v = 0; v < gradient.length; v++) {
        gradient[v] *= scale;
      }
      evaluator.downward();
      for (int n = 0; n <= c.root; n++) {
        if (c.kind(n).isUnivariate() && e.isPoint(c.variable[n]) && evaluator.flow[n] != 0) {
          UnivariateLeaf leaf = c.leaf(n);
          gradient[c.variable[n]] += share * evaluator.flow[n] * leaf.slope(e.point(c.variable[n]));
        }
        if (c.kind(n) == NodeKind.GAUSSIAN_BLOCK && evaluator.flow[n] != 0) {
          addBlock(n, share * evaluator.flow[n], gradient);
        }
        if (c.kind(n) == NodeKind.GAUSSIAN && e.isPoint(c.variable[n]) && evaluator.flow[n] != 0) {
          double s = c.parameter(n, 1);
          double d = (e.point(c.variable[n]) - c.parameter(n, 0)) / s;
          gradient[c.variable[n]] -= share * evaluator.flow[n] * d / s;
        }
      }
    }
    if (total.max() == Double.NEGATIVE_INFINITY) {
      throw RefusedException.zeroProbability();
    }
    double norm = Math.exp(total.value() - total.max());
    for (int v = 0; v < gradient.length; v++) {
      gradient[v] /= norm;
    }
    return gradient;
  }

  private void addBlock(int n, double share, double[] gradient) {
    GaussianGiven given = evaluator.given(n);
    if (given.interval() >= 0) {
      String name = c.variables.get(c.block(n).variable(given.interval())).name();
      throw Ladder.refused(
          Why.of(
              Why.Reason.NO_CLOSED_FORM,
              "an interval is known of '%s', which is in a Gaussian over several variables"
                  .formatted(name),
              name),
          "give '%s' a value or nothing".formatted(name) + FlatCircuit.WITHOUT_BLOCKS);
    }
    double[] slope = given.gradient();
    for (int i = 0; i < slope.length; i++) {
      gradient[c.block(n).variable(i)] += share * slope[i];
    }
  }

  /** Row-major rows drawn given the evidence. */
  double[] sample(FlatEvidence e, long firstRow, int count, long seed) {
    if (strict == null) {
      strict = LogEvaluator.strict(c);
    }
    return new Sampler(strict)
        .draw(enumerate(strict, e), enumerate(strict, e), firstRow, count, seed);
  }

  /** Whether a variable has a leaf below the root. */
  boolean occurs(int variable) {
    return posteriorPass().occurs(variable);
  }

  /** Refuses a variable that does not {@link #occurs}. */
  void requireLeaf(int variable) {
    if (!occurs(variable)) {
      String name = c.variables.get(variable).name();
      throw new ArgumentException(
          "variable '%s' has no leaf below the root; the circuit says nothing of it"
              .formatted(name),
          name);
    }
  }

  private void runPosteriors(FlatEvidence e) {
    if (!posteriorPass().run(enumerate(evaluator, e))) {
      throw RefusedException.zeroProbability();
    }
  }

  private Enumeration enumerate(LogEvaluator by, FlatEvidence e) {
    int[] open = toEnumerate(e);
    if (open.length > 0 || by != evaluator) {
      return new Enumeration(by, e, open, Enumeration.MAX_JOINT_STATES);
    }
    if (only == null) {
      only = new Enumeration(evaluator, e, NONE, Enumeration.MAX_JOINT_STATES);
    }
    return only.of(e);
  }

  private PosteriorPass posteriorPass() {
    if (posteriorPass == null) {
      posteriorPass = new PosteriorPass(evaluator, flows());
    }
    return posteriorPass;
  }

  private Flows flows() {
    if (flows == null) {
      flows = new Flows(evaluator);
    }
    return flows;
  }
}
