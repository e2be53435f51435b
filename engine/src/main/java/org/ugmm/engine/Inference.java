package org.ugmm.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ugmm.engine.Attempt.Cannot;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Certificate.Exact;
import org.ugmm.engine.data.CertifiedState;
import org.ugmm.engine.data.GaussianMixture;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.data.Moments;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.engine.data.Normaliser;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.RealMoments;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Why;
import org.ugmm.engine.exact.Certify;
import org.ugmm.engine.flat.ClosedFormVariables;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.formula.Formula;
import org.ugmm.engine.number.LogSum;
import org.ugmm.engine.number.Rounding;

/**
 * Answers every query on every circuit, each answer with a certificate. Safe to share between
 * threads; keep one for each circuit, since what it learns of the circuit is kept.
 *
 * <pre>{@code
 * Inference inference = new Inference(circuit);
 * Evidence e = new Evidence(circuit).observe("sepal_length", 5.1);
 * double log = inference.marginal(e).value();
 * Posterior species = inference.posterior("species", e);
 * }</pre>
 *
 * <p>Closed forms are tried first, then proofs, then estimates, as far as the options allow them: a
 * variable without a value is integrated out in one pass where the circuit is smooth and
 * decomposable in it and no link lies above its leaves; a categorical variable where that fails is
 * summed out state by state; what is left is enclosed or estimated where every open real has a
 * bounded domain or interval. What the options do not allow is refused, with the reason and what
 * would help. Allowing more never gives less.
 *
 * <p>The same query has the same answer, bit for bit, on every run and in every thread, unless the
 * options limit the time. A query reads the evidence and keeps nothing of it. Drawing rows, a batch
 * and the parts of a formula end with a {@link java.util.concurrent.CancellationException} where
 * the thread is interrupted. A variable with no leaf below the root is ignored: it is independent.
 */
public final class Inference {
  private final Circuit circuit;
  private final FlatCircuit c;
  private final InferenceOptions options;
  private final ClosedFormVariables closedForm;
  private final Ladder ladder;
  private final DeepQueries deep;
  private final Pool<ExactQueries> exact;
  private final Pool<MpeQueries> mpe;
  private final FormulaQueries formulas;
  private final MapQueries maps;
  private final Batches batches;

  /** Prepares queries with {@link InferenceOptions#DEFAULT}. */
  public Inference(Circuit circuit) {
    this(circuit, InferenceOptions.DEFAULT);
  }

  /** Prepares queries. */
  public Inference(Circuit circuit, InferenceOptions options) {
    this.circuit = circuit;
    c = circuit.flat;
    this.options = options;
    closedForm = ClosedFormVariables.of(c);
    ladder = new Ladder(options);
    deep = new DeepQueries(c, options);
    exact = new Pool<>(() -> new ExactQueries(c, closedForm));
    mpe = new Pool<>(() -> new MpeQueries(c, circuit.normaliser(), options));
    formulas = new FormulaQueries(this, ladder, exact);
    maps = new MapQueries(this, closedForm);
    batches = new Batches(this, closedForm);
  }

  /** The circuit. */
  public Circuit circuit() {
    return circuit;
  }

  /** The options. */
  public InferenceOptions options() {
    return options;
  }

  /** What this answers, and how. */
  public Capabilities capabilities() {
    return Capabilities.of(c, closedForm, circuit.normaliser().isKnown(), options);
  }

  /**
   * The log-density of complete evidence, {@code log f(x) - log Z}; {@code log f(x)}, not
   * normalised, where Z is not known.
   *
   * @throws ArgumentException if a variable is not observed as a point
   */
  public LogProbability logDensity(Evidence complete) {
    check(complete);
    for (int v = 0; v < c.numVariables(); v++) {
      if (!complete.isPoint(v)) {
        throw new ArgumentException(
            "the log-density needs a value of every variable; '%s' has none; ask for the marginal"
                .formatted(name(v)),
            name(v));
      }
    }
    return marginal(complete);
  }

