package org.ugmm.engine.data;

import it.unimi.dsi.fastutil.doubles.DoubleArrayList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ugmm.engine.data.GaussianMixture.Interval;
import org.ugmm.engine.number.GaussianMass;
import org.ugmm.engine.number.LogSum;
import org.ugmm.engine.number.Rounding;

/** Quantiles, modes and highest-density sets of a mixture. */
final class MixtureShape {
  /*
   * Beyond its critical points the density is monotone, which makes every level set a union of
   * intervals whose ends bisection finds.
   */
  private static final int MAX_HALVINGS = 2_000;

  private final GaussianMixture mixture;
  private final CriticalPoints criticalPoints;

  MixtureShape(GaussianMixture mixture) {
    this.mixture = mixture;
    criticalPoints = new CriticalPoints(mixture);
  }

  static double quantile(GaussianMixture m, double p) {
    if (!(p >= 0 && p <= 1)) {
      throw new ArgumentException("quantile of %s; expected a probability in [0, 1]".formatted(p));
    }
    if (p == 0) {
      return m.lo;
    }
    if (p == 1) {
      return m.hi;
    }
    double lo = m.lo;
    double hi = m.hi;
    if (!Double.isFinite(lo) || !Double.isFinite(hi)) {
      double least = Double.POSITIVE_INFINITY;
      double most = Double.NEGATIVE_INFINITY;
      for (int k = 0; k < m.weight.length; k++) {
        double reach = 40 * m.component[k].scale;
        least = Math.min(least, m.component[k].near - reach);
        most = Math.max(most, m.component[k].near + reach);
      }
      lo = Math.max(lo, Math.max(least, -Double.MAX_VALUE));
      hi = Math.min(hi, Math.min(most, Double.MAX_VALUE));
    }
    boolean lower = p <= 0.5;
    double target = Math.log(lower ? p : 1 - p);
    double x = GaussianMass.middle(lo, hi);
    for (int i = 0; i < MAX_HALVINGS && lo < x && x < hi; i++) {
      double log =
          lower
              ? m.logProbability(Double.NEGATIVE_INFINITY, x)
              : m.logProbability(x, Double.POSITIVE_INFINITY);
      double excess = lower ? log - target : target - log;
      if (excess == 0) {
        return x;
      } else if (excess > 0) {
        hi = x;
      } else {
        lo = x;
      }
      double next = x - excess * Math.exp(log - m.logDensity(x));
      // alternate with halving, so that Newton steps that creep cost at most a factor of 2
      x = i % 2 == 0 && next > lo && next < hi ? next : GaussianMass.middle(lo, hi);
    }
    return GaussianMass.middle(lo, hi);
  }

  /**
   * An interval around a computed quantile that holds the true one.
   *
   * @param x the quantile as computed
   */
  static Interval quantileEnclosure(GaussianMixture m, double p, double x) {
    if (p == 0 || p == 1 || m.lo == m.hi) {
      return new Interval(x, x); // an end by definition, and no rounded number
    }
    double target = Math.log(p <= 0.5 ? p : 1 - p);
    double lo = x;
    double hi = x;
    double step = Math.ulp(x);
    while (lo > m.lo && !(excess(m, p, target, lo) < 0)) {
      lo = Math.max(m.lo, x - step);
      step *= 2;
    }
    step = Math.ulp(x);
    while (hi < m.hi && !(excess(m, p, target, hi) > 0)) {
      hi = Math.min(m.hi, x + step);
      step *= 2;
    }
    return new Interval(lo, hi);
  }

  /** Proven sign of F(x) - p, as -1 or 1; 0 where rounding leaves it open. */
  private static int excess(GaussianMixture m, double p, double target, double x) {
    boolean lower = p <= 0.5;
    LogSum sum =
        m.logProbabilitySum(
            lower ? Double.NEGATIVE_INFINITY : x, lower ? x : Double.POSITIVE_INFINITY);
    double difference = sum.value() - target;
    double error = Rounding.U * 1.01 * (sum.errorUnits() + 2 * Math.abs(target) + 1);
    int sign = difference > error ? 1 : difference < -error ? -1 : 0;
    return lower ? sign : -sign;
  }

  double[] modes() {
    double[] points = withEnds(criticalPoints.find());
    DoubleArrayList modes = new DoubleArrayList();
    for (int i = 0; i < points.length; i++) {
      if (isMode(points, i)) {
        modes.add(points[i]);
      }
    }
    return modes.toDoubleArray();
  }

  /** For each mode an interval that holds it, between the critical points beside it. */
  List<Interval> modeEnclosures() {
    double[] points = withEnds(criticalPoints.find());
    List<Interval> enclosures = new ArrayList<>();
    for (int i = 0; i < points.length; i++) {
      if (isMode(points, i)) {
        double from = i == 0 ? points[i] : points[i - 1];
        double to = i == points.length - 1 ? points[i] : points[i + 1];
        enclosures.add(new Interval(proven(points[i], from, 1), proven(points[i], to, -1)));
      }
    }
    return enclosures;
  }

