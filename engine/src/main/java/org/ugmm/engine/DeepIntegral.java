package org.ugmm.engine;

import it.unimi.dsi.fastutil.doubles.DoubleRBTreeSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.Variable.Prior;
import org.ugmm.engine.Variable.Real;

/**
 * Integrals of the outputs of a {@link LinkResidual} over its box, categorical variables summed
 * out: estimates with an error estimate, nothing proven. All outputs are integrated together, since
 * they share most of the work. Not thread-safe.
 */
final class DeepIntegral {
  /*
   * Up to two reals: nested adaptive Gauss-Kronrod quadrature (7 and 15 points, QUADPACK, Piessens et
   * al. 1983), started at the means of narrow leaf components so that none is stepped over. More: a
   * Richtmyer lattice with independent random shifts (Cranley and Patterson 1976), whose spread gives
   * the error.
   */
  private static final double[] KRONROD_NODE = {
    0.991455371120812639206854697526329,
    0.949107912342758524526189684047851,
    0.864864423359769072789712788640926,
    0.741531185599394439863864773280788,
    0.586087235467691130294144691693,
    0.405845151377397166906606412076961,
    0.207784955007898467600689403773245,
    0
  };
  private static final double[] KRONROD_WEIGHT = {
    0.022935322010529224963732008058970,
    0.063092092629978553290700663189204,
    0.104790010322250183839876322541518,
    0.140653259715525918745189590510238,
    0.169004726639267902826583426598550,
    0.190350578064785409913256402421014,
    0.204432940075298892414161999234649,
    0.209482141084727828012999174891714
  };
  private static final double[] GAUSS_WEIGHT = {
    0, 0.129484966168869693270611432679082,
    0, 0.279705391489276667901467771423780,
    0, 0.381830050505118944950369775488975,
    0, 0.417959183673469387755102040816327
  };
  private static final int NODES = 15;
  private static final int SHIFTS = 16;
  private static final double NARROW = 0.125;
  private static final double NARROW_LINK = 0.25;

  /** By number of reals: equal parts to begin with. */
  private static final int[] PARTS = {64, 10, 5};

  private final LinkResidual r;
  private final LinkPoint point;

  /** Evaluates many points at once; null where the residual is not of its kind. */
  private final @Nullable LinkBatch batch;

  private final double[] at = new double[LinkBatch.POINTS];
  private final int[] real;
  private final int[] categorical;
  private final double[] x;
  private final double[][] fixedBreaks;

  /** By dimension. */
  private final List<List<Crossing>> crossings = new ArrayList<>();

  private final int size;

  /** The variable whose moments are wanted, -1 for none. */
  private final int moment;

  private final double centre;
  private final double unit;
  private double absolute;

  /** Natural log of what all integrals are divided by. */
  double logShift = Double.NEGATIVE_INFINITY;

  /**
   * [outputs] integrals over exp(logShift), linear; of moments: [3] of output 0 times the powers 0,
   * 1 and 2 of {@code (x - centre) / unit}.
   */
  final double[] integral;

  /** As many estimated absolute errors of the integrals. */
  final double[] error;

  /** How often the residual was evaluated. */
  long evaluations;

  DeepIntegral(LinkResidual r) {
    this(r, -1, 0, 1);
  }

  /** Prepares integrals of moments of one real about a centre, in the given unit. */
  DeepIntegral(LinkResidual r, int moment, double centre, double unit) {
    this.r = r;
    this.moment = moment;
    this.centre = centre;
    this.unit = unit;
    point = new LinkPoint(r);
    batch = LinkBatch.takes(r) ? new LinkBatch(r) : null;
    size = moment < 0 ? r.outputs.length : 3;
    real = positions(r, false);
    categorical = positions(r, true);
    x = r.lo.clone();
    integral = new double[size];
    error = new double[size];
    fixedBreaks = new double[r.numFree()][];
    for (int i : real) {
      fixedBreaks[i] = fixedBreaks(i);
      crossings.add(crossings(i));
    }
  }

