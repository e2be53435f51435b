package org.ugmm.engine.flat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.Deep;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Flat;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Why;
import org.ugmm.engine.deep.ConditionedNetwork;
import org.ugmm.engine.deep.integral.IntegralEstimate;
import org.ugmm.engine.number.LogSum;

/** Circuits with links that fall apart, against the same queries answered as a whole. */
class IndependentPartsTest {
  private static final int STATES = 3;

  /** A mixture of links on units that each read all of the variables given. */
  private static int deep(CircuitBuilder b, List<Variable> all, int[] variables, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int[] links = new int[3];
    for (int j = 0; j < links.length; j++) {
      int[] leaves = new int[variables.length];
      for (int i = 0; i < leaves.length; i++) {
        int v = variables[i];
        if (all.get(v) instanceof Variable.Categorical) {
          double[] logs = new double[STATES];
          Arrays.setAll(logs, s -> -3 * random.nextDouble());
          leaves[i] = b.categoricalLog(v, logs);
        } else {
          leaves[i] = b.gaussian(v, random.nextDouble(-1, 1), random.nextDouble(0.3, 1));
        }
      }
      int unit = b.sumLinear(leaves, weights(leaves.length, random));
      links[j] = b.link(unit, random.nextDouble(-2, 0), random.nextDouble(0.3, 1));
    }
    return b.sumLinear(links, weights(links.length, random));
  }

  private static double[] weights(int count, SplittableRandom random) {
    double[] weights = new double[count];
    Arrays.setAll(weights, i -> random.nextDouble(0.1, 1));
    return weights;
  }

  private static List<Variable> categoricals(int count) {
    List<Variable> variables = new ArrayList<>();
    for (int v = 0; v < count; v++) {
      variables.add(Variable.categorical("c" + v, "a", "b", "c"));
    }
    return variables;
  }

  /** Two products of deep parts, mixed; the parts of the two divide the variables differently. */
  private static Circuit mixed(List<Variable> variables, long seed) {
    CircuitBuilder b = Circuit.builder(variables);
    int[][] first = {{0, 1}, {2, 3}};
    int[][] second = {{0}, {1, 2, 3}};
    int[] products = new int[2];
    for (int p = 0; p < 2; p++) {
      int[][] split = p == 0 ? first : second;
      products[p] =
          b.product(
              deep(b, variables, split[0], 10 * seed + 2 * p),
              deep(b, variables, split[1], 10 * seed + 2 * p + 1));
    }
    return b.build(b.sumLinear(products, new double[] {0.3, 0.7}));
  }

  @Test
  void marginal_categoricalsInParts_equalsTheSumOverAllJointStates() {
    List<Variable> variables = categoricals(4);
    for (long seed = 0; seed < 20; seed++) {
      Circuit c = mixed(variables, seed);
      Inference inference = new Inference(c);
      Evidence e = new Evidence(c);
      if (seed % 2 == 1) {
        e.likelihood(1, 0.2, 1, 0.5);
      }
      if (seed % 3 == 1) {
        e.observe(2, 1);
      }
      LogSum all = new LogSum();
      double[] row = new double[4];
      for (int k = 0; k < 81; k++) {
        for (int v = 0, rest = k; v < 4; v++, rest /= 3) {
          row[v] = rest % 3;
        }
        if (seed % 3 == 1 && row[2] != 1) {
          continue;
        }
        double soft = seed % 2 == 1 ? Math.log(new double[] {0.2, 1, 0.5}[(int) row[1]]) : 0;
        all.add(inference.marginal(new Evidence(c).row(row, 0)).value() + soft, 0);
      }
      LogProbability answer = inference.marginal(e);
      double bound = ((Certificate.Exact) answer.certificate()).relativeErrorBound();
      assertTrue(bound < 1e-12, "bound " + bound);
      assertEquals(all.value(), answer.value(), 1e-13 + bound, "seed " + seed);
    }
  }

  @Test
  void parts_productOfDeepParts_areItsFactors() {
    List<Variable> variables = categoricals(4);
    Circuit c = mixed(variables, 1);
    boolean[] all = {true, true, true, true};
    IndependentParts parts = new IndependentParts(Flat.of(c), all, all);
    assertEquals(4, parts.top.length);
    int[] sizes = Arrays.stream(parts.variables).mapToInt(v -> v.length).sorted().toArray();
    assertEquals("[1, 2, 2, 3]", Arrays.toString(sizes));
    boolean[] one = {false, true, false, false};
    assertTrue(
        new IndependentParts(Flat.of(c), one, one).isRoot(Flat.of(c)),
        "one variable needs no parts");
    boolean[] none = new boolean[4];
    assertEquals(0, new IndependentParts(Flat.of(c), none, none).top.length);
  }

