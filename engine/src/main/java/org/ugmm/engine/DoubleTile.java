package org.ugmm.engine;

import java.util.Arrays;
import org.ugmm.engine.Plan.Enter;
import org.ugmm.engine.Plan.Group;
import org.ugmm.engine.Plan.Leave;
import org.ugmm.engine.Plan.LogProduct;
import org.ugmm.engine.Plan.Mixtures;
import org.ugmm.engine.Plan.Multiply;
import org.ugmm.engine.Plan.Sums;

/** A tile in double precision. */
final class DoubleTile extends Tile {
  /** A row whose loss bound is above this share of its mantissa is evaluated in the log domain. */
  private static final double MAX_LOSS = 0x1p-60;

  private static final double TINY = Double.MIN_NORMAL;

  private final int t;

  /** [numSlots * rows] row vector s at [s * rows, (s + 1) * rows). */
  private final double[] v;

  /** Whether any cell of the tile is missing, by variable. */
  private final boolean[] anyMissing;

  DoubleTile(Plan plan, int rows) {
    super(plan, rows);
    t = rows;
    v = new double[plan.numSlots() * rows];
    anyMissing = new boolean[plan.circuit().numVariables()];
  }

  @Override
  void load(double[] batch, int from, int count) {
    int numVariables = anyMissing.length;
    Arrays.fill(anyMissing, false);
    for (int r = 0; r < t; r++) {
      int row = from + Math.min(r, count - 1);
      for (int x = 0; x < numVariables; x++) {
        double value = batch[row * numVariables + x];
        boolean missing = Double.isNaN(value);
        v[x * t + r] = missing ? 0 : value;
        v[(numVariables + x) * t + r] = missing ? 0 : 1;
        anyMissing[x] |= missing;
      }
    }
  }

  @Override
  double root(int index, int row) {
    return v[plan.root()[index] * t + row];
  }

  @Override
  void mixtures(Mixtures step) {
    int n = step.z().length;
    for (int j = 0; j < step.shift().length; j++) {
      int out = (step.out() + j) * t;
      for (int r = 0; r < t; r++) {
        double sum = 0;
        for (int k = 0; k < n; k++) {
          double d = (v[step.z()[k] * t + r] - step.mean()[j * n + k]) * step.slope()[j * n + k];
          sum += Math.exp((step.c()[j * n + k] - d * d) / PlanBuilder.LOG2E);
        }
        v[out + r] =
            sum > 0x1p-900
                ? Math.log(sum) * PlanBuilder.LOG2E + step.shift()[j]
                : farMixture(step, j, r);
      }
      if (step.observed() >= 0) {
        for (int r = 0; r < t; r++) {
          v[out + r] = v[step.observed() * t + r] != 0 ? v[out + r] : step.missing()[j];
        }
      }
    }
  }

