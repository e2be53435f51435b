package org.ugmm.engine.batch.plan;

import java.util.Arrays;
import java.util.List;
import org.ugmm.engine.kernel.Kernels;
import org.ugmm.engine.number.Rounding;

// float: import org.ugmm.engine.kernel.ScalingKernels;

// The float twin of this class is derived from it at build.
/** Row vectors in double precision. */
public final class DoubleLanes extends Lanes<double[]> {
  public static final DoubleLanes INSTANCE = new DoubleLanes();

  /** What underflow can take from one rounded operation. */
  private static final double TINY = Double.MIN_NORMAL;

  /** A loss above this share of the mantissa sends the row to the log domain. */
  private static final double MAX_LOSS = rounded(Limits.DOUBLE.maxLoss());

  private static final int FRACTION_BITS = 52; // double only

  // float: private static final int FRACTION_BITS = 23;

  private DoubleLanes() {
    super(Limits.DOUBLE);
  }

  private static double rounded(/*double*/ double value) {
    return value; // double only
    // float: return (float) value;
  }

  @Override
  public Kernels<double[]> kernels() {
    return Kernels.DOUBLE;
  }

  @Override
  public double[] zeros(int length) {
    return new double[length];
  }

  @Override
  public double[] array(/*double*/ double[] values) {
    // double only {
    return values;
    // }
    // float: float[] result = new float[values.length];
    // float: for (int i = 0; i < values.length; i++) {
    // float:   result[i] = rounded(values[i]);
    // float: }
    // float: return result;
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
  public /*double*/ double get(double[] v, int index) {
    return v[index];
  }

  @Override
  public void set(double[] v, int index, /*double*/ double value) {
    v[index] = rounded(value);
  }

  @Override
  public void load(
      double[] v,
      int t,
      /*double*/ double[] batch,
      int from,
      int count,
      boolean[] anyMissing,
      boolean[] wasMissing) {
    int n = anyMissing.length;
    for (int x = 0; x < n; x++) {
      /*double*/ long most =
          0; // the bits of NaN are above those of infinity, and a maximum does not branch
      int at = from * n + x;
      for (int r = 0; r < count; r++) {
        /*double*/ double value = batch[at];
        v[x * t + r] = rounded(value);
        most = Math.max(most, magnitudeBits(value));
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
  public void fill(double[] v, int t, int slot, /*double*/ double value) {
    Arrays.fill(v, slot * t, (slot + 1) * t, rounded(value));
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
  public void replaceMissing(double[] v, int t, int mask, /*double*/ double missing, int out) {
    for (int r = 0; r < t; r++) {
      v[out * t + r] = v[mask * t + r] == 0 ? rounded(missing) : v[out * t + r];
    }
  }

  @Override
  public void addTable(
      double[] v, int t, int variable, int numVariables, /*double*/ double[] table, int out) {
    for (int r = 0; r < t; r++) {
      v[out * t + r] += rounded(entry(v, t, variable, numVariables, table, r));
    }
  }

  @Override
  public void addConstant(double[] v, int t, /*double*/ double value, int out) {
    for (int r = 0; r < t; r++) {
      v[out * t + r] += rounded(value);
    }
  }

  @Override
  public /*double*/ double entry(
      double[] v, int t, int variable, int numVariables, /*double*/ double[] table, int row) {
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
      /*double*/ double log = Math.log(mantissa) * Rounding.LOG2E;
      if (exponent < 0) {
        v[out * t + r] = rounded(log);
      } else {
        boolean safe = v[(exponent + 1) * t + r] <= mantissa * MAX_LOSS;
        v[out * t + r] = safe ? rounded(log + v[exponent * t + r]) : Double.NaN;
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
      v[out * t + r] =
          Double.longBitsToDouble(
              (long) Math.max(exponent + Double.MAX_EXPONENT, 0) << FRACTION_BITS);
    }
  }

  @Override
  public void addScaledLoss(double[] v, int t, int factor, int loss, int out) {
    for (int r = 0; r < t; r++) {
      double by = v[factor * t + r];
      // float: // a group whose factor underflowed is missing whole: its loss says how large it can
      // be
      // float: by = by == 0 ? 1 << ScalingKernels.FLOAT_UNIT : by;
      v[out * t + r] += by * v[loss * t + r] + TINY;
    }
  }

  @Override
  public void normalise(double[] v, int t, int from, int width) {
    kernels().scaling().renormalise(v, t, from, width, from + width, from + width + 1);
  }
}
