package org.ugmm.engine;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.Certificate.Enclosed;
import org.ugmm.engine.data.Certificate.Exact;
import org.ugmm.engine.data.CertifiedState;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.IntegralOptions;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.engine.data.MpeOptions;
import org.ugmm.engine.data.RealMoments;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Variable.Real;
import org.ugmm.engine.deep.DeepClass;
import org.ugmm.engine.deep.LinkResidual;
import org.ugmm.engine.deep.integral.DeepEnclosure;
import org.ugmm.engine.deep.integral.DeepGreatest;
import org.ugmm.engine.deep.integral.DeepIntegral;
import org.ugmm.engine.deep.integral.PartIntegrals;
import org.ugmm.engine.deep.plane.DeepMpe;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.mpe.Residual;
import org.ugmm.engine.number.Rounding;

/**
 * Queries on a circuit with Gaussian links, the paper's deep networks, with unobserved reals: most
 * probable explanations with proof, predictions that no completion can change, and integrals with
 * proof or by estimate. One a thread over a shared circuit; not thread-safe.
 *
 * <p>The evidence is folded into the circuit first, so that the work is done on what is left of it
 * over the unobserved variables. Values are those of f: the integral of a deep network is not
 * known. Every unobserved real needs a bounded domain or interval evidence. Sources: interval
 * branch and bound as in Hansen and Walster, <i>Global Optimization Using Interval Analysis</i>
 * (2004).
 */
public final class DeepInference {
  /**
   * The largest number of joint states of categorical variables that an integral of a part sums
   * over; beyond, a lattice takes samples of them.
   */
  public static final int MAX_JOINT_STATES = DeepIntegral.MAX_SUMMED_STATES;

  private final Circuit circuit;
  private final FlatCircuit c;

  /** Prepares queries on a circuit; links are allowed, not required. */
  public DeepInference(Circuit circuit) {
    this.circuit = circuit;
    c = circuit.flat;
  }

  /**
   * The assignment with the greatest value of f that agrees with the evidence, by branch and bound
   * with interval arithmetic: EXACT once the gap is within the tolerance, ENCLOSED when the budget
   * ends first.
   *
   * @throws RefusedException if an unobserved real has no bounded domain, or f is zero everywhere
   */
  public MpeAnswer mpe(Evidence evidence, MpeOptions options) {
    check(evidence);
    LinkResidual residual = LinkResidual.of(evidence.flat);
    residual.requireBounded("an MPE");
    DeepMpe search = new DeepMpe(residual, options, System::nanoTime);
    search.run();
    if (search.upper == Double.NEGATIVE_INFINITY) {
      throw new RefusedException(
          "f is zero at every assignment that agrees with the evidence; there is no MPE");
    }
    double gap = Math.nextUp(search.upper - search.value);
    Certificate certificate =
        gap <= options.tolerance()
            ? new Exact(Math.expm1(gap))
            : new Enclosed(search.value, search.upper);
    return new MpeAnswer(
        complete(evidence, residual, search.best),
        search.value,
        search.upper,
        false,
        certificate,
        search.boxes);
  }

  /**
   * Whether one state of a categorical variable wins whatever the other unobserved variables are.
   *
   * @param variable an unobserved categorical variable, such as the class of a network
   * @param maxBoxes most boxes to look at; one is always looked at, a plain interval pass
   * @param maxNanos most nanoseconds to spend
   * @throws RefusedException if an unobserved real has no bounded domain
   */
  public CertifiedState certifiedState(
      int variable, Evidence evidence, long maxBoxes, long maxNanos) {
    check(evidence);
    requireUnobserved(variable, evidence);
    LinkResidual residual = LinkResidual.ofStates(evidence.flat, variable);
    residual.requireBounded("a certified state");
    DeepClass search = new DeepClass(residual);
    CertifiedState.Outcome outcome = search.run(maxBoxes, maxNanos);
    boolean refuted = outcome == CertifiedState.Outcome.REFUTED;
    return new CertifiedState(
        search.winner,
        outcome,
        refuted ? Double.NEGATIVE_INFINITY : search.margin,
        refuted ? complete(evidence, residual, search.witness) : new double[0],
        search.boxes);
  }

