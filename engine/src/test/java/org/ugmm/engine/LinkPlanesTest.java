package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * No plane ever excludes a value found by a probe. {@code -Dorg.ugmm.fuzz=100} makes it that many
 * times longer.
 */
class LinkPlanesTest {
  private static final int FACTOR = Integer.getInteger("org.ugmm.fuzz", 1);

  @Test
  void evaluate_randomNetworksAndBoxes_boundsEveryProbe() {
    int tighter = 0;
    int excluded = 0;
    for (long seed = 0; seed < 1000; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      Circuit c = LinkBoundsTest.network(seed, random);
      Evidence e = new Evidence(c);
      for (int v = 0; v < c.numVariables(); v++) {
        if (random.nextInt(4) == 0) {
          e.observe(v, LinkBoundsTest.inside(c, v, random));
        }
      }
      LinkResidual r = LinkResidual.of(e);
      LinkBounds whole = new LinkBounds(r);
      whole.evaluate(r.lo, r.hi);
      double best = new LinkPoint(r).evaluate(middle(r));
      LinkResidual small = r.pruned(whole, best, Math.log(1e-6));
      LinkBounds smallWhole = new LinkBounds(small);
      smallWhole.evaluate(r.lo, r.hi);
      LinkPlanes planes = new LinkPlanes(small, smallWhole);
      double[] lo = r.lo.clone();
      double[] hi = r.hi.clone();
      @Nullable LeafRange[] range = planes.whole.clone();
      LinkPlanes.Units around = null;
      int depth = 1 + random.nextInt(25);
      for (int step = 0; step < depth; step++) {
        double bound = planes.evaluate(lo, hi, range, around);
        if (step < 3 || step == depth - 1) {
          probe(seed, random, e, r, lo, hi, bound, planes.candidate);
        }
        LinkBounds natural = new LinkBounds(r);
        natural.evaluate(lo, hi);
        tighter += bound < natural.hi[r.outputs[0]] - 1e-6 ? 1 : 0;
        planes.markLog = bound - Math.abs(bound - best) * random.nextDouble();
        excluded += probeExcluded(seed, random, e, r, planes, lo, hi, range, around);
        planes.markLog = Double.NEGATIVE_INFINITY;
        around = planes.units();
        halve(random, lo, hi, range);
      }
    }
    assertTrue(tighter > 1000, "tighter than intervals " + tighter + " times");
    assertTrue(excluded > 1000, "parts excluded: " + excluded);
  }

  /** Probes those parts of the box that are said to be below the mark; returns their number. */
  private static int probeExcluded(
      long seed,
      SplittableRandom random,
      Evidence e,
      LinkResidual r,
      LinkPlanes planes,
      double[] lo,
      double[] hi,
      @Nullable LeafRange[] range,
      LinkPlanes.@Nullable Units around) {
    planes.evaluate(lo, hi, range, around);
    int count = 0;
    for (int i = 0; i < lo.length; i++) {
      LeafRange leaf = range[i];
      for (int p = 0; p < LeafRange.PARTS; p++) {
        if (leaf != null && (planes.excluded[i] >> p & 1) != 0) {
          double[] from = lo.clone();
          double[] to = hi.clone();
          from[i] = leaf.at[p];
          to[i] = leaf.at[p + 1];
          probe(seed, random, e, r, from, to, planes.markLog, planes.candidate);
          count++;
        }
      }
    }
    return count;
  }

  private static double[] middle(LinkResidual r) {
    double[] x = new double[r.numFree()];
    Arrays.setAll(
        x, i -> r.discrete[i] ? 0 : Math.min(r.hi[i], r.lo[i] + 0.5 * (r.hi[i] - r.lo[i])));
    return x;
  }

  private static void halve(
      SplittableRandom random, double[] lo, double[] hi, @Nullable LeafRange[] range) {
    if (lo.length == 0) {
      return;
    }
    int i = random.nextInt(lo.length);
    LeafRange leaf = range[i];
    if (leaf == null) {
      lo[i] = lo[i] + random.nextInt((int) (hi[i] - lo[i]) + 1);
      hi[i] = lo[i];
    } else if (leaf.middle() > leaf.lo && leaf.middle() < leaf.hi) {
      if (leaf.numLeaves() > 0) {
        leaf.cutBeside(random.nextInt(leaf.numLeaves()));
      }
      range[i] = random.nextBoolean() ? leaf.below() : leaf.above();
      lo[i] = range[i].lo;
      hi[i] = range[i].hi;
    }
  }

  private static void probe(
      long seed,
      SplittableRandom random,
      Evidence e,
      LinkResidual r,
      double[] lo,
      double[] hi,
      double bound,
      double[] candidate) {
    LogEvaluator evaluator = new LogEvaluator(e.circuit);
    Evidence complete = e.copy();
    double[] x = new double[lo.length];
    for (int k = 0; k < 10 * FACTOR; k++) {
      for (int i = 0; i < x.length; i++) {
        int corner = random.nextInt(6);
        boolean isHighest = k == 0 && candidate[i] >= lo[i] && candidate[i] <= hi[i];
        x[i] =
            isHighest
                ? candidate[i]
                : corner == 0
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
      assertTrue(
          value - error <= bound,
          () -> "seed " + seed + ": " + value + " > " + bound + " at " + Arrays.toString(x));
    }
  }
}
