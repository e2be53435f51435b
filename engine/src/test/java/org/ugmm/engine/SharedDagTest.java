package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.batch.error.PosteriorErrors;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.GaussianMixture;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;

/**
 * Posteriors of batches on graphs whose parts are shared between products and sums of different
 * height, where a flow reaches a node by several ways: each must be counted, however small.
 */
class SharedDagTest {

  @Test
  void posteriors_mixtureReadBySumAndByEarlierProduct_keepBothFlows() {
    CircuitBuilder b =
        Circuit.builder(List.of(Variable.real("x"), Variable.real("y"), Variable.real("z")));
    int far =
        b.sumLinear(
            new int[] {b.gaussian(0, 1_000_000, 1), b.gaussian(0, 1_000_001, 1)},
            new double[] {0.5, 0.5});
    int first = b.product(b.gaussian(1, 0, 1), b.gaussian(2, 0, 1));
    int second = b.product(b.gaussian(1, 1, 1), b.gaussian(2, 1, 1));
    int both = b.sumLinear(new int[] {first, second}, new double[] {0.5, 0.5});
    int root =
        b.sumLinear(
            new int[] {
              b.product(far, b.gaussian(1, 0.5, 2), b.gaussian(2, 0.5, 2)),
              b.product(far, both),
              b.product(b.gaussian(0, 0, 1), both)
            },
            new double[] {5e-13, 1e-20, 1});
    PosteriorEvaluator evaluator = new PosteriorEvaluator(b.build(root));
    double nan = Double.NaN;
    double[] found = new double[24];
    evaluator.posteriors(
        new double[] {nan, 0.5, nan, nan, nan, nan, nan, 0.5, nan, nan, nan, nan}, 4, found);
    assertEquals(2.8328726491018790e-07, found[0], 1e-17);
    assertEquals(1.2832874065538, found[1], 1e-12);
    assertEquals(5.0000025999999e-07, found[6], 1e-17);
    assertEquals(1.5000005099, found[7], 1e-9);
    assertEquals(found[0], found[12], 1e-17);
  }

  @Test
  void posteriors_randomSharedGraphs_equalSingleQueriesWithinTheirBounds() {
    int checked = 0;
    for (int seed = 0; seed < 500; seed++) {
      checked += check(circuit(seed), seed);
    }
    assertTrue(checked > 2_000, "checked " + checked);
  }

  private static int check(Circuit circuit, int seed) {
    Random random = new Random(seed);
    int numVariables = circuit.numVariables();
    int numRows = 1 + random.nextInt(9);
    double[] rows = new double[numRows * numVariables];
    for (int i = 0; i < rows.length; i++) {
      Variable variable = circuit.variables().get(i % numVariables);
      rows[i] =
          random.nextInt(3) > 0
              ? Double.NaN
              : variable instanceof Categorical categorical
                  ? random.nextInt(categorical.numStates())
                  : random.nextGaussian();
    }
    PosteriorEvaluator evaluator = new PosteriorEvaluator(circuit);
    double[] found = new double[numRows * evaluator.numColumns()];
    double[] bound = new double[found.length];
    evaluator.posteriors(rows, numRows, found, bound);
    Inference inference = new Inference(circuit);
    int checked = 0;
    for (int r = 0; r < numRows; r++) {
      Evidence evidence = new Evidence(circuit).row(rows, r * numVariables);
      for (Posterior posterior : inference.posteriors(evidence)) {
        int v = circuit.indexOf(posterior.variable().name());
        int at = r * evaluator.numColumns() + evaluator.column(v);
        String what = "seed " + seed + " row " + r + " variable " + v;
        double relative = ((Certificate.Exact) posterior.certificate()).relativeErrorBound();
        if (posterior instanceof CategoricalPosterior categorical) {
          for (int s = 0; s < categorical.probabilities().length; s++) {
            double p = categorical.probability(s);
            double allowed = bound[at + s] + PosteriorErrors.ofWeight(relative, p);
            assertEquals(p, found[at + s], allowed, what + " state " + s);
          }
        } else if (posterior instanceof GaussianMixture mixture) {
          double ofMean = bound[at] + mixture.meanErrorBound();
          assertEquals(mixture.mean(), found[at], ofMean, what + " mean");
          double ofVariance = bound[at + 1] + mixture.varianceErrorBound();
          assertEquals(mixture.variance(), found[at + 1], ofVariance, what + " variance");
        }
        checked++;
      }
    }
    return checked;
  }

