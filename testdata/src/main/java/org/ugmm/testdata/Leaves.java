package org.ugmm.testdata;

import java.util.Random;
import org.ugmm.testdata.RandomCircuits.Variant;

/** Random leaves and weights in the manner of a {@link Variant}. */
final class Leaves {

  private final CircuitBuilder builder;
  private final Variant variant;
  private final Random random;

  Leaves(CircuitBuilder builder, Variant variant, Random random) {
    this.builder = builder;
    this.variant = variant;
    this.random = random;
  }

  /** Adds a leaf on the variable. */
  int leaf(int var) {
    boolean real = builder.variables().get(var) instanceof PlainVariable.Real;
    if (variant == Variant.WITH_BASE && random.nextInt(3) == 0) {
      return builder.add(new PlainNode.Base(var));
    }
    if (real || (variant != Variant.DETERMINISTIC && random.nextInt(5) == 0)) {
      return gaussian(var);
    }
    int numStates = ((PlainVariable.Categorical) builder.variables().get(var)).numStates();
    double[] p = simplex(numStates, random);
    if (variant == Variant.UNNORMALISED || variant == Variant.EXTREME) {
      scale(p);
    } else if (variant == Variant.ZERO_PROBABILITIES) {
      zeroSome(p);
    }
    return builder.categorical(var, p);
  }

  private int gaussian(int var) {
    double mean = 1.5 * random.nextGaussian();
    double scale = Math.exp(0.6 * random.nextGaussian());
    if (variant == Variant.EXTREME && random.nextBoolean()) {
      mean = 1000 * (2 * random.nextDouble() - 1);
      scale = Math.pow(10, 12 * random.nextDouble() - 6);
    } else if (variant == Variant.BOUNDED && random.nextInt(4) == 0) {
      mean *= 8;
    }
    return builder.gaussian(var, mean, scale);
  }

  /** Weights for a sum of {@code size} children. */
  double[] weights(int size) {
    double[] weights = simplex(size, random);
    switch (variant) {
      case ZERO_WEIGHTS -> zeroSome(weights);
      case UNNORMALISED -> scale(weights);
      case EXTREME -> {
        for (int i = 0; i < size; i++) {
          weights[i] *= Math.pow(10, 400 * random.nextDouble() - 200);
        }
      }
      default -> {}
    }
    return weights;
  }

  private void scale(double[] weights) {
    double factor = Math.exp(3 * random.nextGaussian());
    for (int i = 0; i < weights.length; i++) {
      weights[i] *= factor * (0.5 + random.nextDouble());
    }
  }

  private void zeroSome(double[] weights) {
    int kept = random.nextInt(weights.length);
    for (int i = 0; i < weights.length; i++) {
      if (i != kept && random.nextInt(3) == 0) {
        weights[i] = 0;
      }
    }
  }

  /** The softmax of {@code size} standard normal numbers: positive, of sum 1 up to rounding. */
  static double[] simplex(int size, Random random) {
    double[] weights = new double[size];
    double sum = 0;
    for (int i = 0; i < size; i++) {
      weights[i] = Math.exp(random.nextGaussian());
      sum += weights[i];
    }
    for (int i = 0; i < size; i++) {
      weights[i] /= sum;
    }
    return weights;
  }
}
