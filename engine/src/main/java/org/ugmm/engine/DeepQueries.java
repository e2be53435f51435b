package org.ugmm.engine;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.Attempt.Cannot;
import org.ugmm.engine.Attempt.Found;
import org.ugmm.engine.data.Budget;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.Certificate.Enclosed;
import org.ugmm.engine.data.Certificate.Exact;
import org.ugmm.engine.data.CertifiedState;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.RealMoments;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Variable.Real;
import org.ugmm.engine.data.Why;
import org.ugmm.engine.deep.ConditionedNetwork;
import org.ugmm.engine.deep.PointwiseWinner;
import org.ugmm.engine.deep.integral.IntegralBounds;
import org.ugmm.engine.deep.integral.IntegralEstimate;
import org.ugmm.engine.deep.integral.IntegralWinner;
import org.ugmm.engine.deep.integral.PartIntegrals;
import org.ugmm.engine.deep.plane.PlaneSearch;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.flat.FlatEvidence;
import org.ugmm.engine.mpe.ConditionedCircuit;
import org.ugmm.engine.number.Rounding;

/**
 * Answers where variables are open that no closed form takes, such as reals below Gaussian links:
 * most probable explanations, integrals and classes with proof, and integrals by estimate.
 *
 * <p>The evidence is folded into the circuit first, so that the work is done on what is left of it
 * over the open variables. Values are those of f: its integral is not known. Every open real needs
 * a bounded domain or interval evidence. Nothing is kept between calls, so that threads may share
 * it. Sources: interval branch and bound as in Hansen and Walster, <i>Global Optimization Using
 * Interval Analysis</i> (2004).
 */
final class DeepQueries {
  /** A proof stops where the integrals are known to this part of what an enclosure may be wide. */
  private static final double ENOUGH = 0.01;

  /** A proof of an integral bounds so many terms for each box of the budget, see {@link Budget}. */
  private static final long TERMS_OF_BOX = 5;

  private final FlatCircuit c;
  private final InferenceOptions options;

  DeepQueries(FlatCircuit circuit, InferenceOptions options) {
    c = circuit;
    this.options = options;
  }

  /** The budget of a proof: fewer boxes where a box of a large network costs more. */
  private Budget ofProof(ConditionedNetwork network) {
    double terms = (double) TERMS_OF_BOX * options.budget().boxes();
    return options.budget().withBoxes((long) (terms / (network.numTerms() + 1)));
  }

  /**
   * The assignment with the greatest value of f that agrees with the evidence, by branch and bound
   * with interval arithmetic: EXACT once the gap is within the tolerance, ENCLOSED when the budget
   * ends first.
   *
   * @throws RefusedException if f is zero at every assignment
   */
  Attempt<MpeAnswer> mpe(FlatEvidence evidence) {
    ConditionedNetwork network = ConditionedNetwork.of(evidence);
    Why why = network.whyUnbounded();
    if (why != null) {
      return new Cannot<>(why);
    }
    PlaneSearch search =
        new PlaneSearch(network, options.tolerance(), options.budget(), System::nanoTime);
    search.run();
    if (search.upper == Double.NEGATIVE_INFINITY) {
      throw RefusedException.zeroProbability();
    }
    double gap = Math.nextUp(search.upper - search.value);
    Certificate certificate =
        gap <= options.tolerance()
            ? new Exact(Math.expm1(gap))
            : new Enclosed(search.value, search.upper);
    return new Found<>(
        new MpeAnswer(
            complete(evidence, network, search.best),
            search.value,
            search.upper,
            false,
            certificate,
            search.boxes));
  }

  /** Whether one state of a categorical variable wins whatever the other open variables are. */
  Attempt<CertifiedState> certifiedState(int variable, FlatEvidence evidence) {
    ConditionedNetwork network = ConditionedNetwork.ofStates(evidence, variable);
    Why why = network.whyUnbounded();
    if (why != null) {
      return new Cannot<>(why);
    }
    PointwiseWinner search = new PointwiseWinner(network);
    CertifiedState.Outcome outcome = search.run(ofProof(network));
    boolean refuted = outcome == CertifiedState.Outcome.REFUTED;
    return new Found<>(
        new CertifiedState(
            search.winner,
            outcome,
            refuted ? Double.NEGATIVE_INFINITY : search.margin,
            refuted ? complete(evidence, network, search.witness) : new double[0],
            search.boxes));
  }

  /**
   * Natural log of the integral of f over all open variables; ESTIMATED by adaptive quadrature for
   * up to three reals, by a randomly shifted lattice beyond or where three reals need too many
   * boxes. Independent parts are integrated alone.
   */
  Attempt<LogProbability> estimatedMarginal(FlatEvidence evidence) {
    PartIntegrals parts = new PartIntegrals(evidence, -1, options);
    Why why = parts.whyNot();
    if (why != null) {
      return new Cannot<>(why);
    }
    parts.run();
    return new Found<>(new LogProbability(parts.log[0], false, parts.certificate(parts.error[0])));
  }

