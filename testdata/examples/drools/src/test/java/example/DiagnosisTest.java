package example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.kie.api.runtime.KieContainer;
import org.kie.api.runtime.rule.FactHandle;
import org.ugmm.compiler.CompileOptions;
import org.ugmm.compiler.ModelCompiler;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.CategoricalPosterior;

class DiagnosisTest {
  private static final String[] BELIEVED = {"tub", "bronc", "either", "lung"};

  private static Inference inference;
  private static KieContainer rules;

  @BeforeAll
  static void compile() throws Exception {
    Path model = Path.of("../../models/networks/asia.bif");
    inference = new Inference(ModelCompiler.compile(model, CompileOptions.defaults()).circuit());
    rules = Diagnosis.rules();
  }

  private static Diagnosis diagnosis() {
    return new Diagnosis(inference, rules, BELIEVED);
  }

  /** Beliefs are those of a fresh query about what the session knows. */
  private static void assertFresh(Diagnosis diagnosis, String what) {
    Evidence known = diagnosis.known().snapshot();
    for (String variable : BELIEVED) {
      int v = inference.circuit().indexOf(variable);
      double expected =
          known.isPoint(v)
              ? known.point(v) == 0 ? 1 : 0
              : ((CategoricalPosterior) inference.posterior(v, known)).probability("yes");
      assertEquals(expected, diagnosis.belief(variable, "yes"), 1e-15, what + " " + variable);
      assertEquals(1 - expected, diagnosis.belief(variable, "no"), 1e-12, what);
    }
    boolean isLikely = diagnosis.belief("tub", "yes") > 0.2;
    assertEquals(isLikely, diagnosis.conclusions().contains("isolate"), what);
    boolean isMissing =
        diagnosis.belief("either", "yes") > 0.05
            && !known.isPoint(inference.circuit().indexOf("xray"));
    assertEquals(isMissing, diagnosis.conclusions().contains("order an X-ray"), what);
  }

  @Test
  void conclusion_readingGoes_isWithdrawn() {
    try (Diagnosis diagnosis = diagnosis()) {
      FactHandle asia = diagnosis.add(new Reading("asia", "yes"));
      FactHandle xray = diagnosis.add(new Reading("xray", "yes"));
      diagnosis.settle();
      assertTrue(diagnosis.conclusions().contains("isolate"), diagnosis.conclusions().toString());
      // a rule added what it takes for granted, and the beliefs know it
      assertTrue(diagnosis.known().snapshot().isPoint(inference.circuit().indexOf("smoke")));
      assertFresh(diagnosis, "with both");
      diagnosis.remove(xray);
      diagnosis.settle();
      assertEquals(List.of("order an X-ray"), diagnosis.conclusions());
      diagnosis.remove(asia);
      diagnosis.settle();
      assertTrue(diagnosis.known().snapshot().isUnobserved(inference.circuit().indexOf("smoke")));
      assertFresh(diagnosis, "with neither");
    }
  }

  @Test
  void belief_randomReadings_isNeverStale() {
    String[] tests = {"asia", "smoke", "xray", "dysp"};
    Random random = new Random(1);
    try (Diagnosis diagnosis = diagnosis()) {
      Map<String, FactHandle> made = new HashMap<>();
      for (int i = 0; i < 2000; i++) {
        String test = tests[random.nextInt(tests.length)];
        FactHandle handle = made.get(test);
        Reading reading = new Reading(test, random.nextBoolean() ? "yes" : "no");
        if (handle == null) {
          made.put(test, diagnosis.add(reading));
        } else if (random.nextBoolean()) {
          diagnosis.replace(handle, reading);
        } else {
          diagnosis.remove(handle);
          made.remove(test);
        }
        diagnosis.settle();
        assertFresh(diagnosis, "step " + i);
      }
    }
  }

  /** Tells how many cycles of a reading made, conclusions drawn and a reading taken back. */
  @Test
  void settle_manyCycles_tellsHowManyASecond() {
    try (Diagnosis diagnosis = diagnosis()) {
      int cycles = 5_000;
      long start = 0;
      for (int i = -cycles; i < cycles; i++) {
        start = i == 0 ? System.nanoTime() : start;
        FactHandle xray = diagnosis.add(new Reading("xray", i % 2 == 0 ? "yes" : "no"));
        diagnosis.settle();
        diagnosis.remove(xray);
        diagnosis.settle();
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      System.out.printf("%,.0f cycles a second, each settled twice%n", cycles / seconds);
      assertFresh(diagnosis, "after all cycles");
    }
  }
}
