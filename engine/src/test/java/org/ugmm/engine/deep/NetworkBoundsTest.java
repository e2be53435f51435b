package org.ugmm.engine.deep;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.Probes;

/** No bound ever excludes a value found by a probe; {@link Probes} says how to take more. */
class NetworkBoundsTest {
  @Test
  void evaluate_randomNetworksAndBoxes_encloseEveryProbe() {
    for (long seed = 0; seed < Probes.NETWORKS; seed++) {
      Probes probes = new Probes(seed);
      SplittableRandom random = probes.random;
      ConditionedNetwork r = probes.r;
      double[] lo = r.lo.clone();
      double[] hi = r.hi.clone();
      double[] centre = r.lo.clone();
      for (int i = 0; i < lo.length; i++) {
        if (r.discrete[i]) {
          lo[i] = random.nextInt((int) r.hi[i] + 1);
          hi[i] = lo[i];
          centre[i] = lo[i];
        } else {
          double width = (hi[i] - lo[i]) * Math.exp(-10 * random.nextDouble());
          lo[i] = lo[i] + random.nextDouble() * (hi[i] - width - lo[i]);
          hi[i] = Math.min(r.hi[i], lo[i] + width);
          centre[i] = Math.min(hi[i], lo[i] + random.nextDouble() * width);
        }
      }
      NetworkBounds whole = new NetworkBounds(r);
      whole.evaluate(r.lo, r.hi);
      NetworkBounds small = new NetworkBounds(r);
      small.evaluate(lo, hi);
      NetworkBounds centreBounds = new NetworkBounds(r);
      centreBounds.evaluate(centre, centre);
      int output = r.outputs[0];
      small.clearSeeds();
      small.seed(output, 1);
      small.slopes(centreBounds);
      String name = "seed " + seed + ": ";
      probes.run(r.lo, r.hi, 20, centre, (x, value) -> inside(name, value, probes, whole, output));
      probes.run(
          lo,
          hi,
          20,
          centre,
          (x, value) -> {
            inside(name, value, probes, small, output);
            insideSlopes(name, value, probes, small, centreBounds, x, centre);
          });
    }
  }

  private static void inside(
      String name, double value, Probes probes, NetworkBounds bounds, int output) {
    double error = probes.error(value);
    assertTrue(value + error >= bounds.lo[output], () -> name + value + " < " + bounds.lo[output]);
    assertTrue(value - error <= bounds.hi[output], () -> name + value + " > " + bounds.hi[output]);
  }

  private static void insideSlopes(
      String name,
      double value,
      Probes probes,
      NetworkBounds slopes,
      NetworkBounds centreBounds,
      double[] x,
      double[] centre) {
    int output = probes.r.outputs[0];
    double error = probes.error(value);
    double high = centreBounds.hi[output] + 1e-12 * Math.abs(centreBounds.hi[output]);
    double low = centreBounds.lo[output] - 1e-12 * Math.abs(centreBounds.lo[output]);
    for (int i = 0; i < x.length; i++) {
      double d = x[i] - centre[i];
      if (d != 0) {
        double p = slopes.gradientLo[i] * d;
        double q = slopes.gradientHi[i] * d;
        high += Math.max(p, q) + 1e-12 * Math.abs(Math.max(p, q));
        low += Math.min(p, q) - 1e-12 * Math.abs(Math.min(p, q));
      }
    }
    double formHigh = high;
    double formLow = low;
    assertTrue(!(value - error > formHigh), () -> name + value + " > slope form " + formHigh);
    assertTrue(!(value + error < formLow), () -> name + value + " < slope form " + formLow);
  }
}
