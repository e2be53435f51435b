package org.ugmm.engine.data;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What answers a caller takes and how much work they may cost. Immutable.
 *
 * @param allowed the certificates that an answer may have; EXACT is always among them
 * @param tolerance an MPE is EXACT once its proven upper bound is within this of its value, in
 *     nats; an estimated integral is refined until its relative error is about this
 * @param widestEnclosure an interval of a natural log that is wider than this is no answer, but for
 *     an MPE, whose assignment is one however wide
 * @param budget how much work one query may take
 * @param seed of the random numbers that estimates and samples draw
 */
public record InferenceOptions(
    Set<Certificate.Kind> allowed,
    double tolerance,
    double widestEnclosure,
    Budget budget,
    long seed) {
  /**
   * EXACT and ENCLOSED allowed, tolerance 1e-9, enclosures of up to 0.1 nats, {@link
   * Budget#DEFAULT}, seed 1.
   */
  public static final InferenceOptions DEFAULT =
      new InferenceOptions(
          EnumSet.of(Certificate.Kind.EXACT, Certificate.Kind.ENCLOSED),
          1e-9,
          0.1,
          Budget.DEFAULT,
          1);

  /**
   * Checks the options and adds EXACT.
   *
   * @throws ArgumentException if the tolerance is not in [0, 1), or the widest enclosure is
   *     negative
   */
  public InferenceOptions {
    if (!(tolerance >= 0 && tolerance < 1)) {
      throw new ArgumentException("tolerance %s; expected one in [0, 1)".formatted(tolerance));
    }
    if (!(widestEnclosure >= 0)) {
      throw new ArgumentException(
          "widest enclosure %s; expected at least 0 nats".formatted(widestEnclosure));
    }
    EnumSet<Certificate.Kind> kinds = EnumSet.of(Certificate.Kind.EXACT);
    kinds.addAll(allowed);
    allowed = Set.copyOf(kinds);
  }

  /** Whether an answer may have a certificate of this kind. */
  public boolean allows(Certificate.Kind kind) {
    return allowed.contains(kind);
  }

  /** The same with these kinds of certificates, and EXACT. */
  public InferenceOptions allowing(Certificate.Kind... kinds) {
    EnumSet<Certificate.Kind> set = EnumSet.of(Certificate.Kind.EXACT);
    set.addAll(List.of(kinds));
    return new InferenceOptions(set, tolerance, widestEnclosure, budget, seed);
  }

  /** The same with all kinds of certificates. */
  public InferenceOptions allowingAll() {
    return allowing(Certificate.Kind.values());
  }

  /** The same with another tolerance. */
  public InferenceOptions withTolerance(double newTolerance) {
    return new InferenceOptions(allowed, newTolerance, widestEnclosure, budget, seed);
  }

  /** The same with another limit of the width of enclosures, in nats. */
  public InferenceOptions withWidestEnclosure(double nats) {
    return new InferenceOptions(allowed, tolerance, nats, budget, seed);
  }

  /** The same with another budget. */
  public InferenceOptions withBudget(Budget newBudget) {
    return new InferenceOptions(allowed, tolerance, widestEnclosure, newBudget, seed);
  }

  /** The same with another seed. */
  public InferenceOptions withSeed(long newSeed) {
    return new InferenceOptions(allowed, tolerance, widestEnclosure, budget, newSeed);
  }
}
