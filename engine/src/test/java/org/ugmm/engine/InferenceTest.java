package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.GaussianMixture;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable;

/** Hand-computed answers and the text of every refusal. */
class InferenceTest {
  private static final double LOG_2PI_HALF = 0.5 * Math.log(2 * Math.PI);

  /** 0.3 N(x; 0, 1) [0.9, 0.1] + 0.7 N(x; 4, 2) [0.2, 0.8]. */
  private static Circuit flowers() {
    CircuitBuilder b =
        Circuit.builder(List.of(Variable.real("x"), Variable.categorical("c", "a", "b")));
    int left = b.product(b.gaussian(0, 0, 1), b.categoricalLog(1, Math.log(0.9), Math.log(0.1)));
    int right = b.product(b.gaussian(0, 4, 2), b.categoricalLog(1, Math.log(0.2), Math.log(0.8)));
    return b.build(b.sumLinear(new int[] {left, right}, new double[] {0.3, 0.7}));
  }

  /** Twice the circuit above and a link: N(log f; -2, 1.5). */
  private static Circuit deep(Variable x) {
    CircuitBuilder b = Circuit.builder(List.of(x, Variable.categorical("c", "a", "b")));
    int sum =
        b.sumLinear(
            new int[] {b.gaussian(0, 0, 1), b.categoricalLog(1, Math.log(0.9), Math.log(0.1))},
            new double[] {0.4, 0.6});
    return b.build(b.link(sum, -2, 1.5));
  }

  private static double relativeBound(Certificate certificate) {
    return ((Certificate.Exact) certificate).relativeErrorBound();
  }

  @Test
  void logDensity_completeEvidence_isLogOfF() {
    Circuit c = flowers();
    LogProbability p =
        new Inference(c).logDensity(new Evidence(c).observe("x", 1).observe("c", "b"));
    double f =
        0.3 * 0.1 * Math.exp(-0.5) / Math.sqrt(2 * Math.PI)
            + 0.7 * 0.8 * Math.exp(-0.5 * 9 / 4) / 2 / Math.sqrt(2 * Math.PI);
    assertEquals(Math.log(f), p.value(), 1e-14);
    assertTrue(p.normalised());
    assertTrue(relativeBound(p.certificate()) < 1e-13);
  }

  @Test
  void logDensity_missingVariable_saysWhich() {
    Circuit c = flowers();
    ArgumentException e =
        assertThrows(
            ArgumentException.class,
            () -> new Inference(c).logDensity(new Evidence(c).observe("c", "b")));
    assertEquals(
        "the log-density needs a value of every variable; 'x' has none; ask for the marginal",
        e.getMessage());
  }

  @Test
  void conditional_anySplit_isRatioOfMarginals() {
    Circuit c = flowers();
    Inference inference = new Inference(c);
    LogProbability p =
        inference.conditional(
            new Evidence(c).observe("c", "a"), new Evidence(c).interval("x", -1, 1));
    double left = 0.3 * 0.6826894921370859;
    double right = 0.7 * (0.06680720126885807 - 0.006209665325776132);
    assertEquals(Math.log((left * 0.9 + right * 0.2) / (left + right)), p.value(), 1e-14);
    assertTrue(p.normalised());
  }

  @Test
  void conditional_variableOnBothSides_isAnError() {
    Circuit c = flowers();
    ArgumentException e =
        assertThrows(
            ArgumentException.class,
            () ->
                new Inference(c)
                    .conditional(
                        new Evidence(c).observe("c", "a"), new Evidence(c).observe("c", "b")));
    assertEquals(
        "variable 'c' is in the query and in what is given; expected it in one of them",
        e.getMessage());
  }

  @Test
  void conditional_givenProbabilityZero_isRefused() {
    CircuitBuilder b =
        Circuit.builder(
            List.of(Variable.categorical("c", "a", "b"), Variable.categorical("d", "a", "b")));
    Circuit c =
        b.build(
            b.product(
                b.categoricalLog(0, 0, Double.NEGATIVE_INFINITY),
                b.categoricalLog(1, Math.log(0.5), Math.log(0.5))));
    Inference inference = new Inference(c);
    Evidence impossible = new Evidence(c).observe("c", "b");
    assertEquals(Double.NEGATIVE_INFINITY, inference.marginal(impossible).value());
    String message =
        "the evidence has probability zero; nothing follows from it: correct or loosen it";
    assertEquals(
        message,
        assertThrows(
                RefusedException.class,
                () -> inference.conditional(new Evidence(c).observe("d", "a"), impossible))
            .getMessage());
    assertEquals(
        message,
        assertThrows(RefusedException.class, () -> inference.posteriors(impossible)).getMessage());
  }

  @Test
  void posterior_categoricalGivenReal_followsBayes() {
    Circuit c = flowers();
    CategoricalPosterior p =
        (CategoricalPosterior) new Inference(c).posterior("c", new Evidence(c).observe("x", 1));
    double left = 0.3 * Math.exp(-0.5);
    double right = 0.7 * Math.exp(-9 / 8.0) / 2;
    assertEquals((0.9 * left + 0.2 * right) / (left + right), p.probability("a"), 1e-15);
    assertEquals(1, p.probability("a") + p.probability("b"), 1e-15);
    double a = p.probability(0);
    assertEquals(-a * Math.log(a) - (1 - a) * Math.log(1 - a), p.entropy(), 1e-15);
    assertTrue(relativeBound(p.certificate()) < 1e-13);
  }

