package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.ugmm.engine.data.Certificate.Kind;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.explain.Advisor;
import org.ugmm.engine.explain.Explainer;

/** Long work of a thread that is interrupted. */
class InterruptionTest {
  @Test
  void thread_interrupted_endsLongWorkAndHarmsNothing() {
    CircuitBuilder b =
        Circuit.builder(
            List.of(Variable.real("x"), Variable.real("y"), Variable.categorical("c", "a", "b")));
    int one = b.product(b.gaussian(0, 0, 1), b.gaussian(1, 0, 1), b.categoricalLinear(2, 0.9, 0.1));
    int two = b.product(b.gaussian(0, 2, 1), b.gaussian(1, 3, 2), b.categoricalLinear(2, 0.2, 0.8));
    Circuit circuit = b.build(b.sumLinear(new int[] {one, two}, new double[] {0.4, 0.6}));
    Inference inference =
        new Inference(
            circuit, InferenceOptions.DEFAULT.allowing(Kind.EXACT, Kind.ENCLOSED, Kind.ESTIMATED));
    Evidence nothing = new Evidence(circuit);
    Evidence formula = new Evidence(circuit).where("x > 0 or y > 0");
    Evidence interval = new Evidence(circuit).interval("y", 0, 1);
    Batch rows = Batch.of(circuit, new double[3 * 30]);
    List<Executable> work =
        List.of(
            () -> inference.sample(nothing, 10),
            () -> inference.sample(formula, 10),
            () -> inference.marginal(formula),
            () -> inference.marginal(rows),
            () -> inference.mpe(rows),
            () -> new Advisor(inference).advise(0, nothing),
            () -> new Advisor(inference).advise(2, nothing),
            () -> new Explainer(inference).explain(2, interval));
    double before = inference.marginal(interval).value();
    for (int i = 0; i < work.size(); i++) {
      Thread.currentThread().interrupt();
      assertThrows(CancellationException.class, work.get(i), "work " + i);
      assertTrue(Thread.interrupted(), "work " + i);
      assertEquals(before, inference.marginal(interval).value());
    }
  }
}