  /**
   * The log-probability or log-density of the evidence, integrated over what it leaves open; not
   * normalised where Z is not known. Also ENCLOSED where the evidence is so many scales out that
   * rounding the log changes the linear value by more than one part in a thousand.
   *
   * @throws RefusedException if there is no answer with an allowed certificate
   */
  public LogProbability marginal(Evidence e) {
    check(e);
    if (e.formula() != null) {
      return formulas.marginal(e);
    }
    Normaliser normaliser = circuit.normaliser();
    if (normaliser.logZ() == Double.NEGATIVE_INFINITY) {
      throw Ladder.zeroEverywhere();
    }
    if (e.flat.isNowhere()) {
      return new LogProbability(Double.NEGATIVE_INFINITY, normaliser.isKnown(), new Exact(0));
    }
    Why why;
    ExactQueries leased = exact.lease();
    try {
      why = leased.whyNotIntegral(e.flat);
      if (why == null) {
        return ofIntegral(leased.integral(e.flat));
      }
    } finally {
      exact.giveBack(leased);
    }
    return ladder.climb(
        why, e.flat, () -> deep.enclosedMarginal(e.flat), () -> deep.estimatedMarginal(e.flat));
  }

  /** The marginal by the integral of the circuit over what the evidence leaves open. */
  LogProbability ofIntegral(LogSum sum) {
    Normaliser normaliser = circuit.normaliser();
    return normaliser.isKnown()
        ? ladder.ratio(
            sum.value(),
            sum.errorUnits(),
            normaliser.logZ(),
            Rounding.units(normaliser.relativeErrorBound()),
            true)
        : ladder.answer(sum.value(), false, sum.errorUnits());
  }

  /** As {@link #logDensity(Evidence)}, of each row; one column. */
  public BatchAnswers logDensity(Batch complete) {
    return batches.marginal(complete, true);
  }

  /** As {@link #marginal(Evidence)}, of each row; one column. */
  public BatchAnswers marginal(Batch batch) {
    return batches.marginal(batch, false);
  }

  /**
   * The log of {@code p(query | given)}, any split of the variables; always normalised.
   *
   * @throws ArgumentException if a variable is in both
   * @throws RefusedException if {@code given} has probability zero, or there is no answer with an
   *     allowed certificate
   */
  public LogProbability conditional(Evidence query, Evidence given) {
    check(query);
    check(given);
    Evidence joint = given.and(query);
    if (joint.formula() != null) {
      return formulas.conditional(joint, given);
    }
    if (given.flat.isNowhere()) {
      throw RefusedException.zeroProbability();
    }
    boolean isClosed;
    ExactQueries leased = exact.lease();
    try {
      isClosed =
          leased.whyNotIntegral(given.flat) == null && leased.whyNotIntegral(joint.flat) == null;
      if (isClosed) {
        LogSum condition = leased.integral(given.flat);
        double logCondition = condition.value();
        double conditionUnits = condition.errorUnits();
        if (logCondition == Double.NEGATIVE_INFINITY) {
          throw Certify.noDensity(conditionUnits);
        }
        LogSum both = leased.integral(joint.flat);
        return ladder.ratio(both.value(), both.errorUnits(), logCondition, conditionUnits, true);
      }
    } finally {
      exact.giveBack(leased);
    }
    LogProbability condition = marginal(given);
    if (condition.value() == Double.NEGATIVE_INFINITY) {
      throw RefusedException.zeroProbability();
    }
    return LogQuotient.of(marginal(joint), condition);
  }

  /**
   * The log of the probability that a formula holds, given evidence; always normalised. Small
   * probabilities keep their digits. ENCLOSED where the budget ends before all disjoint parts of
   * the formula are summed, each of which counts as a box; an interval is given however wide it is.
   *
   * @throws RefusedException if {@code given} has probability zero, if the formula holds only at
   *     single values of real variables, or if there is no closed form
   */
  public LogProbability probability(Formula formula, Evidence given) {
    check(given);
    return formulas.probability(formula, given);
  }

  /** The posterior of a variable by its name; see {@link #posterior(int, Evidence)}. */
  public Posterior posterior(String variable, Evidence e) {
    return posterior(c.indexOf(variable), e);
  }

