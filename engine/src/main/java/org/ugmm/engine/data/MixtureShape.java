package org.ugmm.engine.data;

import it.unimi.dsi.fastutil.doubles.DoubleArrayList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ugmm.engine.data.GaussianMixture.Interval;
import org.ugmm.engine.number.TruncatedGaussian;

/** Quantiles, modes and highest-density sets of a mixture. */
final class MixtureShape {
  /*
   * Critical points. All lie between the least and the largest mean. An interval on which the slope
   * has a proven sign holds none; one on which the curvature has a proven sign holds at most one, found
   * by bisection; others are halved, down to neighbouring doubles. The derivatives of one Gaussian take
   * their extremes over an interval at its ends or at points known in closed form, so the bounds are
   * sums of exact ranges; a margin covers rounding. Beyond the critical points the density is monotone,
   * which makes every level set a union of intervals whose ends bisection finds.
   */
  private static final double MARGIN = 1e-13;
  private static final double SQRT_3 = Math.sqrt(3);

  /** The curvature of a Gaussian has its extremes, in scales from the mean, here and at 0. */
  private static final double[] SLOPE_EXTREMES = {-1, 1};

  private static final double[] CURVATURE_EXTREMES = {-SQRT_3, 0, SQRT_3};
  private static final int MAX_HALVINGS = 2_000;

  private final GaussianMixture mixture;
  private final int numComponents;

  /** [numComponents] natural log of each component's largest density, relative to the largest. */
  private final double[] factor;