  /**
   * The posterior of a categorical variable, or mean and variance of a real one, all other open
   * variables integrated out; ESTIMATED. The error is that of a probability; of moments the larger
   * of those of the mean, relative to the standard deviation, and of the variance, relative to
   * itself.
   *
   * @throws RefusedException if the estimate of the evidence's probability is zero
   */
  Attempt<Posterior> estimatedPosterior(int variable, FlatEvidence evidence) {
    return c.variables.get(variable) instanceof Real real
        ? estimatedMoments(real, variable, evidence)
        : estimatedStates(variable, evidence);
  }

  private Attempt<Posterior> estimatedStates(int variable, FlatEvidence evidence) {
    PartIntegrals parts = new PartIntegrals(evidence, variable, options);
    Why why = parts.whyNot();
    if (why != null) {
      return new Cannot<>(why);
    }
    parts.run();
    double most = Arrays.stream(parts.log).max().orElse(0);
    if (most == Double.NEGATIVE_INFINITY) {
      throw RefusedException.zeroProbability();
    }
    double[] probability = Arrays.stream(parts.log).map(log -> Math.exp(log - most)).toArray();
    double sum = Arrays.stream(probability).sum();
    double error = 0;
    for (int s = 0; s < probability.length; s++) {
      probability[s] /= sum;
      error += probability[s] * parts.error[s];
    }
    return new Found<>(
        new CategoricalPosterior(
            (Categorical) c.variables.get(variable), probability, parts.certificate(error)));
  }

  private Attempt<Posterior> estimatedMoments(Real real, int variable, FlatEvidence evidence) {
    ConditionedNetwork network = ConditionedNetwork.of(evidence);
    Why why = network.whyUnbounded();
    if (why != null) {
      return new Cannot<>(why);
    }
    int i = 0;
    while (network.freeVariable[i] != variable) {
      i++;
    }
    double unit = 0.5 * (network.hi[i] - network.lo[i]);
    double centre = network.lo[i] + unit;
    // A rough run finds where the mass is: moments about any other point would cancel.
    InferenceOptions rough = options.withTolerance(Math.max(1e-4, options.tolerance()));
    IntegralEstimate integral = momentsAbout(new IntegralEstimate(network, i, centre, unit), rough);
    double first = integral.integral[1] / integral.integral[0];
    double second = integral.integral[2] / integral.integral[0] - first * first;
    centre += unit * first;
    unit *= Math.max(1e-3, Math.sqrt(Math.max(0, second)));
    integral = momentsAbout(new IntegralEstimate(network, i, centre, unit), options);
    double mass = integral.integral[0];
    first = integral.integral[1] / mass;
    second = integral.integral[2] / mass - first * first;
    double share = integral.error[0] / mass;
    double meanError = integral.error[1] / mass + Math.abs(first) * share;
    double varianceError =
        (integral.error[2] + integral.integral[2] * share) / mass + 2 * Math.abs(first) * meanError;
    double error =
        second > 0
            ? Math.max(meanError / Math.sqrt(second), varianceError / second)
            : Double.POSITIVE_INFINITY;
    return new Found<>(
        new RealMoments(
            real,
            centre + unit * first,
            unit * unit * Math.max(0, second),
            integral.certificate(error, options.seed())));
  }

  private static IntegralEstimate momentsAbout(
      IntegralEstimate integral, InferenceOptions options) {
    integral.run(options);
    if (!(integral.integral[0] > 0)) {
      throw RefusedException.zeroProbability();
    }
    return integral;
  }

  /**
   * Natural log of the integral of f over all open variables, ENCLOSED by interval bounds over ever
   * smaller boxes. The value is the middle of the interval.
   */
  Attempt<LogProbability> enclosedMarginal(FlatEvidence evidence) {
    ConditionedNetwork network = ConditionedNetwork.of(evidence);
    Why why = network.whyUnbounded();
    if (why != null) {
      return new Cannot<>(why);
    }
    Real weighed = withPrior(network);
    if (weighed != null) {
      return Attempt.cannot(
          Why.Reason.PRIOR,
          "variable '%s' has a prior, which a proof does not weigh by".formatted(weighed.name()),
          weighed.name());
    }
    IntegralBounds sum = new IntegralBounds(network);
    sum.run(ENOUGH * options.widestEnclosure(), ofProof(network));
    double lo = below(Math.log(sum.low[0]), sum.logShift);
    double hi = -below(-Math.log(sum.high[0]), -sum.logShift);
    if (!(hi - lo <= options.widestEnclosure())) {
      return Attempt.cannot(
          Why.Reason.BUDGET,
          "within the budget its log is proven to lie in [%s, %s], which is wider than %s"
              .formatted(lo, hi, options.widestEnclosure()));
    }
    double value = lo + 0.5 * (hi - lo);
    return new Found<>(new LogProbability(value, false, new Enclosed(lo, hi)));
  }

  /** A log plus a shift, less what both roundings can be. */
  private static double below(double log, double shift) {
    double sum = log + shift;
    return sum - 4 * Rounding.U * (Math.abs(log) + Math.abs(shift) + 1);
  }