  @Test
  void marginalAndPosterior_moreJointStatesThanTheLimit_areThoseOfTheParts() {
    int numParts = 8;
    List<Variable> variables = categoricals(4 * numParts);
    CircuitBuilder b = Circuit.builder(variables);
    int[] factors = new int[numParts];
    for (int p = 0; p < numParts; p++) {
      factors[p] = deep(b, variables, new int[] {4 * p, 4 * p + 1, 4 * p + 2, 4 * p + 3}, p);
    }
    Circuit c = b.build(b.product(factors));
    double expected = 0;
    double[] states = new double[STATES];
    for (int p = 0; p < numParts; p++) {
      List<Variable> own = categoricals(4);
      CircuitBuilder alone = Circuit.builder(own);
      Circuit part = alone.build(deep(alone, own, new int[] {0, 1, 2, 3}, p));
      Inference inference = new Inference(part);
      expected += inference.marginal(new Evidence(part)).value();
      if (p == 3) {
        states =
            ((CategoricalPosterior) inference.posterior(2, new Evidence(part))).probabilities();
      }
    }
    Inference inference = new Inference(c);
    LogProbability answer = inference.marginal(new Evidence(c));
    assertEquals(Certificate.Kind.EXACT, answer.certificate().kind());
    assertEquals(expected, answer.value(), 1e-12);
    CategoricalPosterior posterior =
        (CategoricalPosterior) inference.posterior(4 * 3 + 2, new Evidence(c));
    assertEquals(Certificate.Kind.EXACT, posterior.certificate().kind());
    for (int s = 0; s < STATES; s++) {
      assertEquals(states[s], posterior.probability(s), 1e-13);
    }
  }

  @Test
  void marginal_onePartWithTooManyJointStates_isRefusedButEnclosed() {
    List<Variable> variables = categoricals(13);
    CircuitBuilder b = Circuit.builder(variables);
    int[] all = new int[13];
    Arrays.setAll(all, v -> v);
    Circuit c = b.build(deep(b, variables, all, 5));
    Evidence e = new Evidence(c);
    RefusedException refusal =
        assertThrows(
            RefusedException.class,
            () -> new Inference(c, InferenceOptions.DEFAULT.allowing()).marginal(e));
    assertEquals(Why.Reason.TOO_MANY_STATES, refusal.why().reason());
    LogProbability enclosed =
        new Inference(c, Deep.proof(20_000).withWidestEnclosure(2)).marginal(e);
    Certificate.Enclosed range = (Certificate.Enclosed) enclosed.certificate();
    LogProbability estimate = Deep.marginal(e, Deep.integral(1e-4, 400_000));
    double error = ((Certificate.Estimated) estimate.certificate()).errorEstimate();
    assertTrue(range.lo() <= estimate.value() + error, range + " " + estimate);
    assertTrue(range.hi() >= estimate.value() - error, range + " " + estimate);
    MpeAnswer mpe = Deep.mpe(e, Deep.search(1e-9, 20_000));
    assertTrue(mpe.logUpperBound() >= mpe.logValue());
  }

  @Test
  void integralsOfReals_inParts_equalTheWhole() {
    List<Variable> variables =
        List.of(
            Variable.real("x", -2, 2),
            Variable.categorical("c", "a", "b", "c"),
            Variable.real("y", -1, 2),
            Variable.categorical("d", "a", "b", "c"));
    InferenceOptions options = Deep.integral(1e-9, 1000);
    for (long seed = 0; seed < 10; seed++) {
      Circuit c = mixed(variables, seed);
      Evidence e = new Evidence(c).observe(3, (int) (seed % 3));
      if (seed % 2 == 1) {
        e.likelihood(1, 0.2, 1, 0.5);
      }
      IntegralEstimate whole = new IntegralEstimate(ConditionedNetwork.of(Flat.of(e)));
      whole.quadrature(1e-9, 10_000_000);
      LogProbability answer = Deep.marginal(e, options);
      assertEquals(Math.log(whole.integral[0]) + whole.logShift, answer.value(), 1e-8);
      IntegralEstimate byState = new IntegralEstimate(ConditionedNetwork.ofStates(Flat.of(e), 1));
      byState.quadrature(1e-9, 10_000_000);
      double sum = Arrays.stream(byState.integral).sum();
      CategoricalPosterior posterior = Deep.posterior(1, e, options);
      for (int s = 0; s < STATES; s++) {
        assertEquals(byState.integral[s] / sum, posterior.probability(s), 1e-8, "seed " + seed);
      }
    }
  }

  @Test
  void marginal_productOfSixDeepReals_isEstimatedByQuadratureOfEach() {
    List<Variable> variables = new ArrayList<>();
    for (int v = 0; v < 6; v++) {
      variables.add(Variable.real("x" + v, -2, 2));
    }
    CircuitBuilder b = Circuit.builder(variables);
    int[] factors = new int[6];
    double expected = 0;
    for (int v = 0; v < 6; v++) {
      factors[v] = deep(b, variables, new int[] {v}, v);
      List<Variable> own = List.of(Variable.real("x", -2, 2));
      CircuitBuilder alone = Circuit.builder(own);
      Circuit part = alone.build(deep(alone, own, new int[] {0}, v));
      expected += Deep.marginal(new Evidence(part), InferenceOptions.DEFAULT).value();
    }
    Circuit c = b.build(b.product(factors));
    LogProbability answer = Deep.marginal(new Evidence(c), InferenceOptions.DEFAULT);
    assertEquals(expected, answer.value(), 1e-7);
    Certificate.Estimated estimated = (Certificate.Estimated) answer.certificate();
    assertTrue(estimated.method().contains("over 1 reals"), estimated.method());
    assertTrue(estimated.errorEstimate() < 1e-6, estimated.toString());
  }
}
