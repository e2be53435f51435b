package org.ugmm.testdata;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Seeded random circuits. The same arguments give the same circuit on every machine; print the seed
 * on failure.
 */
public final class RandomCircuits {

  private RandomCircuits() {}

  /** The kinds of variables of a circuit. */
  public enum Family {
    CATEGORICAL,
    REAL,
    /** Each variable is either, by a fair coin, and Gaussians may read categorical ones. */
    MIXED
  }

  /** What is special about a tractable circuit. */
  public enum Variant {
    /** Normalised weights and probabilities, shared sub-circuits. */
    PLAIN,
    /** Every sum decides on the state of a categorical variable. */
    DETERMINISTIC,
    /** Some weights are 0, never all of one sum. */
    ZERO_WEIGHTS,
    /** Some probabilities of categorical leaves are 0, never all of one leaf. */
    ZERO_PROBABILITIES,
    /** Weights and probabilities do not sum to 1. */
    UNNORMALISED,
    /** Scales from 1e-6 to 1e6, means to 1e3, weights from 1e-200 to 1e200. */
    EXTREME,
    /** One leaf on one variable and nothing else. */
    SINGLE_NODE,
    /** A path of 60 sums and products. */
    DEEP_CHAIN,
    /** Real variables have domains, some of which cut off most of a leaf. */
    BOUNDED,
    /** Base and Constant nodes, which {@code ugmm-graph/1} cannot express. */
    WITH_BASE
  }

  /** A smooth, decomposable circuit without links whose shape the seed alone decides. */
  public static PlainCircuit tractable(long seed) {
    Random random = new Random(seed);
    Family family = Family.values()[random.nextInt(Family.values().length)];
    Variant variant = Variant.values()[random.nextInt(Variant.values().length)];
    return tractable(family, variant, 1 + random.nextInt(8), seed);
  }

  /**
   * A smooth, decomposable circuit without links. All variables are in the root's scope. Every
   * variant but {@link Variant#WITH_BASE} can be written as {@code ugmm-graph/1}.
   */
  public static PlainCircuit tractable(
      Family family, Variant variant, int numVariables, long seed) {
    Random random = new Random(seed * 31 + variant.ordinal());
    int count = variant == Variant.SINGLE_NODE ? 1 : numVariables;
    List<PlainVariable> variables = variables(family, variant, count, random);
    return new TractableGrower(variables, variant, random).grow();
  }

  private static List<PlainVariable> variables(
      Family family, Variant variant, int count, Random random) {
    List<PlainVariable> variables = new ArrayList<>();
    for (int v = 0; v < count; v++) {
      boolean real = family == Family.REAL || (family == Family.MIXED && random.nextBoolean());
      boolean bounded = variant == Variant.BOUNDED || variant == Variant.WITH_BASE;
      variables.add(real ? real("x" + v, bounded, random) : categorical("c" + v, random));
    }
    return variables;
  }

  private static PlainVariable real(String name, boolean bounded, Random random) {
    double lo = 4 * random.nextDouble() - 4;
    return bounded
        ? new PlainVariable.Real(
            name, new PlainVariable.Domain(lo, lo + 0.5 + 4 * random.nextDouble()), null)
        : new PlainVariable.Real(name);
  }

  private static PlainVariable categorical(String name, Random random) {
    PlainVariable.Categorical plain = PlainVariable.Categorical.of(name, 2 + random.nextInt(3));
    if (random.nextInt(4) == 0) {
      Arrays.setAll(plain.codes(), k -> k * 1.5 - 1);
    }
    return plain;
  }

  /**
   * A circuit without links with a sum over leaves on different variables. Smoothing it is possible
   * if {@code smoothable}: every variable a child lacks is categorical, has a domain, or a prior.
   * Otherwise no variable has any of these.
   */
  public static PlainCircuit nonSmooth(boolean smoothable, long seed) {
    Random random = new Random(seed);
    List<PlainVariable> variables = new ArrayList<>();
    int count = 2 + random.nextInt(3);
    for (int v = 0; v < count; v++) {
      int kind = smoothable ? random.nextInt(3) : 3;
      String name = "v" + v;
      variables.add(
          kind == 0
              ? categorical(name, random)
              : kind == 1
                  ? real(name, true, random)
                  : new PlainVariable.Real(
                      name,
                      null,
                      kind == 2
                          ? new PlainVariable.Prior(
                              random.nextGaussian(), 0.5 + random.nextDouble())
                          : null));
    }
    CircuitBuilder builder = new CircuitBuilder(variables);
    Leaves leaves = new Leaves(builder, Variant.PLAIN, random);
    // Units which each read several single variables, or pairs of them, and a mixture on top.
    int[] units = new int[1 + random.nextInt(3)];
    for (int u = 0; u < units.length; u++) {
      int[] children = new int[count + random.nextInt(3)];
      for (int c = 0; c < children.length; c++) {
        int var = c < count ? c : random.nextInt(count);
        int leaf = leaves.leaf(var);
        boolean pair = count > 2 && random.nextInt(3) == 0;
        children[c] = pair ? builder.product(leaf, leaves.leaf((var + 1) % count)) : leaf;
      }
      units[u] = builder.sum(children, Leaves.simplex(children.length, random));
    }
    return builder.build(builder.sum(units, Leaves.simplex(units.length, random)));
  }

