package org.ugmm.engine.batch.plan;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.batch.plan.Plan.Gaussians;
import org.ugmm.engine.batch.plan.Plan.LogProducts;
import org.ugmm.engine.batch.plan.Plan.Mixtures;
import org.ugmm.engine.batch.plan.Plan.Univariate;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.kernel.GaussianBlock;
import org.ugmm.engine.leaf.UnivariateLeaf;
import org.ugmm.engine.number.GaussianMass;
import org.ugmm.engine.number.Rounding;

/** Makes the steps of a plan that compute Gaussians: mixtures, and products in the log domain. */
final class GaussianSteps<A> {
  private static final double LOG2_SQRT_2PI = GaussianMass.LOG_SQRT_2PI * Rounding.LOG2E;

  private final FlatCircuit c;
  private final Lanes<A> lanes;

  /** Whether slots are reused; otherwise steps tell moments. */
  private final boolean reuse;

  private final PlanSlots slots;

  /** [numNodes] register of the LOG value, -1 before there is one; written here. */
  private final int[] log;

  /** Scratch slots that the steps made so far need. */
  private int numScratch;

  GaussianSteps(FlatCircuit c, Lanes<A> lanes, boolean reuse, PlanSlots slots, int[] log) {
    this.c = c;
    this.lanes = lanes;
    this.reuse = reuse;
    this.slots = slots;
    this.log = log;
  }

  int numScratch() {
    return numScratch;
  }

  /** Sums over Gaussians, links, categorical leaves and constants that read the same. */
  Mixtures<A> mixtures(int[] members) {
    int first = members[0];
    int m = members.length;
    IntArrayList gaussians = new IntArrayList();
    IntArrayList tables = new IntArrayList();
    IntArrayList constants = new IntArrayList();
    for (int i = 0; i < c.numChildren(first); i++) {
      switch (c.kind(c.child(first, i))) {
        case CATEGORICAL -> tables.add(i);
        case CONSTANT -> constants.add(i);
        default -> gaussians.add(i);
      }
    }
    int n = gaussians.size();
    int[] z = new int[n];
    boolean oneVariable = n == c.numChildren(first);
    for (int k = 0; k < n; k++) {
      int child = c.child(first, gaussians.getInt(k));
      z[k] = readBy(child);
      oneVariable &= c.variable[child] >= 0 && z[k] == z[0];
    }
    GaussianBlock block = GaussianBlock.of(m, n, lanes.kernels().lanes());
    boolean fused = lanes.kernels().gaussian().isFused();
    double[] coefficients = new double[block.size()];
    for (int j = m; j < block.numSlots(); j++) {
      for (int k = 0; k < n; k++) {
        coefficients[block.at(j, k)] = Float.MIN_NORMAL; // a sum near n, which can be trusted
      }
    }
    double[] shift = new double[block.numSlots()];
    double[] missing = new double[m];
    double[][][] table = new double[m][tables.size()][];
    double[] addend = new double[constants.isEmpty() ? 0 : m];
    for (int j = 0; j < m; j++) {
      int sum = members[j];
      shift[j] = Double.NEGATIVE_INFINITY;
      for (int k = 0; k < n; k++) {
        int i = gaussians.getInt(k);
        double height = Math.log(c.parameter(sum, i)) * Rounding.LOG2E + peak(c.child(sum, i));
        shift[j] = Math.max(shift[j], height);
      }
      shift[j] = shift[j] == Double.NEGATIVE_INFINITY ? 0 : shift[j];
      for (int k = 0; k < n; k++) {
        int i = gaussians.getInt(k);
        int child = c.child(sum, i);
        double weight = c.parameter(sum, i);
        double height = Math.log(weight) * Rounding.LOG2E + peak(child) - shift[j];
        put(coefficients, block, j, k, child, 1, -height);
        if (fused) {
          fuse(coefficients, block.at(j, k), block.stride());
        }
        if (oneVariable) {
          missing[j] += weight * Math.exp(LeafTables.missing(c, child) / Rounding.LOG2E);
        }
      }
      missing[j] = Math.log(missing[j]) * Rounding.LOG2E;
      for (int t = 0; t < tables.size(); t++) {
        int i = tables.getInt(t);
        table[j][t] = LeafTables.of(c, c.child(sum, i));
        for (int s = 0; s < table[j][t].length; s++) {
          table[j][t][s] = over(c.parameter(sum, i), table[j][t][s] - shift[j]);
        }
      }
      for (int i : constants) {
        double log2 = c.parameter(c.child(sum, i), 0) * Rounding.LOG2E;
        addend[j] += over(c.parameter(sum, i), log2 - shift[j]);
      }
    }
    numScratch = Math.max(numScratch, n);
    int out = slots.value(block.numSlots());
    List<LeafMoments> moments = new ArrayList<>();
    for (int j = 0; j < m && oneVariable && !reuse; j++) {
      moments.add(LeafMoments.ofMixture(c, members[j]));
    }
    for (int j = 0; j < m; j++) {
      log[members[j]] = out + j;
    }
    return new Mixtures<>(
        new Gaussians<>(z, block, lanes.array(coefficients), fused),
        m,
        lanes.array(shift),
        tables.intStream().map(i -> c.variable[c.child(first, i)]).toArray(),
        table,
        addend,
        oneVariable ? z[0] + c.numVariables() : -1,
        missing,
        moments,
        out);
  }

