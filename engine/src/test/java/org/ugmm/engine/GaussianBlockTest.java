package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.Certificate.Enclosed;
import org.ugmm.engine.data.Certificate.Exact;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.GaussianMixture;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.data.Moments;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.engine.data.Precision;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Why;
import org.ugmm.testdata.BigMath;

/** Gaussians over several variables, against elimination in 70 digits. */
class GaussianBlockTest {
  private static final int SEEDS = 25;

  /** Scales, nearness to singular, and how far out rows are. */
  private static final double[][] SETTINGS = {
    {1, 1, 1}, {1, 1e-12, 1}, {1e-140, 1e-6, 1}, {1e150, 1, 1}, {1, 1e-4, 1e5}, {3, 1, 1e9}
  };

  private interface Check {
    void run(BlockModel model, double[] row, Random random, String what);
  }

  private static void each(int rows, Check check) {
    for (double[] setting : SETTINGS) {
      for (int seed = 0; seed < SEEDS; seed++) {
        BlockModel model = new BlockModel(seed, setting[0], setting[1], seed % 5 == 4);
        Random random = new Random(1000 + seed);
        for (int r = 0; r < rows; r++) {
          double[] row = model.row(random, setting[0], 0.4, setting[2]);
          check.run(
              model,
              row,
              random,
              "seed %d %s row %s".formatted(seed, Arrays.toString(setting), Arrays.toString(row)));
        }
      }
    }
  }

  private static void assertWithin(BigDecimal exact, double found, double bound, String what) {
    double error = new BigDecimal(found).subtract(exact).abs().doubleValue();
    assertTrue(error <= bound, () -> what + ": error " + error + " above " + bound);
  }

  private static void assertCertified(BigDecimal exact, LogProbability p, String what) {
    if (p.certificate() instanceof Enclosed in) {
      assertTrue(
          exact.compareTo(new BigDecimal(in.lo())) >= 0
              && exact.compareTo(new BigDecimal(in.hi())) <= 0,
          () -> what + ": " + exact.doubleValue() + " outside " + in);
    } else {
      assertWithin(exact, p.value(), ((Exact) p.certificate()).relativeErrorBound(), what);
    }
  }

  @Test
  void marginal_anyPattern_errsLessThanItsBound() {
    double[] worst = {0};
    each(
        2,
        (model, row, random, what) -> {
          int state = random.nextInt(4) - 1;
          Evidence e = new Evidence(model.circuit).row(row, 0);
          if (state >= 0) {
            e.observe(0, state);
          }
          BigDecimal exact = model.log(row, state);
          LogProbability p = new Inference(model.circuit).marginal(e);
          if (exact == null) {
            assertEquals(Double.NEGATIVE_INFINITY, p.value(), what);
            return;
          }
          assertCertified(exact.subtract(model.logZ()), p, what);
          if (p.certificate() instanceof Exact of && Math.abs(p.value()) < 1e4) {
            worst[0] = Math.max(worst[0], of.relativeErrorBound());
          }
        });
    System.out.println("blocks: largest bound of a log-density above -1e4: " + worst[0]);
    assertTrue(worst[0] < 1e-9);
  }

  @Test
  void posterior_ofTheClass_errsLessThanItsBound() {
    each(
        1,
        (model, row, random, what) -> {
          Inference inference = new Inference(model.circuit);
          CategoricalPosterior found;
          try {
            found =
                (CategoricalPosterior)
                    inference.posterior("c", new Evidence(model.circuit).row(row, 0));
          } catch (RefusedException farOut) {
            assertTrue(what.contains("E9]") || what.contains("100000"), what + farOut.getMessage());
            return;
          }
          double bound = ((Exact) found.certificate()).relativeErrorBound();
          BigDecimal whole = model.log(row, -1);
          for (int s = 0; s < 3; s++) {
            BigDecimal part = model.log(row, s);
            double p = found.probabilities()[s];
            if (part == null || whole == null) {
              assertEquals(0, p, what);
            } else if (p > 1e-290) {
              BigDecimal exact = BlockModel.exp(part.subtract(whole));
              assertWithin(exact, p, bound * exact.doubleValue() * 1.0001, what);
            }
          }
        });
  }