  private static int[] positions(LinkResidual r, boolean discrete) {
    int[] found = new int[r.numFree()];
    int count = 0;
    for (int i = 0; i < found.length; i++) {
      if (r.discrete[i] == discrete) {
        found[count++] = i;
      }
    }
    return Arrays.copyOf(found, count);
  }

  /** A narrow link of a unit of the first layer, as seen along a variable. */
  private record Crossing(int unit, int term, double mean, double scale) {}

  /** The narrow links of units with one Gaussian of a variable, besides Gaussians of others. */
  private List<Crossing> crossings(int i) {
    int[] only = new int[r.numUnits];
    for (int u = 0; u < r.numUnits; u++) {
      only[u] = onlyTerm(u, i);
    }
    List<Crossing> found = new ArrayList<>();
    for (int f = 0; f < r.mean.length; f++) {
      boolean isLink = r.factorKind[f] == LinkResidual.LINK;
      if (isLink && only[r.factorRef[f]] >= 0 && r.scale[f] < NARROW_LINK) {
        found.add(new Crossing(r.factorRef[f], only[r.factorRef[f]], r.mean[f], r.scale[f]));
      }
    }
    return found;
  }

  private int onlyTerm(int u, int i) {
    int only = -1;
    for (int t = r.termStart[u]; t < r.termStart[u + 1]; t++) {
      int f = r.factorStart[t];
      if (r.factorStart[t + 1] - f != 1 || r.factorKind[f] > LinkResidual.TABLE) {
        return -1;
      }
      if (r.factorKind[f] == LinkResidual.GAUSSIAN && r.factorRef[f] == i) {
        if (only >= 0) {
          return -1;
        }
        only = t;
      }
    }
    return only;
  }

  private double[] fixedBreaks(int i) {
    DoubleRBTreeSet set = new DoubleRBTreeSet();
    set.add(r.lo[i]);
    set.add(r.hi[i]);
    double width = r.hi[i] - r.lo[i];
    int parts = PARTS[Math.min(real.length, PARTS.length) - 1];
    for (int part = 1; part < parts; part++) {
      set.add(r.lo[i] + width * part / parts);
    }
    for (int f = 0; f < r.mean.length; f++) {
      if (r.factorKind[f] == LinkResidual.GAUSSIAN
          && r.factorRef[f] == i
          && r.scale[f] < NARROW * width) {
        for (int k = -4; k <= 4; k += 4) {
          add(set, i, r.mean[f] + k * r.scale[f]);
        }
      }
    }
    return set.toDoubleArray();
  }

  private void add(DoubleRBTreeSet set, int i, double at) {
    if (at > r.lo[i] && at < r.hi[i]) {
      set.add(at);
    }
  }

  /**
   * Where to cut the way along a dimension, the dimensions before it being fixed: the fixed points,
   * and the places where the value of a unit passes through a link that is narrow there. Where a
   * dimension after it matters, it is taken at its ends and where its Gaussian is greatest.
   */
  private double[] breaks(int dimension) {
    int i = real[dimension];
    if (crossings.get(dimension).isEmpty()) {
      return fixedBreaks[i];
    }
    DoubleRBTreeSet set = new DoubleRBTreeSet(fixedBreaks[i]);
    for (Crossing crossing : crossings.get(dimension)) {
      cross(set, crossing, dimension, dimension + 1);
    }
    double[] all = set.toDoubleArray();
    double least = 1e-9 * (r.hi[i] - r.lo[i]);
    int count = 1;
    for (int k = 1; k < all.length; k++) {
      if (all[k] - all[count - 1] > least) {
        all[count++] = all[k];
      }
    }
    all[count - 1] = r.hi[i];
    return Arrays.copyOf(all, count);
  }