  /**
   * Natural log of the integral of f over all unobserved variables; ESTIMATED by adaptive
   * quadrature for up to three reals, by a randomly shifted lattice beyond or where three reals
   * need too many boxes. Independent parts are integrated alone.
   *
   * @throws RefusedException if an unobserved real has no bounded domain
   */
  public LogProbability marginal(Evidence evidence, IntegralOptions options) {
    check(evidence);
    PartIntegrals parts = new PartIntegrals(evidence.flat, -1, options);
    return new LogProbability(parts.log[0], false, parts.certificate(parts.error[0]));
  }

  /**
   * The posterior of a categorical variable, all other unobserved variables integrated out;
   * ESTIMATED, the error is that of a probability.
   *
   * @throws RefusedException if an unobserved real has no bounded domain, or the estimate of the
   *     evidence's probability is zero
   */
  public CategoricalPosterior posterior(int variable, Evidence evidence, IntegralOptions options) {
    check(evidence);
    requireUnobserved(variable, evidence);
    PartIntegrals parts = new PartIntegrals(evidence.flat, variable, options);
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
    return new CategoricalPosterior(
        (Categorical) c.variables.get(variable), probability, parts.certificate(error));
  }

  /**
   * Mean and variance of an unobserved real given the evidence, all other unobserved variables
   * integrated out; ESTIMATED. The error is the larger of those of the mean, relative to the
   * standard deviation, and of the variance, relative to itself.
   *
   * @throws RefusedException if an unobserved real has no bounded domain, or the estimate of the
   *     evidence's probability is zero
   */
  public RealMoments moments(int variable, Evidence evidence, IntegralOptions options) {
    check(evidence);
    if (!(c.variables.get(variable) instanceof Real real)) {
      throw new CircuitException(
          "variable '%s' is categorical; it has a posterior, and no mean"
              .formatted(c.variables.get(variable).name()));
    }
    requireNoValue(variable, evidence);
    LinkResidual residual = LinkResidual.of(evidence.flat);
    residual.requireBounded("an integral");
    int i = 0;
    while (i < residual.numFree() && residual.freeVariable[i] != variable) {
      i++;
    }
    if (i == residual.numFree()) {
      throw new CircuitException(
          "variable '%s' has no leaf below the root; the circuit says nothing of it"
              .formatted(real.name()));
    }
    double unit = 0.5 * (residual.hi[i] - residual.lo[i]);
    double centre = residual.lo[i] + unit;
    // A rough run finds where the mass is: moments about any other point would cancel.
    DeepIntegral integral =
        momentsAbout(
            new DeepIntegral(residual, i, centre, unit),
            new IntegralOptions(
                Math.max(1e-4, options.relativeTolerance()),
                options.maxEvaluations(),
                options.seed()));
    double first = integral.integral[1] / integral.integral[0];
    double second = integral.integral[2] / integral.integral[0] - first * first;
    centre += unit * first;
    unit *= Math.max(1e-3, Math.sqrt(Math.max(0, second)));
    integral = momentsAbout(new DeepIntegral(residual, i, centre, unit), options);
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
    return new RealMoments(
        real,
        centre + unit * first,
        unit * unit * Math.max(0, second),
        integral.certificate(error, options.seed()));
  }

  private static DeepIntegral momentsAbout(DeepIntegral integral, IntegralOptions options) {
    integral.run(options);
    if (!(integral.integral[0] > 0)) {
      throw RefusedException.zeroProbability();
    }
    return integral;
  }

  /**
   * Natural log of the integral of f over all unobserved variables, ENCLOSED by interval bounds
   * over ever smaller boxes. The value is the middle of the interval.
   *
   * @param relativeWidth wanted width of the interval, relative to the integral; a budget may end
   *     before
   * @param maxBoxes most boxes to look at
   * @param maxNanos most nanoseconds to spend
   * @throws RefusedException if an unobserved real has no bounded domain or has a prior
   */
  public LogProbability enclosedMarginal(
      Evidence evidence, double relativeWidth, long maxBoxes, long maxNanos) {
    check(evidence);
    LinkResidual residual = LinkResidual.of(evidence.flat);
    residual.requireBounded("an enclosed integral");
    Real weighed = withPrior(residual);
    if (weighed != null) {
      throw new RefusedException(
          ("variable '%s' has a prior, which an enclosed integral does not weigh by; observe it, or"
                  + " allow estimated answers")
              .formatted(weighed.name()));
    }
    DeepEnclosure sum = new DeepEnclosure(residual);
    sum.run(relativeWidth, maxBoxes, maxNanos);
    double lo = below(Math.log(sum.low[0]), sum.logShift);
    double hi = -below(-Math.log(sum.high[0]), -sum.logShift);
    double value = lo == Double.NEGATIVE_INFINITY ? hi : lo + 0.5 * (hi - lo);
    return new LogProbability(value, false, new Enclosed(lo, hi));
  }

