package org.ugmm.bench;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What this machine can do from Java on one thread: {@code java -jar bench/target/benchmarks.jar
 * RooflineBenchmark}. One operation is a scalar multiply-add, an exponential, or a byte moved.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class RooflineBenchmark {
  /*
   * Latency 4 and two units a cycle need eight independent sums; ten leave slack and fit the sixteen
   * registers of AVX2 with the two operands. The fixed point of x -> x * 0.5 + 1 keeps the sums
   * finite and normal. A block is counted in lanes of 512 bits so that the constant is the same for
   * all widths: wider registers take fewer steps.
   */
  private static final int SUMS = 10;
  private static final int STEPS = 4096;
  private static final int MAX_DOUBLES = 8;
  private static final int MAX_FLOATS = 16;
  private static final int EXPS = 1024;
  private static final int TRIAD = 1 << 22;
  private static final int TRIAD_BYTES = 3 * Double.BYTES * TRIAD;

  private static final VectorSpecies<Double> D = DoubleVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;

  private final double[] a = new double[TRIAD];
  private final double[] b = new double[TRIAD];
  private final double[] c = new double[TRIAD];
  private final double[] x = new double[EXPS];
  private final double[] y = new double[EXPS];
  private final float[] u = new float[EXPS];
  private final float[] w = new float[EXPS];

  /** Fills the arrays, and checks the answers. */
  @Setup
  public void setUp() {
    Arrays.fill(b, 1);
    Arrays.fill(c, 2);
    for (int i = 0; i < EXPS; i++) {
      x[i] = -20.0 * i / EXPS;
      u[i] = (float) x[i];
    }
    Check.close("sum of doubles", 2 * SUMS * D.length(), fmaDouble(), 1e-12);
    Check.close("sum of floats", 2 * SUMS * F.length(), fmaFloat(), 1e-6);
    Check.close("triad", 7, triad()[TRIAD - 1], 0);
    for (int i = 0; i < EXPS; i++) {
      Check.close("exp", Math.exp(x[i]), expDouble()[i], 1e-14);
      Check.close("exp of floats", Math.exp(u[i]), expFloat()[i], 1e-6);
    }
  }

  @Benchmark
  @OperationsPerInvocation(SUMS * STEPS * MAX_DOUBLES)
  public double fmaDouble() {
    DoubleVector half = DoubleVector.broadcast(D, 0.5);
    DoubleVector one = DoubleVector.broadcast(D, 1);
    DoubleVector s0 = one;
    DoubleVector s1 = one;
    DoubleVector s2 = one;
    DoubleVector s3 = one;
    DoubleVector s4 = one;
    DoubleVector s5 = one;
    DoubleVector s6 = one;
    DoubleVector s7 = one;
    DoubleVector s8 = one;
    DoubleVector s9 = one;
    for (int i = 0; i < STEPS * MAX_DOUBLES; i += D.length()) {
      s0 = s0.fma(half, one);
      s1 = s1.fma(half, one);
      s2 = s2.fma(half, one);
      s3 = s3.fma(half, one);
      s4 = s4.fma(half, one);
      s5 = s5.fma(half, one);
      s6 = s6.fma(half, one);
      s7 = s7.fma(half, one);
      s8 = s8.fma(half, one);
      s9 = s9.fma(half, one);
    }
    DoubleVector low = s0.add(s1).add(s2).add(s3).add(s4);
    DoubleVector high = s5.add(s6).add(s7).add(s8).add(s9);
    return low.add(high).reduceLanes(VectorOperators.ADD);
  }

  @Benchmark
  @OperationsPerInvocation(SUMS * STEPS * MAX_FLOATS)
  public float fmaFloat() {
    FloatVector half = FloatVector.broadcast(F, 0.5f);
    FloatVector one = FloatVector.broadcast(F, 1);
    FloatVector s0 = one;
    FloatVector s1 = one;
    FloatVector s2 = one;
    FloatVector s3 = one;
    FloatVector s4 = one;
    FloatVector s5 = one;
    FloatVector s6 = one;
    FloatVector s7 = one;
    FloatVector s8 = one;
    FloatVector s9 = one;
    for (int i = 0; i < STEPS * MAX_FLOATS; i += F.length()) {
      s0 = s0.fma(half, one);
      s1 = s1.fma(half, one);
      s2 = s2.fma(half, one);
      s3 = s3.fma(half, one);
      s4 = s4.fma(half, one);
      s5 = s5.fma(half, one);
      s6 = s6.fma(half, one);
      s7 = s7.fma(half, one);
      s8 = s8.fma(half, one);
      s9 = s9.fma(half, one);
    }
    FloatVector low = s0.add(s1).add(s2).add(s3).add(s4);
    FloatVector high = s5.add(s6).add(s7).add(s8).add(s9);
    return low.add(high).reduceLanes(VectorOperators.ADD);
  }

  /** Exponentials of an array in first-level cache by the vector library of the JDK. */
  @Benchmark
  @OperationsPerInvocation(EXPS)
  public double[] expDouble() {
    for (int i = 0; i < EXPS; i += D.length()) {
      DoubleVector.fromArray(D, x, i).lanewise(VectorOperators.EXP).intoArray(y, i);
    }
    return y;
  }

  /** The same in single precision. */
  @Benchmark
  @OperationsPerInvocation(EXPS)
  public float[] expFloat() {
    for (int i = 0; i < EXPS; i += F.length()) {
      FloatVector.fromArray(F, u, i).lanewise(VectorOperators.EXP).intoArray(w, i);
    }
    return w;
  }

  /** Stream triad over 100 MB: two reads and a write. */
  @Benchmark
  @OperationsPerInvocation(TRIAD_BYTES)
  public double[] triad() {
    for (int i = 0; i < TRIAD; i++) {
      a[i] = b[i] + 3 * c[i];
    }
    return a;
  }
}