  @Test
  void posterior_realGivenCategorical_isTheMixture() {
    Circuit c = flowers();
    GaussianMixture p =
        (GaussianMixture) new Inference(c).posterior("x", new Evidence(c).observe("c", "a"));
    double left = 0.27 / (0.27 + 0.14);
    assertEquals(left, p.weights()[0], 1e-15);
    assertEquals(0, p.means()[0]);
    assertEquals(2, p.scales()[1]);
    assertEquals(4 * (1 - left), p.mean(), 1e-15);
    assertEquals(left + (1 - left) * 4 + 16 * left * (1 - left), p.variance(), 1e-13);
    assertEquals(0, p.uniformWeight());
  }

  @Test
  void posterior_observedVariable_isAnError() {
    Circuit c = flowers();
    ArgumentException e =
        assertThrows(
            ArgumentException.class,
            () -> new Inference(c).posterior("x", new Evidence(c).observe("x", 1)));
    assertEquals(
        "variable 'x' is observed; the posterior is that of a variable without a value",
        e.getMessage());
  }

  @Test
  void marginal_linksAndCategoricalUnobserved_sumsTheStates() {
    Circuit c = deep(Variable.real("x"));
    Inference inference = new Inference(c);
    double[] f = new double[2];
    for (int s = 0; s < 2; s++) {
      double inner =
          Math.log(0.4 * Math.exp(-0.5 * 0.49 - LOG_2PI_HALF) + 0.6 * (s == 0 ? 0.9 : 0.1));
      double d = (inner + 2) / 1.5;
      f[s] = Math.exp(-0.5 * d * d - LOG_2PI_HALF) / 1.5;
    }
    Evidence e = new Evidence(c).observe("x", 0.7);
    LogProbability p = inference.marginal(e);
    assertEquals(Math.log(f[0] + f[1]), p.value(), 1e-14);
    assertFalse(p.normalised());
    CategoricalPosterior posterior = (CategoricalPosterior) inference.posterior("c", e);
    assertEquals(f[0] / (f[0] + f[1]), posterior.probability("a"), 1e-14);
    assertEquals(
        Math.log(f[1] / (f[0] + f[1])),
        inference.conditional(new Evidence(c).observe("c", "b"), e).value(),
        1e-14);
  }

  @Test
  void marginal_realBelowLink_isRefusedWithRemedy() {
    Circuit c = deep(Variable.real("x"));
    RefusedException e =
        assertThrows(
            RefusedException.class,
            () -> new Inference(c).marginal(new Evidence(c).observe("c", "a")));
    assertEquals(
        "variable 'x' has no value and cannot be integrated out exactly: node 3 is a Gaussian link"
            + " above a leaf on 'x'; observe 'x', or give it an interval or a domain and allow estimates",
        e.getMessage());
  }

  @Test
  void marginal_nonSmoothSum_isRefusedWithRemedy() {
    CircuitBuilder b = Circuit.builder(List.of(Variable.real("x"), Variable.real("y")));
    Circuit c =
        b.build(
            b.sumLinear(
                new int[] {b.gaussian(0, 0, 1), b.gaussian(1, 0, 1)}, new double[] {0.5, 0.5}));
    Inference inference = new Inference(c);
    assertFalse(inference.logDensity(new Evidence(c).observe("x", 0).observe("y", 0)).normalised());
    RefusedException e =
        assertThrows(
            RefusedException.class, () -> inference.marginal(new Evidence(c).observe("x", 0)));
    assertEquals(
        "variable 'y' has no value and cannot be integrated out exactly: sum node 2 is not smooth:"
            + " child 0 lacks variable 'y'; observe 'y', or give it an interval or a domain and allow"
            + " estimates",
        e.getMessage());
  }

  @Test
  void marginal_overlappingProduct_isRefusedWithRemedy() {
    CircuitBuilder b = Circuit.builder(List.of(Variable.real("x")));
    Circuit c = b.build(b.product(b.gaussian(0, 0, 1), b.gaussian(0, 1, 1)));
    RefusedException e =
        assertThrows(RefusedException.class, () -> new Inference(c).marginal(new Evidence(c)));
    assertEquals(
        "variable 'x' has no value and cannot be integrated out exactly: product node 2 is not"
            + " decomposable: children 0 and 1 share variable 'x'; observe 'x', or give it an interval"
            + " or a domain and allow estimates",
        e.getMessage());
  }

  @Test
  void marginal_tooManyJointStates_isRefused() {
    Variable[] variables = new Variable[21];
    for (int v = 0; v < variables.length; v++) {
      variables[v] = Variable.categorical("c" + v, "a", "b");
    }
    CircuitBuilder b = Circuit.builder(List.of(variables));
    int[] leaves = new int[variables.length];
    for (int v = 0; v < variables.length; v++) {
      leaves[v] = b.categoricalLog(v, Math.log(0.5), Math.log(0.5));
    }
    Circuit c = b.build(b.link(b.product(leaves), 0, 1));
    InferenceOptions exact = InferenceOptions.DEFAULT.allowing();
    RefusedException e =
        assertThrows(
            RefusedException.class, () -> new Inference(c, exact).marginal(new Evidence(c)));
    assertTrue(
        e.getMessage().startsWith("21 unobserved categorical variables ('c0', "), e.getMessage());
    assertTrue(
        e.getMessage()
            .endsWith(
                "have more than 1048576 joint states, too many to sum over; observe some of them,"
                    + " or allow enclosed and estimated answers"),
        e.getMessage());
  }

  @Test
  void marginal_evidenceOfAnotherCircuit_isAnError() {
    ArgumentException e =
        assertThrows(
            ArgumentException.class,
            () -> new Inference(flowers()).marginal(new Evidence(flowers())));
    assertEquals("the evidence speaks of another circuit; expected this one", e.getMessage());
  }
}
