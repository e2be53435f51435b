package org.ugmm.engine.batch.plan;

import java.util.Arrays;
import java.util.List;
import org.ugmm.engine.kernel.Kernels;
import org.ugmm.engine.number.Rounding;

/** Row vectors in double precision. */
public final class DoubleLanes extends Lanes<double[]> {
  public static final DoubleLanes INSTANCE = new DoubleLanes();

  /** What underflow can take from one rounded operation. */
  private static final double TINY = Double.MIN_NORMAL;

  /** A loss above this share of the mantissa sends the row to the log domain. */
  private static final double MAX_LOSS = 0x1p-60;

  private static final long INFINITY = Double.doubleToRawLongBits(Double.POSITIVE_INFINITY);

  private DoubleLanes() {}

  @Override
  public Kernels<double[]> kernels() {
    return Kernels.DOUBLE;
  }

  @Override
  public double[] zeros(int length) {
    return new double[length];
  }

  @Override
  public double[] array(double[] values) {
    return values;
  }

  @Override
  public double[] concat(List<double[]> parts) {
    double[] result = new double[parts.stream().mapToInt(part -> part.length).sum()];
    int from = 0;
    for (double[] part : parts) {
      System.arraycopy(part, 0, result, from, part.length);
      from += part.length;
    }
    return result;
  }

  @Override
  public double unitRoundoff() {
    return 0x1p-53;
  }

  @Override
  public double maxLoss() {
    return MAX_LOSS;
  }

  @Override
  public double mantissaUnit() {
    return 1;
  }

  @Override
  public double minNormal() {
    return TINY;
  }

  @Override
  public double maxWeight() {
    return 0x1p200;
  }

  @Override
  public double maxRatio() {
    return 1e150;
  }

  @Override
  public double linearRange() {
    return 450;
  }

  @Override
  public double get(double[] v, int index) {
    return v[index];
  }

  @Override
  public void set(double[] v, int index, double value) {
    v[index] = value;
  }

  @Override
  public void load(
      double[] v,
      int t,
      double[] batch,
      int from,
      int count,
      boolean[] anyMissing,
      boolean[] wasMissing) {
    int n = anyMissing.length;
    for (int x = 0; x < n; x++) {
      long most = 0; // the bits of NaN are above those of infinity, and a maximum does not branch
      int at = from * n + x;
      for (int r = 0; r < count; r++) {
        double value = batch[at];
        v[x * t + r] = value;
        most = Math.max(most, Double.doubleToRawLongBits(value) & Long.MAX_VALUE);
        at += n;
      }
      for (int r = count; r < t; r++) {
        v[x * t + r] = v[x * t + count - 1];
      }
      wasMissing[x] = anyMissing[x];
      anyMissing[x] = most > INFINITY;
    }
    // later, since vectors cannot be read while the numbers of theirs are still being stored
    for (int x = 0; x < n; x++) {
      if (anyMissing[x] || wasMissing[x]) {
        kernels().gaussian().mask(v, t, x, n + x);
      }
    }
  }

  @Override
  public void fill(double[] v, int t, int slot, double value) {
    Arrays.fill(v, slot * t, (slot + 1) * t, value);
  }

  @Override
  public void add(double[] v, int t, int in, int out) {
    for (int r = 0; r < t; r++) {
      v[out * t + r] += v[in * t + r];
    }
  }

  @Override
  public void multiply(double[] v, int t, int a, int b, int out) {
    for (int r = 0; r < t; r++) {
      v[out * t + r] = v[a * t + r] * v[b * t + r];
    }
  }

  @Override
  public void addScaled(double[] v, int t, int factor, int in, int out) {
    for (int r = 0; r < t; r++) {
      v[out * t + r] += v[factor * t + r] * v[in * t + r];
    }
  }

  @Override
  public void replaceMissing(double[] v, int t, int mask, double missing, int out) {
    for (int r = 0; r < t; r++) {
      v[out * t + r] = v[mask * t + r] == 0 ? missing : v[out * t + r];
    }
  }

  @Override
  public void addTable(double[] v, int t, int variable, int numVariables, double[] table, int out) {
    for (int r = 0; r < t; r++) {
      v[out * t + r] += entry(v, t, variable, numVariables, table, r);
    }
  }

  @Override
  public void addConstant(double[] v, int t, double value, int out) {
    for (int r = 0; r < t; r++) {
      v[out * t + r] += value;
    }
  }

  @Override
  public double entry(double[] v, int t, int variable, int numVariables, double[] table, int row) {
    int last = table.length - 1;
    boolean observed = v[(variable + numVariables) * t + row] != 0;
    // a base measure has one state whatever the value
    int state = last == 1 ? 0 : (int) v[variable * t + row];
    return table[observed ? state : last];
  }

  @Override
  public void enter(double[] v, int t, int[] in, int inFrom, int width, int out) {
    kernels().scaling().enter(v, t, in, inFrom, width, out, out + width);
    fill(v, t, out + width + 1, TINY);
  }

  @Override
  public void leave(double[] v, int t, int in, int exponent, int out) {
    for (int r = 0; r < t; r++) {
      double mantissa = v[in * t + r];
      double log = Math.log(mantissa) * Rounding.LOG2E;
      if (exponent < 0) {
        v[out * t + r] = log;
      } else {
        boolean safe = v[(exponent + 1) * t + r] <= mantissa * MAX_LOSS;
        v[out * t + r] = safe ? (log + v[exponent * t + r]) : Double.NaN;
      }
    }
  }

  @Override
  public void maxExponents(double[] v, int t, int a, int b, int out) {
    for (int r = 0; r < t; r++) {
      double sum = v[a * t + r] + (b < 0 ? 0 : v[b * t + r]);
      v[out * t + r] = Math.max(v[out * t + r], sum);
    }
  }

  @Override
  public void factors(double[] v, int t, int a, int b, int max, int out) {
    for (int r = 0; r < t; r++) {
      double exponent = v[a * t + r] + (b < 0 ? 0 : v[b * t + r]) - v[max * t + r];
      v[out * t + r] = Double.longBitsToDouble((long) Math.max(exponent + 1023, 0) << 52);
    }
  }

  @Override
  public void addScaledLoss(double[] v, int t, int factor, int loss, int out) {
    for (int r = 0; r < t; r++) {
      v[out * t + r] += v[factor * t + r] * v[loss * t + r] + TINY;
    }
  }

  @Override
  public void normalise(double[] v, int t, int from, int width) {
    kernels().scaling().renormalise(v, t, from, width, from + width, from + width + 1);
  }
}
