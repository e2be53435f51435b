package org.ugmm.engine.deep.integral;

import org.ugmm.engine.data.Certificate.Estimated;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.engine.deep.ConditionedNetwork;

/**
 * Integrals of the outputs of a {@link ConditionedNetwork} over its box, categorical variables
 * summed out: estimates with an error estimate, nothing proven. Not thread-safe.
 */
public final class IntegralEstimate {
  /** Beyond so many joint states of categorical variables a lattice takes samples of them. */
  public static final int MAX_SUMMED_STATES = 4096;

  /*
   * Up to two reals a cubature reaches any tolerance that doubles allow. With three the boxes about
   * narrow ridges are many: it gets as many evaluations as take about as long, whatever the size of
   * the network, and where they do not suffice a lattice of as many is tried too. The answer is the
   * one with the smaller error estimate.
   */
  private static final int MAX_REALS = 3;
  private static final long MAX_EVALUATIONS = 50_000_000;
  private static final long WORK_OF_THREE = 1_000_000_000;

  private final ConditionedNetwork r;
  private final NetworkDensity density;
  private boolean isLattice;

  /** Natural log of what all integrals are divided by. */
  public final double logShift;

  /**
   * [outputs] integrals over exp(logShift), linear; of moments: [3] of output 0 times the powers 0,
   * 1 and 2 of {@code (x - centre) / unit}.
   */
  public double[] integral = {};

  /** As many estimated absolute errors of the integrals. */
  public double[] error = {};

  public IntegralEstimate(ConditionedNetwork r) {
    this(r, -1, 0, 1);
  }

  /** Prepares integrals of moments of one real about a centre, in the given unit. */
  public IntegralEstimate(ConditionedNetwork r, int moment, double centre, double unit) {
    this.r = r;
    density = new NetworkDensity(r, moment, centre, unit);
    logShift = density.logShift;
  }

  /** How often the network was evaluated. */
  long evaluations() {
    return density.evaluations;
  }

  /** Integrates as the number of reals and of joint states asks for. */
  public void run(InferenceOptions options) {
    double relative = options.tolerance();
    int numReal = r.numReal();
    if (numReal > MAX_REALS || r.numDiscreteAssignments() > MAX_SUMMED_STATES) {
      lattice(relative, options.budget().evaluations(), options.seed());
      return;
    }
    long budget =
        numReal < MAX_REALS
            ? MAX_EVALUATIONS
            : Math.max(options.budget().evaluations(), WORK_OF_THREE / (r.numTerms() + 1));
    quadrature(relative, budget);
    double[] first = integral;
    double[] firstError = error;
    if (numReal == MAX_REALS && Cubature.largest(error) > relative * Cubature.largest(integral)) {
      lattice(relative, density.evaluations + budget, options.seed());
      if (Cubature.largest(firstError) <= Cubature.largest(error)) {
        integral = first;
        error = firstError;
        isLattice = false;
      }
    }
  }

  /** Adaptive quadrature to a relative error of the largest integral. */
  public void quadrature(double relative, long maxEvaluations) {
    Cubature cubature = new Cubature(r, density);
    cubature.run(relative, maxEvaluations);
    take(cubature.integral, cubature.error);
    isLattice = false;
  }

  /** Averages over a lattice to a relative error of the largest integral. */
  public void lattice(double relative, long maxEvaluations, long seed) {
    Lattice lattice = new Lattice(r, density);
    lattice.run(relative, maxEvaluations, seed);
    take(lattice.integral, lattice.error);
    isLattice = true;
  }

  private void take(double[] found, double[] foundError) {
    integral = found;
    error = foundError;
    for (int o = 0; o < error.length; o++) {
      error[o] += density.rounding(o, integral);
    }
  }

  /** The certificate of an answer that the last run gave an error. */
  public Estimated certificate(double answerError, long seed) {
    int numReal = r.numReal();
    return isLattice
        ? new Estimated(
            answerError,
            "randomly shifted lattice over %d reals, three standard errors".formatted(numReal),
            seed,
            density.evaluations)
        : new Estimated(
            answerError,
            "adaptive Gauss-Kronrod quadrature over %d reals".formatted(numReal),
            0,
            density.evaluations);
  }
}
