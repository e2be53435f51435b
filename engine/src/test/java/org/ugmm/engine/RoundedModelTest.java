package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.Certificate.Enclosed;
import org.ugmm.engine.data.Certificate.Exact;
import org.ugmm.engine.data.GaussianMixture;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.engine.data.Moments;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.testdata.Oracle;
import org.ugmm.testdata.PlainCircuit;
import org.ugmm.testdata.PlainEvidence;
import org.ugmm.testdata.PlainNode;
import org.ugmm.testdata.PlainVariable;
import org.ugmm.testdata.RandomCircuits;
import org.ugmm.testdata.RandomCircuits.Family;
import org.ugmm.testdata.RandomCircuits.Variant;
import org.ugmm.testdata.RandomEvidence;

/**
 * Bounds speak of the model, not of the circuit that compiling made of it: a circuit whose
 * parameters are off by as much as its rounding says, and that is far more than a double rounds,
 * answers within its bounds what the model answers.
 */
class RoundedModelTest {
  /** So much that what a double rounds is nothing beside it. */
  private static final double UNITS = 0x1p24;

  private static final double OFF = 0.999 * UNITS * 0x1p-53;

  private static final InferenceOptions SEARCH = Deep.search(1e-9, 300);

  /** What doubles round. */
  private static final double SLACK = 1e-13;

  /** A model, and a circuit that is off by its rounding. */
  private record Case(PlainCircuit model, Circuit exact, Circuit rounded) {
    static Case of(PlainCircuit model, Random random) {
      return of(model, true, random);
    }

    static Case of(PlainCircuit model, boolean withScales, Random random) {
      double[] units = new double[model.nodes().size()];
      List<PlainNode> nodes = new ArrayList<>();
      int direction = random.nextInt(3) - 1;
      for (int n = 0; n < units.length; n++) {
        nodes.add(off(model, n, withScales, direction, units, random));
      }
      Circuit near = Plain.circuit(new PlainCircuit(model.variables(), nodes, model.root()));
      return new Case(model, Plain.circuit(model), near.withRounding(units));
    }

    private static double factor(int direction, Random random) {
      boolean isUp = direction == 0 ? random.nextBoolean() : direction > 0;
      return isUp ? 1 + OFF : 1 - OFF;
    }

    private static PlainNode off(
        PlainCircuit model,
        int n,
        boolean withScales,
        int direction,
        double[] units,
        Random random) {
      PlainNode node = model.nodes().get(n);
      units[n] = UNITS;
      if (withScales
          && node instanceof PlainNode.Gaussian g
          && model.variables().get(g.var()) instanceof PlainVariable.Real) {
        return new PlainNode.Gaussian(g.var(), g.mean(), g.scale() * factor(direction, random));
      } else if (withScales && node instanceof PlainNode.Link g) {
        return new PlainNode.Link(g.child(), g.mean(), g.scale() * factor(direction, random));
      } else if (node instanceof PlainNode.WeightedSum sum) {
        double[] weights = sum.weights().clone();
        Arrays.setAll(weights, i -> weights[i] * factor(direction, random));
        return new PlainNode.WeightedSum(sum.children(), weights);
      } else if (node instanceof PlainNode.Categorical c) {
        double[] p = c.p().clone();
        Arrays.setAll(p, i -> p[i] * factor(direction, random));
        return new PlainNode.Categorical(c.var(), p);
      } else if (node instanceof PlainNode.Constant c) {
        return new PlainNode.Constant(c.logValue() + Math.log(factor(direction, random)));
      }
      units[n] = 0;
      return node;
    }

    Inference inference() {
      return new Inference(rounded, SEARCH);
    }

    double logZ() {
      return Oracle.logZ(model);
    }

    /** The model's log at an assignment, normalised, with what the evidence says of states. */
    double log(List<PlainEvidence> e, double[] assignment) {
      double log = Oracle.logValue(model, PlainEvidence.ofRow(assignment)) - logZ();
      for (int v = 0; v < assignment.length; v++) {
        if (e.get(v) instanceof PlainEvidence.Likelihood soft) {
          log += Math.log(soft.perState()[(int) assignment[v]]);
        }
      }
      return log;
    }
  }

  private static final Variant[] VARIANTS = {
    Variant.PLAIN,
    Variant.DETERMINISTIC,
    Variant.ZERO_WEIGHTS,
    Variant.UNNORMALISED,
    Variant.BOUNDED,
    Variant.WITH_BASE
  };