  /** A log plus a shift, less what both roundings can be. */
  private static double below(double log, double shift) {
    double sum = log + shift;
    return sum - 4 * Rounding.U * (Math.abs(log) + Math.abs(shift) + 1);
  }

  /**
   * The posterior of a categorical variable with proof. The certificate encloses the probability of
   * the most probable state, which is proven to be that; the other probabilities are estimates that
   * agree with it. Where an unobserved real has a prior, that state is proven to win at every
   * completion.
   *
   * @param relativeWidth wanted width of the integrals, relative to them
   * @param maxBoxes most boxes of each of two proofs: which state, and how probable
   * @param maxNanos most nanoseconds of each proof
   * @throws RefusedException if no state is proven to be the most probable, or an unobserved real
   *     has no bounded domain
   */
  public CategoricalPosterior enclosedPosterior(
      int variable, Evidence evidence, double relativeWidth, long maxBoxes, long maxNanos) {
    check(evidence);
    requireUnobserved(variable, evidence);
    LinkResidual residual = LinkResidual.ofStates(evidence.flat, variable);
    residual.requireBounded("an enclosed posterior");
    int numStates = residual.outputs.length;
    if (withPrior(residual) != null) {
      DeepClass everywhere = new DeepClass(residual);
      if (everywhere.run(maxBoxes, maxNanos) != CertifiedState.Outcome.CERTIFIED) {
        throw notProven(variable, residual);
      }
      double lo = leastProbability(numStates, everywhere.margin);
      double[] even = new double[numStates];
      Arrays.fill(even, (1 - lo) / numStates);
      even[everywhere.winner] += lo;
      return enclosed(variable, everywhere.winner, even, lo, 1);
    }
    DeepGreatest greatest = new DeepGreatest(residual);
    greatest.run(maxBoxes, maxNanos);
    if (!greatest.isProven) {
      throw notProven(variable, residual);
    }
    int winner = greatest.winner;
    DeepEnclosure sum = new DeepEnclosure(residual);
    sum.run(relativeWidth, maxBoxes, maxNanos);
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
    return enclosed(variable, winner, isNarrow ? middle : greatest.estimate, lo, hi);
  }

  /** What the winner has at least where each other's f or integral is by a margin below its own. */
  private static double leastProbability(int numStates, double logMargin) {
    double rest = (numStates - 1) * Math.exp(-logMargin) * (1 + 1e-12);
    return 1 / (1 + rest) * (1 - 1e-12);
  }

  private RefusedException notProven(int variable, LinkResidual residual) {
    return new RefusedException(
        ("no state of '%s' is proven to be the most probable with %d variables unobserved: the"
                + " budget ended first; observe more of them, or allow estimated answers")
            .formatted(c.variables.get(variable).name(), residual.numFree()));
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

  /** The first unobserved real with a prior, null for none. */
  private @Nullable Real withPrior(LinkResidual residual) {
    for (int v : residual.freeVariable) {
      if (c.variables.get(v) instanceof Real real && real.prior() != null) {
        return real;
      }
    }
    return null;
  }

  private double[] complete(Evidence evidence, LinkResidual residual, double[] free) {
    double[] assignment = Residual.defaults(c, evidence.flat);
    for (int i = 0; i < free.length; i++) {
      assignment[residual.freeVariable[i]] = free[i];
    }
    return assignment;
  }

  private void requireUnobserved(int variable, Evidence evidence) {
    if (c.variables.get(variable) instanceof Real) {
      throw new RefusedException(
          ("variable '%s' is real; a deep network answers posteriors of categorical variables only;"
                  + " ask for its moments, or for the marginal at values of it")
              .formatted(c.variables.get(variable).name()));
    }
    requireNoValue(variable, evidence);
  }

  private void requireNoValue(int variable, Evidence evidence) {
    if (evidence.isPoint(variable)) {
      throw new CircuitException(
          "variable '%s' is observed; the posterior is that of a variable without a value"
              .formatted(c.variables.get(variable).name()));
    }
  }

  private void check(Evidence evidence) {
    if (evidence.circuit() != circuit) {
      throw new CircuitException("the evidence speaks of another circuit; expected this one");
    }
  }
}