  /**
   * The posterior of one variable given the evidence: {@link CategoricalPosterior}, {@link
   * GaussianMixture}, or {@link RealMoments} where an estimate is all there is of a real. Interval
   * or soft evidence on the variable itself is part of what is given. ENCLOSED is the probability
   * of the most probable state, which is proven to be that.
   *
   * @throws ArgumentException if the variable is observed as a point or has no leaf in the circuit
   * @throws RefusedException if the evidence has probability zero, or there is no answer with an
   *     allowed certificate
   */
  public Posterior posterior(int variable, Evidence e) {
    check(e);
    requireOpen(variable, e);
    if (e.flat.isNowhere()) {
      throw RefusedException.zeroProbability();
    }
    Why why;
    ExactQueries leased = exact.lease();
    try {
      leased.requireLeaf(variable);
      if (e.formula() != null) {
        return formulas.posterior(variable, e);
      }
      why = leased.whyNotPosterior(variable, e.flat);
      if (why == null) {
        return leased.posterior(variable, e.flat);
      }
    } finally {
      exact.giveBack(leased);
    }
    return ladder.climb(
        why,
        e.flat,
        () -> deep.enclosedPosterior(variable, e.flat),
        () -> deep.estimatedPosterior(variable, e.flat));
  }

  /** As {@link #posterior(int, Batch)}, by name. */
  public BatchAnswers posterior(String variable, Batch batch) {
    return batches.posterior(c.indexOf(variable), batch);
  }

  /**
   * As {@link #posterior(int, Evidence)}, of each row, whose own value of the variable is not read:
   * the probability of each state in a column of its own, or the mean and the variance. The bound
   * of an EXACT mean and variance is on the error of the mean over the standard deviation, or over
   * the mean where that is larger, and on that of the variance relative to it.
   *
   * @throws ArgumentException if there is no such variable
   */
  public BatchAnswers posterior(int variable, Batch batch) {
    return batches.posterior(variable, batch);
  }

  /**
   * The posteriors of all variables that are not observed as points and have a leaf in the circuit,
   * in the order of the variables, where exact from one upward and one downward pass (for each
   * joint state of what must be summed out).
   *
   * @throws RefusedException if the evidence has probability zero, or one of them has no answer
   *     with an allowed certificate
   */
  public List<Posterior> posteriors(Evidence e) {
    check(e);
    if (e.flat.isNowhere()) {
      throw RefusedException.zeroProbability();
    }
    List<Integer> open = new ArrayList<>();
    ExactQueries leased = exact.lease();
    try {
      if (e.formula() == null && leased.whyNotJoint(e.flat) == null) {
        return leased.posteriors(e.flat);
      }
      for (int v = 0; v < c.numVariables(); v++) {
        if (!e.isPoint(v) && leased.occurs(v)) {
          open.add(v);
        }
      }
    } finally {
      exact.giveBack(leased);
    }
    return open.stream().map(v -> posterior(v, e)).toList();
  }

  /**
   * The means and all pairwise covariances of the real variables that are not observed as points,
   * given the evidence; two passes a variable.
   *
   * @throws RefusedException if the evidence has probability zero, or there is no closed form; each
   *     {@link #posterior} has a mean and a variance then
   */
  public Moments moments(Evidence e) {
    check(e);
    requireNoFormula(e);
    if (e.flat.isNowhere()) {
      throw RefusedException.zeroProbability();
    }
    ExactQueries leased = exact.lease();
    try {
      Why why = leased.whyNotJoint(e.flat);
      if (why != null) {
        throw Ladder.refused(
            why, "ask for the posterior of each variable, or observe some of them");
      }
      return leased.moments(e.flat);
    } finally {
      exact.giveBack(leased);
    }
  }