  private static PlainCircuit circuit(int seed) {
    return RandomCircuits.tractable(
        Family.values()[seed % 3], VARIANTS[seed / 3 % VARIANTS.length], 1 + seed / 18 % 5, seed);
  }

  private static double slack(double... sizes) {
    return SLACK * (1 + Arrays.stream(sizes).map(Math::abs).max().orElse(0));
  }

  private static void assertWithin(double truth, double log, Certificate certificate, String what) {
    double slack = slack(truth);
    if (certificate instanceof Exact exact) {
      double error = Math.abs(Math.expm1(log - truth));
      assertTrue(error <= exact.relativeErrorBound() + slack, what + ": error " + error);
    } else {
      Enclosed in = (Enclosed) certificate;
      assertTrue(in.lo() - slack <= truth && truth <= in.hi() + slack, what + ": " + truth + in);
    }
  }

  @Test
  void marginal_roundedCircuit_holdsForTheModel() {
    for (int seed = 0; seed < 400; seed++) {
      Case at = Case.of(circuit(seed), new Random(seed));
      List<PlainEvidence> e = RandomEvidence.any(at.model, seed);
      double truth = Oracle.logValue(at.model, e) - at.logZ();
      var answer = at.inference().marginal(Plain.evidence(at.rounded, e));
      if (truth == Double.NEGATIVE_INFINITY) {
        assertEquals(truth, answer.value());
      } else {
        assertWithin(truth, answer.value(), answer.certificate(), "seed " + seed);
      }
    }
  }

  @Test
  void mpe_roundedCircuit_boundsTheModel() {
    int numExact = 0;
    for (int seed = 0; seed < 400; seed++) {
      Case at = Case.of(circuit(seed), new Random(seed));
      for (List<PlainEvidence> e :
          List.of(
              PlainEvidence.none(at.model.numVariables()), RandomEvidence.any(at.model, seed))) {
        MpeAnswer truth;
        MpeAnswer answer;
        try {
          truth = new Inference(at.exact, SEARCH).mpe(Plain.evidence(at.exact, e));
          answer = at.inference().mpe(Plain.evidence(at.rounded, e));
        } catch (RefusedException refused) {
          assertTrue(refused.getMessage().contains("zero"), refused.getMessage());
          continue;
        }
        numExact += answer.certificate() instanceof Exact ? 1 : 0;
        checkMpe(at, e, answer, truth.logValue(), "seed " + seed + " " + e + "\n" + at.model);
      }
    }
    assertTrue(numExact > 150, numExact + " are EXACT");
  }

  private static void checkMpe(
      Case at, List<PlainEvidence> e, MpeAnswer answer, double greatest, String what) {
    double slack = slack(greatest, at.logZ());
    double own = at.log(e, answer.assignment());
    assertTrue(greatest <= answer.logUpperBound() + slack, what);
    assertWithin(own, answer.logValue(), answer.certificate(), what);
    if (answer.certificate() instanceof Exact exact) {
      double bound = Math.log1p(exact.relativeErrorBound());
      assertTrue(greatest <= answer.logValue() + bound + slack, what);
    }
  }

  @Test
  void best_roundedCircuit_boundsTheModel() {
    for (int seed = 0; seed < 200; seed++) {
      PlainCircuit model =
          RandomCircuits.tractable(
              Family.values()[seed % 3], Variant.DETERMINISTIC, 1 + seed % 4, seed);
      Case at = Case.of(model, new Random(seed));
      List<PlainEvidence> e = PlainEvidence.none(model.numVariables());
      List<MpeAnswer> truth = new Inference(at.exact).best(Plain.evidence(at.exact, e), 6);
      List<MpeAnswer> answers = at.inference().best(Plain.evidence(at.rounded, e), 6);
      assertEquals(truth.size(), answers.size());
      for (int i = 0; i < answers.size(); i++) {
        checkMpe(at, e, answers.get(i), truth.get(i).logValue(), "seed " + seed + "\n" + model);
      }
    }
  }

