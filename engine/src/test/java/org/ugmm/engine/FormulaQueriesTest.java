package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.Budget;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.Certificate.Enclosed;
import org.ugmm.engine.data.Certificate.Exact;
import org.ugmm.engine.data.GaussianMixture;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.RealMoments;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.formula.Formula;
import org.ugmm.engine.mixture.LeafMixture;
import org.ugmm.testdata.Oracle;
import org.ugmm.testdata.PlainCircuit;
import org.ugmm.testdata.PlainEvidence;
import org.ugmm.testdata.PlainVariable;
import org.ugmm.testdata.RandomCircuits;
import org.ugmm.testdata.RandomEvidence;

/**
 * Formulas against enumeration over the cells of all variables. With {@code
 * -Dorg.ugmm.formulas=2000} on as many circuits.
 */
class FormulaQueriesTest {
  private static final int NUM_CIRCUITS = Integer.getInteger("org.ugmm.formulas", 60);
  private static final int MAX_CELLS = 3000;
  private static final double NONE = Double.NEGATIVE_INFINITY;

  private static double sum(PlainCircuit plain, List<List<PlainEvidence>> cells) {
    return Oracle.logSumExp(cells.stream().mapToDouble(e -> Oracle.logValue(plain, e)).toArray());
  }

  /** A circuit, evidence, and a formula with what enumeration says of it. */
  private record Case(
      long seed,
      PlainCircuit plain,
      Circuit circuit,
      List<PlainEvidence> given,
      Formula formula,
      List<List<PlainEvidence>> cells) {

    static Case of(long seed) {
      Random random = new Random(seed);
      PlainCircuit plain = RandomCircuits.tractable(seed);
      Circuit circuit = Plain.circuit(plain);
      List<PlainEvidence> given =
          switch (random.nextInt(3)) {
            case 0 -> PlainEvidence.none(plain.numVariables());
            case 1 -> RandomEvidence.points(plain, 0.7, seed);
            default -> RandomEvidence.any(plain, seed);
          };
      while (true) {
        Formula formula = RandomFormulas.of(circuit.variables(), 1 + random.nextInt(12), random);
        List<List<PlainEvidence>> cells =
            RandomFormulas.cells(formula, circuit.variables(), given, MAX_CELLS);
        if (cells != null) {
          return new Case(seed, plain, circuit, given, formula, cells);
        }
      }
    }

    Evidence evidence() {
      return Plain.evidence(circuit, given);
    }

    @Override
    public String toString() {
      return "seed " + seed + " given " + given + " where " + formula + "\n" + plain;
    }
  }

  private static void assertLog(
      double expected, double magnitude, LogProbability actual, Object what) {
    if (expected == NONE) {
      assertEquals(NONE, actual.value(), what::toString);
      return;
    }
    if (actual.certificate() instanceof Enclosed far) { // rounding leaves an interval of the log
      assertTrue(magnitude > 1e8, () -> magnitude + " " + what);
      double slack = 1e-11 * magnitude;
      assertTrue(far.lo() <= expected + slack && expected <= far.hi() + slack, what::toString);
      return;
    }
    double bound = ((Exact) actual.certificate()).relativeErrorBound();
    assertTrue(bound < 1e-11 * (1 + magnitude), () -> bound + " " + what);
    assertEquals(expected, actual.value(), 1e-11 * (1 + magnitude) + bound, what::toString);
  }

