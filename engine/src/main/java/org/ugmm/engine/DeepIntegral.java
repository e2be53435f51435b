package org.ugmm.engine;

import it.unimi.dsi.fastutil.doubles.DoubleRBTreeSet;
import java.util.Arrays;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
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
  private static final int SHIFTS = 16;
  private static final double NARROW = 0.125;

  private final LinkResidual r;
  private final LinkPoint point;
  private final int[] real;
  private final int[] categorical;
  private final double[] x;
  private final double[][] breaks;
  private final int size;
  private double absolute;

  /** Natural log of what all integrals are divided by. */
  double logShift = Double.NEGATIVE_INFINITY;

  /** [outputs] integrals over exp(logShift), linear. */
  final double[] integral;

  /** [outputs] estimated absolute errors of the integrals. */
  final double[] error;

  /** How often the residual was evaluated. */
  long evaluations;

  DeepIntegral(LinkResidual r) {
    this.r = r;
    point = new LinkPoint(r);
    size = r.outputs.length;
    real = positions(r, false);
    categorical = positions(r, true);
    x = r.lo.clone();
    integral = new double[size];
    error = new double[size];
    breaks = new double[r.numFree()][];
    for (int i : real) {
      breaks[i] = breaks(i);
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

  private double[] breaks(int i) {
    DoubleRBTreeSet set = new DoubleRBTreeSet();
    set.add(r.lo[i]);
    set.add(r.hi[i]);
    double width = r.hi[i] - r.lo[i];
    int parts = real.length == 1 ? 256 : 40;
    for (int part = 1; part < parts; part++) {
      set.add(r.lo[i] + width * part / parts);
    }
    for (int f = 0; f < r.mean.length; f++) {
      if (r.factorKind[f] == LinkResidual.GAUSSIAN
          && r.factorRef[f] == i
          && r.scale[f] < NARROW * width) {
        for (int k = -4; k <= 4; k += 4) {
          double at = r.mean[f] + k * r.scale[f];
          if (at > r.lo[i] && at < r.hi[i]) {
            set.add(at);
          }
        }
      }
    }
    return set.toDoubleArray();
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
    double logBase = -logShift;
    for (int i : real) {
      Prior prior = ((Real) r.circuit.variables.get(r.freeVariable[i])).prior();
      if (prior != null) {
        logBase += GaussianMass.logDensity(x[i], prior.mean(), prior.scale());
      }
    }
    for (int k = 0; k < size; k++) {
      out[k] = Math.exp(point.value[r.outputs[k]] + logBase);
    }
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
    for (int b = 0; b + 1 < breaks[i].length; b++) {
      add(queue, total, rule(dimension, within, breaks[i][b], breaks[i][b + 1]));
    }
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
      add(queue, total, rule(dimension, within, worst.lo, middle));
      add(queue, total, rule(dimension, within, middle, worst.hi));
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

  /** The rule on one interval: integrals, then error estimates. */
  private Piece rule(int dimension, double relative, double lo, double hi) {
    int i = real[dimension];
    double half = 0.5 * (hi - lo);
    double centre = 0.5 * (lo + hi);
    double[][] values = new double[15][2 * size];
    for (int j = 0; j < 8; j++) {
      for (int side = 0; side < (j == 7 ? 1 : 2); side++) {
        x[i] = centre + (side == 0 ? -half : half) * KRONROD_NODE[j];
        nested(dimension + 1, relative, values[2 * j + side]);
      }
    }
    double[] sum = new double[2 * size];
    double worst = 0;
    for (int k = 0; k < size; k++) {
      double kronrod = 0;
      double gauss = 0;
      double inner = 0;
      for (int v = 0; v < 15; v++) {
        kronrod += KRONROD_WEIGHT[v / 2] * values[v][k];
        gauss += GAUSS_WEIGHT[v / 2] * values[v][k];
        inner += KRONROD_WEIGHT[v / 2] * values[v][size + k];
      }
      double spread = 0;
      for (int v = 0; v < 15; v++) {
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