  @Test
  void posterior_ofAReal_isTheMixtureOfItsConditionals() {
    each(
        1,
        (model, row, random, what) -> {
          int asked = 1 + random.nextInt(model.numReals);
          row[asked] = Double.NaN;
          GaussianMixture found;
          try {
            found =
                (GaussianMixture)
                    new Inference(model.circuit)
                        .posterior(asked, new Evidence(model.circuit).row(row, 0));
          } catch (RefusedException farOut) {
            assertTrue(what.contains("E9]") || what.contains("100000"), what + farOut.getMessage());
            return;
          }
          BigDecimal whole = model.log(row, -1);
          BigDecimal mean = BigDecimal.ZERO;
          BigDecimal square = BigDecimal.ZERO;
          for (int t = 0; t < model.numTerms(); t++) {
            BlockModel.Given given = model.of(t, row, -1, asked);
            BigDecimal share = BlockModel.exp(given.log().subtract(whole));
            mean = mean.add(share.multiply(given.mean()));
            square =
                square.add(
                    share.multiply(given.variance().add(given.mean().multiply(given.mean()))));
          }
          BigDecimal variance = square.subtract(mean.multiply(mean));
          assertWithin(mean, found.mean(), found.meanErrorBound(), what + " mean");
          assertWithin(variance, found.variance(), found.varianceErrorBound(), what + " variance");
          assertEquals(0.5, found.cdf(found.quantile(0.5)), 1e-9, what);
        });
  }

  @Test
  void interval_ofOneCoordinate_isTheMassOfItsConditional() {
    each(
        1,
        (model, row, random, what) -> {
          int asked = 1 + random.nextInt(model.numReals);
          row[asked] = Double.NaN;
          BlockModel.Given first = model.of(0, row, -1, asked);
          double scale = Math.sqrt(first.variance().doubleValue());
          double lo = first.mean().doubleValue() + scale * random.nextGaussian() * 2;
          double hi = lo + scale * Math.exp(random.nextGaussian());
          BigDecimal sum = BigDecimal.ZERO;
          BigDecimal max = model.log(row, -1);
          for (int t = 0; t < model.numTerms(); t++) {
            BlockModel.Given given = model.of(t, row, -1, asked);
            BigDecimal s = BigMath.sqrt(given.variance());
            BigDecimal a = new BigDecimal(lo).subtract(given.mean()).divide(s, BigMath.MC);
            BigDecimal b = new BigDecimal(hi).subtract(given.mean()).divide(s, BigMath.MC);
            BigDecimal mass = BigMath.logNormalInterval(a, b);
            sum = sum.add(BlockModel.exp(given.log().subtract(max).add(mass)));
          }
          LogProbability p =
              new Inference(model.circuit)
                  .marginal(new Evidence(model.circuit).row(row, 0).interval(asked, lo, hi));
          if (sum.signum() > 0) {
            BigDecimal exact = max.add(BigMath.log(sum)).subtract(model.logZ());
            assertCertified(exact, p, what + " [" + lo + ", " + hi + "]");
          }
        });
  }

  @Test
  void batches_inDoubleAndFloat_areTheSingles() {
    for (int seed = 0; seed < SEEDS; seed++) {
      BlockModel model = new BlockModel(seed, 1, 1, false);
      Random random = new Random(seed);
      int n = model.circuit.numVariables();
      int rows = 37;
      double[] table = new double[rows * n];
      for (int r = 0; r < rows; r++) {
        System.arraycopy(model.row(random, 1, 0.4, 1), 0, table, r * n, n);
      }
      Inference inference = new Inference(model.circuit);
      BatchAnswers logs = inference.marginal(Batch.of(model.circuit, table));
      double[] doubles = new double[rows];
      double[] floats = new double[rows];
      double[] bound = new double[rows];
      new Evaluator(model.circuit).logDensity(table, rows, doubles, bound);
      new Evaluator(model.circuit, Precision.FLOAT).logDensity(table, rows, floats, bound);
      double[] states = new double[rows * 3];
      new Evaluator(model.circuit, Precision.FLOAT).posterior(0, table, rows, states);
      PosteriorEvaluator posteriors = new PosteriorEvaluator(model.circuit);
      double[] found = new double[rows * posteriors.numColumns()];
      double[] errors = new double[found.length];
      posteriors.posteriors(table, rows, found, errors);
      for (int r = 0; r < rows; r++) {
        Evidence e = new Evidence(model.circuit).row(table, r * n);
        double single = inference.marginal(e).value();
        assertEquals(single, logs.value(r, 0), 1e-12 * (1 + Math.abs(single)));
        assertEquals(single, doubles[r], 1e-12 * (1 + Math.abs(single)));
        boolean hasBlocks = model.circuit.flat.hasBlocks();
        assertTrue(bound[r] < (hasBlocks ? 1e-9 : 1e-3));
        assertEquals(single, floats[r], bound[r] + 1e-12 * (1 + Math.abs(single)));
        double[] one = ((CategoricalPosterior) inference.posterior(0, e)).probabilities();
        assertArrayEquals(
            one, Arrays.copyOfRange(states, 3 * r, 3 * r + 3), hasBlocks ? 1e-12 : 1e-4);
        for (int v = 1; v < n; v++) {
          int at = r * posteriors.numColumns() + posteriors.column(v);
          if (Double.isNaN(table[r * n + v])) {
            GaussianMixture mixture = (GaussianMixture) inference.posterior(v, e);
            double both = mixture.meanErrorBound() + errors[at];
            assertEquals(mixture.mean(), found[at], hasBlocks ? 0 : both);
            both = mixture.varianceErrorBound() + errors[at + 1];
            assertEquals(mixture.variance(), found[at + 1], hasBlocks ? 0 : both);
          } else {
            assertEquals(table[r * n + v], found[at]);
          }
        }
      }
    }
  }