  @Test
  void probabilityAndMarginal_randomCircuits_equalEnumeration() {
    int numZero = 0;
    for (long seed = 0; seed < NUM_CIRCUITS; seed++) {
      Case at = Case.of(seed);
      Inference inference = new Inference(at.circuit);
      double whole = Oracle.logValue(at.plain, at.given);
      double part = sum(at.plain, at.cells);
      if (whole == NONE) {
        assertThrows(
            RefusedException.class,
            () -> inference.probability(at.formula, at.evidence()),
            at::toString);
        continue;
      }
      numZero += part == NONE ? 1 : 0;
      try {
        assertLog(
            part - whole,
            Math.abs(whole) + (part > NONE ? Math.abs(part) : 0),
            inference.probability(at.formula, at.evidence()),
            at);
      } catch (RefusedException single) {
        assertTrue(single.getMessage().contains("single values"), single.getMessage());
        assertEquals(NONE, part, at::toString);
        continue;
      }
      if (part > NONE) {
        LogProbability marginal = inference.marginal(at.evidence().where(at.formula));
        assertLog(part - Oracle.logZ(at.plain), Math.abs(part), marginal, at);
      }
    }
    assertTrue(numZero < NUM_CIRCUITS / 2, "too few formulas that hold anywhere");
  }

  @Test
  void posteriors_randomCircuits_equalEnumeration() {
    int numFar = 0;
    for (long seed = 0; seed < NUM_CIRCUITS; seed++) {
      Case at = Case.of(seed);
      double part = sum(at.plain, at.cells);
      if (part == NONE || Oracle.logValue(at.plain, at.given) == NONE) {
        continue;
      }
      Inference inference = new Inference(at.circuit);
      Evidence e = at.evidence().where(at.formula);
      for (int v = 0; v < at.given.size(); v++) {
        if (!(at.given.get(v) instanceof PlainEvidence.Point)) {
          numFar += checkPosterior(at, v, part, inference, e) ? 0 : 1;
        }
      }
    }
    assertTrue(numFar <= NUM_CIRCUITS / 10, numFar + " posteriors refused");
  }

  /** False where rounding may change the posterior given a cell, which is far out. */
  private static boolean checkPosterior(
      Case at, int v, double part, Inference inference, Evidence e) {
    try {
      checkPosterior(at, v, part, inference.posterior(v, e));
      return true;
    } catch (RefusedException far) {
      assertTrue(far.getMessage().startsWith("rounding may change the posterior of "));
      return false;
    }
  }

  private static void checkPosterior(Case at, int v, double part, Posterior posterior) {
    if (posterior instanceof CategoricalPosterior of) {
      for (int s = 0; s < of.variable().numStates(); s++) {
        double[] only = new double[of.variable().numStates()];
        List<List<PlainEvidence>> cells = new ArrayList<>();
        for (List<PlainEvidence> cell : at.cells) {
          only[s] =
              cell.get(v) instanceof PlainEvidence.Likelihood soft
                  ? soft.perState()[s]
                  : cell.get(v) instanceof PlainEvidence.States set && !set.allowed()[s] ? 0 : 1;
          cells.add(PlainEvidence.with(cell, v, new PlainEvidence.Likelihood(only.clone())));
        }
        double expected = sum(at.plain, cells) - part;
        assertEquals(
            Math.exp(expected), of.probability(s), 1e-10 * (1 + Math.abs(part)), at::toString);
      }
      return;
    }
    // the probability of being below 0.3, which cuts cells
    double below = 0;
    double mean = 0;
    List<Double> logs = new ArrayList<>();
    List<GaussianMixture> of = new ArrayList<>();
    Inference inference = new Inference(at.circuit);
    for (List<PlainEvidence> cell : at.cells) {
      double log = Oracle.logValue(at.plain, cell);
      if (log - part > -60) {
        logs.add(log - part);
        of.add((GaussianMixture) inference.posterior(v, Plain.evidence(at.circuit, cell)));
      }
    }
    for (int i = 0; i < logs.size(); i++) {
      below += Math.exp(logs.get(i)) * of.get(i).cdf(0.3);
      mean += Math.exp(logs.get(i)) * of.get(i).mean();
    }
    double scale = 1 + Math.abs(mean);
    double tolerance = 1e-9 * (1 + Math.abs(part));
    if (posterior instanceof GaussianMixture mixture) {
      assertEquals(below, mixture.cdf(0.3), tolerance, at::toString);
      assertEquals(mean, mixture.mean(), tolerance * scale * (1 + Math.sqrt(mixture.variance())));
      return;
    }
    RealMoments moments = (RealMoments) posterior;
    double variance = 0;
    for (int i = 0; i < logs.size(); i++) {
      double d = of.get(i).mean() - mean;
      variance += Math.exp(logs.get(i)) * (of.get(i).variance() + d * d);
    }
    double spread = 1 + Math.sqrt(variance);
    assertEquals(mean, moments.mean(), tolerance * scale * spread, at::toString);
    assertEquals(variance, moments.variance(), tolerance * (scale * scale + spread * spread));
    assertInstanceOf(Exact.class, moments.certificate());
  }