  /**
   * The most probable explanation: the assignment of all variables that agrees with the evidence
   * and has the greatest density, with a proven upper bound. EXACT where that is within the
   * tolerance of its value, which one pass reaches in a deterministic and decomposable circuit and
   * branch and bound elsewhere; ENCLOSED where the budget ends first.
   *
   * <p>An interval is maximised within; the likelihood of a state is a factor of what is maximised.
   * Where several assignments share the maximum, any one of them is returned, the same one every
   * time. A variable that the value does not depend on gets its first allowed state, the middle of
   * its bounded interval or domain, or the allowed point nearest to 0.
   *
   * @throws RefusedException if the evidence has probability zero, if an open real of a network
   *     with links has no bounds, or if the budget ended with an enclosure and none is allowed
   */
  public MpeAnswer mpe(Evidence e) {
    check(e);
    if (e.flat.isOutside()) {
      throw RefusedException.zeroProbability();
    }
    if (e.formula() != null) {
      return formulas.mpe(e);
    }
    Attempt<MpeAnswer> attempt = null;
    if (!c.structure().hasLinks()) {
      MpeQueries leased = mpe.lease();
      try {
        attempt = leased.find(e.flat);
      } finally {
        mpe.giveBack(leased);
      }
    }
    if (attempt == null
        || attempt instanceof Cannot<MpeAnswer> cannot && cannot.why().node() >= 0) {
      attempt = deep.mpe(e.flat);
    }
    MpeAnswer answer = ladder.require("there is no most probable explanation", attempt);
    if (!options.allows(answer.certificate().kind())) {
      throw Ladder.notAllowed(answer.logValue(), answer.logUpperBound());
    }
    return answer;
  }

  /**
   * As {@link #mpe(Evidence)}, of each row: the assignment in as many columns as there are
   * variables, then the natural log of its value and the proven upper bound.
   */
  public BatchAnswers mpe(Batch batch) {
    return batches.mpe(batch);
  }

  /**
   * The most probable values of some variables together, all others summed and integrated out
   * (marginal MAP): p(values, e) is greatest. EXACT where the proven bound is within the tolerance,
   * ENCLOSED where the budget ends first. With real variables among them the others must have a
   * closed form, and a formula must not speak of those reals.
   *
   * @param variables names, none twice
   * @throws ArgumentException if there is no such variable, or one is observed as a point or has no
   *     leaf
   * @throws RefusedException if the evidence has probability zero, or there is no answer with an
   *     allowed certificate
   */
  public MarginalMap marginalMap(Evidence e, String... variables) {
    check(e);
    int[] chosen = Arrays.stream(variables).mapToInt(c::indexOf).toArray();
    MapQueries.requireDistinct(chosen, c);
    ExactQueries leased = exact.lease();
    try {
      for (int v : chosen) {
        requireOpen(v, e);
        leased.requireLeaf(v);
      }
    } finally {
      exact.giveBack(leased);
    }
    if (e.flat.isNowhere()) {
      throw RefusedException.zeroProbability();
    }
    return maps.find(chosen, e);
  }

  /**
   * The k best assignments of a deterministic circuit, best first; fewer where fewer have positive
   * probability. They differ in their categorical variables; each has the best values of its reals.
   * The upper bound of each is that of all assignments not listed before it.
   *
   * @throws ArgumentException if k is less than 1
   * @throws RefusedException if the circuit is not deterministic, smooth and decomposable, or the
   *     evidence has probability zero
   */
  public List<MpeAnswer> best(Evidence e, int k) {
    check(e);
    if (k < 1) {
      throw new ArgumentException("k %d; expected at least 1".formatted(k));
    }
    Why why = MpeQueries.whyNotBest(c);
    if (why != null) {
      throw new RefusedException(
          "the k best assignments need a deterministic, smooth and decomposable circuit",
          why,
          "ask for one MPE, which is searched with proof in any circuit");
    }
    c.requireNoBlocks("the search for the k best", "ask for one MPE");
    if (e.flat.isOutside()) {
      throw RefusedException.zeroProbability();
    }
    if (e.formula() != null) {
      return formulas.best(e, k);
    }
    MpeQueries leased = mpe.lease();
    try {
      return leased.best(e.flat, k);
    } finally {
      mpe.giveBack(leased);
    }
  }

  /** As {@link #certifiedState(int, Evidence)}, by name. */
  public CertifiedState certifiedState(String variable, Evidence e) {
    return certifiedState(c.indexOf(variable), e);
  }

  /**
   * Whether one state of a categorical variable wins whatever the other open variables are, within
   * their domains and intervals: a prediction that no completion can change. Always proven, by
   * branch and bound within the budget.
   *
   * @throws ArgumentException if the variable is real, or observed
   * @throws RefusedException if an open real has no bounds
   */
  public CertifiedState certifiedState(int variable, Evidence e) {
    check(e);
    requireNoFormula(e);
    requireOpen(variable, e);
    if (!(c.variables.get(variable) instanceof Categorical)) {
      throw new ArgumentException(
          "variable '%s' is real; expected a categorical one, of whose states one may win"
              .formatted(name(variable)),
          name(variable));
    }
    if (e.flat.isNowhere()) {
      throw RefusedException.zeroProbability();
    }
    return ladder.require("no state is certified", deep.certifiedState(variable, e.flat));
  }