  @Test
  void moments_andSamples_agreeWithTheModel() {
    for (int seed = 0; seed < 30; seed++) {
      BlockModel model = new BlockModel(seed, 1, 1, false);
      double[] row = model.row(new Random(seed), 1, 0.8, 1);
      Evidence e = new Evidence(model.circuit).row(row, 0);
      Inference inference = new Inference(model.circuit);
      Moments moments = inference.moments(e);
      int count = 20_000;
      double[] draws = inference.sample(e, count, 5);
      int n = model.circuit.numVariables();
      int[] v = moments.variables();
      for (int i = 0; i < v.length; i++) {
        GaussianMixture alone = (GaussianMixture) inference.posterior(v[i], e);
        assertEquals(alone.mean(), moments.mean()[i], 1e-12 * (1 + Math.abs(alone.mean())));
        assertEquals(alone.variance(), moments.covariance()[i][i], 1e-11 * alone.variance());
        for (int j = 0; j < v.length; j++) {
          double sum = 0;
          for (int r = 0; r < count; r++) {
            sum +=
                (draws[r * n + v[i]] - moments.mean()[i])
                    * (draws[r * n + v[j]] - moments.mean()[j]);
          }
          double both = Math.sqrt(moments.covariance()[i][i] * moments.covariance()[j][j]);
          assertEquals(moments.covariance()[i][j] / both, sum / count / both, 0.08, "seed " + seed);
        }
      }
    }
  }

  @Test
  void moments_ofOneBlock_areItsConditionalCovariance() {
    double[][] covariance = {{4, 1, 0.5}, {1, 3, -1}, {0.5, -1, 2}};
    List<Variable> variables = List.of(Variable.real("x"), Variable.real("y"), Variable.real("z"));
    CircuitBuilder builder = Circuit.builder(variables);
    Circuit c =
        builder.build(
            builder.gaussianBlock(new int[] {2, 0, 1}, new double[] {1, 2, 3}, covariance));
    Moments moments = new Inference(c).moments(new Evidence(c).observe("z", 3.0));
    assertArrayEquals(new double[] {2 + 1 * 0.5, 3 + 0.5 * 0.5}, moments.mean(), 1e-15);
    assertEquals(3 - 1 / 4.0, moments.covariance()[0][0], 1e-15);
    assertEquals(-1 - 0.5 / 4.0, moments.covariance()[0][1], 1e-15);
    assertEquals(2 - 0.25 / 4.0, moments.covariance()[1][1], 1e-15);
  }