  MixtureShape(GaussianMixture mixture) {
    this.mixture = mixture;
    numComponents = mixture.weight.length;
    factor = new double[numComponents];
    // relative to the highest component, so that no factor overflows
    double max = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < numComponents; k++) {
      TruncatedGaussian g = mixture.component[k];
      factor[k] = Math.log(mixture.weight[k]) + g.logDensity(g.near);
      max = Math.max(max, factor[k]);
    }
    for (int k = 0; k < numComponents; k++) {
      factor[k] -= max;
    }
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
      lo = Math.max(lo, least);
      hi = Math.min(hi, most);
    }
    boolean lower = p <= 0.5;
    double target = Math.log(lower ? p : 1 - p);
    double x = lo + 0.5 * (hi - lo);
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
      x = i % 2 == 0 && next > lo && next < hi ? next : lo + 0.5 * (hi - lo);
    }
    return lo + 0.5 * (hi - lo);
  }

  double[] modes() {
    double[] critical = criticalPoints();
    DoubleArrayList modes = new DoubleArrayList();
    double[] points = withEnds(critical);
    for (int i = 0; i < points.length; i++) {
      double x = points[i];
      boolean rises = i == 0 ? Double.isFinite(x) : slopeBetween(points[i - 1], x) > 0;
      boolean falls =
          i == points.length - 1 ? Double.isFinite(x) : slopeBetween(x, points[i + 1]) < 0;
      if (rises && falls && Double.isFinite(x) && points.length > 1) {
        modes.add(x);
      }
    }
    return modes.toDoubleArray();
  }

  /** The slope at a point strictly between two neighbouring critical points or ends. */
  private double slopeBetween(double a, double b) {
    if (numComponents == 0) {
      return 0;
    }
    double x;
    if (a == Double.NEGATIVE_INFINITY && b == Double.POSITIVE_INFINITY) {
      return 0;
    } else if (a == Double.NEGATIVE_INFINITY) {
      return 1;
    } else if (b == Double.POSITIVE_INFINITY) {
      return -1;
    } else {
      x = a + 0.5 * (b - a);
    }
    double slope = derivative(1, x);
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

  double[] criticalPoints() {
    double least = Double.POSITIVE_INFINITY;
    double most = Double.NEGATIVE_INFINITY;
    for (TruncatedGaussian g : mixture.component) {
      least = Math.min(least, g.mean);
      most = Math.max(most, g.mean);
    }
    least = Math.max(least, mixture.lo);
    most = Math.min(most, mixture.hi);
    DoubleArrayList found = new DoubleArrayList();
    if (numComponents > 0 && least == most) {
      found.add(least);
    } else if (least < most) {
      search(least, most, found);
    }
    return found.toDoubleArray();
  }

  private void search(double from, double to, DoubleArrayList found) {
    // the ends themselves can be critical: look a little beyond them
    double pad = 1e-9 * (to - from) + 4 * Math.ulp(Math.max(Math.abs(from), Math.abs(to)));
    DoubleArrayList stack = DoubleArrayList.of(from - pad, to + pad);
    double[] range = new double[3];
    while (!stack.isEmpty()) {
      double b = stack.removeDouble(stack.size() - 1);
      double a = stack.removeDouble(stack.size() - 1);
      range(1, a, b, range);
      if (range[0] > 0 || range[1] < 0) {
        continue;
      }
      range(2, a, b, range);
      double middle = a + 0.5 * (b - a);
      boolean monotoneSlope = range[0] > 0 || range[1] < 0;
      if (monotoneSlope || !(middle > a && middle < b) || b - a < 4 * Math.ulp(middle)) {
        double slopeA = derivative(1, a);
        double slopeB = derivative(1, b);
        if (slopeA == 0 || slopeA < 0 != slopeB < 0) {
          found.add(root(a, b, slopeA));
        }
        continue;
      }
      stack.add(middle);
      stack.add(b);
      stack.add(a);
      stack.add(middle);
    }
  }

  private double root(double a, double b, double slopeA) {
    if (slopeA == 0) {
      return a;
    }
    double lo = a;
    double hi = b;
    for (double x = lo + 0.5 * (hi - lo); lo < x && x < hi; x = lo + 0.5 * (hi - lo)) {
      double slope = derivative(1, x);
      if (slope == 0) {
        return x;
      } else if (slope < 0 == slopeA < 0) {
        lo = x;
      } else {
        hi = x;
      }
    }
    return lo;
  }

  private double derivative(int order, double x) {
    double sum = 0;
    for (int k = 0; k < numComponents; k++) {
      sum += component(order, k, x);
    }
    return sum;
  }

  /** A component's derivative of order 1 or 2 at x. */
  private double component(int order, int k, double x) {
    TruncatedGaussian g = mixture.component[k];
    double z = (x - g.mean) / g.scale;
    double density = Math.exp(factor[k] + g.logFall(x));
    return order == 1 ? -z * density / g.scale : (z * z - 1) * density / g.scale / g.scale;
  }

  /** Proven bounds on a derivative over [a, b], into {@code range[0]} and {@code range[1]}. */
  private void range(int order, double a, double b, double[] range) {
    double lo = 0;
    double hi = 0;
    double magnitude = 0;
    double[] extremes = order == 1 ? SLOPE_EXTREMES : CURVATURE_EXTREMES;
    for (int k = 0; k < numComponents; k++) {
      TruncatedGaussian g = mixture.component[k];
      double atA = component(order, k, a);
      double atB = component(order, k, b);
      double least = Math.min(atA, atB);
      double most = Math.max(atA, atB);
      for (double z : extremes) {
        double x = g.mean + z * g.scale;
        if (x > a && x < b) {
          double value = component(order, k, x);
          least = Math.min(least, value);
          most = Math.max(most, value);
        }
      }
      lo += least;
      hi += most;
      magnitude += Math.max(-least, most);
    }
    range[0] = lo - MARGIN * magnitude;
    range[1] = hi + MARGIN * magnitude;
  }

  List<Interval> highestDensity(double probability) {
    if (!(probability > 0 && probability < 1)) {
      throw new ArgumentException(
          "highest-density set of probability %s; expected one in (0, 1)".formatted(probability));
    }
    double[] points = withEnds(criticalPoints());
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
    for (double x = a + 0.5 * (b - a); a < x && x < b; x = a + 0.5 * (b - a)) {
      if (mixture.logDensity(x) >= level == aboveFrom) {
        a = x;
      } else {
        b = x;
      }
    }
    return a + 0.5 * (b - a);
  }
}
