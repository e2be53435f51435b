package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.Capabilities.Answer;
import org.ugmm.engine.Capabilities.Query;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.Budget;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.Certificate.Kind;
import org.ugmm.engine.data.CertifiedState;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Why;

/** Which rung answers, what is said in advance of it, and that advice helps. */
class LadderTest {
  private static final InferenceOptions QUICK = Deep.search(1e-3, 400).withWidestEnclosure(1);

  /** N(log u; -2, 1.5) of u = 0.4 N(x; 0, 1) + 0.6 p(c), times p(d). */
  private static Circuit deep(Variable x) {
    CircuitBuilder b =
        Circuit.builder(
            List.of(x, Variable.categorical("c", "a", "b"), Variable.categorical("d", "a", "b")));
    int sum =
        b.sumLinear(
            new int[] {b.gaussian(0, 0, 1), b.categoricalLog(1, Math.log(0.9), Math.log(0.1))},
            new double[] {0.4, 0.6});
    int d = b.categoricalLog(2, Math.log(0.3), Math.log(0.7));
    return b.build(b.product(b.link(sum, -2, 1.5), d));
  }

  private static Circuit tractable() {
    CircuitBuilder b =
        Circuit.builder(List.of(Variable.real("x"), Variable.categorical("c", "a", "b")));
    int left = b.product(b.gaussian(0, 0, 1), b.categoricalLog(1, Math.log(0.9), Math.log(0.1)));
    int right = b.product(b.gaussian(0, 4, 2), b.categoricalLog(1, Math.log(0.2), Math.log(0.8)));
    return b.build(b.sumLinear(new int[] {left, right}, new double[] {0.3, 0.7}));
  }

  private static final List<Circuit> CIRCUITS =
      List.of(tractable(), deep(Variable.real("x")), deep(Variable.real("x", -1, 2)));

  private static Evidence complete(Circuit c) {
    Evidence e = new Evidence(c);
    for (int v = 0; v < c.numVariables(); v++) {
      e.observe(v, 0);
    }
    return e;
  }

  private static @Nullable Kind kind(Supplier<Certificate> query) {
    try {
      return query.get().kind();
    } catch (RefusedException refused) {
      return null;
    }
  }

  @Test
  void capabilities_everyVariableMissing_isAnsweredAsSaid() {
    List<InferenceOptions> all =
        List.of(QUICK.allowing(), QUICK, QUICK.allowing(Kind.ESTIMATED), QUICK.allowingAll());
    for (Circuit c : CIRCUITS) {
      for (InferenceOptions options : all) {
        Inference inference = new Inference(c, options);
        Capabilities said = inference.capabilities();
        assertEquals(c.normaliser().isKnown(), said.isNormalised());
        for (int v = 0; v < c.numVariables(); v++) {
          int open = v;
          Evidence e = complete(c).unobserve(v);
          String name = c.variables().get(v).name();
          check(said.of(Query.MARGINAL), name, kind(() -> inference.marginal(e).certificate()));
          check(
              said.of(Query.POSTERIOR),
              name,
              kind(() -> inference.posterior(open, e).certificate()));
          check(said.of(Query.MPE), name, kind(() -> inference.mpe(e).certificate()));
          check(
              said.of(Query.SAMPLE),
              name,
              kind(
                  () -> {
                    inference.sample(e, 1);
                    return new Certificate.Exact(0);
                  }));
        }
      }
    }
  }

  private static void check(Answer said, String variable, @Nullable Kind found) {
    String what = said + " without " + variable + ": " + found;
    if (said.exactWithout().contains(variable)) {
      assertEquals(Kind.EXACT, found, what);
    } else if (said.otherWithout().contains(variable)) {
      assertTrue(found == null || said.kinds().contains(found), what);
    } else {
      assertTrue(said.refusedWithout().contains(variable), what);
      assertEquals(null, found, what);
    }
  }

  @Test
  void allowed_more_neverGivesLess() {
    for (Circuit c : CIRCUITS) {
      List<List<Integer>> missing = List.of(List.of(), List.of(0), List.of(1), List.of(0, 1));
      for (List<Integer> open : missing) {
        Evidence e = complete(c);
        open.forEach(e::unobserve);
        List<@Nullable Kind> found = new ArrayList<>();
        for (InferenceOptions options :
            List.of(
                QUICK.allowing(),
                QUICK.allowing(Kind.ESTIMATED),
                QUICK.allowing(Kind.ENCLOSED),
                QUICK.allowingAll())) {
          found.add(kind(() -> new Inference(c, options).marginal(e).certificate()));
        }
        Kind most = found.get(3);
        for (Kind less : found.subList(0, 3)) {
          assertTrue(
              less == null || most != null && most.ordinal() <= less.ordinal(),
              c + " without " + open + ": " + found);
        }
      }
    }
  }