  /** The weighted value of a leaf that a mixture adds to its shifted sum. */
  private static double over(double weight, double log2) {
    return weight == 0 || log2 == Double.NEGATIVE_INFINITY
        ? 0
        : Math.exp((Math.log(weight) * Rounding.LOG2E + log2) / Rounding.LOG2E);
  }

  /** The register that a Gaussian or a link reads. */
  private int readBy(int gaussian) {
    return c.kind(gaussian) == NodeKind.GAUSSIAN ? c.variable[gaussian] : log[c.child(gaussian, 0)];
  }

  /** Writes the coefficients of a Gaussian: sign times the square of its slope, its mean, and c. */
  private void put(
      double[] coefficients,
      GaussianBlock block,
      int unit,
      int input,
      int gaussian,
      int sign,
      double height) {
    // logs of nodes are log2
    double toUnit = c.kind(gaussian) == NodeKind.GAUSSIAN ? 1 : Rounding.LOG2E;
    double scale = c.parameter(gaussian, 1) * toUnit;
    int at = block.at(unit, input);
    coefficients[at] = sign * (0.5 * Rounding.LOG2E) / scale / scale;
    coefficients[at + block.stride()] = c.parameter(gaussian, 0) * toUnit;
    coefficients[at + 2 * block.stride()] = height;
  }

  /** From the square of a slope and the mean to the slope and minus the mean times it. */
  private static void fuse(double[] coefficients, int at, int stride) {
    coefficients[at] = Math.sqrt(coefficients[at]);
    coefficients[at + stride] *= -coefficients[at];
  }

  /** log2 of the density at the mean. */
  private double peak(int gaussian) {
    return -Math.log(c.parameter(gaussian, 1)) * Rounding.LOG2E - LOG2_SQRT_2PI;
  }

  int[] factors(int n) {
    return c.kind(n) == NodeKind.PRODUCT
        ? Arrays.copyOfRange(c.child, c.edgeStart[n], c.edgeStart[n + 1])
        : new int[] {n};
  }

  /** The leaves of a product by variable: Gaussians, or the others on a variable. */
  int[] leaves(int n, boolean isGaussian) {
    return Arrays.stream(factors(n))
        .filter(f -> c.variable[f] >= 0 && !c.kind(f).isUnivariate())
        .filter(f -> (c.kind(f) == NodeKind.GAUSSIAN) == isGaussian)
        .boxed()
        .sorted((f, g) -> Integer.compare(c.variable[f], c.variable[g]))
        .mapToInt(f -> f)
        .toArray();
  }