  private void cross(DoubleRBTreeSet set, Crossing crossing, int dimension, int next) {
    if (next < real.length) {
      int i = real[next];
      int own = onlyTerm(crossing.unit, i);
      if (own < 0) {
        cross(set, crossing, dimension, next + 1);
        return;
      }
      double m = r.mean[r.factorStart[own]];
      double[] places = {r.lo[i], Math.min(r.hi[i], Math.max(r.lo[i], m)), r.hi[i]};
      for (double place : places) {
        x[i] = place;
        cross(set, crossing, dimension, next + 1);
      }
      return;
    }
    int i = real[dimension];
    double rest = Math.exp(r.constantHi[crossing.unit]);
    for (int t = r.termStart[crossing.unit]; t < r.termStart[crossing.unit + 1]; t++) {
      int f = r.factorStart[t];
      if (t != crossing.term) {
        double q = (x[r.factorRef[f]] - r.mean[f]) * r.inverse[f];
        double log =
            r.factorKind[f] == LinkResidual.TABLE
                ? r.table[f][(int) x[r.factorRef[f]]]
                : -0.5 * q * q;
        rest += Math.exp(r.coefficientHi[t] + log);
      }
    }
    int f = r.factorStart[crossing.term];
    for (int side = -1; side <= 1; side += 2) {
      double[] at = new double[3];
      for (int k = 0; k < 3; k++) {
        double wanted = Math.exp(crossing.mean + 4 * (k - 1) * crossing.scale) - rest;
        double log = wanted > 0 ? Math.log(wanted) - r.coefficientHi[crossing.term] : -1e6;
        at[k] = r.mean[f] + side * r.scale[f] * Math.sqrt(Math.max(0, -2 * log));
        at[k] = Math.min(r.hi[i], Math.max(r.lo[i], at[k]));
      }
      if (Math.abs(at[2] - at[0]) < NARROW * (r.hi[i] - r.lo[i])) {
        for (double place : at) {
          add(set, i, place);
        }
      }
    }
  }

  /** Runs nested quadrature to a relative error of the largest integral. */
  void quadrature(double relative) {
    findShift();
    // A coarse run finds the size of the whole, so that no effort goes where nothing lies.
    for (double tolerance : new double[] {1e-3, relative}) {
      Arrays.fill(integral, 0);
      Arrays.fill(error, 0);
      forEachState(
          () -> {
            double[] sum = new double[2 * size];
            nested(0, tolerance, sum);
            for (int k = 0; k < size; k++) {
              integral[k] += sum[k];
              error[k] += sum[size + k];
            }
          });
      double volume = 1;
      for (int i : real) {
        volume *= r.hi[i] - r.lo[i];
      }
      absolute = relative * largest(integral) / volume;
    }
  }

  private static double largest(double[] values) {
    double most = 0;
    for (double value : values) {
      most = Math.max(most, Math.abs(value));
    }
    return most;
  }

  private void findShift() {
    SplittableRandom random = new SplittableRandom(3);
    for (int k = 0; k < 4096; k++) {
      for (int i = 0; i < x.length; i++) {
        x[i] =
            r.discrete[i]
                ? random.nextInt((int) r.hi[i] + 1)
                : r.lo[i] + random.nextDouble() * (r.hi[i] - r.lo[i]);
      }
      point.evaluate(x);
      for (int unit : r.outputs) {
        logShift = Math.max(logShift, point.value[unit]);
      }
      if (r.numFree() == 0 || r.numTerms() > 500 && k > 64) {
        break;
      }
    }
    if (logShift == Double.NEGATIVE_INFINITY) {
      logShift = 0;
    }
  }

  private void forEachState(Runnable action) {
    for (int i : categorical) {
      x[i] = 0;
    }
    while (true) {
      action.run();
      int j = categorical.length - 1;
      while (j >= 0 && x[categorical[j]] == r.hi[categorical[j]]) {
        x[categorical[j--]] = 0;
      }
      if (j < 0) {
        return;
      }
      x[categorical[j]]++;
    }
  }

  /** Values at x, relative to the shift, into out[0, size). */
  private void density(double[] out) {
    evaluations++;
    point.evaluate(x);
    double logBase = logBase();
    for (int k = 0; k < r.outputs.length; k++) {
      out[k] = Math.exp(point.value[r.outputs[k]] + logBase);
    }
    raise(out);
  }

  /** Where moments are wanted, puts them behind the value at x. */
  private void raise(double[] out) {
    if (moment >= 0) {
      double t = (x[moment] - centre) / unit;
      out[1] = out[0] * t;
      out[2] = out[1] * t;
    }
  }