  /** An interval of the one variable of a block that has no value leaves cut Gaussians. */
  @Test
  void moments_intervalBesideAValue_areThoseOfCutGaussians() {
    List<Variable> variables =
        List.of(Variable.real("x"), Variable.real("y"), Variable.real("z"), Variable.real("w"));
    CircuitBuilder blocks = Circuit.builder(variables);
    CircuitBuilder apart = Circuit.builder(variables);
    int[] ofBlocks = new int[2];
    int[] ofApart = new int[2];
    for (int t = 0; t < 2; t++) {
      double[][] covariance = {{1.25, 1}, {1, 4}}; // of x given y: 1
      double[][] others = {{2, 0.5 - t}, {0.5 - t, 1}};
      int pair = blocks.gaussianBlock(new int[] {0, 1}, new double[] {t, -t}, covariance);
      int rest = blocks.gaussianBlock(new int[] {2, 3}, new double[] {5 * t, t}, others);
      ofBlocks[t] = blocks.product(pair, rest);
      int x = apart.gaussian(0, t + (2.0 + t) / 4, 1); // given that y is 2
      int same = apart.gaussianBlock(new int[] {2, 3}, new double[] {5 * t, t}, others);
      ofApart[t] = apart.product(x, apart.gaussian(1, -t, 2), same);
    }
    double[] weights = {0.25, 0.75};
    Circuit circuit = blocks.build(blocks.sumLinear(ofBlocks, weights));
    Circuit twin = apart.build(apart.sumLinear(ofApart, weights));
    Moments found =
        new Inference(circuit).moments(new Evidence(circuit).observe("y", 2).interval("x", 1, 3));
    Moments expected =
        new Inference(twin).moments(new Evidence(twin).observe("y", 2).interval("x", 1, 3));
    double bound =
        ((Exact) found.certificate()).relativeErrorBound()
            + ((Exact) expected.certificate()).relativeErrorBound();
    assertTrue(bound < 1e-11, "bound " + bound);
    for (int i = 0; i < 3; i++) {
      assertEquals(expected.mean()[i], found.mean()[i], 1e-12);
      for (int j = 0; j < 3; j++) {
        double size = Math.sqrt(found.covariance()[i][i] * found.covariance()[j][j]);
        assertEquals(expected.covariance()[i][j], found.covariance()[i][j], bound * size);
      }
    }
  }

  @Test
  void sample_givenAnInterval_keepsToItAndToTheOthers() {
    double[][] covariance = {{1, 0.9}, {0.9, 1}};
    CircuitBuilder builder = Circuit.builder(List.of(Variable.real("x"), Variable.real("y")));
    Circuit c = builder.build(builder.gaussianBlock(new int[] {0, 1}, new double[2], covariance));
    int count = 20_000;
    double[] draws = new Inference(c).sample(new Evidence(c).interval("y", 1, 2), count, 3);
    double sum = 0;
    double ofY = 0;
    for (int r = 0; r < count; r++) {
      assertTrue(draws[2 * r + 1] >= 1 && draws[2 * r + 1] <= 2);
      sum += draws[2 * r];
      ofY += draws[2 * r + 1];
    }
    assertEquals(0.9 * ofY / count, sum / count, 0.02);
  }

  @Test
  void gradient_isTheDifferenceQuotient() {
    for (int seed = 0; seed < 20; seed++) {
      BlockModel model = new BlockModel(seed, 1, 1, false);
      double[] row = model.row(new Random(seed), 1, 0.3, 1);
      Inference inference = new Inference(model.circuit);
      double[] gradient = inference.gradient(new Evidence(model.circuit).row(row, 0));
      for (int v = 1; v < row.length; v++) {
        if (Double.isNaN(row[v])) {
          assertEquals(0, gradient[v]);
          continue;
        }
        double h = 1e-6;
        double[] up = row.clone();
        double[] down = row.clone();
        up[v] += h;
        down[v] -= h;
        double slope =
            (inference.marginal(new Evidence(model.circuit).row(up, 0)).value()
                    - inference.marginal(new Evidence(model.circuit).row(down, 0)).value())
                / (2 * h);
        assertEquals(slope, gradient[v], 1e-4 * (1 + Math.abs(slope)), "seed " + seed);
      }
    }
  }

  @Test
  void mpe_deterministic_isTheBestOfTheTerms() {
    for (double[] setting : SETTINGS) {
      for (int seed = 0; seed < 30; seed++) {
        BlockModel model = new BlockModel(seed, setting[0], setting[1], true);
        double[] row = model.row(new Random(seed), setting[0], 0.5, setting[2]);
        Inference inference = new Inference(model.circuit);
        MpeAnswer answer = inference.mpe(new Evidence(model.circuit).row(row, 0));
        double best = Double.NEGATIVE_INFINITY;
        for (int state = 0; state < 3; state++) {
          double[] at = row.clone();
          at[0] = state;
          for (int v = 1; v < at.length; v++) {
            at[v] =
                Double.isNaN(row[v]) ? model.of(state, row, state, v).mean().doubleValue() : at[v];
          }
          best = Math.max(best, inference.marginal(new Evidence(model.circuit).row(at, 0)).value());
        }
        String what = "seed " + seed + " " + Arrays.toString(setting);
        assertEquals(best, answer.logValue(), 1e-8 * (1 + Math.abs(best)), what);
        assertTrue(answer.logUpperBound() >= best - 1e-9 * (1 + Math.abs(best)), what);
        if (Math.abs(best) < 1e3) {
          assertTrue(answer.certificate() instanceof Exact, what + answer.certificate());
        }
      }
    }
  }

