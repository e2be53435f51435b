package org.ugmm.engine;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.ugmm.engine.data.Variable;

/** Circuits of every node kind and of given shapes, made straight with the builder. */
public final class FlatCircuits {
  private FlatCircuits() {}

  /** A random graph of every kind of node; smooth and decomposable only by chance. */
  public static Circuit anyKinds(long seed, int numNodes) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Variable> variables =
        List.of(
            Variable.real("x"),
            Variable.real("länge", -1, 2.5),
            new Variable.Categorical(
                "species",
                List.of("setosa", "vérité", "\uD83C\uDF38"),
                seed % 2 == 0 ? List.of() : List.of(-1.0, 0.5, 7.0)),
            new Variable.Real(
                "w",
                Double.NEGATIVE_INFINITY,
                Double.POSITIVE_INFINITY,
                new Variable.Prior(0.5, 2)));
    CircuitBuilder builder = Circuit.builder(variables);
    builder.gaussian(0, 0.25, 1.5);
    while (builder.numNodes() < numNodes) {
      int last = builder.numNodes();
      switch (random.nextInt(8)) {
        case 0 -> builder.gaussian(random.nextInt(2), gauss(random), scale(random));
        case 1 -> builder.gaussian(3, gauss(random), scale(random));
        case 2 -> builder.categoricalLog(2, Math.log(0.5), -random.nextDouble(), zeroOr(random));
        case 3 -> builder.base(1);
        case 4 -> builder.constantLog(zeroOr(random));
        case 5 -> builder.product(children(random, last));
        case 6 -> builder.link(random.nextInt(last), gauss(random), scale(random));
        default -> {
          int[] children = children(random, last);
          double[] weights = random.doubles(children.length).toArray();
          if (random.nextInt(4) == 0) {
            weights[0] = -0.0;
          }
          builder.sumLinear(children, weights);
        }
      }
    }
    Circuit circuit = builder.build(numNodes - 1);
    return seed % 4 == 1 ? circuit.withClassVariable("species") : circuit;
  }

  /** A random mixture with Gaussians over several variables. */
  public static Circuit blocks(int seed) {
    return new BlockModel(seed, 1, 1, false).circuit;
  }

  /**
   * A chain of sums of two, each over the one before: {@code 2 + levels} nodes, value N(0; 0, 1).
   */
  public static Circuit chain(int levels) {
    CircuitBuilder builder = Circuit.builder(List.of(Variable.real("x")));
    int leaf = builder.gaussian(0, 0, 1);
    int node = leaf;
    for (int level = 0; level < levels; level++) {
      node = builder.sumLinear(new int[] {node, leaf}, new double[] {0.5, 0.5});
    }
    return builder.build(node);
  }

  /**
   * A smooth and decomposable grid: {@code numVariables} Gaussian mixtures of {@code width} leaves,
   * folded two at a time by products and dense sums.
   */
  public static Circuit dense(int numVariables, int width) {
    Variable[] variables = new Variable[numVariables];
    Arrays.setAll(variables, v -> Variable.real("x" + v));
    CircuitBuilder builder = Circuit.builder(List.of(variables));
    SplittableRandom random = new SplittableRandom(numVariables);
    int[] running = leaves(builder, random, 0, width);
    for (int v = 1; v < numVariables; v++) {
      int[] next = leaves(builder, random, v, width);
      int[] products = new int[width];
      for (int k = 0; k < width; k++) {
        products[k] = builder.product(running[k], next[k]);
      }
      running = new int[width];
      for (int k = 0; k < width; k++) {
        running[k] = builder.sumLinear(products, weights(random, width));
      }
    }
    return builder.build(builder.sumLinear(running, weights(random, width)));
  }

  private static int[] leaves(CircuitBuilder builder, SplittableRandom random, int v, int width) {
    int[] leaves = new int[width];
    for (int k = 0; k < width; k++) {
      leaves[k] = builder.gaussian(v, gauss(random), scale(random));
    }
    return leaves;
  }

  private static double[] weights(SplittableRandom random, int width) {
    double[] weights = random.doubles(width).toArray();
    double sum = Arrays.stream(weights).sum();
    return Arrays.stream(weights).map(w -> w / sum).toArray();
  }

  private static int[] children(SplittableRandom random, int below) {
    return random.ints(1 + random.nextInt(4), 0, below).toArray();
  }

  private static double gauss(SplittableRandom random) {
    return 4 * random.nextDouble() - 2;
  }

  private static double scale(SplittableRandom random) {
    return Math.exp(4 * random.nextDouble() - 3);
  }

  private static double zeroOr(SplittableRandom random) {
    return random.nextInt(3) == 0 ? Double.NEGATIVE_INFINITY : -2 * random.nextDouble();
  }
}
