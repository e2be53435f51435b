package org.ugmm.engine.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;

/** Enclosed entropies and divergences against closed forms and dense quadrature. */
class MixtureEntropyTest {
  private static final double INF = Double.POSITIVE_INFINITY;
  private static final Variable.Real X = Variable.real("x");

  private static GaussianMixture mixture(Random random, int size, double lo, double hi) {
    double[] weight = random.doubles(size).map(w -> w + 0.01).toArray();
    double uniform = Double.isInfinite(lo) ? 0 : 0.2 * random.nextInt(2);
    double sum = Arrays.stream(weight).sum();
    for (int k = 0; k < size; k++) {
      weight[k] *= (1 - uniform) / sum;
    }
    double[] mean = random.doubles(size, -4, 4).toArray();
    double[] scale = random.doubles(size, -3, 1).map(Math::exp).toArray();
    return new GaussianMixture(X, weight, mean, scale, uniform, lo, hi, new Certificate.Exact(0));
  }

  /** Simpson's rule with 100,000 panels over the support, or 13 scales beyond every mean. */
  private static double integral(GaussianMixture p, DoubleUnaryOperator f) {
    double lo = Math.max(p.lo(), -4 - 13 * Math.E);
    double hi = Math.min(p.hi(), 4 + 13 * Math.E);
    int panels = 100_000;
    double h = (hi - lo) / panels;
    double sum = 0;
    for (int i = 0; i <= panels; i++) {
      double x = i == panels ? hi : lo + i * h;
      double weight = i == 0 || i == panels ? 1 : i % 2 == 1 ? 4 : 2;
      double density = p.density(x);
      sum += density == 0 ? 0 : weight * density * f.applyAsDouble(x);
    }
    return sum * h / 3;
  }

  private static void assertEncloses(double expected, Quantity found, double tolerance) {
    Certificate.Enclosed enclosed =
        assertInstanceOf(Certificate.Enclosed.class, found.certificate());
    assertTrue(
        enclosed.lo() - 1e-9 <= expected && expected <= enclosed.hi() + 1e-9,
        expected + " outside " + enclosed);
    assertTrue(enclosed.hi() - enclosed.lo() <= 1.01 * tolerance + 1e-10, enclosed.toString());
    assertEquals(expected, found.value(), tolerance + 1e-9);
  }

  /** The same with means and scales moved by as much as the errors say. */
  private static GaussianMixture moved(
      GaussianMixture p, double[] ofMeans, double[] ofScales, Random random) {
    double[] means = p.means();
    double[] scales = p.scales();
    for (int k = 0; k < means.length; k++) {
      means[k] += (random.nextBoolean() ? 1 : -1) * ofMeans[k];
      scales[k] *= 1 + (random.nextBoolean() ? 1 : -1) * ofScales[k];
    }
    return new GaussianMixture(
        X, p.weights(), means, scales, p.uniformWeight(), p.lo(), p.hi(), p.certificate());
  }

  private static void assertHolds(GaussianMixture near, GaussianMixture far, String what) {
    Quantity truth = near.entropy(1e-7);
    Quantity found = far.entropy(1e-7);
    double value = found.value();
    boolean holds =
        found.certificate() instanceof Certificate.Exact exact
            ? Math.abs(truth.value() - value)
                <= exact.relativeErrorBound() * Math.max(1, Math.abs(value))
            : isWithin(truth.value(), found);
    assertTrue(holds, () -> what + truth + found);
  }

  private static boolean isWithin(double truth, Quantity found) {
    Certificate.Enclosed in = (Certificate.Enclosed) found.certificate();
    return in.lo() - 1e-7 <= truth && truth <= in.hi() + 1e-7; // as wide as the truth's own
  }