  @Test
  void mpe_categoricalCircuits_equalsEnumeration() {
    for (long seed = 0; seed < NUM_CIRCUITS; seed++) {
      RandomCircuits.Variant variant =
          seed % 2 == 0 ? RandomCircuits.Variant.PLAIN : RandomCircuits.Variant.DETERMINISTIC;
      PlainCircuit plain =
          RandomCircuits.tractable(
              RandomCircuits.Family.CATEGORICAL, variant, 2 + (int) (seed % 4), seed);
      Circuit circuit = Plain.circuit(plain);
      Random random = new Random(seed);
      Formula formula = RandomFormulas.of(circuit.variables(), 1 + random.nextInt(8), random);
      double best = NONE;
      for (double[] row : rows(circuit)) {
        if (RandomFormulas.holds(formula, circuit.variables(), row)) {
          best = Math.max(best, Oracle.logValue(plain, PlainEvidence.ofRow(row)));
        }
      }
      Inference inference = new Inference(circuit);
      Evidence e = new Evidence(circuit).where(formula);
      String what = "seed " + seed + " where " + formula;
      if (best == NONE) {
        assertThrows(RefusedException.class, () -> inference.mpe(e), what);
        continue;
      }
      MpeAnswer answer = inference.mpe(e);
      double logZ = Oracle.logZ(plain);
      assertEquals(best - logZ, answer.logValue(), 1e-9, what);
      assertTrue(answer.logUpperBound() >= best - logZ - 1e-12, what);
      assertTrue(RandomFormulas.holds(formula, circuit.variables(), answer.assignment()), what);
      assertEquals(Certificate.Kind.EXACT, answer.certificate().kind(), what);
      if (variant == RandomCircuits.Variant.DETERMINISTIC && circuit.numVariables() > 1) {
        List<MpeAnswer> ranked = inference.best(e, 3);
        assertEquals(best - logZ, ranked.get(0).logValue(), 1e-9, what);
        for (MpeAnswer of : ranked) {
          assertTrue(RandomFormulas.holds(formula, circuit.variables(), of.assignment()), what);
        }
      }
    }
  }

  private static List<double[]> rows(Circuit circuit) {
    List<double[]> rows = new ArrayList<>();
    rows.add(new double[circuit.numVariables()]);
    for (int v = 0; v < circuit.numVariables(); v++) {
      List<double[]> more = new ArrayList<>();
      for (double[] row : rows) {
        for (int s = 0; s < ((Categorical) circuit.variables().get(v)).numStates(); s++) {
          double[] copy = row.clone();
          copy[v] = s;
          more.add(copy);
        }
      }
      rows = more;
    }
    return rows;
  }

  private static Circuit standard() {
    CircuitBuilder builder =
        Circuit.builder(
            List.of(
                Variable.real("x"), Variable.real("y"), Variable.categorical("k", "a", "b", "c")));
    int first =
        builder.product(
            builder.gaussian(0, 0, 1),
            builder.gaussian(1, 1, 2),
            builder.categoricalLog(2, Math.log(0.5), Math.log(0.3), Math.log(0.2)));
    int second =
        builder.product(
            builder.gaussian(0, 3, 0.5),
            builder.gaussian(1, -1, 1),
            builder.categoricalLog(2, Math.log(0.1), Math.log(0.2), Math.log(0.7)));
    return builder.build(builder.sumLinear(new int[] {first, second}, new double[] {0.4, 0.6}));
  }