  @Test
  void mpeOfRows_roundedCircuit_boundsTheModel() {
    for (int seed = 0; seed < 200; seed++) {
      PlainCircuit model =
          RandomCircuits.tractable(
              Family.values()[seed % 3], Variant.DETERMINISTIC, 1 + seed % 4, seed);
      Case at = Case.of(model, new Random(seed));
      List<PlainEvidence> e = RandomEvidence.points(model, 0.5, seed);
      double[] row =
          e.stream()
              .mapToDouble(p -> p instanceof PlainEvidence.Point x ? x.value() : Double.NaN)
              .toArray();
      int n = row.length;
      double[] truth =
          new Inference(at.exact).mpe(Batch.of(at.exact, new double[][] {row})).values();
      BatchAnswers answers = at.inference().mpe(Batch.of(at.rounded, new double[][] {row}));
      if (answers.status(0) == BatchAnswers.Status.EXACT) {
        double[] found = answers.values();
        MpeAnswer answer =
            new MpeAnswer(
                Arrays.copyOf(found, n), found[n], found[n + 1], true, answers.certificate(0), 0);
        checkMpe(at, e, answer, truth[n], "seed " + seed + "\n" + model);
      }
    }
  }

  @Test
  void marginalMap_roundedCircuit_boundsTheModel() {
    int asked = 0;
    for (int seed = 0; seed < 300; seed++) {
      Case at = Case.of(circuit(seed), new Random(seed));
      if (at.model.numVariables() < 2) {
        continue;
      }
      int chosen = seed % at.model.numVariables();
      List<PlainEvidence> e =
          PlainEvidence.with(
              RandomEvidence.points(at.model, 0.3, seed), chosen, PlainEvidence.UNOBSERVED);
      String name = at.rounded.variables().get(chosen).name();
      MarginalMap truth;
      MarginalMap answer;
      try {
        truth = new Inference(at.exact, SEARCH).marginalMap(Plain.evidence(at.exact, e), name);
        answer = at.inference().marginalMap(Plain.evidence(at.rounded, e), name);
      } catch (RefusedException refused) {
        continue;
      }
      asked++;
      List<PlainEvidence> found =
          PlainEvidence.with(e, answer.variables()[0], new PlainEvidence.Point(answer.values()[0]));
      double own = Oracle.logValue(at.model, found) - at.logZ();
      String what = "seed " + seed + " " + name + "\n" + at.model;
      assertTrue(truth.logValue() <= answer.logUpperBound() + slack(own, at.logZ()), what);
      assertWithin(own, answer.logValue(), answer.certificate(), what);
      if (answer.certificate() instanceof Exact exact) {
        double bound = Math.log1p(exact.relativeErrorBound());
        assertTrue(truth.logValue() <= answer.logValue() + bound + slack(own, at.logZ()), what);
      }
    }
    assertTrue(asked > 150, asked + " asked");
  }

  @Test
  void posteriors_roundedCircuit_holdForTheModel() {
    for (int seed = 0; seed < 400; seed++) {
      Case at = Case.of(circuit(seed), new Random(seed));
      List<PlainEvidence> e = RandomEvidence.any(at.model, seed);
      List<Posterior> truths;
      List<Posterior> answers;
      try {
        truths = new Inference(at.exact).posteriors(Plain.evidence(at.exact, e));
        answers = at.inference().posteriors(Plain.evidence(at.rounded, e));
      } catch (RefusedException refused) {
        continue;
      }
      for (int i = 0; i < answers.size(); i++) {
        checkPosterior(truths.get(i), answers.get(i), "seed " + seed + "\n" + at.model + e);
      }
    }
  }