  @Test
  void entropyAndDivergence_componentsWithErrors_encloseThoseOfTheTrueMixture() {
    Random random = new Random(8);
    for (int i = 0; i < 9; i++) {
      double lo = i % 3 == 0 ? -1 - 3 * random.nextDouble() : -INF;
      double hi = i % 3 == 0 ? 1 + 3 * random.nextDouble() : INF;
      GaussianMixture p = mixture(random, 1 + random.nextInt(3), lo, hi);
      GaussianMixture q = mixture(random, 1 + random.nextInt(3), lo, hi);
      double[] ofMeans = Arrays.stream(p.scales()).map(s -> 1e-7 * s).toArray();
      double[] ofScales = new double[ofMeans.length];
      Arrays.fill(ofScales, 1e-7);
      double[] ofMeansQ = Arrays.stream(q.scales()).map(s -> 1e-7 * s).toArray();
      double[] ofScalesQ = new double[ofMeansQ.length];
      Arrays.fill(ofScalesQ, 1e-7);
      GaussianMixture trueP = moved(p, ofMeans, ofScales, random);
      GaussianMixture trueQ = moved(q, ofMeansQ, ofScalesQ, random);
      GaussianMixture knownP = p.withErrors(ofMeans, ofScales);
      String what = "mixture " + i + ": ";
      assertHolds(trueP, knownP, what);
      Quantity truth = trueP.klDivergence(trueQ, 1e-7);
      Quantity found = knownP.klDivergence(q.withErrors(ofMeansQ, ofScalesQ), 1e-7);
      assertTrue(isWithin(truth.value(), found), () -> what + truth + found);
    }
  }

  @Test
  void entropyAndDivergence_randomMixtures_encloseTheQuadrature() {
    Random random = new Random(7);
    for (int i = 0; i < 15; i++) {
      double lo = i % 3 == 0 ? -1 - 3 * random.nextDouble() : -INF;
      double hi = i % 3 == 0 ? 1 + 3 * random.nextDouble() : INF;
      GaussianMixture p = mixture(random, 1 + random.nextInt(5), lo, hi);
      GaussianMixture q = mixture(random, 1 + random.nextInt(5), lo, hi);
      if (p.numComponents() > 1) {
        assertEncloses(-integral(p, x -> p.logDensity(x)), p.entropy(1e-5), 1e-5);
      }
      double kl = integral(p, x -> p.logDensity(x) - q.logDensity(x));
      Quantity found = p.klDivergence(q, 1e-4 * (1 + kl));
      assertEncloses(kl, found, 1e-4 * (1 + kl));
    }
  }

  @Test
  void entropy_closedForms_areEnclosed() {
    GaussianMixture half =
        new GaussianMixture(
            X,
            new double[] {1},
            new double[] {0},
            new double[] {2},
            0,
            0,
            INF,
            new Certificate.Exact(0));
    double expected = 0.5 * Math.log(2 * Math.PI * Math.E * 4) - Math.log(2);
    assertEncloses(expected, half.entropy(1e-7), 1e-7);
    GaussianMixture apart =
        new GaussianMixture(
            X,
            new double[] {0.25, 0.75},
            new double[] {-1e4, 1e4},
            new double[] {1, 3},
            0,
            -INF,
            INF,
            new Certificate.Exact(0));
    double mixed =
        0.5 * Math.log(2 * Math.PI * Math.E)
            + 0.75 * Math.log(3)
            - 0.25 * Math.log(0.25)
            - 0.75 * Math.log(0.75);
    assertEncloses(mixed, apart.entropy(1e-6), 1e-6);
  }

  @Test
  void klDivergence_afterAndBeforeEvidence_isWhatTheEvidenceTold() {
    CircuitBuilder b = Circuit.builder(List.of(X, Variable.real("y")));
    int left = b.product(b.gaussian(0, -1, 1), b.gaussian(1, 0, 1));
    int right = b.product(b.gaussian(0, 2, 0.5), b.gaussian(1, 3, 1));
    Circuit circuit = b.build(b.sumLinear(new int[] {left, right}, new double[] {0.5, 0.5}));
    Inference inference = new Inference(circuit);
    GaussianMixture before = (GaussianMixture) inference.posterior(0, new Evidence(circuit));
    GaussianMixture after =
        (GaussianMixture) inference.posterior(0, new Evidence(circuit).observe(1, 2.5));
    double expected = integral(after, x -> after.logDensity(x) - before.logDensity(x));
    assertEncloses(expected, after.klDivergence(before, 1e-6), 1e-6);
    assertEncloses(0, before.klDivergence(before, 1e-6), 1e-6);
  }

  @Test
  void klDivergence_otherSupport_isInfinite() {
    GaussianMixture whole = mixture(new Random(1), 2, -INF, INF);
    GaussianMixture cut = mixture(new Random(1), 2, -1, 1);
    assertEquals(INF, whole.klDivergence(cut, 1e-3).value());
    assertTrue(cut.klDivergence(whole, 1e-3).value() > 0);
    assertEquals(
        "a tolerance of 0.0 nats; expected one above 0",
        assertThrows(ArgumentException.class, () -> whole.entropy(0)).getMessage());
  }
}