  private static double probability(String formula) {
    Circuit circuit = standard();
    return new Inference(circuit)
        .probability(Formula.parse(formula, circuit.variables()), new Evidence(circuit))
        .value();
  }

  @Test
  void probability_farOut_keepsItsDigits() {
    // two independent tails of e-151 each; erfc(x) ~ exp(-x^2) / (x sqrt(pi)) (1 - 1 / (2 x^2) ..)
    CircuitBuilder builder = Circuit.builder(List.of(Variable.real("x"), Variable.real("y")));
    Circuit circuit =
        builder.build(builder.product(builder.gaussian(0, 0, 1), builder.gaussian(1, 0, 1)));
    LogProbability p =
        new Inference(circuit)
            .probability(
                Formula.parse("not (x < 26.2 or y < 26.2)", circuit.variables()),
                new Evidence(circuit));
    double z = 26.2;
    double series =
        1 - 1 / (z * z) + 3 / Math.pow(z, 4) - 15 / Math.pow(z, 6) + 105 / Math.pow(z, 8);
    double one = -0.5 * z * z - Math.log(z) - 0.5 * Math.log(2 * Math.PI) + Math.log(series);
    assertEquals(2 * one, p.value(), 1e-9);
    assertTrue(Math.exp(p.value()) < 1e-300 && Math.exp(p.value()) > 1e-303);
    assertTrue(((Exact) p.certificate()).relativeErrorBound() < 1e-11);
    // and what is nearly certain is told by what is missing
    LogProbability almost =
        new Inference(circuit)
            .probability(
                Formula.parse("x < 8 or y < 7 or y > 9", circuit.variables()),
                new Evidence(circuit));
    double missing = 6.22096057427178e-16 * 1.279812543885835e-12;
    assertEquals(-missing, almost.value(), 1e-6 * missing);
  }

  @Test
  void probability_singleValues_countOnlyWhereNothingElseDoes() {
    assertEquals(probability("y > 1"), probability("x = 3 or y > 1"));
    assertEquals(0, probability("x != 3"));
    RefusedException e = assertThrows(RefusedException.class, () -> probability("x = 3"));
    assertTrue(e.getMessage().contains("only at single values"), e.getMessage());
    assertEquals(NONE, probability("x > 3 and x < 2"));
    assertEquals(probability("x >= 3"), probability("x > 3"));
    Circuit circuit = standard();
    Inference inference = new Inference(circuit);
    Evidence where = new Evidence(circuit).where("x = 3 or x = 0");
    Evidence three = new Evidence(circuit).observe("x", 3);
    Evidence zero = new Evidence(circuit).observe("x", 0);
    double at3 = Math.exp(inference.marginal(three).value());
    double at0 = Math.exp(inference.marginal(zero).value());
    CategoricalPosterior k = (CategoricalPosterior) inference.posterior("k", where);
    double expected =
        (at3 * ((CategoricalPosterior) inference.posterior("k", three)).probability(0)
                + at0 * ((CategoricalPosterior) inference.posterior("k", zero)).probability(0))
            / (at3 + at0);
    assertEquals(expected, k.probability(0), 1e-14);
    LogProbability is3 = inference.probability(Formula.parse("x = 3", circuit.variables()), where);
    assertEquals(Math.log(at3 / (at3 + at0)), is3.value(), 1e-13);
    RefusedException mixed =
        assertThrows(
            RefusedException.class,
            () -> inference.posterior("k", new Evidence(circuit).where("x = 3 or y = 0")));
    assertTrue(mixed.getMessage().contains("different units"), mixed.getMessage());
  }

