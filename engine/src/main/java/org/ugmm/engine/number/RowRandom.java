package org.ugmm.engine.number;

/**
 * The random numbers of one row: a function of the seed and the row alone, so that samples do not
 * depend on threads, on the order of rows or on the JDK.
 */
public final class RowRandom {
  /*
   * SplitMix64 (Steele, Lea, Flood, Fast splittable pseudorandom number generators, OOPSLA 2014),
   * started at a mix of seed and row. All mathematics is StrictMath.
   */
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;
  private static final double SQRT_2PI = 2.5066282746310002;

  private final long seed;
  private long state;

  public RowRandom(long seed, long row) {
    this.seed = seed;
    start(row);
  }

  /** Goes to the first number of a row. */
  public void start(long row) {
    state = mix(mix(seed + GOLDEN) ^ row * 0xD1B54A32D192ED03L);
  }

  /** A start of random numbers for a place in two dimensions: a function of the three alone. */
  public static long mixed(long seed, long row, long column) {
    return mix(mix(mix(seed + GOLDEN) ^ row * 0xD1B54A32D192ED03L) + column * GOLDEN);
  }

  private static long mix(long z) {
    long a = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
    long b = (a ^ a >>> 27) * 0x94D049BB133111EBL;
    return b ^ b >>> 31;
  }

  /** Uniform in the open interval (0, 1). */
  public double uniform() {
    state += GOLDEN;
    return ((mix(state) >>> 12) + 0.5) * 0x1p-52;
  }

  /** Standard Gaussian, by Marsaglia's polar method. */
  public double gaussian() {
    while (true) {
      double x = 2 * uniform() - 1;
      double y = 2 * uniform() - 1;
      double s = x * x + y * y;
      if (s < 1 && s > 0) {
        return x * Math.sqrt(-2 * StrictMath.log(s) / s);
      }
    }
  }

  /**
   * Gaussian cut to {@code [lo, hi]}, by rejection from the Gaussian, the uniform or, in the tails,
   * the exponential distribution (Robert, Simulation of truncated normal variables, 1995): exact
   * however far out the interval lies.
   */
  public double gaussian(double mean, double scale, double lo, double hi) {
    double a = (lo - mean) / scale;
    double b = (hi - mean) / scale;
    double x;
    if (a < 0 && b > 0) {
      x = mean + scale * around(a, b);
    } else if (a >= 0) {
      x = lo + scale * tail(a, (hi - lo) / scale);
    } else {
      x = hi - scale * tail(-b, (hi - lo) / scale);
    }
    return Math.min(hi, Math.max(lo, x));
  }

  private double around(double a, double b) {
    while (true) {
      if (b - a > SQRT_2PI) {
        double z = gaussian();
        if (z >= a && z <= b) {
          return z;
        }
      } else {
        double z = a + (b - a) * uniform();
        if (uniform() <= StrictMath.exp(-0.5 * z * z)) {
          return z;
        }
      }
    }
  }

  /** The distance from the near end of an interval of {@code width} that starts at a >= 0. */
  private double tail(double a, double width) {
    double rate = 0.5 * (a + Math.sqrt(a * a + 4));
    while (true) {
      if (width * rate < 1) {
        double t = width * uniform();
        if (uniform() <= StrictMath.exp(-t * (a + 0.5 * t))) {
          return t;
        }
      } else {
        double t = -StrictMath.log(uniform()) / rate;
        double d = a + t - rate;
        if (t <= width && uniform() <= StrictMath.exp(-0.5 * d * d)) {
          return t;
        }
      }
    }
  }
}