  @Test
  void refusal_adviceTaken_leadsToAnAnswer() {
    Circuit c = deep(Variable.real("x"));
    Evidence e = new Evidence(c).observe("c", "a");
    for (InferenceOptions options : List.of(QUICK.allowing(), QUICK, QUICK.allowingAll())) {
      RefusedException refused =
          assertThrows(RefusedException.class, () -> new Inference(c, options).marginal(e));
      assertEquals(Why.Reason.LINK, refused.why().reason());
      assertEquals("x", refused.variable());
      boolean isAllowed = options.allows(Kind.ESTIMATED);
      assertEquals(
          "observe 'x', or give it an interval or a domain"
              + (isAllowed ? "" : " and allow estimates"),
          refused.remedy());
      Evidence bounded = e.copy().interval("x", -1, 1);
      InferenceOptions allowed = options.allowing(Kind.ESTIMATED);
      assertEquals(
          Kind.ESTIMATED, new Inference(c, allowed).marginal(bounded).certificate().kind());
    }
    Budget one = Budget.DEFAULT.withBoxes(1);
    InferenceOptions small = QUICK.withWidestEnclosure(1e-6).withBudget(one);
    Evidence bounded = e.copy().interval("x", -1, 1);
    RefusedException refused =
        assertThrows(RefusedException.class, () -> new Inference(c, small).marginal(bounded));
    assertTrue(
        refused.remedy().startsWith("raise the budget or allow estimated"), refused.remedy());
    InferenceOptions raised = small.withBudget(Budget.DEFAULT.withBoxes(10_000_000));
    assertEquals(Kind.ENCLOSED, new Inference(c, raised).marginal(bounded).certificate().kind());
  }

  @Test
  void conditional_realOpenBelowALink_isTheRatioWithItsCertificate() {
    Circuit c = deep(Variable.real("x", -1, 2));
    Evidence query = new Evidence(c).observe("c", "b");
    Evidence given = new Evidence(c).observe("d", "a");
    InferenceOptions estimates = QUICK.allowing(Kind.ESTIMATED).withTolerance(1e-9);
    LogProbability estimated = new Inference(c, estimates).conditional(query, given);
    LogProbability enclosed = new Inference(c, QUICK).conditional(query, given);
    assertInstanceOf(Certificate.Estimated.class, estimated.certificate());
    Certificate.Enclosed interval = (Certificate.Enclosed) enclosed.certificate();
    assertTrue(interval.lo() <= estimated.value() && estimated.value() <= interval.hi());
    assertTrue(estimated.normalised() && enclosed.normalised());
    double all = 0;
    for (String state : List.of("a", "b")) {
      Evidence one = new Evidence(c).observe("c", state);
      all += Math.exp(new Inference(c, estimates).conditional(one, given).value());
    }
    assertEquals(1, all, 1e-8);
  }

  @Test
  void everyQuery_valueOutsideItsDomain_saysProbabilityZero() {
    Circuit c = deep(Variable.real("x", -1, 2));
    Inference inference = new Inference(c);
    Evidence outside = new Evidence(c).observe("x", 7);
    assertEquals(Double.NEGATIVE_INFINITY, inference.marginal(outside).value());
    assertEquals(Kind.EXACT, inference.marginal(outside).certificate().kind());
    for (Runnable query :
        List.<Runnable>of(
            () -> inference.posterior("c", outside),
            () -> inference.posteriors(outside),
            () -> inference.mpe(outside),
            () -> inference.certifiedState("c", outside),
            () -> inference.moments(outside),
            () -> inference.posterior("c", new Evidence(c).interval("x", 3, 4)),
            () -> inference.mpe(new Evidence(c).interval("x", 3, 4)))) {
      RefusedException refused = assertThrows(RefusedException.class, query::run);
      assertEquals(Why.Reason.ZERO_PROBABILITY, refused.why().reason(), refused.getMessage());
    }
  }

  @Test
  void certifiedState_fewOpen_isProvenAndRefusesWhatHasNone() {
    Circuit c = deep(Variable.real("x", -1, 2));
    CertifiedState d = new Inference(c).certifiedState("d", new Evidence(c));
    assertEquals(CertifiedState.Outcome.CERTIFIED, d.outcome());
    assertEquals(1, d.state());
    assertThrows(
        ArgumentException.class, () -> new Inference(c).certifiedState("x", new Evidence(c)));
    Circuit unbounded = deep(Variable.real("x"));
    RefusedException refused =
        assertThrows(
            RefusedException.class,
            () -> new Inference(unbounded).certifiedState("d", new Evidence(unbounded)));
    assertEquals(Why.Reason.UNBOUNDED, refused.why().reason());
  }

  @Test
  void options_wrong_areArguments() {
    assertThrows(ArgumentException.class, () -> InferenceOptions.DEFAULT.withTolerance(-1));
    assertThrows(ArgumentException.class, () -> InferenceOptions.DEFAULT.withTolerance(Double.NaN));
    assertThrows(ArgumentException.class, () -> Budget.DEFAULT.withBoxes(-1));
    assertTrue(InferenceOptions.DEFAULT.allowing().allows(Kind.EXACT));
  }
}