  @Test
  void probability_budgetEnds_isEnclosedAndHoldsTheTruth() {
    int numEnclosed = 0;
    for (long seed = 0; seed < 2 * NUM_CIRCUITS; seed++) {
      Case at = Case.of(seed);
      double whole = Oracle.logValue(at.plain, at.given);
      double part = sum(at.plain, at.cells);
      if (whole == NONE || part == NONE) {
        continue;
      }
      InferenceOptions few =
          InferenceOptions.DEFAULT.withBudget(Budget.DEFAULT.withBoxes(1 + seed % 2));
      LogProbability p = new Inference(at.circuit, few).probability(at.formula, at.evidence());
      double slack = 1e-11 * (1 + Math.abs(whole) + Math.abs(part));
      if (p.certificate() instanceof Enclosed in) {
        numEnclosed++;
        assertTrue(
            in.lo() <= part - whole + slack && part - whole <= in.hi() + slack, at::toString);
        assertTrue(in.lo() <= p.value() && p.value() <= in.hi(), at::toString);
      } else {
        assertLog(part - whole, Math.abs(whole) + Math.abs(part), p, at);
      }
    }
    assertTrue(numEnclosed >= NUM_CIRCUITS / 20, numEnclosed + " enclosed");
  }

  @Test
  void probability_limitOfTime_changesNoBitBeforeItEndsAndEnclosesAfter() {
    Budget hours = Budget.DEFAULT.withTime(Duration.ofHours(9));
    Budget none = Budget.DEFAULT.withTime(Duration.ZERO);
    for (long seed = 0; seed < NUM_CIRCUITS; seed++) {
      Case at = Case.of(seed);
      double whole = Oracle.logValue(at.plain, at.given);
      double part = sum(at.plain, at.cells);
      if (whole == NONE || part == NONE) {
        continue;
      }
      LogProbability p = new Inference(at.circuit).probability(at.formula, at.evidence());
      InferenceOptions timed = InferenceOptions.DEFAULT.withBudget(hours);
      assertEquals(
          p, new Inference(at.circuit, timed).probability(at.formula, at.evidence()), at::toString);
      LogProbability early =
          new Inference(at.circuit, timed.withBudget(none)).probability(at.formula, at.evidence());
      if (early.certificate() instanceof Enclosed in) {
        double slack = 1e-11 * (1 + Math.abs(whole) + Math.abs(part));
        assertTrue(
            in.lo() <= part - whole + slack && part - whole <= in.hi() + slack, at::toString);
      } else {
        assertEquals(p, early, at::toString);
      }
    }
  }

  @Test
  void posterior_countsAndPositives_isTheMixtureOfTheCases() {
    CircuitBuilder builder =
        Circuit.builder(
            List.of(Variable.count("n"), Variable.real("x"), Variable.categorical("k", "a", "b")));
    int[] parts = new int[2];
    for (int i = 0; i < 2; i++) {
      parts[i] =
          builder.product(
              builder.leaf(NodeKind.POISSON, 0, 2 + 3 * i),
              builder.leaf(NodeKind.GAMMA, 1, 2 + i, 0.5),
              builder.categoricalLog(2, Math.log(0.3 + 0.4 * i), Math.log(0.7 - 0.4 * i)));
    }
    Circuit circuit = builder.build(builder.sumLinear(parts, new double[] {0.4, 0.6}));
    Inference inference = new Inference(circuit);
    Evidence where = new Evidence(circuit).where("n > 3 and k = a or n <= 1");
    double expectedMean = 0;
    double expectedOfN = 0;
    double whole = 0;
    for (int n = 0; n < 80; n++) {
      for (int k = 0; k < 2; k++) {
        if (n > 3 && k == 0 || n <= 1) {
          Evidence at = new Evidence(circuit).observe("n", n).observe(2, k);
          double p = Math.exp(inference.marginal(at).value());
          whole += p;
          expectedMean += p * ((Posterior.Numeric) inference.posterior("x", at)).mean();
          expectedOfN += p * n;
        }
      }
    }
    LogProbability holds = inference.probability(where.requireFormula(), new Evidence(circuit));
    assertEquals(Math.log(whole), holds.value(), 1e-12);
    Posterior.Numeric x = (Posterior.Numeric) inference.posterior("x", where);
    assertEquals(expectedMean / whole, x.mean(), 1e-10);
    assertInstanceOf(LeafMixture.class, x);
    RealMoments n = (RealMoments) inference.posterior("n", where);
    assertEquals(expectedOfN / whole, n.mean(), 1e-10);
    assertEquals(
        inference.probability(Formula.parse("n >= 4", circuit.variables()), where).value(),
        inference.probability(Formula.parse("n > 3", circuit.variables()), where).value());
  }