  @Test
  void mpe_ofAMixture_isEnclosed() {
    for (int seed = 0; seed < 60; seed++) {
      BlockModel model = new BlockModel(seed, 1, 1, false);
      Random random = new Random(seed);
      double[] row = model.row(random, 1, 0.7, 1);
      Inference inference = new Inference(model.circuit);
      Evidence e = new Evidence(model.circuit).row(row, 0);
      MpeAnswer answer = inference.mpe(e);
      Evidence complete = new Evidence(model.circuit).row(answer.assignment(), 0);
      assertEquals(inference.marginal(complete).value(), answer.logValue(), 1e-9);
      for (int i = 0; i < 2_000; i++) {
        double[] at = answer.assignment().clone();
        for (int v = 0; v < at.length; v++) {
          if (Double.isNaN(row[v])) {
            at[v] =
                v == 0
                    ? random.nextInt(3)
                    : at[v] + random.nextGaussian() * (i % 2 == 0 ? 0.01 : 1);
          }
        }
        double log = inference.marginal(new Evidence(model.circuit).row(at, 0)).value();
        assertTrue(log <= answer.logUpperBound() + 1e-12, "seed " + seed);
        boolean isNear = i % 2 == 0 && at[0] == answer.assignment()[0];
        assertTrue(!isNear || log <= answer.logValue() + 1e-9, "a higher point near, seed " + seed);
      }
    }
  }

  private static Circuit pair() {
    CircuitBuilder builder =
        Circuit.builder(
            List.of(Variable.real("x"), Variable.real("y"), Variable.categorical("c", "a", "b")));
    int block =
        builder.gaussianBlock(
            new int[] {0, 1}, new double[] {1, 2}, new double[][] {{2, 1}, {1, 3}});
    return builder.build(builder.product(block, builder.categoricalLinear(2, 0.25, 0.75)));
  }

  @Test
  void mpe_withAnInterval_isAtItsEnd() {
    Circuit c = pair();
    MpeAnswer answer = new Inference(c).mpe(new Evidence(c).interval("x", 3, 5));
    assertArrayEquals(new double[] {3, 2 + 0.5 * 2, 1}, answer.assignment(), 1e-12);
    assertTrue(answer.certificate() instanceof Exact);
  }

  @Test
  void intervals_ofTwoCoordinates_areRefused() {
    Circuit c = pair();
    Evidence both = new Evidence(c).interval("x", 0, 1).interval("y", 0, 1);
    for (int ask = 0; ask < 4; ask++) {
      Inference inference = new Inference(c);
      int which = ask;
      RefusedException refused =
          assertThrows(
              RefusedException.class,
              () -> {
                switch (which) {
                  case 0 -> inference.marginal(both);
                  case 1 -> inference.posterior("c", both);
                  case 2 -> inference.mpe(both);
                  default -> inference.sample(both, 1);
                }
              });
      assertEquals(Why.Reason.NO_CLOSED_FORM, refused.why().reason());
      assertEquals(List.of("x", "y"), refused.why().variables());
    }
    Evidence one = new Evidence(c).interval("x", 0, 1);
    Inference inference = new Inference(c);
    assertThrows(RefusedException.class, () -> inference.posterior("y", one));
    assertThrows(RefusedException.class, () -> inference.moments(one));
    assertThrows(RefusedException.class, () -> inference.gradient(one));
    GaussianMixture x = (GaussianMixture) inference.posterior("x", one);
    assertTrue(x.mean() > 0 && x.mean() < 1);
    assertEquals(0.25, ((CategoricalPosterior) inference.posterior("c", one)).probability("a"));
  }

