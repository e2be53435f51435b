package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.BatchAnswers.Status;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.GaussianMixture;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.RealMoments;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.UgmmException;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Why;
import org.ugmm.testdata.RandomCircuits;
import org.ugmm.testdata.RandomCircuits.Family;
import org.ugmm.testdata.RandomCircuits.Variant;

/** Every row of a batch has the answer, and the kind of certificate, of a single query. */
class BatchTest {
  private static final double NAN = Double.NaN;

  private record Single(
      double[] values, @Nullable Certificate certificate, @Nullable UgmmException why) {
    static Single of(Function<Evidence, Single> query, Circuit c, double[] row) {
      try {
        return query.apply(Evidence.ofRow(c, row));
      } catch (UgmmException e) {
        return new Single(new double[0], null, e);
      }
    }

    static Single of(LogProbability p) {
      return new Single(new double[] {p.value()}, p.certificate(), null);
    }

    static Single of(Posterior posterior) {
      double[] values;
      if (posterior instanceof CategoricalPosterior categorical) {
        values = categorical.probabilities();
      } else if (posterior instanceof GaussianMixture mixture) {
        values = new double[] {mixture.mean(), mixture.variance()};
      } else {
        RealMoments moments = (RealMoments) posterior;
        values = new double[] {moments.mean(), moments.variance()};
      }
      return new Single(values, posterior.certificate(), null);
    }

    static Single of(MpeAnswer answer) {
      return new Single(new double[] {answer.logValue()}, answer.certificate(), null);
    }
  }

  private static void assertSame(
      String what, Single single, BatchAnswers batch, int row, int column) {
    Certificate certificate = batch.certificate(row);
    UgmmException problem = batch.problem(row);
    if (single.why != null) {
      assertNull(certificate, what);
      assertNotNull(problem, what);
      assertEquals(row, problem.row(), what);
      assertEquals(
          single.why instanceof RefusedException, batch.status(row) == Status.REFUSED, what);
      assertTrue(Double.isNaN(batch.value(row, column)), what);
      return;
    }
    assertNull(problem, what);
    assertNotNull(certificate, what + ": " + problem);
    assertEquals(single.certificate.kind(), certificate.kind(), what);
    assertEquals(single.certificate.kind().name(), batch.status(row).name(), what);
    for (int k = 0; k < single.values.length; k++) {
      double tolerance = 1e-9 * (1 + Math.abs(single.values[k]));
      assertEquals(single.values[k], batch.value(row, column + k), tolerance, what);
    }
  }

  private static double[][] rows(Circuit c, int count, long seed, double furthest) {
    SplittableRandom random = new SplittableRandom(seed);
    double[][] rows = new double[count][c.numVariables()];
    for (double[] row : rows) {
      for (int v = 0; v < row.length; v++) {
        Variable variable = c.variables().get(v);
        double value =
            variable instanceof Categorical categorical
                ? random.nextInt(categorical.numStates())
                : 2 * random.nextDouble() - 1;
        double strange =
            switch (random.nextInt(40)) {
              case 0 -> Double.POSITIVE_INFINITY;
              case 1 -> 1e9;
              case 2 -> -1;
              case 3 -> 0.5;
              case 4 -> furthest;
              default -> value;
            };
        row[v] = random.nextInt(3) == 0 ? NAN : strange;
      }
    }
    return rows;
  }

  private static void assertLikeSingles(Circuit c, InferenceOptions options, int count, long seed) {
    assertLikeSingles(c, options, count, seed, -1e154);
  }

  private static void assertLikeSingles(
      Circuit c, InferenceOptions options, int count, long seed, double furthest) {
    Inference inference = new Inference(c, options);
    double[][] rows = rows(c, count, seed, furthest);
    Batch batch = Batch.of(c, rows);
    BatchAnswers marginal = inference.marginal(batch);
    BatchAnswers density = inference.logDensity(batch);
    BatchAnswers mpe = inference.mpe(batch);
    List<BatchAnswers> posteriors = new ArrayList<>();
    for (int v = 0; v < c.numVariables(); v++) {
      posteriors.add(inference.posterior(v, batch));
    }
    for (int r = 0; r < count; r++) {
      double[] row = rows[r];
      String what = "seed " + seed + ", row " + r + " ";
      Single one = Single.of(e -> Single.of(inference.marginal(e)), c, row);
      assertSame(what + "marginal", one, marginal, r, 0);
      one = Single.of(e -> Single.of(inference.logDensity(e)), c, row);
      assertSame(what + "density", one, density, r, 0);
      one = Single.of(e -> Single.of(inference.mpe(e)), c, row);
      assertSame(what + "mpe", one, mpe, r, c.numVariables());
      for (int v = 0; v < c.numVariables(); v++) {
        double[] open = row.clone();
        open[v] = NAN;
        int asked = v;
        one = Single.of(e -> Single.of(inference.posterior(asked, e)), c, open);
        assertSame(what + "posterior " + v, one, posteriors.get(v), r, 0);
      }
    }
  }