  @Test
  void conditional_formulaGiven_isQuotient() {
    Circuit circuit = standard();
    Inference inference = new Inference(circuit);
    Evidence where = new Evidence(circuit).where("x > 1 and not k = a");
    Evidence y = new Evidence(circuit).observe("y", 0.5);
    double expected =
        inference.marginal(where.copy().observe("y", 0.5)).value()
            - inference.marginal(where).value();
    assertEquals(expected, inference.conditional(y, where).value(), 1e-14);
    Evidence outside = new Evidence(circuit).observe("x", 0);
    assertEquals(NONE, inference.conditional(outside, where).value());
  }

  @Test
  void sample_formula_rowsAgreeAndSharesFollowMass() {
    Circuit circuit = standard();
    Inference inference = new Inference(circuit);
    Evidence where = new Evidence(circuit).where("x < 0 and k = a or x > 3 and k in {b|c}");
    double[] rows = inference.sample(where, 2000, 7);
    int low = 0;
    for (int r = 0; r < 2000; r++) {
      double[] row = {rows[3 * r], rows[3 * r + 1], rows[3 * r + 2]};
      assertTrue(RandomFormulas.holds(where.requireFormula(), circuit.variables(), row));
      low += row[0] < 0 ? 1 : 0;
    }
    double share =
        Math.exp(inference.probability(Formula.parse("x < 0", circuit.variables()), where).value());
    assertEquals(share, low / 2000.0, 0.05);
    assertEquals(rows[3 * 41], inference.sample(where, 41, 1, 7)[0]);
  }

  @Test
  void queries_wrongFormulas_sayWhy() {
    Circuit circuit = standard();
    Inference inference = new Inference(circuit);
    Evidence never = new Evidence(circuit).where("k = a and k = b");
    assertThrows(RefusedException.class, () -> inference.posterior("x", never));
    assertThrows(RefusedException.class, () -> inference.mpe(never));
    assertEquals(NONE, inference.marginal(never).value());
    Evidence where = new Evidence(circuit).where("x > 0");
    assertThrows(ArgumentException.class, () -> inference.moments(where));
    assertThrows(
        ArgumentException.class,
        () -> inference.probability(new Formula.States("x", List.of("a")), where));
    CircuitBuilder builder = Circuit.builder(List.of(Variable.real("x"), Variable.real("z")));
    Circuit lacking = builder.build(builder.gaussian(0, 0, 1));
    ArgumentException e =
        assertThrows(
            ArgumentException.class,
            () -> new Inference(lacking).marginal(new Evidence(lacking).where("z > 0")));
    assertTrue(e.getMessage().contains("'z' has no leaf"), e.getMessage());
  }

  @Test
  void marginal_networkWithLinks_isRefusedOrExact() {
    PlainCircuit plain = RandomCircuits.linkNetwork(2, 2, true, new int[] {3, 2, 1}, 5);
    Circuit circuit = Plain.circuit(plain);
    Inference inference = new Inference(circuit);
    PlainVariable.Domain domain = ((PlainVariable.Real) plain.variables().get(0)).domain();
    Evidence open = new Evidence(circuit).where("x0 > " + (domain.lo() / 2 + domain.hi() / 2));
    RefusedException refused = assertThrows(RefusedException.class, () -> inference.marginal(open));
    assertTrue(refused.remedy().startsWith("observe it"), refused.remedy());
    List<PlainEvidence> given = new ArrayList<>(RandomEvidence.complete(plain, 3));
    given.set(2, PlainEvidence.UNOBSERVED);
    given.set(3, PlainEvidence.UNOBSERVED);
    Formula formula = Formula.parse("c0 = s0 or c1 = s0", circuit.variables());
    double expected = sum(plain, RandomFormulas.cells(formula, circuit.variables(), given, 100));
    LogProbability actual = inference.marginal(Plain.evidence(circuit, given).where(formula));
    assertEquals(expected, actual.value(), 1e-10 * (1 + Math.abs(expected)));
  }