  private static void checkPosterior(Posterior truth, Posterior answer, String what) {
    if (answer instanceof CategoricalPosterior p) {
      CategoricalPosterior q = (CategoricalPosterior) truth;
      double bound = ((Exact) p.certificate()).relativeErrorBound();
      for (int s = 0; s < p.variable().numStates(); s++) {
        double error = Math.abs(p.probability(s) - q.probability(s));
        assertTrue(error <= bound * q.probability(s) + SLACK, what + " state " + s);
        if (q.probability(s) > 0) {
          double ofLog = Math.abs(p.logProbability(s) - q.logProbability(s));
          assertTrue(ofLog <= p.logErrorBound(s) + 1e-11, what + " log of state " + s);
        }
      }
      return;
    }
    GaussianMixture p = (GaussianMixture) answer;
    GaussianMixture q = (GaussianMixture) truth;
    double size = SLACK * (1 + Math.abs(q.mean()) + q.variance());
    double ofMean = Math.abs(p.mean() - q.mean());
    double ofVariance = Math.abs(p.variance() - q.variance());
    assertTrue(ofMean <= p.meanErrorBound() + size, what + " mean " + ofMean);
    assertTrue(ofVariance <= p.varianceErrorBound() + size, what + " variance " + ofVariance);
    for (double level : new double[] {0.01, 0.3, 0.5, 0.9}) {
      GaussianMixture.Interval in = p.quantileEnclosure(level);
      double quantile = q.quantile(level);
      double near = 1e-12 * (1 + Math.abs(quantile));
      assertTrue(in.lo() - near <= quantile && quantile <= in.hi() + near, what + in + quantile);
    }
    double entropy = q.entropy(1e-10).value();
    var found = p.entropy(1e-10);
    boolean isIn =
        found.certificate() instanceof Enclosed in
            ? in.lo() - 1e-10 <= entropy && entropy <= in.hi() + 1e-10
            : Math.abs(found.value() - entropy)
                <= ((Exact) found.certificate()).relativeErrorBound()
                        * Math.max(1, Math.abs(entropy))
                    + SLACK;
    assertTrue(isIn, what + " entropy " + entropy + " " + found);
  }

  @Test
  void posteriorsOfRows_roundedCircuit_holdForTheModel() {
    int compared = 0;
    for (int seed = 0; seed < 300; seed++) {
      Case at = Case.of(circuit(seed), new Random(seed));
      double[] row =
          RandomEvidence.points(at.model, 0.6, seed).stream()
              .mapToDouble(p -> p instanceof PlainEvidence.Point x ? x.value() : Double.NaN)
              .toArray();
      PosteriorEvaluator of = new PosteriorEvaluator(at.rounded);
      int n = of.numColumns();
      double[] found = new double[n];
      double[] bound = new double[n];
      double[] truth = new double[n];
      of.posteriors(row, 1, found, bound);
      new PosteriorEvaluator(at.exact).posteriors(row, 1, truth);
      for (int i = 0; i < n; i++) {
        if (!Double.isNaN(found[i]) && !Double.isNaN(truth[i])) {
          compared++;
          double error = Math.abs(found[i] - truth[i]);
          assertTrue(
              error <= bound[i] + slack(truth[i]),
              "seed " + seed + " column " + i + " error " + error + " bound " + bound[i]);
        }
      }
    }
    assertTrue(compared > 300, compared + " compared");
  }

  @Test
  void moments_roundedCircuit_holdForTheModel() {
    for (int seed = 0; seed < 200; seed++) {
      Case at = Case.of(circuit(seed), new Random(seed));
      Moments truth;
      Moments answer;
      try {
        truth = new Inference(at.exact).moments(new Evidence(at.exact));
        answer = at.inference().moments(new Evidence(at.rounded));
      } catch (RefusedException refused) {
        continue;
      }
      double bound = ((Exact) answer.certificate()).relativeErrorBound();
      for (int i = 0; i < truth.variables().length; i++) {
        for (int j = 0; j <= i; j++) {
          double size = Math.sqrt(truth.covariance()[i][i]) * Math.sqrt(truth.covariance()[j][j]);
          double error = Math.abs(truth.covariance()[i][j] - answer.covariance()[i][j]);
          assertTrue(error <= bound * size + SLACK * (1 + size), "seed " + seed + " " + error);
        }
      }
    }
  }

  @Test
  void proofsOfNetworks_roundedCircuit_holdForTheModel() {
    for (int seed = 0; seed < 200; seed++) {
      Case at = Case.of(RandomCircuits.linkNetwork(seed), false, new Random(seed));
      List<PlainEvidence> e = RandomEvidence.points(at.model, 0.5, seed);
      try {
        MpeAnswer truth = new Inference(at.exact).mpe(Plain.evidence(at.exact, e));
        MpeAnswer answer = at.inference().mpe(Plain.evidence(at.rounded, e));
        String what = "seed " + seed + " " + e + "\n" + at.model;
        double own = Oracle.logValue(at.model, PlainEvidence.ofRow(answer.assignment()));
        assertTrue(truth.logValue() <= answer.logUpperBound() + slack(own), what);
        assertWithin(own, answer.logValue(), answer.certificate(), what);
      } catch (RefusedException refused) {
        assertTrue(!refused.getMessage().isEmpty());
      }
    }
  }
}
