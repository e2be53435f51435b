package org.ugmm.compiler.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
        new FullGaussians(components, ridge).addTo(builder, cloud, new int[] {0, 1, 2, 3}, 1);
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