  /**
   * A pool of nodes: leaves and mixtures of one variable, then products of nodes with disjoint
   * scopes and sums of nodes with one scope, drawn from the whole pool; last the products that have
   * all variables, under sums with weights from 1e-14 to 1.
   */
  private static Circuit circuit(int seed) {
    Random random = new Random(~seed);
    int numVariables = 2 + random.nextInt(3);
    List<Variable> variables = new ArrayList<>();
    for (int v = 0; v < numVariables; v++) {
      variables.add(
          random.nextInt(4) == 0
              ? Variable.categorical("x" + v, "a", "b", "c")
              : Variable.real("x" + v));
    }
    CircuitBuilder b = Circuit.builder(variables);
    List<int[]> pool = new ArrayList<>(); // node, scope
    for (int v = 0; v < numVariables; v++) {
      for (int i = 0; i < 3; i++) {
        pool.add(new int[] {leaf(b, variables, v, random), 1 << v});
      }
      pool.add(new int[] {sum(b, pool, 1 << v, random), 1 << v});
      pool.add(new int[] {sum(b, pool, 1 << v, random), 1 << v});
    }
    int all = (1 << numVariables) - 1;
    for (int i = 0; i < 14; i++) {
      int scope = 1 + random.nextInt(all);
      boolean isSum = random.nextInt(3) == 0;
      int node = isSum ? sum(b, pool, scope, random) : product(b, pool, scope, random);
      pool.add(new int[] {node, scope});
    }
    for (int i = 0; i < 4; i++) {
      pool.add(new int[] {product(b, pool, all, random), all});
    }
    return b.build(sum(b, pool, all, random));
  }

  private static int leaf(CircuitBuilder b, List<Variable> variables, int v, Random random) {
    if (variables.get(v) instanceof Categorical) {
      double p = 0.01 + 0.9 * random.nextDouble();
      return b.categoricalLog(v, Math.log(p), Math.log(0.99 - p), Math.log(0.01));
    }
    return b.gaussian(v, random.nextGaussian() * Math.pow(300, random.nextInt(3)), 1);
  }

  private static int sum(CircuitBuilder b, List<int[]> pool, int scope, Random random) {
    List<int[]> fitting = pool.stream().filter(node -> node[1] == scope).toList();
    if (fitting.isEmpty()) {
      return product(b, pool, scope, random);
    }
    int[] children = new int[1 + random.nextInt(4)];
    double[] weights = new double[children.length];
    for (int i = 0; i < children.length; i++) {
      children[i] = fitting.get(random.nextInt(fitting.size()))[0];
      weights[i] = random.nextBoolean() ? 1 : Math.pow(10, -11 - random.nextInt(6));
    }
    return b.sumLinear(children, weights);
  }

  /** A product of nodes from anywhere in the pool whose scopes make up the given one. */
  private static int product(CircuitBuilder b, List<int[]> pool, int scope, Random random) {
    List<Integer> factors = new ArrayList<>();
    int open = scope;
    boolean isFlat = random.nextBoolean(); // of leaves and mixtures alone
    while (open != 0) {
      int from = open;
      List<int[]> fitting =
          pool.stream()
              .filter(node -> (node[1] & ~from) == 0 && (!isFlat || Integer.bitCount(node[1]) == 1))
              .toList();
      int[] node = fitting.get(random.nextInt(fitting.size()));
      factors.add(node[0]);
      open &= ~node[1];
    }
    return b.product(factors.stream().mapToInt(n -> n).toArray());
  }
}
