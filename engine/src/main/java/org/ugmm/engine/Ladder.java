package org.ugmm.engine;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.Attempt.Cannot;
import org.ugmm.engine.Attempt.Found;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.Certificate.Enclosed;
import org.ugmm.engine.data.Certificate.Kind;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable.Real;
import org.ugmm.engine.data.Why;
import org.ugmm.engine.exact.Certify;
import org.ugmm.engine.flat.FlatEvidence;

/**
 * What to try where there is no closed form: a proof, then an estimate, each where it is allowed;
 * the first answer is given. Evidence of probability zero ends it, wherever it shows. And what
 * certificate rounding leaves a closed form. Immutable.
 */
final class Ladder {
  private final InferenceOptions options;

  Ladder(InferenceOptions options) {
    this.options = options;
  }

  /**
   * The best allowed answer.
   *
   * @param why why there is no closed form
   * @throws RefusedException if no rung that is allowed has an answer
   */
  <T> T climb(
      Why why, FlatEvidence e, Supplier<Attempt<T>> enclosed, Supplier<Attempt<T>> estimated) {
    Why last = whyUnbounded(e);
    if (options.allows(Kind.ENCLOSED)) {
      Attempt<T> attempt = enclosed.get();
      if (attempt instanceof Found<T> found) {
        return found.answer();
      }
      last = ((Cannot<T>) attempt).why();
    }
    if (options.allows(Kind.ESTIMATED)) {
      Attempt<T> attempt = estimated.get();
      if (attempt instanceof Found<T> found) {
        return found.answer();
      }
      last = ((Cannot<T>) attempt).why();
    }
    String self =
        why.reason() == Why.Reason.TOO_MANY_STATES ? "observe some of them" : "observe it";
    throw refused(why, remedy(self, last));
  }

  /** That an open real has no bounds; null where all have. */
  private static @Nullable Why whyUnbounded(FlatEvidence e) {
    for (int v = 0; v < e.circuit.numVariables(); v++) {
      if (e.isUnobserved(v)
          && e.circuit.variables.get(v) instanceof Real real
          && !real.isBounded()) {
        return Why.of(Why.Reason.UNBOUNDED, "", real.name());
      }
    }
    return null;
  }

  /** What would help, by why the last rung had no answer; null where none was tried. */
  private String remedy(String observe, @Nullable Why last) {
    if (last == null) {
      return observe + ", or allow enclosed and estimated answers";
    }
    return switch (last.reason()) {
      case UNBOUNDED ->
          bounds(last) + (options.allows(Kind.ESTIMATED) ? "" : " and allow estimates");
      case BUDGET -> "raise the budget or allow estimated answers, since " + last.text();
      default -> observe + ", or allow estimated answers";
    };
  }

  private static String bounds(Why unbounded) {
    return "observe '%s', or give it an interval or a domain".formatted(unbounded.variable());
  }

  /** The answer of the only way there is. */
  <T> T require(String what, Attempt<T> attempt) {
    if (attempt instanceof Found<T> found) {
      return found.answer();
    }
    Why why = ((Cannot<T>) attempt).why();
    boolean isUnbounded = why.reason() == Why.Reason.UNBOUNDED;
    throw new RefusedException(what, why, isUnbounded ? bounds(why) : "raise the budget");
  }

  /** The refusal of a closed form. */
  static RefusedException refused(Why why, String remedy) {
    String variable = why.variable();
    return new RefusedException(
        why.node() >= 0 && variable != null
            ? "variable '%s' has no value and cannot be integrated out exactly".formatted(variable)
            : "",
        why,
        remedy);
  }

  /** The refusal of a circuit that is no distribution. */
  static RefusedException zeroEverywhere() {
    return new RefusedException(
        "",
        Why.of(Why.Reason.ZERO_PROBABILITY, "the circuit is zero everywhere"),
        "it defines no distribution: mend the model");
  }

  /** The refusal of an enclosure. */
  static RefusedException notAllowed(double lo, double hi) {
    return new RefusedException(
        "",
        Why.of(Why.Reason.NOT_ALLOWED, "the answer is ENCLOSED in [%s, %s]".formatted(lo, hi)),
        "allow ENCLOSED, or raise the budget");
  }

  /** An answer with the certificate that its rounding error leaves it. */
  LogProbability answer(double value, boolean normalised, double errorUnits) {
    Certificate certificate = Certify.ofLog(value, errorUnits);
    if (certificate instanceof Enclosed enclosed && !options.allows(Kind.ENCLOSED)) {
      throw notAllowed(enclosed.lo(), enclosed.hi());
    }
    return new LogProbability(value, normalised, certificate);
  }

  /** The quotient of two numbers known by their logs; the units are those of their errors. */
  LogProbability ratio(
      double logNumerator,
      double numeratorUnits,
      double logDenominator,
      double denominatorUnits,
      boolean normalised) {
    double value = logNumerator - logDenominator;
    double units =
        value == Double.NEGATIVE_INFINITY
            ? numeratorUnits
            : numeratorUnits + denominatorUnits + Math.abs(value);
    return answer(value, normalised, units);
  }
}