  @Test
  void everyQuery_tractableCircuits_isLikeSingleQueries() {
    for (int seed = 0; seed < 6; seed++) {
      Variant variant = seed % 3 == 0 ? Variant.DETERMINISTIC : Variant.PLAIN;
      Circuit c =
          Plain.circuit(RandomCircuits.tractable(Family.MIXED, variant, 2 + seed % 3, seed));
      assertLikeSingles(c, Deep.search(1e-3, 50), 24, seed);
    }
  }

  @Test
  void everyQuery_networksWithLinks_isLikeSingleQueries() {
    for (int seed = 0; seed < 2; seed++) {
      Circuit c = PaperNetwork.random(1 + seed % 2, 3, new int[] {4, 3, 1}, 0.5, seed);
      assertLikeSingles(c, Deep.search(1e-3, 100).allowingAll(), 6, seed);
    }
  }

  @Test
  void everyQuery_circuitThatIsNotSmooth_isLikeSingleQueries() {
    CircuitBuilder b =
        Circuit.builder(List.of(Variable.real("x"), Variable.categorical("c", "a", "b")));
    Circuit c =
        b.build(
            b.sumLinear(
                new int[] {b.gaussian(0, 0, 1), b.categoricalLog(1, Math.log(0.2), Math.log(0.8))},
                new double[] {0.5, 0.5}));
    // further out the error of a leaf overflows, and a single query refuses what a batch proves
    assertLikeSingles(c, InferenceOptions.DEFAULT, 60, 1, -1e153);
  }

  @Test
  void marginal_oneRowOfEachStatus_othersHaveTheirAnswers() {
    CircuitBuilder b =
        Circuit.builder(List.of(Variable.real("x", -1, 1), Variable.categorical("c", "a", "b")));
    int sum =
        b.sumLinear(
            new int[] {b.gaussian(0, 0, 1), b.categoricalLog(1, Math.log(0.9), Math.log(0.1))},
            new double[] {0.4, 0.6});
    Circuit c = b.build(b.link(sum, -2, 1.5));
    Batch batch = Batch.of(c, new double[][] {{0.5, 1}, {0.5, 2}, {NAN, 1}, {7, 0}});
    BatchAnswers exact = new Inference(c, InferenceOptions.DEFAULT.allowing()).marginal(batch);
    assertEquals(Status.EXACT, exact.status(0));
    assertEquals(Status.ERROR, exact.status(1));
    assertEquals(
        "row 1: variable 'c': value 2.0; expected a state index, 0 .. 1",
        exact.problem(1).getMessage());
    assertEquals("c", exact.problem(1).variable());
    assertEquals(Status.REFUSED, exact.status(2));
    RefusedException refused = (RefusedException) exact.problem(2);
    assertEquals(Why.Reason.LINK, refused.why().reason());
    assertEquals(3, refused.node());
    assertEquals(2, refused.row());
    assertEquals(Status.EXACT, exact.status(3));
    assertEquals(Double.NEGATIVE_INFINITY, exact.value(3, 0));
    assertEquals(2, exact.count(Status.EXACT));
    BatchAnswers all = new Inference(c).marginal(batch);
    assertEquals(Status.ENCLOSED, all.status(2));
    BatchAnswers posterior = new Inference(c).posterior("c", batch);
    assertEquals(
        Why.Reason.ZERO_PROBABILITY, ((RefusedException) posterior.problem(3)).why().reason());
    assertEquals(Status.EXACT, posterior.status(1), "what a row says of the variable is not read");
  }

  @Test
  void posterior_ofAVariableWithoutALeaf_isAnErrorInEachRowAsAlone() {
    List<Variable> variables =
        List.of(
            Variable.categorical("a", "0", "1"),
            Variable.categorical("b", "0", "1"),
            Variable.real("x", 0, 1));
    CircuitBuilder builder = Circuit.builder(variables);
    Circuit circuit = builder.build(builder.categoricalLinear(0, 0.25, 0.75));
    Inference inference = new Inference(circuit);
    for (String name : List.of("b", "x")) {
      ArgumentException alone =
          assertThrows(
              ArgumentException.class, () -> inference.posterior(name, new Evidence(circuit)));
      Evidence where = new Evidence(circuit).where("a = 1");
      assertEquals(
          alone.getMessage(),
          assertThrows(ArgumentException.class, () -> inference.posterior(name, where))
              .getMessage());
      double[] row = {Double.NaN, Double.NaN, Double.NaN};
      BatchAnswers batch = inference.posterior(name, Batch.of(circuit, row));
      assertEquals(Status.ERROR, batch.status(0));
      ArgumentException inBatch = (ArgumentException) batch.problem(0);
      assertEquals("row 0: " + alone.getMessage(), inBatch == null ? "" : inBatch.getMessage());
    }
  }
}