  /** A smooth circuit one of whose products has two children that share a variable. */
  public static PlainCircuit nonDecomposable(long seed) {
    Random random = new Random(seed);
    Family family = Family.values()[random.nextInt(3)];
    List<PlainVariable> variables = variables(family, Variant.PLAIN, 2 + random.nextInt(3), random);
    CircuitBuilder builder = new CircuitBuilder(variables);
    Leaves leaves = new Leaves(builder, Variant.PLAIN, random);
    int[] products = new int[2];
    for (int p = 0; p < products.length; p++) {
      int[] children = new int[variables.size() + 1];
      for (int c = 0; c < children.length; c++) {
        children[c] = leaves.leaf(c % variables.size());
      }
      products[p] = builder.product(children);
    }
    return builder.build(builder.sum(products, Leaves.simplex(2, random)));
  }

  /**
   * The paper's stacked network: each unit of the first layer is a mixture of one Gaussian per
   * variable (categorical ones by their codes), each unit of a later layer a mixture of Gaussian
   * links to all units below. Over two or more inputs its integral over an unbounded real variable
   * is infinite, since a unit does not fall off where only one of its inputs does.
   *
   * @param bounded whether the real variables have domains
   * @param widths [number of layers] units per layer; the last must be 1
   */
  public static PlainCircuit linkNetwork(
      int numReals, int numCategoricals, boolean bounded, int[] widths, long seed) {
    Random random = new Random(seed);
    List<PlainVariable> variables = new ArrayList<>();
    for (int v = 0; v < numReals; v++) {
      variables.add(real("x" + v, bounded, random));
    }
    for (int v = 0; v < numCategoricals; v++) {
      variables.add(categorical("c" + v, random));
    }
    CircuitBuilder builder = new CircuitBuilder(variables);
    int[] below = new int[0];
    for (int layer = 0; layer < widths.length; layer++) {
      int[] units = new int[widths[layer]];
      for (int u = 0; u < units.length; u++) {
        int[] components = new int[layer == 0 ? variables.size() : below.length];
        for (int k = 0; k < components.length; k++) {
          double scale = Math.exp(0.7 * random.nextGaussian());
          components[k] =
              layer == 0
                  ? builder.gaussian(k, random.nextGaussian(), scale)
                  : builder.link(below[k], random.nextGaussian() - 1, scale);
        }
        units[u] = builder.sum(components, Leaves.simplex(components.length, random));
      }
      below = units;
    }
    return builder.build(below[0]);
  }

  /** A small link network of two or three layers whose shape the seed decides. */
  public static PlainCircuit linkNetwork(long seed) {
    Random random = new Random(~seed);
    int reals = random.nextInt(4);
    int categoricals = reals == 0 ? 1 + random.nextInt(3) : random.nextInt(3);
    int[] widths = new int[2 + random.nextInt(2)];
    Arrays.setAll(widths, l -> 1 + random.nextInt(4));
    widths[widths.length - 1] = 1;
    return linkNetwork(reals, categoricals, random.nextBoolean(), widths, seed);
  }

  /**
   * A RAT-SPN (Peharz et al., UAI 2019) over reals x0, x1, ...: per repetition, the variables are
   * shuffled and halved {@code depth} times; each of the 2^depth leaf regions has {@code k}
   * products of Gaussians; each partition the k x k products of its two sides' units; each region
   * above a leaf k sums over these, the whole scope 1 sum; the root mixes the repetitions.
   *
   * <p>64 variables, depth 4, 8 repetitions, k = 10 give 112,808 sum weights and 5,120 Gaussians: 8
   * (14 * 1000 + 100) + 8, and 8 * 64 * 10.
   */
  public static PlainCircuit rat(int numVariables, int depth, int repetitions, int k, long seed) {
    if (depth < 1 || numVariables < 1 << depth) {
      throw new IllegalArgumentException(numVariables + " variables, depth " + depth);
    }
    Random random = new Random(seed);
    List<PlainVariable> variables = new ArrayList<>();
    List<Integer> order = new ArrayList<>();
    for (int v = 0; v < numVariables; v++) {
      variables.add(new PlainVariable.Real("x" + v));
      order.add(v);
    }
    CircuitBuilder builder = new CircuitBuilder(variables);
    int[] roots = new int[repetitions];
    for (int r = 0; r < repetitions; r++) {
      Collections.shuffle(order, random);
      int[] scope = order.stream().mapToInt(v -> v).toArray();
      roots[r] = ratRegion(builder, scope, depth, k, 1, random)[0];
    }
    return builder.build(builder.sum(roots, Leaves.simplex(repetitions, random)));
  }

  private static int[] ratRegion(
      CircuitBuilder builder, int[] scope, int depth, int k, int numSums, Random random) {
    if (depth == 0) {
      int[] units = new int[k];
      for (int u = 0; u < k; u++) {
        int[] leaves = new int[scope.length];
        for (int i = 0; i < leaves.length; i++) {
          double scale = 0.5 + random.nextDouble();
          leaves[i] = builder.gaussian(scope[i], random.nextGaussian(), scale);
        }
        units[u] = leaves.length == 1 ? leaves[0] : builder.product(leaves);
      }
      return units;
    }
    int half = scope.length / 2;
    int[] left = Arrays.copyOf(scope, half);
    int[] right = Arrays.copyOfRange(scope, half, scope.length);
    int[] leftUnits = ratRegion(builder, left, depth - 1, k, k, random);
    int[] rightUnits = ratRegion(builder, right, depth - 1, k, k, random);
    int[] products = new int[k * k];
    for (int p = 0; p < products.length; p++) {
      products[p] = builder.product(leftUnits[p / k], rightUnits[p % k]);
    }
    int[] sums = new int[numSums];
    for (int s = 0; s < numSums; s++) {
      sums[s] = builder.sum(products, Leaves.simplex(products.length, random));
    }
    return sums;
  }
}