  /**
   * A unit in a row that is far from all its means, or NaN: the sum relative to its largest term.
   */
  private double farMixture(Mixtures step, int j, int r) {
    int n = step.z().length;
    double max = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < n; k++) {
      double d = (v[step.z()[k] * t + r] - step.mean()[j * n + k]) * step.slope()[j * n + k];
      max = Math.max(max, step.c()[j * n + k] - d * d);
    }
    if (max == Double.NEGATIVE_INFINITY) {
      return max;
    }
    double sum = 0;
    for (int k = 0; k < n; k++) {
      double d = (v[step.z()[k] * t + r] - step.mean()[j * n + k]) * step.slope()[j * n + k];
      sum += Math.exp((step.c()[j * n + k] - d * d - max) / PlanBuilder.LOG2E);
    }
    return Math.log(sum) * PlanBuilder.LOG2E + max + step.shift()[j];
  }

  @Override
  void logProduct(LogProduct step) {
    int out = step.out() * t;
    Arrays.fill(v, out, out + t, step.constant());
    for (int i = 0; i < step.z().length; i++) {
      int z = step.z()[i] * t;
      int observed = step.observed()[i] * t;
      boolean masked = observed >= 0 && anyMissing[step.z()[i]];
      double mean = step.mean()[i];
      double slope = step.slope()[i];
      double c = step.c()[i];
      for (int r = 0; r < t; r++) {
        double d = (v[z + r] - mean) * slope;
        double log = c - d * d;
        v[out + r] += masked ? log * v[observed + r] : log;
      }
    }
    int numVariables = anyMissing.length;
    for (int i = 0; i < step.table().length; i++) {
      double[] table = step.table()[i];
      int x = step.tableVariable()[i];
      boolean base = plan.circuit().variables.get(x) instanceof Variable.Real;
      for (int r = 0; r < t; r++) {
        int state = base ? 0 : (int) v[x * t + r];
        v[out + r] += table[v[(numVariables + x) * t + r] != 0 ? state : table.length - 1];
      }
    }
    for (int slot : step.addend()) {
      for (int r = 0; r < t; r++) {
        v[out + r] += v[slot * t + r];
      }
    }
  }

  @Override
  void enter(Enter step) {
    int width = step.in().length;
    int out = step.out() * t;
    if (plan.linear()) {
      for (int i = 0; i < width; i++) {
        for (int r = 0; r < t; r++) {
          v[out + i * t + r] = Math.exp(v[step.in()[i] * t + r] / PlanBuilder.LOG2E);
        }
      }
      return;
    }
    int exponents = out + width * t;
    int losses = exponents + t;
    for (int r = 0; r < t; r++) {
      double max = Double.NEGATIVE_INFINITY;
      for (int i = 0; i < width; i++) {
        max = Math.max(max, v[step.in()[i] * t + r]);
      }
      double e = Math.max(ZERO_EXPONENT, Math.floor(max));
      v[exponents + r] = e;
      v[losses + r] = TINY;
      for (int i = 0; i < width; i++) {
        v[out + i * t + r] = Math.exp((v[step.in()[i] * t + r] - e) / PlanBuilder.LOG2E);
      }
    }
  }

  @Override
  void sums(Sums step) {
    int m = step.numUnits();
    int out = step.out() * t;
    if (plan.linear()) {
      Arrays.fill(v, out, out + m * t, 0);
      for (Group group : step.groups()) {
        addGroup(group, m, out);
      }
      return;
    }
    Arrays.fill(v, out, out + (m + 2) * t, 0);
    int exponents = out + m * t;
    int losses = exponents + t;
    if (step.groups().length == 1) {
      Group group = step.groups()[0];
      addGroup(group, m, out);
      for (int r = 0; r < t; r++) {
        v[exponents + r] = exponent(group, r);
        v[losses + r] = loss(group, r);
      }
    } else {
      Arrays.fill(v, exponents, exponents + t, 2 * ZERO_EXPONENT);
      for (Group group : step.groups()) {
        for (int r = 0; r < t; r++) {
          v[exponents + r] = Math.max(v[exponents + r], exponent(group, r));
        }
      }
      int partial = (plan.scratch() + 2) * t;
      for (Group group : step.groups()) {
        Arrays.fill(v, partial, partial + m * t, 0);
        addGroup(group, m, partial);
        for (int r = 0; r < t; r++) {
          double factor = powerOfTwo(exponent(group, r) - v[exponents + r]);
          v[losses + r] += factor * loss(group, r) + TINY;
          for (int j = 0; j < m; j++) {
            v[out + j * t + r] += factor * v[partial + j * t + r];
          }
        }
      }
    }
    normalise(out, m);
  }

  private void addGroup(Group group, int m, int out) {
    for (int i = 0; i < group.a().length; i++) {
      int a = group.a()[i] * t;
      int b = group.b().length == 0 ? -1 : group.b()[i] * t;
      for (int j = 0; j < m; j++) {
        double weight = group.weight()[i * m + j];
        for (int r = 0; r < t; r++) {
          double child = b < 0 ? v[a + r] : v[a + r] * v[b + r];
          v[out + j * t + r] += weight * child;
        }
      }
    }
  }

  private double exponent(Group group, int r) {
    double a = v[group.exponentA() * t + r];
    return group.exponentB() < 0 ? a : a + v[group.exponentB() * t + r];
  }

  /** What may be missing from a sum of a group, in units of its exponent. */
  private double loss(Group group, int r) {
    double a = v[(group.exponentA() + 1) * t + r];
    double b = group.exponentB() < 0 ? 0 : v[(group.exponentB() + 1) * t + r];
    return group.lossFactor() * (a + b + TINY);
  }

  private static double powerOfTwo(double exponent) {
    return exponent < -1022 ? 0 : Double.longBitsToDouble((long) (exponent + 1023) << 52);
  }

  /** Scales the mantissas of a block by a power of two so that the largest is in [1, 2). */
  private void normalise(int out, int m) {
    int exponents = out + m * t;
    int losses = exponents + t;
    for (int r = 0; r < t; r++) {
      double max = 0;
      for (int j = 0; j < m; j++) {
        max = Math.max(max, v[out + j * t + r]);
      }
      if (!(max >= TINY)) {
        v[exponents + r] = ZERO_EXPONENT;
        v[losses + r] = Double.POSITIVE_INFINITY;
        continue;
      }
      int k = Math.getExponent(max);
      double factor = Math.scalb(1.0, -k);
      v[exponents + r] = Math.max(ZERO_EXPONENT, v[exponents + r] + k);
      v[losses + r] *= factor;
      for (int j = 0; j < m; j++) {
        v[out + j * t + r] *= factor;
      }
    }
  }

  @Override
  void multiply(Multiply step) {
    int out = step.out() * t;
    for (int r = 0; r < t; r++) {
      v[out + r] = v[step.a() * t + r] * v[step.b() * t + r];
    }
    if (!plan.linear()) {
      for (int r = 0; r < t; r++) {
        v[out + t + r] = v[step.exponentA() * t + r] + v[step.exponentB() * t + r];
        v[out + 2 * t + r] =
            4 * (v[(step.exponentA() + 1) * t + r] + v[(step.exponentB() + 1) * t + r]) + TINY;
      }
      normalise(out, 1);
    }
  }

  @Override
  void leave(Leave step) {
    int in = step.in() * t;
    int out = step.out() * t;
    int exponents = step.exponent() * t;
    for (int r = 0; r < t; r++) {
      double mantissa = v[in + r];
      if (plan.linear()) {
        v[out + r] = Math.log(mantissa) * PlanBuilder.LOG2E;
      } else {
        boolean lost = !(v[exponents + t + r] <= mantissa * MAX_LOSS);
        v[out + r] = lost ? Double.NaN : Math.log(mantissa) * PlanBuilder.LOG2E + v[exponents + r];
      }
    }
  }
}