  /**
   * The gradient of the log-density or log-marginal with respect to the observed real values, by
   * reverse differentiation; its rounding error is not bounded.
   *
   * @return [numVariables], 0 for variables that are not real or have no value, and for counts; at
   *     the ends of a domain, and at breaks, the one-sided derivative
   * @throws RefusedException if the density is zero, or the marginal has no closed form
   */
  public double[] gradient(Evidence e) {
    check(e);
    requireNoFormula(e);
    ExactQueries leased = exact.lease();
    try {
      Why why = leased.whyNotJoint(e.flat);
      if (why != null) {
        throw Ladder.refused(why, "observe some of them: only a closed form has a gradient");
      }
      return leased.gradient(e.flat);
    } finally {
      exact.giveBack(leased);
    }
  }

  /** Rows 0 to {@code count - 1} of {@link #sample(Evidence, long, int, long)}, by our seed. */
  public double[] sample(Evidence e, int count) {
    return sample(e, 0, count, options.seed());
  }

  /** Rows 0 to {@code count - 1} of {@link #sample(Evidence, long, int, long)}. */
  public double[] sample(Evidence e, int count, long seed) {
    return sample(e, 0, count, seed);
  }

  /**
   * Complete rows drawn exactly from the distribution given the evidence. A row depends on the seed
   * and its number alone: ranges of rows drawn by several threads are those that one thread draws.
   * All that decides a draw is StrictMath, so that every JDK and processor draws the same rows; but
   * the mass of a Gaussian over a domain or an interval takes erf from a library that uses
   * Math.exp, where another processor may differ in the last bit.
   *
   * @param firstRow number of the first row
   * @param count number of rows
   * @return row-major {@code [count][numVariables]}: real values and state indices; NaN for a
   *     variable without a leaf
   * @throws ArgumentException if {@code count} is negative or too large for an array
   * @throws RefusedException if the evidence has probability zero, or there is no closed form
   */
  public double[] sample(Evidence e, long firstRow, int count, long seed) {
    check(e);
    if (count < 0 || (long) count * c.numVariables() > Integer.MAX_VALUE - 8) {
      throw new ArgumentException(
          "%d rows of %d variables; expected at least 0 rows and at most %d values"
              .formatted(count, c.numVariables(), Integer.MAX_VALUE - 8));
    }
    if (e.formula() != null) {
      return formulas.sample(e, firstRow, count, seed);
    }
    ExactQueries leased = exact.lease();
    try {
      Why why = leased.whyNotJoint(e.flat);
      if (why != null) {
        throw Ladder.refused(why, "observe some of them: only closed forms are sampled");
      }
      return leased.sample(e.flat, firstRow, count, seed);
    } finally {
      exact.giveBack(leased);
    }
  }

  private String name(int variable) {
    return c.variables.get(variable).name();
  }

  private void check(Evidence e) {
    if (e.circuit() != circuit) {
      throw new ArgumentException("the evidence speaks of another circuit; expected this one");
    }
  }

  private static void requireNoFormula(Evidence e) {
    if (e.formula() != null) {
      throw new ArgumentException(
          "this query takes no formula; ask for posteriors, probabilities, an MPE or samples given"
              + " it");
    }
  }

  private void requireOpen(int variable, Evidence e) {
    if (variable < 0 || variable >= c.numVariables()) {
      throw new ArgumentException(
          "variable %d; expected an index, 0 .. %d".formatted(variable, c.numVariables() - 1));
    }
    if (e.isPoint(variable)) {
      throw new ArgumentException(
          "variable '%s' is observed; the posterior is that of a variable without a value"
              .formatted(name(variable)),
          name(variable));
    }
  }

  /** Whether a variable has a leaf below the root. */
  boolean occurs(int variable) {
    ExactQueries leased = exact.lease();
    try {
      return leased.occurs(variable);
    } finally {
      exact.giveBack(leased);
    }
  }
}
