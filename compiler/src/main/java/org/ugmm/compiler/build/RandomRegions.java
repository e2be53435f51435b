package org.ugmm.compiler.build;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.ugmm.engine.CircuitBuilder;

/**
 * A mixture of trees that halve the columns at random (a random region graph, Peharz et al. 2019).
 *
 * @param states hidden states of each part
 * @param repetitions number of trees
 */
record RandomRegions(int states, int repetitions) implements Structure {
  static final int REPETITIONS = 4;

  @Override
  public int addTo(CircuitBuilder builder, Cloud cloud, int[] columns, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int[] root = new int[repetitions];
    for (int i = 0; i < repetitions; i++) {
      root[i] =
          new HiddenStates(builder, cloud, states, random).add(RegionTree.random(columns, random));
    }
    double[] weight = new double[repetitions];
    Arrays.fill(weight, 1.0 / repetitions);
    return builder.sumLinear(root, weight);
  }

  @Override
  public Structure atMost(int most) {
    return new RandomRegions(Math.min(states, most), repetitions);
  }

  @Override
  public Structure varied() {
    return this;
  }

  @Override
  public double numWeights(int numColumns) {
    return 2.0 * repetitions * numColumns * states * (states + 2);
  }

  @Override
  public String label() {
    return "random K=%d x%d".formatted(states, repetitions);
  }
}
