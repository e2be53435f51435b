package org.ugmm.engine.batch.plan;

import java.util.Arrays;
import java.util.List;
import org.ugmm.engine.kernel.Kernels;
import org.ugmm.engine.kernel.ScalingKernels;
import org.ugmm.engine.number.Rounding;

/** Row vectors in single precision. */
public final class FloatLanes extends Lanes<float[]> {
  public static final FloatLanes INSTANCE = new FloatLanes();

  /** What underflow can take from one rounded operation. */
  private static final float TINY = Float.MIN_NORMAL;

  /** A loss above this share of the mantissa sends the row to the log domain. */
  private static final float MAX_LOSS = 0x1p-30f;

  private static final long INFINITY = Double.doubleToRawLongBits(Double.POSITIVE_INFINITY);

  private FloatLanes() {}

  @Override
  public Kernels<float[]> kernels() {
    return Kernels.FLOAT;
  }

  @Override
  public float[] zeros(int length) {
    return new float[length];
  }

  @Override
  public float[] array(double[] values) {
    float[] result = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      result[i] = (float) values[i];
    }
    return result;
  }

  @Override
  public float[] concat(List<float[]> parts) {
    float[] result = new float[parts.stream().mapToInt(part -> part.length).sum()];
    int from = 0;
    for (float[] part : parts) {
      System.arraycopy(part, 0, result, from, part.length);
      from += part.length;
    }
    return result;
  }

  @Override
  public double unitRoundoff() {
    return 0x1p-24;
  }

  @Override
  public double maxLoss() {
    return MAX_LOSS;
  }

  @Override
  public double mantissaUnit() {
    return 1L << ScalingKernels.FLOAT_UNIT;
  }

  @Override
  public double minNormal() {
    return TINY;
  }

  @Override
  public double maxWeight() {
    return 0x1p60;
  }

  @Override
  public double maxRatio() {
    return 1e15;
  }

  @Override
  public double linearRange() {
    return 55;
  }

  @Override
  public double get(float[] v, int index) {
    return v[index];
  }

  @Override
  public void set(float[] v, int index, double value) {
    v[index] = (float) value;
  }

  @Override
  public void load(
      float[] v,
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
        v[x * t + r] = (float) value;
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
  public void fill(float[] v, int t, int slot, double value) {
    Arrays.fill(v, slot * t, (slot + 1) * t, (float) value);
  }

  @Override
  public void add(float[] v, int t, int in, int out) {
    for (int r = 0; r < t; r++) {
      v[out * t + r] += v[in * t + r];
    }
  }

  @Override
  public void multiply(float[] v, int t, int a, int b, int out) {
    for (int r = 0; r < t; r++) {
      v[out * t + r] = v[a * t + r] * v[b * t + r];
    }
  }

  @Override
  public void addScaled(float[] v, int t, int factor, int in, int out) {
    for (int r = 0; r < t; r++) {
      v[out * t + r] += v[factor * t + r] * v[in * t + r];
    }
  }

  @Override
  public void replaceMissing(float[] v, int t, int mask, double missing, int out) {
    for (int r = 0; r < t; r++) {
      v[out * t + r] = v[mask * t + r] == 0 ? (float) missing : v[out * t + r];
    }
  }

  @Override
  public void addTable(float[] v, int t, int variable, int numVariables, double[] table, int out) {
    for (int r = 0; r < t; r++) {
      v[out * t + r] += (float) entry(v, t, variable, numVariables, table, r);
    }
  }

  @Override
  public void addConstant(float[] v, int t, double value, int out) {
    for (int r = 0; r < t; r++) {
      v[out * t + r] += (float) value;
    }
  }

  @Override
  public double entry(float[] v, int t, int variable, int numVariables, double[] table, int row) {
    int last = table.length - 1;
    boolean observed = v[(variable + numVariables) * t + row] != 0;
    // a base measure has one state whatever the value
    int state = last == 1 ? 0 : (int) v[variable * t + row];
    return table[observed ? state : last];
  }

  @Override
  public void enter(float[] v, int t, int[] in, int inFrom, int width, int out) {
    kernels().scaling().enter(v, t, in, inFrom, width, out, out + width);
    fill(v, t, out + width + 1, TINY);
  }

  @Override
  public void leave(float[] v, int t, int in, int exponent, int out) {
    for (int r = 0; r < t; r++) {
      float mantissa = v[in * t + r];
      double log = Math.log(mantissa) * Rounding.LOG2E;
      if (exponent < 0) {
        v[out * t + r] = (float) log;
      } else {
        boolean safe = v[(exponent + 1) * t + r] <= mantissa * MAX_LOSS;
        v[out * t + r] = safe ? (float) (log + v[exponent * t + r]) : Float.NaN;
      }
    }
  }

  @Override
  public void maxExponents(float[] v, int t, int a, int b, int out) {
    for (int r = 0; r < t; r++) {
      float sum = v[a * t + r] + (b < 0 ? 0 : v[b * t + r]);
      v[out * t + r] = Math.max(v[out * t + r], sum);
    }
  }

  @Override
  public void factors(float[] v, int t, int a, int b, int max, int out) {
    for (int r = 0; r < t; r++) {
      float exponent = v[a * t + r] + (b < 0 ? 0 : v[b * t + r]) - v[max * t + r];
      v[out * t + r] = Float.intBitsToFloat((int) Math.max(exponent + 127, 0) << 23);
    }
  }

  @Override
  public void addScaledLoss(float[] v, int t, int factor, int loss, int out) {
    for (int r = 0; r < t; r++) {
      // a group whose factor underflowed is missing whole: its loss says how large that can be
      boolean missing = v[factor * t + r] == 0;
      float by = missing ? 1L << ScalingKernels.FLOAT_UNIT : v[factor * t + r];
      v[out * t + r] += by * v[loss * t + r] + TINY;
    }
  }

  @Override
  public void normalise(float[] v, int t, int from, int width) {
    kernels().scaling().renormalise(v, t, from, width, from + width, from + width + 1);
  }
}
