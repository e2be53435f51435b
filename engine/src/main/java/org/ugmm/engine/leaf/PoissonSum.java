package org.ugmm.engine.leaf;

import org.ugmm.engine.number.LogValue;
import org.ugmm.engine.number.PoissonTerm;
import org.ugmm.engine.number.Rounding;

/** A Poisson distribution over an interval of counts, summed from its greatest term outward. */
final class PoissonSum {
  /*
   * The terms on either side of the greatest are quotients of neighbours, n / rate or rate / n, times
   * each other: positive, so that the k-th is wrong by 2 k units and the sum keeps its digits in the
   * tails. A side ends where the rest, bounded by a geometric series, is less than 2^-60 of the sum,
   * and of the sum of distances, which is much smaller where the rate is.
   */
  private static final int MAX_TERMS = 1 << 24;
  private static final double NEGLIGIBLE = 0x1p-60;

  private final double rate;
  private final double lo;
  private final double hi;

  /** The count with the greatest term. */
  private final double start;

  private double sum;

  /** Sums about {@link #start}. */
  private double first;

  private double distance;
  private double second;
  private int terms;

  /**
   * A distribution over a range.
   *
   * @param lo first count
   * @param hi last count, may be infinite
   */
  PoissonSum(double rate, double lo, double hi) {
    this.rate = rate;
    this.lo = lo;
    this.hi = hi;
    start = Math.min(hi, Math.max(lo, Math.floor(rate)));
    run(0);
  }

  private void run(double center) {
    sum = 1;
    first = 0;
    distance = 0;
    second = center * center;
    terms = 1;
    double term = 1;
    for (double n = start + 1; n <= hi && terms < MAX_TERMS; n++) {
      double ratio = rate / n;
      term *= ratio;
      add(term, n - start, center);
      if (isLast(term, ratio, 1 + n - start)) {
        break;
      }
    }
    term = 1;
    for (double n = start; n > lo && terms < MAX_TERMS; n--) {
      double ratio = n / rate;
      term *= ratio;
      add(term, n - 1 - start, center);
      if (isLast(term, ratio, start - n + 2)) {
        break;
      }
    }
  }

  /** Whether what comes after a term, at a distance and beyond, changes no digit. */
  private boolean isLast(double term, double ratio, double away) {
    double least = NEGLIGIBLE * (1 - ratio) * Math.min(1, distance);
    return term == 0 || ratio < 1 && term * ratio * away * away < least;
  }

  private void add(double term, double d, double center) {
    sum += term;
    first += term * d;
    distance += term * Math.abs(d);
    second += term * (d - center) * (d - center);
    terms++;
  }

  LogValue logMass() {
    LogValue greatest = PoissonTerm.log(start, rate);
    double log = StrictMath.log(sum);
    double total = greatest.log() + log;
    return terms >= MAX_TERMS
        ? LogValue.UNKNOWN
        : LogValue.of(
            total, greatest.units() + 3.0 * terms + 2 * Math.abs(log) + Math.abs(total) + 4);
  }

  /** Mean and variance. */
  LeafShape shape() {
    double offset = first / sum;
    double units = 6.0 * terms + 8;
    double ofMean = units * (distance / sum) + start + Math.abs(offset);
    run(offset);
    double variance = second / sum;
    double ofVariance = (units + 8) * variance + 4 * Math.abs(offset) * Math.sqrt(variance);
    boolean isKnown = terms < MAX_TERMS;
    return new LeafShape(
        start + offset,
        variance,
        isKnown ? 1.01 * Rounding.U * ofMean : Double.POSITIVE_INFINITY,
        isKnown ? 1.01 * Rounding.U * ofVariance : Double.POSITIVE_INFINITY);
  }
}