  /** Log of the priors at x, less the shift. */
  private double logBase() {
    double logBase = -logShift;
    for (int i : real) {
      Prior prior = ((Real) r.circuit.variables.get(r.freeVariable[i])).prior();
      if (prior != null) {
        logBase += GaussianMass.logDensity(x[i], prior.mean(), prior.scale());
      }
    }
    return logBase;
  }

  private record Piece(double lo, double hi, double[] sum, double worst) {}

  /** Integrates dimensions from the given on into sum[0, size), errors behind. */
  private void nested(int dimension, double relative, double[] sum) {
    if (dimension == real.length) {
      density(sum);
      Arrays.fill(sum, size, 2 * size, 0);
      return;
    }
    int i = real[dimension];
    double within = dimension + 1 == real.length ? relative : 0.1 * relative;
    PriorityQueue<Piece> queue = new PriorityQueue<>((p, q) -> Double.compare(q.worst, p.worst));
    double[] total = new double[2 * size];
    double[] breaks = breaks(dimension);
    rules(queue, total, dimension, within, breaks, breaks.length - 1);
    int limit = 4000;
    double width = r.hi[i] - r.lo[i];
    while (limit-- > 0) {
      Piece worst = queue.peek();
      double tolerance = Math.max(relative * largest(total, size), absolute * width);
      if (worst == null || largestError(total) <= tolerance) {
        break;
      }
      double middle = 0.5 * (worst.lo + worst.hi);
      if (!(middle > worst.lo && middle < worst.hi) || worst.worst <= 0) {
        break;
      }
      queue.poll();
      for (int k = 0; k < 2 * size; k++) {
        total[k] -= worst.sum[k];
      }
      double[] halves = {worst.lo, middle, worst.hi};
      rules(queue, total, dimension, within, halves, 2);
    }
    // Summed afresh: the running total has lost digits to what was taken out of it.
    Arrays.fill(sum, 0);
    for (Piece piece : queue) {
      for (int k = 0; k < 2 * size; k++) {
        sum[k] += piece.sum[k];
      }
    }
  }

  private static double largest(double[] values, int to) {
    double most = 0;
    for (int k = 0; k < to; k++) {
      most = Math.max(most, Math.abs(values[k]));
    }
    return most;
  }

  private double largestError(double[] total) {
    double most = 0;
    for (int k = size; k < 2 * size; k++) {
      most = Math.max(most, total[k]);
    }
    return most;
  }

  private void add(PriorityQueue<Piece> queue, double[] total, Piece piece) {
    queue.add(piece);
    for (int k = 0; k < 2 * size; k++) {
      total[k] += piece.sum[k];
    }
  }

  /** Applies the rule to neighbouring intervals, in batches where that is possible. */
  private void rules(
      PriorityQueue<Piece> queue,
      double[] total,
      int dimension,
      double relative,
      double[] ends,
      int count) {
    int i = real[dimension];
    if (batch == null || dimension + 1 < real.length) {
      for (int b = 0; b < count; b++) {
        double[][] values = new double[NODES][2 * size];
        for (int j = 0; j < NODES; j++) {
          x[i] = node(ends[b], ends[b + 1], j);
          nested(dimension + 1, relative, values[j]);
        }
        add(queue, total, rule(ends[b], ends[b + 1], values));
      }
      return;
    }
    int most = LinkBatch.POINTS / NODES;
    for (int from = 0; from < count; from += most) {
      int to = Math.min(count, from + most);
      int points = (to - from) * NODES;
      for (int k = 0; k < points; k++) {
        int b = from + k / NODES;
        at[k] = node(ends[b], ends[b + 1], k % NODES);
      }
      batch.evaluate(x, i, at, points);
      evaluations += points;
      for (int b = from; b < to; b++) {
        double[][] values = new double[NODES][2 * size];
        for (int j = 0; j < NODES; j++) {
          int k = (b - from) * NODES + j;
          x[i] = at[k];
          double logBase = logBase();
          for (int o = 0; o < r.outputs.length; o++) {
            values[j][o] = Math.exp(batch.value(r.outputs[o], k) + logBase);
          }
          raise(values[j]);
        }
        add(queue, total, rule(ends[b], ends[b + 1], values));
      }
    }
  }

