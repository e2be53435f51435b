package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.GaussianMixture;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.RealMoments;
import org.ugmm.engine.data.UgmmException;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.testdata.RandomCircuits;

/**
 * One Inference shared by eight threads answers as one thread does, bit for bit: {@code
 * -Dugmm.sharedQueries=1000000} asks a million.
 */
class SharedInferenceTest {
  private static final int THREADS = 8;
  private static final int QUERIES = Integer.getInteger("ugmm.sharedQueries", 24_000);

  @Test
  void everyQuery_eightThreadsOnTractableCircuit_sameBitsAsOne() throws Exception {
    Circuit c =
        Plain.circuit(
            RandomCircuits.tractable(
                RandomCircuits.Family.MIXED, RandomCircuits.Variant.PLAIN, 6, 12));
    assertSameBits(c, InferenceOptions.DEFAULT, QUERIES);
  }

  @Test
  void everyQuery_eightThreadsOnDeterministicCircuit_sameBitsAsOne() throws Exception {
    Circuit c =
        Plain.circuit(
            RandomCircuits.tractable(
                RandomCircuits.Family.MIXED, RandomCircuits.Variant.DETERMINISTIC, 5, 3));
    assertSameBits(c, InferenceOptions.DEFAULT, QUERIES / 4);
  }

  @Test
  void everyQuery_eightThreadsOnNetworkWithLinks_sameBitsAsOneAndOnEveryRun() throws Exception {
    Circuit c = PaperNetwork.random(1, 3, new int[] {4, 3, 1}, 0.5, 1);
    InferenceOptions options = Deep.search(1e-6, 300).allowingAll();
    assertSameBits(c, options, Math.max(64, QUERIES / 400));
  }

  private static void assertSameBits(Circuit c, InferenceOptions options, int queries)
      throws InterruptedException, ExecutionException {
    Inference shared = new Inference(c, options);
    long[] expected = IntStream.range(0, queries).mapToLong(q -> ask(shared, q)).toArray();
    // a small network has few refusals to tell apart, and many queries have no other answer
    long different = Arrays.stream(expected).distinct().count();
    assertTrue(different > Math.min(queries, 512) / 2, different + " different answers");
    Inference fresh = new Inference(c, options);
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      Callable<long[]> share =
          () -> IntStream.range(0, queries).mapToLong(q -> ask(fresh, q)).toArray();
      // every thread asks all of a small number, or its part of a large one
      int parts = queries < 10_000 ? 1 : THREADS;
      Future<?>[] runs = new Future<?>[THREADS];
      for (int t = 0; t < THREADS; t++) {
        int first = t;
        runs[t] =
            threads.submit(
                () -> {
                  for (int q = first % parts; q < queries; q += parts) {
                    assertEquals(expected[q], ask(fresh, q), "query " + q);
                  }
                });
      }
      for (Future<?> run : runs) {
        run.get();
      }
      if (parts == 1) {
        assertEquals(Arrays.hashCode(expected), Arrays.hashCode(threads.submit(share).get()));
      }
    } finally {
      threads.shutdownNow();
    }
  }

  /** The bits of the answer to a query that its number decides. */
  private static long ask(Inference inference, int query) {
    Circuit c = inference.circuit();
    SplittableRandom random = new SplittableRandom(query);
    Evidence e = new Evidence(c);
    for (int v = 0; v < c.numVariables(); v++) {
      Variable variable = c.variables().get(v);
      if (random.nextInt(3) == 0) {
        continue;
      }
      e.observe(
          v,
          variable instanceof Categorical categorical
              ? random.nextInt(categorical.numStates())
              : Math.max(-0.4, Math.min(0.4, random.nextDouble() - 0.5)));
    }
    int v = random.nextInt(c.numVariables());
    try {
      return switch (random.nextInt(8)) {
        case 0 -> Double.doubleToLongBits(inference.marginal(e).value());
        case 1 -> bits(inference.mpe(e));
        case 2 -> Arrays.hashCode(inference.sample(e, 2, query));
        case 3 -> inference.posteriors(e).stream().mapToLong(p -> bits(p)).sum();
        default -> bits(inference.posterior(v, e.unobserve(v)));
      };
    } catch (UgmmException refused) {
      return refused.getMessage().hashCode();
    }
  }

  private static long bits(MpeAnswer answer) {
    return 31 * Double.doubleToLongBits(answer.logValue()) + Arrays.hashCode(answer.assignment());
  }

  private static long bits(Posterior posterior) {
    long own = posterior.certificate().hashCode();
    if (posterior instanceof CategoricalPosterior categorical) {
      return 31 * own + Arrays.hashCode(categorical.probabilities());
    }
    if (posterior instanceof GaussianMixture mixture) {
      return 31 * own + Arrays.hashCode(mixture.weights()) + Arrays.hashCode(mixture.means());
    }
    RealMoments moments = (RealMoments) posterior;
    return 31 * own
        + Double.doubleToLongBits(moments.mean())
        + 7 * Double.doubleToLongBits(moments.variance());
  }
}
