package org.ugmm.engine.deep.plane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.Probes;
import org.ugmm.engine.deep.ConditionedNetwork;
import org.ugmm.engine.deep.NetworkBounds;
import org.ugmm.engine.deep.NetworkPoint;

/** No plane ever excludes a value found by a probe; {@link Probes} says how to take more. */
class LinkPlanesTest {
  /** A random walk from the whole box of a network to smaller and smaller ones. */
  private static final class Walk {
    final long seed;
    final Probes probes;
    final SplittableRandom random;
    final LinkPlanes planes;
    final double[] lo;
    final double[] hi;
    final @Nullable LeafRange[] range;
    LinkRanges.@Nullable Known around;

    /** The value of a point. */
    final double best;

    Walk(long seed) {
      this.seed = seed;
      probes = new Probes(seed);
      random = probes.random;
      ConditionedNetwork r = probes.r;
      NetworkBounds whole = new NetworkBounds(r);
      whole.evaluate(r.lo, r.hi);
      best = new NetworkPoint(r).evaluate(middle(r));
      ConditionedNetwork small = r.pruned(whole, best, Math.log(1e-6));
      NetworkBounds smallWhole = new NetworkBounds(small);
      smallWhole.evaluate(r.lo, r.hi);
      planes = new LinkPlanes(small, smallWhole);
      lo = r.lo.clone();
      hi = r.hi.clone();
      range = planes.units.whole.clone();
    }

    double evaluate() {
      return planes.evaluate(lo, hi, range, around);
    }

    /** No point of a part of the box has a greater value than the bound. */
    void probe(double[] from, double[] to, double bound) {
      probes.run(
          from,
          to,
          10,
          planes.candidate,
          (x, value) ->
              assertTrue(
                  value - probes.error(value) <= bound,
                  () ->
                      "seed " + seed + ": " + value + " > " + bound + " at " + Arrays.toString(x)));
    }

    void halve() {
      around = planes.ranges.known();
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

    private static double[] middle(ConditionedNetwork r) {
      double[] x = new double[r.numFree()];
      Arrays.setAll(
          x, i -> r.discrete[i] ? 0 : Math.min(r.hi[i], r.lo[i] + 0.5 * (r.hi[i] - r.lo[i])));
      return x;
    }
  }

  @Test
  void evaluate_randomNetworksAndBoxes_boundsEveryProbe() {
    int tighter = 0;
    for (long seed = 0; seed < Probes.NETWORKS; seed++) {
      Walk walk = new Walk(seed);
      int depth = 1 + walk.random.nextInt(25);
      for (int step = 0; step < depth; step++) {
        double bound = walk.evaluate();
        if (step < 3 || step == depth - 1) {
          walk.probe(walk.lo, walk.hi, bound);
        }
        NetworkBounds natural = new NetworkBounds(walk.probes.r);
        natural.evaluate(walk.lo, walk.hi);
        tighter += bound < natural.hi[walk.probes.r.outputs[0]] - 1e-6 ? 1 : 0;
        walk.halve();
      }
    }
    assertTrue(tighter > Probes.NETWORKS, "tighter than intervals " + tighter + " times");
  }

  @Test
  void evaluate_underARisingMark_excludesNoProbeAboveIt() {
    int excluded = 0;
    int below = 0;
    for (long seed = 0; seed < Probes.NETWORKS; seed++) {
      Walk walk = new Walk(seed);
      LinkPlanes planes = walk.planes;
      double mark = Double.NEGATIVE_INFINITY;
      int depth = 1 + walk.random.nextInt(25);
      for (int step = 0; step < depth; step++) {
        double bound = walk.evaluate();
        assertTrue(bound >= mark, "seed " + seed + ": bound " + bound + ", mark " + mark);
        if (step < 3 || step == depth - 1) {
          walk.probe(walk.lo, walk.hi, bound);
        }
        if (Double.isFinite(bound) && walk.random.nextInt(3) == 0) {
          double room = Math.max(0, bound - Math.max(mark, walk.best));
          mark = Math.max(mark, bound - room * walk.random.nextDouble());
          planes.markLog = mark;
          bound = walk.evaluate();
          walk.probe(walk.lo, walk.hi, Math.max(bound, mark));
          excluded += probeExcluded(walk);
        }
        if (bound <= mark) {
          assertEquals(mark, bound);
          below++;
          break;
        }
        walk.halve();
      }
    }
    assertTrue(excluded > Probes.NETWORKS, "parts excluded: " + excluded);
    assertTrue(below > Probes.NETWORKS / 20, "boxes below the mark: " + below);
  }

  /** Probes those parts of the box that are said to be below the mark; returns their number. */
  private static int probeExcluded(Walk walk) {
    int count = 0;
    for (int i = 0; i < walk.lo.length; i++) {
      LeafRange leaf = walk.range[i];
      for (int p = 0; p < LeafRange.PARTS; p++) {
        if (leaf != null && (walk.planes.excluded[i] >> p & 1) != 0) {
          double[] from = walk.lo.clone();
          double[] to = walk.hi.clone();
          from[i] = leaf.at[p];
          to[i] = leaf.at[p + 1];
          walk.probe(from, to, walk.planes.markLog);
          count++;
        }
      }
    }
    return count;
  }
}
