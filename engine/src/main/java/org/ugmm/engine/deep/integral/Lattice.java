package org.ugmm.engine.deep.integral;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.ugmm.engine.deep.ConditionedNetwork;
import org.ugmm.engine.deep.NetworkValues;

/**
 * Integrals of a {@link NetworkDensity} over the box of its network as averages over a Richtmyer
 * lattice with independent random shifts (Cranley and Patterson 1976), whose spread gives the
 * error: for more reals than a {@link Cubature} can cover. Not thread-safe.
 */
final class Lattice {
  private static final int SHIFTS = 16;

  private final ConditionedNetwork r;
  private final NetworkDensity density;
  private final boolean hasStates;
  private final double[][] at;
  private final double[][] values;
  private final double[] states;

  /** [size] integrals over exp(logShift), linear. */
  final double[] integral;

  /** [size] three standard errors of each. */
  final double[] error;

  Lattice(ConditionedNetwork r, NetworkDensity density) {
    this.r = r;
    this.density = density;
    hasStates = r.numReal() < r.numFree();
    at = density.points(NetworkValues.POINTS);
    values = new double[density.size][NetworkValues.POINTS];
    states = new double[r.numFree()];
    integral = new double[density.size];
    error = new double[density.size];
  }

  /**
   * Doubles the lattice until the error of the largest integral is within the tolerance or the
   * evaluations are spent.
   */
  void run(double relative, long maxEvaluations, long seed) {
    double volume = 1;
    double[] root = new double[r.numFree()];
    for (int i = 0, prime = 2; i < root.length; prime++) {
      if (isPrime(prime)) {
        volume *= r.discrete[i] ? r.hi[i] + 1 : r.hi[i] - r.lo[i];
        root[i++] = Math.sqrt(prime);
      }
    }
    SplittableRandom random = new SplittableRandom(seed);
    double[][] shift = new double[SHIFTS][root.length];
    for (double[] row : shift) {
      Arrays.setAll(row, i -> random.nextDouble());
    }
    double[][] sum = new double[SHIFTS][integral.length];
    long done = 0;
    for (long target = 32; ; target *= 2) {
      for (int s = 0; s < SHIFTS; s++) {
        add(sum[s], done, target, root, shift[s]);
      }
      done = target;
      average(sum, volume, done);
      if (Cubature.largest(error) <= relative * Cubature.largest(integral)
          || density.evaluations + done * SHIFTS > maxEvaluations) {
        return;
      }
    }
  }

  private void average(double[][] sum, double volume, long done) {
    for (int k = 0; k < integral.length; k++) {
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
  }

  /** Adds the values at the points [from, to) of a shifted lattice. */
  private void add(double[] sum, long from, long to, double[] root, double[] shift) {
    int batch = hasStates ? 1 : NetworkValues.POINTS;
    for (long first = from; first < to; first += batch) {
      int count = (int) Math.min(batch, to - first);
      for (int k = 0; k < count; k++) {
        place(first + k, k, root, shift);
      }
      if (hasStates) {
        density.setStates(states);
      }
      density.evaluate(at, count, values);
      for (int o = 0; o < sum.length; o++) {
        for (int k = 0; k < count; k++) {
          sum[o] += values[o][k];
        }
      }
    }
  }

  private void place(long index, int k, double[] root, double[] shift) {
    for (int i = 0; i < root.length; i++) {
      double t = index * root[i] + shift[i];
      t -= Math.floor(t);
      if (r.discrete[i]) {
        states[i] = Math.min(r.hi[i], Math.floor(t * (r.hi[i] + 1)));
      } else {
        at[i][k] = r.lo[i] + (1 - Math.abs(2 * t - 1)) * (r.hi[i] - r.lo[i]);
      }
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
