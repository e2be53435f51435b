package org.ugmm.engine.data;

import it.unimi.dsi.fastutil.ints.Int2ObjectOpenHashMap;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Variable.Real;

/** A column of a {@link TrainingData}: its cells in as few bytes as keep them. Immutable. */
final class Column {
  private static final int MAX_BYTE_STATES = 254;
  private static final int MAX_SHORT_STATES = 65534;
  private static final int MISSING_BYTE = 255;
  private static final int MISSING_SHORT = 65535;

  /** [numRows] byte[], short[] or int[] of states, float[] of offsets, double[] of values. */
  private final Object cells;

  /** A real is {@code center + unit * offset}. */
  private final double center;

  /** A power of two. */
  private final double unit;

  /** Intervals and likelihoods by row; null where there are none. */
  private final @Nullable Int2ObjectOpenHashMap<double[]> soft;

  private Column(
      Object cells, double center, double unit, @Nullable Int2ObjectOpenHashMap<double[]> soft) {
    this.cells = cells;
    this.center = center;
    this.unit = unit;
    this.soft = soft;
  }

  double get(int row) {
    if (cells instanceof byte[] states) {
      int state = states[row] & 0xff;
      return state == MISSING_BYTE ? Double.NaN : state;
    } else if (cells instanceof float[] offsets) {
      return center + unit * offsets[row];
    } else if (cells instanceof double[] values) {
      return values[row];
    } else if (cells instanceof short[] states) {
      int state = states[row] & 0xffff;
      return state == MISSING_SHORT ? Double.NaN : state;
    }
    int state = ((int[]) cells)[row];
    return state < 0 ? Double.NaN : state;
  }

  /** Cells of some rows, by way of another table where one is given. */
  void read(int @Nullable [] selected, int[] rows, int from, int count, double[] out, int to) {
    if (selected == null && cells instanceof byte[] states) {
      for (int i = 0; i < count; i++) {
        int state = states[rows[from + i]] & 0xff;
        out[to + i] = state == MISSING_BYTE ? Double.NaN : state;
      }
    } else if (selected == null && cells instanceof float[] offsets) {
      for (int i = 0; i < count; i++) {
        out[to + i] = center + unit * offsets[rows[from + i]];
      }
    } else {
      for (int i = 0; i < count; i++) {
        int row = rows[from + i];
        out[to + i] = get(selected == null ? row : selected[row]);
      }
    }
  }

  double @Nullable [] soft(int row) {
    return soft == null ? null : soft.get(row);
  }

  boolean isAnySoft() {
    return soft != null;
  }

  static Builder builder(Variable variable) {
    return new Builder(variable);
  }

  /** Grows a column; reals choose their centre and unit by the first values. */
  static final class Builder {
    /** Number of rows that are kept as doubles before a real column chooses its centre and unit. */
    private static final int HEAD = 1024;

    /** Offsets beyond this have squares beyond the range of a float. */
    private static final double LARGEST_OFFSET = 0x1p60;

    /** A positive value that is less than this of the unit loses digits that its log needs. */
    private static final double LEAST_SHARE = 0x1p-10;

    private final boolean isReal;
    private Object cells;
    private int capacity = 16;
    private boolean isDouble;
    private double center;
    private double unit = 1;

    /** Whether all values so far are above 0; then none may become 0 by losing digits. */
    private boolean isPositive = true;

    private @Nullable Int2ObjectOpenHashMap<double[]> soft;

    Builder(Variable variable) {
      isReal = !(variable instanceof Categorical);
      if (variable instanceof Categorical categorical) {
        int n = categorical.numStates();
        cells =
            n <= MAX_BYTE_STATES
                ? new byte[capacity]
                : n <= MAX_SHORT_STATES ? new short[capacity] : new int[capacity];
      } else {
        cells = new double[capacity];
        isDouble = variable instanceof Real real && real.isCount();
      }
    }

    void keepDoubles() {
      isDouble = true;
    }

    void add(int row, double x) {
      if (row == capacity) {
        if (row >= HEAD && isReal && !isDouble && cells instanceof double[] head) {
          narrow(head, row);
        }
        capacity = Math.multiplyExact(2, capacity);
        resize(capacity);
      }
      set(row, x);
    }

    private void set(int row, double x) {
      if (cells instanceof byte[] states) {
        states[row] = Double.isNaN(x) ? (byte) MISSING_BYTE : (byte) (int) x;
      } else if (cells instanceof double[] values) {
        values[row] = x;
      } else if (cells instanceof float[] offsets) {
        double offset = (x - center) / unit;
        boolean isTiny = isPositive && x >= 0 && x < unit * LEAST_SHARE;
        isPositive &= !(x <= 0);
        if (Math.abs(offset) > LARGEST_OFFSET || isTiny) {
          widen(offsets, row);
          set(row, x);
        } else {
          offsets[row] = (float) offset;
        }
      } else if (cells instanceof short[] states) {
        states[row] = Double.isNaN(x) ? (short) MISSING_SHORT : (short) (int) x;
      } else {
        ((int[]) cells)[row] = Double.isNaN(x) ? -1 : (int) x;
      }
    }

    /** Doubles to floats around the median, in units of about the spread. */
    private void narrow(double[] values, int n) {
      double[] known = Arrays.stream(values, 0, n).filter(x -> !Double.isNaN(x)).sorted().toArray();
      if (known.length > 0) {
        center = known[0] == 0 ? 0 : known[known.length / 2]; // 0 stays 0
        double spread = Math.max(known[known.length - 1] - center, center - known[0]);
        if (spread > 0 && spread < Double.POSITIVE_INFINITY) {
          unit = Math.max(Double.MIN_NORMAL, Math.scalb(1.0, Math.getExponent(spread)));
        }
        isPositive = known[0] > 0;
        if (isPositive && known[0] < unit * LEAST_SHARE) {
          isDouble = true;
          return;
        }
      }
      float[] offsets = new float[n];
      for (int row = 0; row < n; row++) {
        double offset = (values[row] - center) / unit;
        if (Math.abs(offset) > LARGEST_OFFSET) {
          isDouble = true;
          return;
        }
        offsets[row] = (float) offset;
      }
      cells = offsets;
      capacity = n;
    }

    private void widen(float[] offsets, int n) {
      double[] values = new double[capacity];
      for (int row = 0; row < n; row++) {
        values[row] = center + unit * offsets[row];
      }
      cells = values;
      isDouble = true;
    }

    private void resize(int size) {
      if (cells instanceof byte[] a) {
        cells = Arrays.copyOf(a, size);
      } else if (cells instanceof double[] a) {
        cells = Arrays.copyOf(a, size);
      } else if (cells instanceof float[] a) {
        cells = Arrays.copyOf(a, size);
      } else if (cells instanceof short[] a) {
        cells = Arrays.copyOf(a, size);
      } else {
        cells = Arrays.copyOf((int[]) cells, size);
      }
    }

    void soften(int row, double[] known) {
      set(row, Double.NaN);
      if (soft == null) {
        soft = new Int2ObjectOpenHashMap<>();
      }
      soft.put(row, known);
    }

    Column build(int numRows) {
      if (isReal && !isDouble && cells instanceof double[] head) {
        narrow(head, numRows);
      }
      resize(numRows);
      return new Column(cells, center, unit, soft);
    }
  }
}