  @Test
  void posterior_ofOneLeafInManyCases_hasItsMeanWithinTheBound() {
    for (int seed = 0; seed < 40; seed++) {
      Random random = new Random(seed);
      for (NodeKind kind : List.of(NodeKind.UNIFORM, NodeKind.GAUSSIAN)) {
        List<Variable> variables =
            List.of(
                Variable.real("x"),
                Variable.categorical("a", "0", "1", "2"),
                Variable.categorical("b", "0", "1", "2"));
        CircuitBuilder builder = Circuit.builder(variables);
        double mean = 1 + random.nextInt(1000); // exact, so that all error is that of the mixture
        int x =
            kind == NodeKind.UNIFORM
                ? builder.leaf(kind, 0, mean - 1, mean + 1)
                : builder.gaussian(0, mean, 1);
        int[] child = new int[4];
        double[] weight = new double[child.length];
        for (int k = 0; k < child.length; k++) {
          int a = builder.categoricalLinear(1, random.doubles(3).toArray());
          int b = builder.categoricalLinear(2, random.doubles(3).toArray());
          child[k] = builder.product(x, a, b);
          weight[k] = 1e-200 * random.nextDouble(); // whose log has few digits behind the point
        }
        Circuit circuit = builder.build(builder.sumLinear(child, weight));
        Evidence e = new Evidence(circuit).where("a = 0 or b = 1 or a = 2 and b = 2");
        Posterior.Numeric p = (Posterior.Numeric) new Inference(circuit).posterior("x", e);
        assertEquals(mean, p.mean(), p.meanErrorBound(), kind + ", seed " + seed);
        assertTrue(p.meanErrorBound() < 1e-12 * mean, kind + ", seed " + seed);
      }
    }
  }

  @Test
  void posterior_ofStatesOfTinyCases_hasLogsWithinTheirBounds() {
    Random random = new Random(1);
    for (double size : new double[] {1e-290, 1e-200, 1e-100, 1e100, 1e200}) {
      // the first state is almost certain, and so known to more digits than the log of its mass
      double[] p = {size, 1e-8 * random.nextDouble() * size, 1e-8 * random.nextDouble() * size};
      CircuitBuilder builder =
          Circuit.builder(
              List.of(
                  Variable.categorical("a", "0", "1", "2"), Variable.categorical("b", "0", "1")));
      int[] child = new int[3];
      for (int k = 0; k < 3; k++) {
        double[] state = new double[3];
        state[k] = p[k];
        int b = builder.categoricalLinear(1, 0.5, 0.5);
        child[k] = builder.product(builder.categoricalLinear(0, state), b);
      }
      Circuit circuit = builder.build(builder.sumLinear(child, new double[] {1, 1, 1}));
      Evidence e = new Evidence(circuit).where("b != 1");
      CategoricalPosterior given = (CategoricalPosterior) new Inference(circuit).posterior("a", e);
      CategoricalPosterior shares = circuit.components(new Evidence(circuit));
      double log = -Math.log1p((p[1] + p[2]) / p[0]);
      assertEquals(log, given.logProbability(0), given.logErrorBound(0), "size " + size);
      assertEquals(log, shares.logProbability(0), shares.logErrorBound(0), "size " + size);
      assertTrue(given.logErrorBound(0) < 1e-14, "size " + size);
    }
  }
}
