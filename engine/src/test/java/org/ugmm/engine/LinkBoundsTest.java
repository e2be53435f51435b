package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * No bound ever excludes a value found by a probe. {@code -Dorg.ugmm.fuzz=100} makes it that many
 * times longer.
 */
class LinkBoundsTest {
  private static final int FACTOR = Integer.getInteger("org.ugmm.fuzz", 1);

  @Test
  void evaluate_randomNetworksAndBoxes_encloseEveryProbe() {
    for (long seed = 0; seed < 1000; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      Circuit c = network(seed, random);
      Evidence e = new Evidence(c);
      for (int v = 0; v < c.numVariables(); v++) {
        if (random.nextInt(4) == 0) {
          e.observe(v, inside(c, v, random));
        }
      }
      LinkResidual r = LinkResidual.of(e);
      LinkBounds whole = new LinkBounds(r);
      whole.evaluate(r.lo, r.hi);
      LinkBounds small = new LinkBounds(r);
      LinkBounds centreBounds = new LinkBounds(r);
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
      small.evaluate(lo, hi);
      centreBounds.evaluate(centre, centre);
      int output = r.outputs[0];
      small.clearSeeds();
      small.seed(output, 1);
      small.slopes(centreBounds);
      probe(seed, random, e, r, r.lo, r.hi, whole, null, centreBounds, centre);
      probe(seed, random, e, r, lo, hi, small, small, centreBounds, centre);
    }
  }

  static Circuit network(long seed, SplittableRandom random) {
    int[] widths = new int[2 + random.nextInt(3)];
    for (int l = 0; l < widths.length; l++) {
      widths[l] = l + 1 == widths.length ? 1 : 1 + random.nextInt(5);
    }
    int numReals = 1 + random.nextInt(4);
    double spread = new double[] {0.5, 1.5, 4, 40}[random.nextInt(4)];
    return PaperNetwork.random(numReals, random.nextInt(2) * 3, widths, spread, seed);
  }

  static double inside(Circuit c, int v, SplittableRandom random) {
    return c.variables.get(v) instanceof Variable.Real real
        ? real.lo() + random.nextDouble() * (real.hi() - real.lo())
        : random.nextInt(((Variable.Categorical) c.variables.get(v)).numStates());
  }

  private static void probe(
      long seed,
      SplittableRandom random,
      Evidence e,
      LinkResidual r,
      double[] lo,
      double[] hi,
      LinkBounds bounds,
      LinkBounds slopes,
      LinkBounds centreBounds,
      double[] centre) {
    LogEvaluator evaluator = new LogEvaluator(e.circuit);
    Evidence complete = e.copy();
    int output = r.outputs[0];
    double[] x = new double[lo.length];
    for (int k = 0; k < 20 * FACTOR; k++) {
      for (int i = 0; i < x.length; i++) {
        int corner = random.nextInt(6);
        x[i] =
            corner == 0
                ? lo[i]
                : corner == 1
                    ? hi[i]
                    : r.discrete[i]
                        ? lo[i] + random.nextInt((int) (hi[i] - lo[i]) + 1)
                        : Math.min(hi[i], lo[i] + random.nextDouble() * (hi[i] - lo[i]));
        complete.observe(r.freeVariable[i], x[i]);
      }
      double value = evaluator.upward(complete);
      double relative = evaluator.relativeErrorBound();
      if (!(relative < 1e-3)) {
        continue; // the evaluator itself proves nothing here
      }
      double error = 2 * relative + Math.ulp(value);
      String where = "seed " + seed + " probe " + k + ": " + value;
      assertTrue(value + error >= bounds.lo[output], () -> where + " < " + bounds.lo[output]);
      assertTrue(value - error <= bounds.hi[output], () -> where + " > " + bounds.hi[output]);
      if (slopes != null) {
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
        assertTrue(!(value - error > formHigh), () -> where + " > slope form " + formHigh);
        assertTrue(!(value + error < formLow), () -> where + " < slope form " + formLow);
      }
    }
  }
}
