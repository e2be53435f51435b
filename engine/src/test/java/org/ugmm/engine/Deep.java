package org.ugmm.engine;

import org.ugmm.engine.data.Budget;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.CertifiedState;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.RealMoments;

/** One rung of the ladder at a time, where the front door would give a better answer. */
public final class Deep {
  private Deep() {}

  /** Options of an integral. */
  public static InferenceOptions integral(double tolerance, long evaluations) {
    return InferenceOptions.DEFAULT
        .withTolerance(tolerance)
        .withBudget(Budget.DEFAULT.withEvaluations(evaluations));
  }

  /** Options of a proof: enclosures of any width, refined to a part of it. */
  public static InferenceOptions proof(long boxes) {
    return InferenceOptions.DEFAULT
        .withWidestEnclosure(1)
        .withBudget(Budget.DEFAULT.withBoxes(40 * boxes));
  }

  /** Options of a search. */
  public static InferenceOptions search(double tolerance, long boxes) {
    return InferenceOptions.DEFAULT
        .withTolerance(tolerance)
        .withBudget(Budget.DEFAULT.withBoxes(boxes));
  }

  private static DeepQueries of(Evidence e, InferenceOptions options) {
    return new DeepQueries(e.circuit().flat, options);
  }

  private static <T> T found(Attempt<T> attempt) {
    if (attempt instanceof Attempt.Found<T> found) {
      return found.answer();
    }
    throw new AssertionError(attempt.toString());
  }

  /** An estimate, whatever else there is. */
  public static LogProbability marginal(Evidence e, InferenceOptions options) {
    return found(of(e, options).estimatedMarginal(e.flat));
  }

  /** An estimate, whatever else there is. */
  public static CategoricalPosterior posterior(int v, Evidence e, InferenceOptions options) {
    return (CategoricalPosterior) found(of(e, options).estimatedPosterior(v, e.flat));
  }

  /** An estimate, whatever else there is. */
  public static RealMoments moments(int v, Evidence e, InferenceOptions options) {
    return (RealMoments) found(of(e, options).estimatedPosterior(v, e.flat));
  }

  /** An enclosure, or why there is none. */
  static Attempt<LogProbability> enclosed(Evidence e, InferenceOptions options) {
    return of(e, options).enclosedMarginal(e.flat);
  }

  /** An enclosure, or why there is none. */
  static Attempt<Posterior> enclosed(int v, Evidence e, InferenceOptions options) {
    return of(e, options).enclosedPosterior(v, e.flat);
  }

  /** By bounds over boxes, whatever the circuit. */
  public static MpeAnswer mpe(Evidence e, InferenceOptions options) {
    return found(of(e, options).mpe(e.flat));
  }

  static CertifiedState certified(int v, Evidence e, InferenceOptions options) {
    return found(of(e, options).certifiedState(v, e.flat));
  }
}