  /** The j-th node of the rule: pairs on both sides of the middle, then the middle. */
  private static double node(double lo, double hi, int j) {
    double half = 0.5 * (hi - lo);
    return 0.5 * (lo + hi) + (j % 2 == 0 ? -half : half) * KRONROD_NODE[j / 2];
  }

  /** The integrals over one interval, then error estimates. */
  private Piece rule(double lo, double hi, double[][] values) {
    double half = 0.5 * (hi - lo);
    double[] sum = new double[2 * size];
    double worst = 0;
    for (int k = 0; k < size; k++) {
      double kronrod = 0;
      double gauss = 0;
      double inner = 0;
      for (int v = 0; v < NODES; v++) {
        kronrod += KRONROD_WEIGHT[v / 2] * values[v][k];
        gauss += GAUSS_WEIGHT[v / 2] * values[v][k];
        inner += KRONROD_WEIGHT[v / 2] * values[v][size + k];
      }
      double spread = 0;
      for (int v = 0; v < NODES; v++) {
        spread += KRONROD_WEIGHT[v / 2] * Math.abs(values[v][k] - 0.5 * kronrod);
      }
      double difference = Math.abs(kronrod - gauss);
      double estimate =
          spread > 0 ? spread * Math.min(1, Math.pow(200 * difference / spread, 1.5)) : difference;
      sum[k] = half * kronrod;
      sum[size + k] = half * (estimate + inner);
      worst = Math.max(worst, sum[size + k]);
    }
    return new Piece(lo, hi, sum, worst);
  }

  /**
   * Averages over a randomly shifted lattice until the error of the largest integral is within the
   * tolerance or the evaluations are spent.
   */
  void lattice(double relative, long maxEvaluations, long seed) {
    findShift();
    double volume = 1;
    for (int i : real) {
      volume *= r.hi[i] - r.lo[i];
    }
    for (int i : categorical) {
      volume *= r.hi[i] + 1;
    }
    double[] root = new double[x.length];
    for (int i = 0, prime = 2; i < root.length; prime++) {
      if (isPrime(prime)) {
        root[i++] = Math.sqrt(prime);
      }
    }
    SplittableRandom random = new SplittableRandom(seed);
    double[][] shift = new double[SHIFTS][x.length];
    for (double[] row : shift) {
      Arrays.setAll(row, i -> random.nextDouble());
    }
    double[][] sum = new double[SHIFTS][size];
    double[] values = new double[size];
    long done = 0;
    for (long target = 32; ; target *= 2) {
      for (; done < target; done++) {
        for (int s = 0; s < SHIFTS; s++) {
          place(done, root, shift[s]);
          density(values);
          for (int k = 0; k < size; k++) {
            sum[s][k] += values[k];
          }
        }
      }
      for (int k = 0; k < size; k++) {
        double mean = 0;
        for (double[] row : sum) {
          mean += row[k] / done / SHIFTS;
        }
        double variance = 0;
        for (double[] row : sum) {
          double d = row[k] / done - mean;
          variance += d * d / (SHIFTS - 1) / SHIFTS;
        }
        integral[k] = volume * mean;
        error[k] = volume * 3 * Math.sqrt(variance);
      }
      if (largest(error) <= relative * largest(integral)
          || evaluations + done * SHIFTS > maxEvaluations) {
        return;
      }
    }
  }

  private void place(long index, double[] root, double[] shift) {
    for (int i = 0; i < x.length; i++) {
      double t = index * root[i] + shift[i];
      t -= Math.floor(t);
      x[i] =
          r.discrete[i]
              ? Math.min(r.hi[i], Math.floor(t * (r.hi[i] + 1)))
              : r.lo[i] + (1 - Math.abs(2 * t - 1)) * (r.hi[i] - r.lo[i]);
    }
  }

  private static boolean isPrime(int n) {
    for (int d = 2; d * d <= n; d++) {
      if (n % d == 0) {
        return false;
      }
    }
    return true;
  }
}