  /**
   * The posterior of a categorical variable with proof. The certificate encloses the probability of
   * the most probable state, which is proven to be that; the other probabilities are estimates that
   * agree with it. Where an open real has a prior, that state is proven to win at every completion.
   */
  Attempt<Posterior> enclosedPosterior(int variable, FlatEvidence evidence) {
    if (c.variables.get(variable) instanceof Real real) {
      Why unbounded = ConditionedNetwork.of(evidence).whyUnbounded();
      if (unbounded != null) {
        return new Cannot<>(unbounded);
      }
      return Attempt.cannot(
          Why.Reason.NO_CLOSED_FORM,
          "no proof encloses the posterior of the real variable '%s'".formatted(real.name()),
          real.name());
    }
    ConditionedNetwork network = ConditionedNetwork.ofStates(evidence, variable);
    Why why = network.whyUnbounded();
    if (why != null) {
      return new Cannot<>(why);
    }
    int numStates = network.outputs.length;
    Budget budget = ofProof(network);
    if (withPrior(network) != null) {
      PointwiseWinner everywhere = new PointwiseWinner(network);
      if (everywhere.run(budget) != CertifiedState.Outcome.CERTIFIED) {
        return notProven(variable, network);
      }
      double lo = leastProbability(numStates, everywhere.margin);
      double[] even = new double[numStates];
      Arrays.fill(even, (1 - lo) / numStates);
      even[everywhere.winner] += lo;
      return new Found<>(enclosed(variable, everywhere.winner, even, lo, 1));
    }
    IntegralWinner greatest = new IntegralWinner(network);
    greatest.run(budget);
    if (!greatest.isProven) {
      return notProven(variable, network);
    }
    int winner = greatest.winner;
    IntegralBounds sum = new IntegralBounds(network);
    sum.run(ENOUGH * options.widestEnclosure(), budget);
    double low = 0;
    double high = 0;
    double[] middle = new double[numStates];
    for (int s = 0; s < numStates; s++) {
      low += s == winner ? 0 : sum.low[s];
      high += s == winner ? 0 : sum.high[s];
      middle[s] = 0.5 * (sum.low[s] + sum.high[s]);
    }
    double slack = 4 * (numStates + 4) * Rounding.U;
    double own = sum.low[winner];
    double byIntegrals = own > 0 ? own / (own + high) * (1 - slack) : 0;
    double lo = Math.max(byIntegrals, leastProbability(numStates, Math.max(0, greatest.margin)));
    double hi = Math.min(1, sum.high[winner] / (sum.high[winner] + low) * (1 + slack));
    boolean isNarrow = Arrays.stream(middle).allMatch(m -> m <= middle[winner]);
    return new Found<>(enclosed(variable, winner, isNarrow ? middle : greatest.estimate, lo, hi));
  }

  /** What the winner has at least where each other's f or integral is by a margin below its own. */
  private static double leastProbability(int numStates, double logMargin) {
    double rest = (numStates - 1) * Math.exp(-logMargin) * (1 + 1e-12);
    return 1 / (1 + rest) * (1 - 1e-12);
  }

  private Attempt<Posterior> notProven(int variable, ConditionedNetwork network) {
    String name = c.variables.get(variable).name();
    return Attempt.cannot(
        Why.Reason.BUDGET,
        "within the budget no state of '%s' is proven to be the most probable with %d variables open"
            .formatted(name, network.numFree()),
        name);
  }

  /**
   * A posterior whose winner has a probability between two ends.
   *
   * @param weight [states] in proportion to the probabilities, as far as known, none above the
   *     winner's
   */
  private CategoricalPosterior enclosed(
      int variable, int winner, double[] weight, double lo, double hi) {
    int numStates = weight.length;
    double total = Arrays.stream(weight).sum();
    double p = Math.max(lo, total > 0 ? Math.min(hi, weight[winner] / total) : 0);
    double rest = total - weight[winner];
    double[] probability = new double[numStates];
    boolean isGreatest = true;
    for (int s = 0; s < numStates; s++) {
      probability[s] = rest > 0 ? (1 - p) * (weight[s] / rest) : (1 - p) / (numStates - 1);
      isGreatest &= s == winner || probability[s] <= p;
    }
    if (!isGreatest) {
      Arrays.fill(probability, (1 - p) / (numStates - 1));
    }
    probability[winner] = p;
    return new CategoricalPosterior(
        (Categorical) c.variables.get(variable), probability, new Enclosed(lo, hi));
  }

  /** The first open real with a prior, null for none. */
  private @Nullable Real withPrior(ConditionedNetwork network) {
    for (int v : network.freeVariable) {
      if (c.variables.get(v) instanceof Real real && real.prior() != null) {
        return real;
      }
    }
    return null;
  }

  private double[] complete(FlatEvidence evidence, ConditionedNetwork network, double[] free) {
    double[] assignment = ConditionedCircuit.defaults(c, evidence);
    for (int i = 0; i < free.length; i++) {
      assignment[network.freeVariable[i]] = free[i];
    }
    return assignment;
  }
}