  /** A leaf of one of the rarer families. */
  Univariate<A> univariate(int n) {
    UnivariateLeaf leaf = c.leaf(n);
    double missing =
        leaf.logMass(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY).log() * Rounding.LOG2E;
    log[n] = slots.value(1);
    return new Univariate<>(c.variable[n], leaf, missing, log[n]);
  }

  /** Products of leaves on the same variables, or one product of anything. */
  LogProducts<A> products(int[] nodes) {
    int m = nodes.length;
    int[] firstLeaves = leaves(nodes[0], true);
    int n = firstLeaves.length;
    GaussianBlock block = GaussianBlock.of(m, n, n == 0 ? 1 : lanes.kernels().lanes());
    double[] coefficients = new double[block.size()];
    double[] constant = new double[block.numSlots()];
    double[] complete = new double[block.numSlots()];
    double[][][] table = new double[m][][];
    List<List<LeafMoments>> moments = new ArrayList<>();
    for (int j = 0; j < m; j++) {
      int[] gaussians = leaves(nodes[j], true);
      for (int k = 0; k < n; k++) {
        double missing = LeafTables.missing(c, gaussians[k]);
        double height = peak(gaussians[k]) - missing;
        put(coefficients, block, j, k, gaussians[k], -1, height);
        constant[j] += missing;
        complete[j] += height;
      }
      for (int factor : factors(nodes[j])) {
        if (c.kind(factor) == NodeKind.CONSTANT) {
          constant[j] += c.parameter(factor, 0) * Rounding.LOG2E;
        }
      }
      table[j] =
          Arrays.stream(leaves(nodes[j], false))
              .mapToObj(leaf -> LeafTables.of(c, leaf))
              .toArray(double[][]::new);
      if (!reuse) {
        moments.add(
            Arrays.stream(factors(nodes[j]))
                .filter(factor -> c.variable[factor] >= 0)
                .mapToObj(leaf -> LeafMoments.of(c, leaf))
                .toList());
      }
    }
    Gaussians<A> links = m == 1 ? links(nodes[0], constant) : null;
    IntArrayList addend = new IntArrayList();
    for (int factor : factors(nodes[0])) {
      boolean isOwnStep = !c.kind(factor).isLeaf() || c.kind(factor).isUnivariate();
      if (isOwnStep && c.kind(factor) != NodeKind.GAUSSIAN_LINK) {
        addend.add(log[factor]);
      }
    }
    for (int j = 0; j < m; j++) {
      complete[j] += constant[j];
    }
    numScratch = Math.max(numScratch, 2 * n);
    int out = slots.value(block.numSlots());
    for (int j = 0; j < m; j++) {
      log[nodes[j]] = out + j;
    }
    return new LogProducts<>(
        new Gaussians<>(
            Arrays.stream(firstLeaves).map(this::readBy).toArray(),
            block,
            lanes.array(coefficients),
            false),
        m,
        lanes.array(constant),
        lanes.array(complete),
        Arrays.stream(leaves(nodes[0], false)).map(leaf -> c.variable[leaf]).toArray(),
        table,
        links,
        addend.toIntArray(),
        moments,
        out);
  }

  /** The links of a product, null without one; their heights are added to the constant. */
  private @Nullable Gaussians<A> links(int product, double[] constant) {
    int[] links =
        Arrays.stream(factors(product)).filter(f -> c.kind(f) == NodeKind.GAUSSIAN_LINK).toArray();
    if (links.length == 0) {
      return null;
    }
    GaussianBlock block = GaussianBlock.of(1, links.length, 1);
    double[] coefficients = new double[block.size()];
    for (int k = 0; k < links.length; k++) {
      put(coefficients, block, 0, k, links[k], -1, peak(links[k]));
      constant[0] += peak(links[k]);
    }
    numScratch = Math.max(numScratch, 1 + links.length);
    int[] z = Arrays.stream(links).map(this::readBy).toArray();
    return new Gaussians<>(z, block, lanes.array(coefficients), false);
  }
}