  /** The nearest point found from x towards an end where the slope has a proven sign. */
  private double proven(double x, double end, int sign) {
    double step = Math.ulp(x);
    double at = x;
    while (at != end && criticalPoints.sign(1, at, at) != sign) {
      at = end < x ? Math.max(end, x - step) : Math.min(end, x + step);
      step *= 2;
    }
    return at;
  }

  private boolean isMode(double[] points, int i) {
    double x = points[i];
    if (!Double.isFinite(x) || points.length == 1) {
      return false;
    }
    boolean rises = i == 0 || slopeBetween(points[i - 1], x) > 0;
    boolean falls = i == points.length - 1 || slopeBetween(x, points[i + 1]) < 0;
    return rises && falls;
  }

  /** The slope, or a number of its sign, strictly between neighbouring critical points or ends. */
  private double slopeBetween(double a, double b) {
    if (mixture.weight.length == 0 || (Double.isInfinite(a) && Double.isInfinite(b))) {
      return 0;
    } else if (a == Double.NEGATIVE_INFINITY) {
      return 1;
    } else if (b == Double.POSITIVE_INFINITY) {
      return -1;
    }
    int slope = criticalPoints.slopeSign(GaussianMass.middle(a, b));
    return slope != 0 ? slope : mixture.logDensity(b) - mixture.logDensity(a);
  }

  /** The ends of the support and the critical points between them, ascending. */
  private double[] withEnds(double[] critical) {
    double[] points = new double[critical.length + 2];
    int count = 0;
    points[count++] = mixture.lo;
    for (double x : critical) {
      if (x > mixture.lo && x < mixture.hi) {
        points[count++] = x;
      }
    }
    points[count++] = mixture.hi;
    return Arrays.copyOf(points, count);
  }

  List<Interval> highestDensity(double probability) {
    if (!(probability > 0 && probability < 1)) {
      throw new ArgumentException(
          "highest-density set of probability %s; expected one in (0, 1)".formatted(probability));
    }
    double[] points = withEnds(criticalPoints.find());
    double high = Double.NEGATIVE_INFINITY;
    for (double x : points) {
      high = Math.max(high, mixture.logDensity(x));
    }
    double low = high - 1;
    while (low > high - 1e6 && mass(levelSet(points, low)) < probability) {
      low = high - 2 * (high - low);
    }
    // invariant: the set at low has enough
    for (int i = 0; i < 200; i++) {
      double middle = low + 0.5 * (high - low);
      if (!(middle > low && middle < high)) {
        break;
      }
      if (mass(levelSet(points, middle)) >= probability) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return levelSet(points, low);
  }

  private double mass(List<Interval> set) {
    double sum = 0;
    for (Interval i : set) {
      sum += mixture.probability(i.lo(), i.hi());
    }
    return sum;
  }

  /** Where the log-density is at least {@code level}. */
  private List<Interval> levelSet(double[] points, double level) {
    List<Interval> set = new ArrayList<>();
    double start = mixture.logDensity(points[0]) >= level ? points[0] : Double.NaN;
    for (int i = 1; i < points.length; i++) {
      double a = points[i - 1];
      double b = points[i];
      boolean aboveA = mixture.logDensity(a) >= level;
      boolean aboveB = mixture.logDensity(b) >= level;
      if (aboveA != aboveB) {
        double x = crossing(a, b, level, aboveA);
        if (aboveA) {
          set.add(new Interval(start, x));
        } else {
          start = x;
        }
      }
    }
    if (mixture.logDensity(points[points.length - 1]) >= level) {
      set.add(new Interval(start, points[points.length - 1]));
    }
    return set;
  }

  private double crossing(double from, double to, double level, boolean aboveFrom) {
    double a = from;
    double b = to;
    double step = 1;
    if (a == Double.NEGATIVE_INFINITY) {
      for (a = b - step; mixture.logDensity(a) >= level; a = b - step) {
        step *= 2;
      }
    } else if (b == Double.POSITIVE_INFINITY) {
      for (b = a + step; mixture.logDensity(b) >= level; b = a + step) {
        step *= 2;
      }
    }
    a = Math.max(a, -Double.MAX_VALUE);
    b = Math.min(b, Double.MAX_VALUE);
    for (double x = GaussianMass.middle(a, b); a < x && x < b; x = GaussianMass.middle(a, b)) {
      if (mixture.logDensity(x) >= level == aboveFrom) {
        a = x;
      } else {
        b = x;
      }
    }
    return GaussianMass.middle(a, b);
  }
}