  @Test
  void whatKnowsNoBlocks_refusesThem() {
    Circuit c = pair();
    Inference inference = new Inference(c);
    assertThrows(RefusedException.class, () -> inference.best(new Evidence(c), 2));
    assertThrows(RefusedException.class, () -> inference.certifiedState("c", new Evidence(c)));
    assertThrows(RefusedException.class, () -> inference.marginalMap(new Evidence(c), "x", "c"));
    assertEquals(0.75, Math.exp(inference.marginalMap(new Evidence(c), "c").logValue()), 1e-12);
    assertThrows(RefusedException.class, () -> new MpeEvaluator(c));
    assertThrows(RefusedException.class, () -> new RangeEvaluator(c));
    assertThrows(
        RefusedException.class,
        () -> c.where(org.ugmm.engine.formula.Formula.parse("c = a", c.variables()), 100));
  }

  @Test
  void session_answersAsTheInference() {
    Circuit c = pair();
    Inference inference = new Inference(c);
    Session session = new Session(inference).assertPoint("x", 2.0);
    Evidence e = new Evidence(c).observe("x", 2.0);
    assertEquals(inference.marginal(e).value(), session.marginal().value());
    assertEquals(2.5, ((GaussianMixture) session.posterior("y")).mean());
    session.assertPoint("y", 1.0);
    assertEquals(
        inference.marginal(e.copy().observe("y", 1.0)).value(), session.marginal().value());
  }

  @Test
  void build_refusesWhatIsNoGaussian() {
    List<Variable> variables =
        List.of(
            Variable.real("x"),
            Variable.real("y"),
            Variable.real("bounded", 0, 1),
            Variable.count("n"),
            Variable.categorical("c", "a", "b"));
    assertRefused(
        variables, new int[] {0, 1}, new double[][] {{1, 2}, {2, 1}}, "positive definite");
    assertRefused(
        variables, new int[] {0, 1}, new double[][] {{1, 1}, {1, 1}}, "positive definite");
    assertRefused(variables, new int[] {0, 1}, new double[][] {{1, 0.5}, {0.4, 1}}, "symmetric");
    assertRefused(variables, new int[] {0, 1}, new double[][] {{0, 0}, {0, 1}}, "positive number");
    assertRefused(variables, new int[] {0, 1}, new double[][] {{Double.NaN, 0}, {0, 1}}, "finite");
    assertRefused(variables, new int[] {0, 0}, new double[][] {{1, 0}, {0, 1}}, "'x' twice");
    assertRefused(variables, new int[] {0, 9}, new double[][] {{1, 0}, {0, 1}}, "variable 9");
    assertRefused(variables, new int[] {0, 2}, new double[][] {{1, 0}, {0, 1}}, "domain");
    assertRefused(variables, new int[] {0, 3}, new double[][] {{1, 0}, {0, 1}}, "count");
    assertRefused(variables, new int[] {0, 4}, new double[][] {{1, 0}, {0, 1}}, "categorical");
    assertRefused(variables, new int[] {0, 1}, new double[][] {{1, 0}}, "rows");
    assertRefused(variables, new int[2000], new double[2000][], "1 .. 1024");
    CircuitBuilder builder = Circuit.builder(variables);
    int block = builder.gaussianBlock(new int[] {0}, new double[1], new double[][] {{1}});
    int link = builder.link(block, 0, 1);
    assertThrows(CircuitException.class, () -> builder.build(link));
  }

  private static void assertRefused(
      List<Variable> variables, int[] chosen, double[][] covariance, String expected) {
    CircuitBuilder builder = Circuit.builder(variables);
    CircuitException refused =
        assertThrows(
            CircuitException.class,
            () ->
                builder.build(
                    builder.gaussianBlock(chosen, new double[chosen.length], covariance)));
    assertTrue(refused.getMessage().contains(expected), refused.getMessage());
  }

  @Test
  void farOut_certificateIsHonest() {
    Circuit c = pair();
    Inference inference = new Inference(c);
    for (double x : new double[] {1e8, 1e50, 1e153, 1e300, -1.7e308}) {
      Evidence e = new Evidence(c).observe("x", x).observe("y", -x);
      LogProbability p = inference.marginal(e);
      assertTrue(p.certificate() instanceof Certificate, "x " + x);
      if (x < 1e100 && x > 0) {
        double exact = -0.5 * x * x * (3 + 2 + 2) / 5;
        assertEquals(1, p.value() / exact, 1e-6);
      }
    }
  }
}
