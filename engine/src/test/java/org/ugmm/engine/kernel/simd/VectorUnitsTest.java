package org.ugmm.engine.kernel.simd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.kernel.UnitKernels;
import org.ugmm.engine.kernel.scalar.ScalarDoubleUnits;
import org.ugmm.engine.kernel.scalar.ScalarFloatUnits;

/** The vectors against their scalar twins on the same blocks. */
final class VectorUnitsTest {
  private static final int[] INPUTS = {1, 2, 3, 17, 130};
  private static final int LANES = VectorDoubleMath.LANES;
  private static final int FLOATS = VectorFloatMath.LANES;

  private static double[] random(SplittableRandom random, int length, double lo, double hi) {
    double[] values = new double[length];
    for (int i = 0; i < length; i++) {
      values[i] = random.nextDouble(lo, hi);
    }
    return values;
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  private static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < doubles.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }

  private static void assertSame(double[] expected, double[] found, double tolerance, String what) {
    double most = 1;
    for (double e : expected) {
      most = Math.max(most, Math.abs(e));
    }
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], found[i], tolerance * most, what + " at " + i);
    }
  }

  private static void both(
      int length, BiConsumer<UnitKernels<double[]>, double[]> run, String what) {
    double[] scalar = new double[length];
    double[] vector = new double[length];
    run.accept(new ScalarDoubleUnits(LANES), scalar);
    run.accept(new VectorDoubleUnits(), vector);
    assertSame(scalar, vector, 1e-12, what);
  }

  private static void bothFloat(
      int length, BiConsumer<UnitKernels<float[]>, float[]> run, String what) {
    float[] scalar = new float[length];
    float[] vector = new float[length];
    run.accept(new ScalarFloatUnits(FLOATS), scalar);
    run.accept(new VectorFloatUnits(), vector);
    assertSame(doubles(scalar), doubles(vector), 2e-5, what);
  }

  @Test
  void coefficients_onVectors_areThoseOfScalars() {
    for (int n : INPUTS) {
      SplittableRandom random = new SplittableRandom(n);
      double[] p = random(random, 3 * n * FLOATS, -2, 2);
      double[] mask = new double[n * FLOATS];
      mask[0] = n > 1 ? -1e30 : 0;
      double[] spread = random(random, n, -3, 3);
      for (int part = 0; part < 3; part++) {
        int which = part;
        both(
            3 * n * LANES,
            (k, out) -> {
              double[][] outs = {new double[3 * n * LANES], new double[n * LANES], out};
              double[] other = outs[which];
              outs[which] = out;
              outs[2] = which == 2 ? out : other;
              k.coefficients(p, 0, mask, 0, spread, n, outs[0], outs[1], outs[2], 0);
              clamp(out);
            },
            "part " + which + " of " + n);
        bothFloat(
            3 * n * FLOATS,
            (k, out) -> {
              float[][] outs = {
                new float[3 * n * FLOATS], new float[n * FLOATS], new float[FLOATS]
              };
              outs[which] = out;
              k.coefficients(
                  floats(p), 0, floats(mask), 0, floats(spread), n, outs[0], outs[1], outs[2], 0);
              for (int i = 0; i < out.length; i++) {
                out[i] = Math.min(out[i], 1e3f);
              }
            },
            "float part " + which + " of " + n);
      }
    }
  }

  private static void clamp(double[] values) {
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.min(values[i], 1e3);
    }
  }

  @Test
  void sumsAndGradients_onVectors_areThoseOfScalars() {
    int tile = 2 * FLOATS;
    for (int n : INPUTS) {
      SplittableRandom random = new SplittableRandom(n);
      double[] v = random(random, (n + 40) * tile, -2, 2);
      double[] coef = random(random, 9 * n * FLOATS, 0.2, 2);
      double[] rows = random(random, 2 * tile * FLOATS, 0, 3);
      double[] weight = random(random, n * FLOATS, 0, 1);
      boolean isTied = n % 2 == 0;
      both(
          3 * n * LANES,
          (k, out) -> {
            k.addSums(v, tile, 0, n, tile - 1, coef, 0, rows, 0, out);
            k.gradients(out, coef, 0, weight, 0, n, isTied, new double[LANES], 0);
          },
          "sums of " + n);
      bothFloat(
          3 * n * FLOATS,
          (k, out) -> {
            k.addSums(floats(v), tile, 0, n, tile - 1, floats(coef), 0, floats(rows), 0, out);
            k.gradients(out, floats(coef), 0, floats(weight), 0, n, isTied, new float[FLOATS], 0);
          },
          "float sums of " + n);
      for (int m : new int[] {1, LANES - 1, LANES, LANES + 1}) {
        both(
            (2 * n + 40) * tile,
            (k, out) -> {
              System.arraycopy(v, 0, out, 0, v.length);
              for (int i = n * tile; i < v.length; i++) {
                out[i] = Math.abs(out[i]);
              }
              k.inputGradients(out, tile, 0, n, coef, m, n, n + 20, n + 40);
            },
            "inputs of " + n);
      }
    }
  }

  @Test
  void adam_onVectors_isThatOfScalars() {
    int n = 3;
    SplittableRandom random = new SplittableRandom(1);
    double[] g = random(random, 3 * n * FLOATS, -2, 2);
    both(
        3 * n * LANES,
        (k, out) -> {
          double[] first = new double[out.length];
          double[] second = new double[out.length];
          k.adam(out, g, first, second, 0, n, 0.5, 0.1, 10, -0.2, 0.3);
          k.adam(out, g, first, second, 0, n, 0.5, 0.2, 9, -0.2, 0.3);
        },
        "adam");
    bothFloat(
        3 * n * FLOATS,
        (k, out) -> {
          float[] first = new float[out.length];
          float[] second = new float[out.length];
          k.adam(out, floats(g), first, second, 0, n, 0.5, 0.1, 10, -0.2, 0.3);
        },
        "float adam");
  }
}
