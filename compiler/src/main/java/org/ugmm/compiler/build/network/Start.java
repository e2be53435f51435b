package org.ugmm.compiler.build.network;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.ugmm.engine.network.NetworkLearner;
import org.ugmm.engine.network.NetworkRows;

/** Where training starts: a function of the rows, the recipe and the seed. */
final class Start {
  /** Rows that tell where the values of a layer lie. */
  private static final int SAMPLE = 1024;

  /** Units of a layer hardly differ in their spread, and none is taken to have less than this. */
  private static final double LEAST_SPREAD = 0.1;

  private Start() {}

  /** Sets the parameters and spreads of all layers. */
  static void set(
      NetworkLearner learner,
      NetworkRows rows,
      Inputs inputs,
      NetworkOptions options,
      int[] order,
      long seed) {
    learner.setSpread(0, inputs.centre(), inputs.spread());
    for (int l = 0; l < learner.numLayers(); l++) {
      if (l > 0 && options.recipe() == NetworkOptions.Recipe.DATA) {
        centre(learner, l, rows, order, options.isTied());
      }
      for (int j = 0; j < learner.numUnits(l); j++) {
        unit(learner, l, j, options, new SplittableRandom(seed * 1_000_003 + ((long) l << 32) + j));
      }
    }
  }

  private static void unit(
      NetworkLearner learner, int l, int j, NetworkOptions options, SplittableRandom random) {
    double mean = 0;
    for (int k = 0; k < learner.numInputs(l); k++) {
      if (k == 0 || !options.isTied()) {
        mean = gaussian(random);
      }
      if (options.recipe() == NetworkOptions.Recipe.PAPER) {
        learner.set(l, j, k, mean, Math.log(1 - random.nextDouble()), random.nextDouble());
      } else {
        learner.set(l, j, k, mean, 0, 0);
      }
    }
  }

  /** A standard Gaussian number, by Marsaglia's polar method: the same on every JDK. */
  static double gaussian(SplittableRandom random) {
    while (true) {
      double x = 2 * random.nextDouble() - 1;
      double y = 2 * random.nextDouble() - 1;
      double square = x * x + y * y;
      if (square < 1 && square > 0) {
        return x * Math.sqrt(-2 * StrictMath.log(square) / square);
      }
    }
  }

  /** Centres a layer on what the layer below says of the first rows. */
  private static void centre(
      NetworkLearner learner, int l, NetworkRows rows, int[] order, boolean isTied) {
    int n = learner.numInputs(l);
    int count = Math.min(SAMPLE, order.length);
    double[] value = new double[count * n];
    learner.values(rows, order, 0, count, l - 1, value);
    double[] centre = new double[n];
    double[] spread = new double[n];
    for (int k = 0; k < n; k++) {
      int unit = k;
      double[] own = IntStream.range(0, count).mapToDouble(r -> value[r * n + unit]).toArray();
      double mean = Arrays.stream(own).average().orElse(0);
      double square = Arrays.stream(own).map(v -> (v - mean) * (v - mean)).average().orElse(0);
      centre[k] = mean;
      spread[k] = Math.max(LEAST_SPREAD, Math.sqrt(square));
    }
    if (isTied) {
      double mean = Arrays.stream(centre).average().orElse(0);
      double square =
          IntStream.range(0, n)
              .mapToDouble(k -> spread[k] * spread[k] + (centre[k] - mean) * (centre[k] - mean))
              .average()
              .orElse(1);
      Arrays.fill(centre, mean);
      Arrays.fill(spread, Math.sqrt(square));
    }
    learner.setSpread(l, centre, spread);
  }
}
