package org.ugmm.compiler.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Moments;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.TrainingData;
import org.ugmm.engine.data.Variable;

/** Mixtures of Gaussians with full covariances, learned from drawn rows. */
class FullGaussiansTest {
  private static final List<Variable> VARIABLES =
      List.of(
          Variable.real("x"),
          Variable.real("y"),
          Variable.real("z"),
          Variable.categorical("c", "a", "b"));

  /** Rows of two components on lines of opposite slope, each cell missing by a chance. */
  private static double[] rows(int count, double missing, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] rows = new double[4 * count];
    for (int r = 0; r < count; r++) {
      boolean first = random.nextInt(4) > 0;
      double x = Cloud.gaussian(random);
      rows[4 * r] = x + (first ? 0 : 6);
      rows[4 * r + 1] = 100 * ((first ? 2 : -2) * x + 0.1 * Cloud.gaussian(random));
      rows[4 * r + 2] = x + rows[4 * r + 1] / 100 + 0.1 * Cloud.gaussian(random);
      rows[4 * r + 3] = random.nextInt(10) > 0 == first ? 0 : 1;
      for (int v = 0; v < 4; v++) {
        rows[4 * r + v] = random.nextDouble() < missing ? Double.NaN : rows[4 * r + v];
      }
    }
    return rows;
  }

  private static Circuit fit(double[] rows, int components, double ridge) {
    Cloud cloud = new Cloud(TrainingData.of(VARIABLES, rows));
    CircuitBuilder builder = Circuit.builder(VARIABLES);
    int root =
        new FullGaussians(components, ridge, "").addTo(builder, cloud, new int[] {0, 1, 2, 3}, 1);
    return builder.build(root);
  }

  @Test
  void oneComponent_completeRows_hasTheirMomentsAndTheRidge() {
    double[] rows = rows(500, 0, 1);
    Circuit c = fit(rows, 1, 0.01);
    Moments moments = new Inference(c).moments(new Evidence(c));
    double[] mean = new double[3];
    double[][] square = new double[3][3];
    for (int r = 0; r < 500; r++) {
      for (int i = 0; i < 3; i++) {
        mean[i] += rows[4 * r + i] / 500;
      }
    }
    for (int r = 0; r < 500; r++) {
      for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
          square[i][j] += (rows[4 * r + i] - mean[i]) * (rows[4 * r + j] - mean[j]) / 500;
        }
      }
    }
    for (int i = 0; i < 3; i++) {
      double scale = Math.sqrt(square[i][i]);
      assertEquals(mean[i], moments.mean()[i], 1e-6 * scale);
      for (int j = 0; j < 3; j++) {
        double expected = square[i][j] * (i == j ? 1.01 : 1);
        double both = scale * Math.sqrt(square[j][j]);
        assertEquals(expected, moments.covariance()[i][j], 1e-5 * both);
      }
    }
  }

  @Test
  void twoComponents_withHoles_findTheLines() {
    Circuit c = fit(rows(800, 0.2, 2), 2, 1e-4);
    assertEquals(2, c.numChildren(c.root()));
    Inference inference = new Inference(c);
    Posterior.Numeric y =
        (Posterior.Numeric)
            inference.posterior(
                "y", new Evidence(c).observe("x", 1.0).observe("c", "a").observe("z", 3.0));
    assertEquals(200, y.mean(), 10);
    assertTrue(Math.sqrt(y.variance()) < 25, "" + y.variance());
    CategoricalPosterior state =
        (CategoricalPosterior) inference.posterior("c", new Evidence(c).observe("x", 6.5));
    assertEquals(0.9, state.probability("b"), 0.06);
  }

  /** A class that the reals do not tell apart on their own keeps its components to itself. */
  @Test
  void guide_hasComponentsOfItsOwn() {
    Cloud cloud = new Cloud(TrainingData.of(VARIABLES, rows(600, 0.1, 5)));
    CircuitBuilder builder = Circuit.builder(VARIABLES);
    Structure guided = new FullGaussians(4, 1e-3, "c");
    Circuit c = builder.build(guided.addTo(builder, cloud, new int[] {0, 1, 2, 3}, 1));
    assertEquals(4, c.numChildren(c.root()));
    Inference inference = new Inference(c);
    for (int z = 0; z < 4; z++) {
      int component = c.child(c.root(), z);
      double[] p = new double[2];
      for (int i = 0; i < c.numChildren(component); i++) {
        int leaf = c.child(component, i);
        if (c.kind(leaf) == NodeKind.CATEGORICAL) {
          p[0] = Math.exp(c.parameter(leaf, 0));
          p[1] = Math.exp(c.parameter(leaf, 1));
        }
      }
      assertTrue(p[z / 2] > 0.99 && p[1 - z / 2] > 0, z + ": " + p[0] + " " + p[1]);
    }
    CategoricalPosterior prior = (CategoricalPosterior) inference.posterior("c", new Evidence(c));
    assertEquals(0.7, prior.probability("a"), 0.05);
  }

  /** Two columns of states that say each other, whatever the reals say. */
  @Test
  void states_knowEachOtherWithinAComponent() {
    List<Variable> variables =
        List.of(
            Variable.real("x"),
            Variable.real("y"),
            Variable.categorical("a", "0", "1"),
            Variable.categorical("b", "0", "1", "2", "3"),
            Variable.categorical("c", "0", "1"));
    SplittableRandom random = new SplittableRandom(3);
    double[] rows = new double[5 * 400];
    for (int r = 0; r < 400; r++) {
      int b = random.nextInt(4);
      double[] row = {
        Cloud.gaussian(random), Cloud.gaussian(random), b < 2 ? 0 : 1, b, random.nextInt(2)
      };
      System.arraycopy(row, 0, rows, 5 * r, 5);
    }
    Cloud cloud = new Cloud(TrainingData.of(variables, rows));
    CircuitBuilder builder = Circuit.builder(variables);
    Structure two = new FullGaussians(2, 0.01, "");
    Circuit c = builder.build(two.addTo(builder, cloud, new int[] {0, 1, 2, 3, 4}, 1));
    assertEquals(0, c.normaliser().logZ(), 1e-9);
    Inference inference = new Inference(c);
    CategoricalPosterior a =
        (CategoricalPosterior) inference.posterior("a", new Evidence(c).observe("b", "2"));
    assertTrue(a.probability("1") > 0.95, a.probability("1") + "");
    CategoricalPosterior b =
        (CategoricalPosterior) inference.posterior("b", new Evidence(c).observe("a", "0"));
    assertEquals(0.5, b.probability("1"), 0.15);
    assertTrue(b.probability("3") < 0.03, b.probability("3") + "");
  }

  @Test
  void weights_countRowsAsOftenAsTheySay() {
    double[] rows = rows(60, 0.1, 7);
    TrainingData.Builder weighing = TrainingData.builder(VARIABLES);
    double[] repeated = new double[4 * 180];
    int at = 0;
    for (int r = 0; r < 60; r++) {
      int weight = rows[4 * r] > 0 ? 3 : 1;
      weighing.addRow(Arrays.copyOfRange(rows, 4 * r, 4 * r + 4), weight);
      for (int i = 0; i < weight; i++, at++) {
        System.arraycopy(rows, 4 * r, repeated, 4 * at, 4);
      }
    }
    TrainingData data = weighing.build();
    CircuitBuilder builder = Circuit.builder(VARIABLES);
    Structure one = new FullGaussians(1, 0.01, "");
    Circuit c = builder.build(one.addTo(builder, new Cloud(data), new int[] {0, 1, 2, 3}, 1));
    Moments weighted = new Inference(c).moments(new Evidence(c));
    Circuit r = fit(Arrays.copyOf(repeated, 4 * at), 1, 0.01);
    Moments counted = new Inference(r).moments(new Evidence(r));
    for (int i = 0; i < 3; i++) {
      double scale = Math.sqrt(counted.covariance()[i][i]);
      assertEquals(counted.mean()[i], weighted.mean()[i], 0.05 * scale);
    }
  }

  @Test
  void training_gaussian_beatsIndependentColumnsAndKeepsItsNodes() {
    TrainingData data = TrainingData.of(VARIABLES, rows(300, 0.1, 3));
    TrainOptions options =
        TrainOptions.DEFAULT
            .withFamily(Family.parse("gaussian"), 0)
            .withBudget(1e9, Long.MAX_VALUE);
    Trained trained = Training.of(data).learn(options);
    assertTrue(trained.valid() > trained.baseline() + 1, trained.valid() + "");
    int blocks = 0;
    for (int n = 0; n < trained.circuit().numNodes(); n++) {
      blocks += trained.circuit().kind(n) == NodeKind.GAUSSIAN_BLOCK ? 1 : 0;
    }
    assertTrue(blocks > 0);
    Trained byClass = Training.of(data).learn(options.withClassVariable("c"));
    assertTrue(byClass.accuracy().value() > 0.75, byClass.accuracy() + "");
  }
}
